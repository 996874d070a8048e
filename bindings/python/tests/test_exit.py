"""Calls during the interpreter's exit, and on threads with a small stack. The programs run in child processes."""

from __future__ import annotations

import json
import os
import signal
import unittest
from typing import Any

from .service import HANG, Request, Response, participant
from .support import ServiceTestCase, python, run

PROGRAM = """
import atexit, builtins, logging, os, signal, sys, threading, time, types, warnings, weakref
from libparticipants import CancelledError, Client
from tests.service import MEETING, TOKEN

def call(client):
    counts = len(client.get_participants(*MEETING)), len(list(client.iter_participants(*MEETING)))
    # sys.stdout, which print() needs, may be gone.
    os.write(1, b"%d %d\\n" % counts)

class CallsInFinalizer:
    def __init__(self, client):
        self.client = client

    def __del__(self):
        call(self.client)

client = Client(TOKEN, base_url=sys.argv[1], proxy="", max_retries=0)
"""

#: Programs that each make a call during the interpreter's exit.
CALLS_AT_EXIT = {
    "a finalizer of a module's global": "last = CallsInFinalizer(client)",
    "a finalizer that needs the module's globals": (
        "CallsInFinalizer.__del__ = lambda self: call(client); last = CallsInFinalizer(None)"
    ),
    "a finalizer in a reference cycle": "last = CallsInFinalizer(client); last.itself = last",
    "a finalizer in a reference cycle, made before the client": (
        "last = CallsInFinalizer(None); last.itself = last; last.client = client"
    ),
    "a finalizer of another module's global": (
        "sys.modules['other'] = types.ModuleType('other'); sys.modules['other'].last = CallsInFinalizer(client)"
    ),
    "a finalizer of a builtin, which is freed last": "builtins.last = CallsInFinalizer(client)",
    "a finalizer of a thread's local value": "kept = threading.local(); kept.last = CallsInFinalizer(client)",
    "a finalizer after sys.exit()": "last = CallsInFinalizer(client); sys.exit(0)",
    "atexit": "atexit.register(call, client)",
    "weakref.finalize": "thing = type('Thing', (), {})(); weakref.finalize(thing, call, client)",
    "a thread that outlives the main thread": "threading.Timer(0.2, call, [client]).start()",
}

#: Programs that must exit without output, although something is still in use.
LEFTOVERS = {
    "an iterator before its end": "participants = client.iter_participants(*MEETING); next(participants)",
    "an iterator in a reference cycle": "kept = [client.iter_participants(*MEETING)]; next(kept[0]); kept.append(kept)",
    "an iterator in a builtin, which is freed last": (
        "builtins.kept = client.iter_participants(*MEETING); next(builtins.kept)"
    ),
    "threads in calls": """
def keep_calling():
    while True:
        client.get_participants(*MEETING)
        next(client.iter_participants(*MEETING))

for _ in range(4):
    threading.Thread(target=keep_calling, daemon=True).start()
time.sleep(0.3)
""",
}


#: Logs every event to a file.
LOG = """
logging.basicConfig(level=logging.DEBUG, filename=os.devnull)
"""

#: Logs every event, without a file: another thread may hold the lock of Python's buffer during a fork.
LOG_WITHOUT_BUFFER = """
class Handler(logging.Handler):
    def emit(self, record):
        self.format(record)

logging.basicConfig(level=logging.DEBUG, handlers=[Handler()])
warnings.simplefilter("ignore", DeprecationWarning)
"""

#: Programs with calls in flight on daemon threads, which wait, end and log at any moment, and how they exit.
IN_FLIGHT = """
client = Client(TOKEN, base_url=sys.argv[1], proxy="", max_retries=100)

def hanging(account_id, app_id, meeting_id):
    return client.get_participants("hangs", app_id, meeting_id)

def keep_calling(get):
    try:
        while True:
            for participant in get(*MEETING):
                pass
    except CancelledError:
        pass

for get in (client.get_participants, client.iter_participants, client.child().get_participants, hanging):
    for _ in range(3):
        threading.Thread(target=keep_calling, args=[get], daemon=True).start()
time.sleep(float(sys.argv[2]))
"""

EXITS = {
    "the end of the program": "",
    "sys.exit()": "sys.exit(0)",
    "sys.exit() in a handler of the log, during a call": """
class Exits(logging.Handler):
    def emit(self, record):
        if threading.current_thread() is threading.main_thread():
            sys.exit(0)

logging.getLogger().addHandler(Exits())
while True:
    client.get_participants(*MEETING)
""",
    "a call in an atexit handler": "atexit.register(client.get_participants, *MEETING)",
    "shutdown() in an atexit handler": "atexit.register(client.shutdown)",
}
if hasattr(signal, "setitimer"):
    EXITS["sys.exit() in a signal handler, during a call"] = """
signal.signal(signal.SIGALRM, lambda *_: sys.exit(0))
signal.setitimer(signal.ITIMER_REAL, 0.1)
hanging(*MEETING)
"""

FORK = """
if os.fork() == 0:
    client.get_participants(*MEETING)
    sys.exit(0)
sys.exit(os.wait()[1])
"""


class InterpreterExit(ServiceTestCase):
    def test_calls_during_exit_succeed(self) -> None:
        service = self.serve(3)
        for name, code in CALLS_AT_EXIT.items():
            for log in ("", LOG):
                with self.subTest(name, log=log):
                    self.assertEqual(run(PROGRAM + log + code, service.base_url), "3 3\n")

    def test_leftovers_do_not_disturb_the_exit(self) -> None:
        service = self.serve(250)
        for name, code in LEFTOVERS.items():
            with self.subTest(name):
                self.assertEqual(run(PROGRAM + code, service.base_url), "")

    def in_flight(self, setup: str, code: str, after: float) -> str:
        def answer(request: Request) -> Any:
            if "/hangs/" in request.path:
                return HANG
            return Response(503, "", {"Retry-After": "0"}) if request.number % 10 == 0 else None

        service = self.serve(250, answer=answer)
        return run(PROGRAM + setup + IN_FLIGHT + code, service.base_url, str(after))

    def test_calls_in_flight_and_their_log_do_not_disturb_the_exit(self) -> None:
        for name, code in EXITS.items():
            for after in (0.05, 0.3):
                with self.subTest(name, after=after):
                    self.assertEqual(self.in_flight(LOG, code, after), "")

    @unittest.skipUnless(hasattr(os, "fork"), "this system has no fork")
    @unittest.skipIf("RTK_SANITIZE" in os.environ, "a forked child may find AddressSanitizer's malloc locked")
    def test_calls_in_flight_and_their_log_do_not_disturb_a_forked_child(self) -> None:
        for after in (0.05, 0.1, 0.2, 0.3):
            with self.subTest(after=after):
                self.assertEqual(self.in_flight(LOG_WITHOUT_BUFFER, FORK, after), "")

    def test_call_in_a_finalizer_does_not_wait_for_a_handler_that_a_daemon_thread_left_locked(self) -> None:
        # That thread ended during its record, because the interpreter ends.
        slow = """
class Slow(logging.Handler):
    def emit(self, record):
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.1)

logging.basicConfig(level=logging.DEBUG, handlers=[Slow()])
"""
        self.assertEqual(
            self.in_flight(slow, CALLS_AT_EXIT["a finalizer of a builtin, which is freed last"], 0.3), "250 250\n"
        )

    def test_exception_in_an_atexit_handler_is_all_that_is_printed(self) -> None:
        code = "atexit.register(lambda: 1 / len(client.get_participants(*MEETING)[:0]))"
        with self.assertRaises(AssertionError) as failed:
            self.in_flight(LOG, code, 0.1)
        report = str(failed.exception)
        self.assertEqual((report.count("Traceback"), report.count("ZeroDivisionError")), (1, 1), report)

    def test_waiting_call_of_a_daemon_thread_does_not_delay_the_exit(self) -> None:
        service = self.serve(answer=lambda request: HANG)
        code = "threading.Thread(target=call, args=[client], daemon=True).start(); sys.stdin.readline()"
        with python(PROGRAM + code, service.base_url) as child:
            service.arrived.acquire()
            out, err = child.communicate("\n", timeout=20)
        self.assertEqual((child.returncode, out, err), (0, "", ""))


SMALL_STACK = """
size = int(sys.argv[2])
threading.stack_size(size)
{code}
assert threading.stack_size(0) == size
"""

SMALL_STACK_CALLS = {
    "the main thread": "call(client)",
    "another thread": "thread = threading.Thread(target=call, args=[client]); thread.start(); thread.join()",
    "another thread with its own client": """
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
    def test_calls_work_with_any_stack_size(self) -> None:
        service = self.serve(3)
        for name, code in SMALL_STACK_CALLS.items():
            for size in (64 * 1024, 256 * 1024, 16 * 1024 * 1024):
                with self.subTest(name, size=size):
                    self.assertEqual(run(PROGRAM + SMALL_STACK.format(code=code), service.base_url, str(size)), "3 3\n")

    def test_deeply_nested_json_does_not_overflow_the_stack(self) -> None:
        deep = json.dumps({**participant(0), "deep": 0}).replace(
            '"deep": 0', '"deep": ' + '{"a":[' * 4900 + "]}" * 4900
        )
        body = '{"data":[%s],"paging":{"total_count":1},"success":true}' % deep
        service = self.serve(answer=lambda request: Response(200, body))
        code = """
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
        self.assertEqual(run(PROGRAM + code, service.base_url), "well\nwell\n")
