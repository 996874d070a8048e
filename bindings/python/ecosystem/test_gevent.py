"""gevent: which calls block, and what a signal does. The programs run in child processes, with and without patch."""

from __future__ import annotations

import signal
import time

from tests.service import HANG, Request, Service
from tests.support import ServiceTestCase, python, run

PATCHED = {
    "not patched": "import gevent; from libparticipants import Client",
    "patched first": "from gevent import monkey; monkey.patch_all(); import gevent; from libparticipants import Client",
    "patched afterwards": (
        "from libparticipants import Client; from gevent import monkey; monkey.patch_all(); import gevent"
    ),
    "patched, imported by a greenlet": (
        "from gevent import monkey; monkey.patch_all(); import gevent; "
        "gevent.spawn(__import__, 'libparticipants').get(); from libparticipants import Client"
    ),
}

PROGRAM = """
import os, signal, sys, threading, time
from tests.service import MEETING, TOKEN

signal.signal(signal.SIGINT, signal.default_int_handler)
client = Client(TOKEN, base_url=sys.argv[1], proxy="", timeout=20, max_retries=0)

def call():
    return len(client.get_participants(*MEETING)) + len(list(client.iter_participants(*MEETING)))

def in_a_thread(call):
    results = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()
    thread.join()
    return results[0]

def in_a_child(call):
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, str(call()).encode())
        os._exit(0)
    return int(os.read(read, 100))
"""

CALLS = {
    "the main greenlet": "call()",
    "another greenlet": "gevent.spawn(call).get()",
    "many greenlets": "max(greenlet.get() for greenlet in [gevent.spawn(call) for _ in range(10)])",
    "the hub's threads": "gevent.get_hub().threadpool.apply(call)",
    "a thread": "in_a_thread(call)",
    "a forked child": "in_a_child(call)",
}


class Gevent(ServiceTestCase):
    def test_calls_work_in_greenlets_threads_and_children(self) -> None:
        service = self.serve(3)
        for name, start in PATCHED.items():
            for way, expression in CALLS.items():
                with self.subTest(name, way=way):
                    self.assertEqual(run(f"{start}\n{PROGRAM}\nprint({expression})", service.base_url), "6\n")

    def test_ctrl_c_ends_a_waiting_call(self) -> None:
        for name, start in PATCHED.items():
            for way in ("the main greenlet", "another greenlet"):
                with self.subTest(name, way=way):
                    service = self.serve(answer=lambda request: HANG)
                    program = f"{start}\n{PROGRAM}\ntry: {CALLS[way]}\nexcept KeyboardInterrupt: print('interrupted')"
                    with python(program, service.base_url) as child:
                        service.arrived.acquire()
                        time.sleep(0.2)
                        began = time.monotonic()
                        child.send_signal(signal.SIGINT)
                        out, _ = child.communicate(timeout=60)
                    self.assertEqual(out, "interrupted\n")
                    self.assertLess(time.monotonic() - began, 10)

    def test_records_arrive_while_a_call_runs(self) -> None:
        # The second page comes when the first one was logged, and the handler asked for another.
        log = """
import logging
class Handler(logging.Handler):
    def emit(self, record):
        client.get_participants_page(*MEETING, per_page=1)
logging.basicConfig(level=logging.DEBUG, handlers=[Handler()])
"""
        for name, start in PATCHED.items():
            for way in ("the main greenlet", "another greenlet", "the hub's threads", "a thread"):
                with self.subTest(name, way=way):
                    service = self.serve(30)

                    def answer(request: Request, service: Service = service) -> object:
                        if request.parameters["per_page"] == 1:
                            service.released.set()
                        return HANG if request.parameters.get("page_no", 1) > 1 else None

                    service.answer = answer
                    setup = PROGRAM.replace("max_retries=0", "max_retries=0, per_page=10")
                    program = f"{start}\n{setup}\n{log}\nprint({CALLS[way]})"
                    self.assertEqual(run(program, service.base_url), "60\n")

    def test_calls_block_other_greenlets_except_on_the_hubs_threads(self) -> None:
        program = (
            PATCHED["patched first"]
            + PROGRAM
            + """
def beats_during(call):
    beats = []
    def beat():
        while True:
            beats.append(time.monotonic())
            gevent.sleep(0.01)
    beating = gevent.spawn(beat)
    gevent.sleep(0.05)
    before = len(beats)
    call()
    beating.kill()
    return len(beats) - before

greenlet = lambda: gevent.spawn(call).get()
thread = lambda: gevent.get_hub().threadpool.apply(call)
print(beats_during(greenlet) <= 2, beats_during(thread) > 5)
"""
        )

        def slowly(request: object) -> None:
            time.sleep(0.3)

        self.assertEqual(run(program, self.serve(3, answer=slowly).base_url), "True True\n")
