"""Ctrl-C and other signals while a call waits. The tests send real signals to child processes."""

from __future__ import annotations

import _thread
import gc
import inspect
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import unittest
from contextlib import contextmanager
from io import StringIO
from itertools import count
from typing import Any, Callable, Iterator, Type
from unittest import mock

from libparticipants import Client, ParticipantIterator
from libparticipants._handles import Handle
from libparticipants._interrupt import _start_thread

from .service import HANG, MEETING, Request, Response
from .support import ServiceTestCase, python


@contextmanager
def interrupt_at(
    function: Any, text: str, nth: int = 1, exception: Type[BaseException] = KeyboardInterrupt
) -> Iterator[None]:
    """Raises an exception, as a signal handler does, before the nth execution of the first line with this text."""
    lines, first = inspect.getsourcelines(function)
    target = first + next(number for number, line in enumerate(lines) if text in line)
    executions = count(1)

    def trace(frame: Any, event: str, _: Any) -> Any:
        if frame.f_code is not function.__code__:
            return None
        if event == "line" and frame.f_lineno == target and next(executions) == nth:
            sys.settrace(None)
            raise exception
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


#: A limit in seconds: much less than the calls would wait without a signal, much more than a busy machine needs.
SOON = 10

PROGRAM = '''
import os, signal, sys, time
from libparticipants import Client
from tests.service import MEETING, TOKEN

def call():
    {call}

def threads():
    """Returns how many threads there are, after a wait for those of the ended call. One if that can't be seen."""
    if not os.path.isdir("/proc/self/task"):
        return 1
    until = time.monotonic() + 5
    while (count := len(os.listdir("/proc/self/task"))) > 1 and time.monotonic() < until:
        time.sleep(0.01)
    return count

# Shells start background jobs with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
client = Client(TOKEN, base_url=sys.argv[1], proxy="", timeout=20, max_retries=1)
try:
    call()
    print("not interrupted", flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
sys.stdin.readline()
print({after}, flush=True)
'''

AFTER = "len(client.get_participants(*MEETING)), 'participants', threads(), 'thread'"


@unittest.skipIf(sys.platform == "win32", "no process of Windows can send a signal to another")
class Interrupts(ServiceTestCase):
    def interrupt(self, call: str, answer: Any) -> None:
        """Checks that Ctrl-C soon ends a call with all its threads and requests, and that the client stays usable."""
        service = self.serve(3, answer=answer)
        child = self.start(PROGRAM.format(call=call, after=AFTER), service.base_url)
        service.arrived.acquire()
        time.sleep(0.2)
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        self.assertEqual(self.line(child), "interrupted")
        self.assertLess(time.monotonic() - began, SOON)
        requests = len(service.requests)
        time.sleep(0.2)
        self.assertEqual(len(service.requests), requests)
        service.answer = lambda request: None
        self.assertEqual(self.answer(child), "3 participants 1 thread")

    def start(self, program: str, base_url: str) -> "subprocess.Popen[str]":
        child = python(program, base_url)
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        return child

    def line(self, child: "subprocess.Popen[str]") -> str:
        assert child.stdout is not None and child.stderr is not None
        line = child.stdout.readline().strip()
        return line or child.stderr.read()

    def answer(self, child: "subprocess.Popen[str]") -> str:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
        return self.line(child)

    def test_ctrl_c_ends_a_hanging_call(self) -> None:
        self.interrupt("client.get_participants(*MEETING)", lambda request: HANG)

    def test_ctrl_c_ends_a_hanging_page_call(self) -> None:
        self.interrupt("client.get_participants_page(*MEETING)", lambda request: HANG)

    def test_ctrl_c_ends_the_wait_for_a_retry(self) -> None:
        self.interrupt("client.get_participants(*MEETING)", lambda request: Response(503, "", {"Retry-After": "50"}))

    def test_ctrl_c_ends_a_waiting_iterator(self) -> None:
        self.interrupt("next(client.iter_participants(*MEETING))", lambda request: HANG)

    def test_ctrl_c_ends_the_wait_for_parallel_pages(self) -> None:
        def answer(request: Request) -> Any:
            return HANG if request.parameters["page_no"] > 1 else Response(body=first)

        first = '{"data":[%s],"paging":{"total_count":300},"success":true}' % ",".join(
            '{"id":"%s","custom_participant_id":"","preset_name":"","created_at":"","updated_at":""}' % number
            for number in range(100)
        )
        self.interrupt("client.get_participants(*MEETING)", answer)

    def test_ctrl_c_does_not_end_calls_of_other_threads(self) -> None:
        service = self.serve(3, answer=lambda request: HANG)
        call = """
    global other
    from concurrent.futures import ThreadPoolExecutor
    other = ThreadPoolExecutor(1).submit(client.get_participants, *MEETING)
    client.get_participants(*MEETING)
"""
        child = self.start(PROGRAM.format(call=call, after="len(other.result())"), service.base_url)
        service.arrived.acquire()
        service.arrived.acquire()
        child.send_signal(signal.SIGINT)
        self.assertEqual(self.line(child), "interrupted")
        service.released.set()
        self.assertEqual(self.answer(child), "3")

    def test_another_iterator_continues_after_ctrl_c(self) -> None:
        service = self.serve(30, answer=lambda request: None if request.number == 1 else HANG)
        call = """
    global participants
    participants = client.iter_participants(*MEETING)
    next(participants)
    client.get_participants(*MEETING)
"""
        child = self.start(PROGRAM.format(call=call, after="len(list(participants))"), service.base_url)
        service.arrived.acquire()
        service.arrived.acquire()
        child.send_signal(signal.SIGINT)
        self.assertEqual(self.line(child), "interrupted")
        service.answer = lambda request: None
        self.assertEqual(self.answer(child), "29")

    def test_signal_that_does_not_wake_the_main_thread_is_noticed(self) -> None:
        # Such as a signal that arrives just before that thread waits. Here, another thread receives it.
        service = self.serve(3, answer=lambda request: HANG)
        call = """
    import threading
    def receive():
        sys.stdin.readline()
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
    threading.Thread(target=receive, daemon=True).start()
    client.get_participants(*MEETING)
"""
        child = self.start(PROGRAM.format(call=call, after=AFTER), service.base_url)
        service.arrived.acquire()
        time.sleep(0.2)
        began = time.monotonic()
        self.assertEqual(self.answer(child), "interrupted")
        self.assertLess(time.monotonic() - began, SOON)

    def test_handler_that_returns_runs_at_once_and_the_call_continues(self) -> None:
        service = self.serve(3, answer=lambda request: HANG)
        call = """
    signal.signal(signal.SIGUSR1, lambda *_: print("handled", flush=True))
    print(len(client.get_participants(*MEETING)), flush=True)
"""
        child = self.start(PROGRAM.format(call=call, after=AFTER), service.base_url)
        service.arrived.acquire()
        child.send_signal(signal.SIGUSR1)
        self.assertEqual(self.line(child), "handled")
        service.released.set()
        self.assertEqual(self.line(child), "3")
        self.assertEqual(self.line(child), "not interrupted")

    def test_handler_that_exits_ends_the_program_at_once(self) -> None:
        service = self.serve(3, answer=lambda request: HANG)
        call = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); client.get_participants(*MEETING)"
        child = self.start(PROGRAM.format(call=call, after=AFTER), service.base_url)
        service.arrived.acquire()
        child.terminate()
        self.assertEqual(child.wait(SOON), 7)

    def test_second_ctrl_c_during_the_shutdown_ends_the_call(self) -> None:
        call = """
    from libparticipants._handles import ClientHandle
    shut_down = ClientHandle.shut_down
    def interrupted(handle):
        ClientHandle.shut_down = shut_down
        raise KeyboardInterrupt
    ClientHandle.shut_down = interrupted
    client.get_participants(*MEETING)
"""
        self.interrupt(call, lambda request: HANG)

    def test_second_ctrl_c_at_the_end_of_a_call_leaks_no_handle(self) -> None:
        service = self.serve(3, answer=lambda request: None if request.number == 1 else HANG)
        call = """
    from libparticipants._handles import ClientHandle
    import gc
    global handles
    def handles():
        return len([thing for thing in gc.get_objects() if type(thing).__name__ == "ClientHandle"])
    emit_log = ClientHandle.emit_log
    def interrupted(handle):
        if handle.shutdown_flag.is_set():
            ClientHandle.emit_log = emit_log
            raise KeyboardInterrupt
    client.get_participants(*MEETING)
    print(handles(), flush=True)
    ClientHandle.emit_log = interrupted
    client.get_participants(*MEETING)
"""
        child = self.start(PROGRAM.format(call=call, after="threads(), handles()"), service.base_url)
        # That of the client.
        self.assertEqual(self.line(child), "1")
        service.arrived.acquire()
        service.arrived.acquire()
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        self.assertEqual(self.line(child), "interrupted")
        self.assertEqual(self.answer(child), "1 1")

    def test_ctrl_c_ends_a_call_of_a_child_client(self) -> None:
        self.interrupt("client.child().get_participants(*MEETING)", lambda request: HANG)

    def test_ctrl_c_ends_the_request_of_a_total_count(self) -> None:
        self.interrupt("client.iter_participants(*MEETING).total_count", lambda request: HANG)

    def test_handler_may_make_calls_while_a_call_waits(self) -> None:
        service = self.serve(3, answer=lambda request: HANG if request.number == 1 else None)
        call = """
    def handler(*_):
        counts = len(client.get_participants(*MEETING)), len(list(client.iter_participants(*MEETING)))
        print(*counts, flush=True)
    signal.signal(signal.SIGUSR1, handler)
    print(len(client.get_participants(*MEETING)), flush=True)
"""
        child = self.start(PROGRAM.format(call=call, after=AFTER), service.base_url)
        service.arrived.acquire()
        child.send_signal(signal.SIGUSR1)
        self.assertEqual(self.line(child), "3 3")
        service.released.set()
        self.assertEqual(self.line(child), "3")
        self.assertEqual(self.line(child), "not interrupted")

    def test_ctrl_c_ends_a_call_in_a_child_forked_by_another_thread(self) -> None:
        service = self.serve(3, answer=lambda request: HANG)
        call = """
    import threading
    def fork():
        if os.fork() == 0:
            print(os.getpid(), flush=True)
            try:
                client.get_participants(*MEETING)
            except KeyboardInterrupt:
                print("interrupted", flush=True)
            os._exit(0)
    thread = threading.Thread(target=fork)
    thread.start()
    thread.join()
    os.wait()
"""
        child = self.start(PROGRAM.format(call=call, after="0"), service.base_url)
        pid = int(self.line(child))
        service.arrived.acquire()
        time.sleep(0.2)
        began = time.monotonic()
        os.kill(pid, signal.SIGINT)
        self.assertEqual(self.line(child), "interrupted")
        self.assertLess(time.monotonic() - began, SOON)
        self.assertEqual(self.line(child), "not interrupted")


class Flags(ServiceTestCase):
    """Ctrl-C as Windows has it: a flag is set, and nothing wakes the main thread."""

    def setUp(self) -> None:
        # Shells start background jobs with SIGINT ignored.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)

    def interrupt(self, call: Callable[[Client], Any]) -> None:
        service = self.serve(3, answer=lambda request: HANG)
        client = self.client(service, timeout=60)
        began = time.monotonic()

        def press() -> None:
            service.arrived.acquire()
            time.sleep(0.1)
            _thread.interrupt_main()

        thread = threading.Thread(target=press)
        thread.start()
        with self.assertRaises(KeyboardInterrupt):
            call(client)
        self.assertLess(time.monotonic() - began, SOON)
        thread.join()
        service.answer = lambda request: None
        self.assertEqual(len(client.get_participants(*MEETING)), 3)

    def test_ctrl_c_ends_a_call(self) -> None:
        self.interrupt(lambda client: client.get_participants(*MEETING))

    def test_ctrl_c_ends_an_iterator(self) -> None:
        self.interrupt(lambda client: next(client.iter_participants(*MEETING)))


class Moments(ServiceTestCase):
    """Interrupts at a given line of the package."""

    def test_interrupted_iterator_ends_and_is_not_complete(self) -> None:
        client = self.client(self.serve(60), per_page=10)
        fetch_page, next_one = ParticipantIterator._fetch_page, ParticipantIterator.__next__
        for function, text, nth in (
            (fetch_page, "self._fetched += len(page)", 3),
            (fetch_page, "self._page = iter(page)", 3),
            (next_one, "if self._shutdown_flag.is_set()", 21),
            (next_one, "return participant", 21),
        ):
            with self.subTest(text), interrupt_at(function, text, nth):
                participants = client.iter_participants(*MEETING)
                self.assertEqual(len([next(participants) for _ in range(20)]), 20)
                with self.assertRaises(KeyboardInterrupt):
                    next(participants)
                self.assertEqual((list(participants), participants.is_complete), ([], False))

    def test_interrupted_total_count_ends_the_iterator(self) -> None:
        participants = self.client(self.serve(3)).iter_participants(*MEETING)
        with interrupt_at(ParticipantIterator._fetch_page, "self._page = iter(page)"):
            with self.assertRaises(KeyboardInterrupt):
                participants.total_count  # noqa: B018
        self.assertEqual((list(participants), participants.is_complete), ([], False))

    def test_interrupted_constructor_of_a_handle_prints_nothing(self) -> None:
        client = self.client(self.serve(3))
        for text in ("address = ", "self._type"):
            with self.subTest(text), mock.patch("sys.unraisablehook") as unraisable:
                with interrupt_at(Handle.__init__, text), self.assertRaises(KeyboardInterrupt):
                    client.child()
                gc.collect()
                unraisable.assert_not_called()

    def test_interrupted_start_of_a_thread_restores_the_stack_size(self) -> None:
        client = self.client(self.serve(3))
        for text in ("size = _thread", "_thread.stack_size(max"):
            with self.subTest(text), interrupt_at(_start_thread, text), self.assertRaises(KeyboardInterrupt):
                client.get_participants(*MEETING)
            self.assertEqual(threading.stack_size(), 0)

    def test_exception_of_a_signal_handler_is_no_failure_of_a_log_handler(self) -> None:
        client = self.client(self.serve(3))
        for level, function, text in (
            (logging.NOTSET, logging.Logger.isEnabledFor, "try:"),
            (logging.DEBUG, logging.Logger.makeRecord, "rv = "),
        ):
            with (
                mock.patch("sys.stderr", StringIO()) as stderr,
                mock.patch.object(logging.getLogger("libparticipants"), "level", level),
                interrupt_at(function, text, exception=TimeoutError),
                self.assertRaises(TimeoutError),
            ):
                logging.getLogger("libparticipants").manager._clear_cache()  # type: ignore[attr-defined]
                client.get_participants(*MEETING)
            self.assertEqual(stderr.getvalue(), "")
        self.assertEqual(len(client.get_participants(*MEETING)), 3)
