"""Calls while the interpreter ends, and in surroundings where threads are scarce: in children, with a limit on their
time."""

from __future__ import annotations

import json

from .service import HANG, Response, participant
from .support import ServiceTestCase, python, run

PROGRAM = """
import atexit, builtins, os, sys, threading, time, types, weakref
from libparticipants import Client
from tests.service import MEETING, TOKEN

def call(client):
    counts = len(client.get_participants(*MEETING)), len(list(client.iter_participants(*MEETING)))
    # Not by print(): sys.stdout may be gone.
    os.write(1, b"%d %d\\n" % counts)

class CallsAtItsEnd:
    def __init__(self, client):
        self.client = client

    def __del__(self):
        call(self.client)

client = Client(TOKEN, base_url=sys.argv[1], proxy="", max_retries=0)
"""

#: A call of each is made while the interpreter ends.
AT_THE_END = {
    "a finalizer of a module's global": "last = CallsAtItsEnd(client)",
    "a finalizer that needs the module's globals": "CallsAtItsEnd.__del__ = lambda self: call(client); last = CallsAtItsEnd(None)",
    "a finalizer in a circle": "last = CallsAtItsEnd(client); last.itself = last",
    "a finalizer in a circle, made before the client": "last = CallsAtItsEnd(None); last.itself = last; last.client = client",
    "a finalizer of another module": "sys.modules['other'] = types.ModuleType('other'); sys.modules['other'].last = CallsAtItsEnd(client)",
    "a finalizer of what the interpreter lets go last": "builtins.last = CallsAtItsEnd(client)",
    "a finalizer of what a thread keeps": "kept = threading.local(); kept.last = CallsAtItsEnd(client)",
    "a finalizer after sys.exit()": "last = CallsAtItsEnd(client); sys.exit(0)",
    "atexit": "atexit.register(call, client)",
    "weakref.finalize": "thing = CallsAtItsEnd.__new__(type('Thing', (), {})); weakref.finalize(thing, call, client)",
    "a thread that outlives the main thread's program": "threading.Timer(0.2, call, [client]).start()",
}

#: Nothing is called; the program ends, quietly.
ENDS = {
    "an iterator that is not at its end": "participants = client.iter_participants(*MEETING); next(participants)",
    "an iterator in a circle": "kept = [client.iter_participants(*MEETING)]; next(kept[0]); kept.append(kept)",
    "an iterator that the interpreter lets go last": "builtins.kept = client.iter_participants(*MEETING); next(builtins.kept)",
    "threads that call": """
def keep_calling():
    while True:
        client.get_participants(*MEETING)
        next(client.iter_participants(*MEETING))

for _ in range(4):
    threading.Thread(target=keep_calling, daemon=True).start()
time.sleep(0.3)
""",
}


class TheInterpretersEnd(ServiceTestCase):
    def test_a_call_while_the_interpreter_ends_comes_to_its_end(self) -> None:
        service = self.serve(3)
        for name, way in AT_THE_END.items():
            with self.subTest(name):
                self.assertEqual(run(PROGRAM + way, service.base_url), "3 3\n")

    def test_nothing_that_is_left_over_disturbs_the_end(self) -> None:
        service = self.serve(250)
        for name, way in ENDS.items():
            with self.subTest(name):
                self.assertEqual(run(PROGRAM + way, service.base_url), "")

    def test_a_daemon_threads_call_that_waits_does_not_keep_the_program(self) -> None:
        service = self.serve(answer=lambda request: HANG)
        way = "threading.Thread(target=call, args=[client], daemon=True).start(); sys.stdin.readline()"
        with python(PROGRAM + way, service.base_url) as child:
            service.arrived.acquire()
            out, err = child.communicate("\n", timeout=20)
        self.assertEqual((child.returncode, out, err), (0, "", ""))


SMALL = """
size = int(sys.argv[2])
threading.stack_size(size)
{way}
assert threading.stack_size(0) == size
"""

SMALL_WAYS = {
    "the main thread": "call(client)",
    "another thread": "thread = threading.Thread(target=call, args=[client]); thread.start(); thread.join()",
    "another thread, with a client of its own": """
def work():
    call(Client(TOKEN, base_url=sys.argv[1], proxy=""))

thread = threading.Thread(target=work)
thread.start()
thread.join()
""",
    "many threads": """
def work():
    for _ in range(20):
        client.get_participants(*MEETING)

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for _ in range(20):
    client.get_participants(*MEETING)
for thread in threads:
    thread.join()
call(client)
""",
}


class SmallStacks(ServiceTestCase):
    def test_a_call_has_stack_enough_whatever_the_program_gives_its_threads(self) -> None:
        service = self.serve(3)
        for name, way in SMALL_WAYS.items():
            for size in (64 * 1024, 256 * 1024, 16 * 1024 * 1024):
                with self.subTest(name, size=size):
                    self.assertEqual(run(PROGRAM + SMALL.format(way=way), service.base_url, str(size)), "3 3\n")

    def test_deeply_nested_json_does_not_overflow_it(self) -> None:
        deep = json.dumps({**participant(0), "deep": 0}).replace(
            '"deep": 0', '"deep": ' + '{"a":[' * 4900 + "]}" * 4900
        )
        body = '{"data":[%s],"paging":{"total_count":1},"success":true}' % deep
        service = self.serve(answer=lambda request: Response(200, body))
        way = """
from libparticipants import APIResponseValidationError
def work():
    try:
        client.get_participants(*MEETING)
    except APIResponseValidationError:
        pass
    os.write(1, b"well\\n")

threading.stack_size(64 * 1024)
work()
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
        self.assertEqual(run(PROGRAM + way, service.base_url), "well\nwell\n")
