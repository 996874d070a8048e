"""The log: records of ``logging.getLogger("libparticipants")``."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
import unittest
from contextlib import contextmanager
from io import StringIO
from typing import Any, Callable, Iterator, List
from unittest import mock

from libparticipants import AuthenticationError, CancelledError, InternalServerError

from .service import HANG, MEETING, Request, Response, page, participant
from .support import ServiceTestCase, python, run

SECRET = "s3cret-credential-0123456789"
LOGGER = logging.getLogger("libparticipants")


class Handler(logging.Handler):
    """Keeps every record, and calls a function with it."""

    def __init__(self, function: Callable[[logging.LogRecord], Any] = lambda record: None) -> None:
        super().__init__()
        self.function = function
        self.records: List[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.function(record)

    @property
    def lines(self) -> List[str]:
        return [f"{record.levelname} {record.getMessage()}" for record in self.records]


@contextmanager
def logged(handler: Handler, level: int = logging.DEBUG) -> Iterator[Handler]:
    """Handles records as pytest's caplog does: by a handler of the root logger."""
    before = LOGGER.level
    logging.getLogger().addHandler(handler)
    LOGGER.setLevel(level)
    try:
        yield handler
    finally:
        logging.getLogger().removeHandler(handler)
        LOGGER.setLevel(before)


def unavailable_twice(request: Request) -> Any:
    return Response(503, "", {"Retry-After": "0"}) if request.number <= 2 else None


class Records(ServiceTestCase):
    def test_retries_are_warnings_and_pages_are_debug(self) -> None:
        client = self.client(self.serve(3, answer=unavailable_twice), max_retries=3)
        with logged(Handler()) as log:
            client.get_participants(*MEETING)
        self.assertEqual([record.levelname for record in log.records], ["WARNING", "WARNING", "DEBUG"])
        for record in log.records:
            self.assertEqual((record.name, record.args), ("libparticipants", ()))
            self.assertIn(MEETING[2], record.getMessage())
        self.assertIn("503", log.lines[0])
        self.assertIn("3 of 3 participants", log.lines[2])

    def test_level_of_the_logger_decides(self) -> None:
        for level, count in ((logging.DEBUG, 3), (logging.INFO, 2), (logging.WARNING, 2), (logging.ERROR, 0)):
            client = self.client(self.serve(3, answer=unavailable_twice), max_retries=3)
            with logged(Handler(), level) as log:
                client.get_participants(*MEETING)
            self.assertEqual(len(log.records), count)

    def test_every_kind_of_call_is_logged(self) -> None:
        client = self.client(self.serve(3))
        with logged(Handler()) as log:
            for number, call in enumerate(
                (
                    lambda: client.get_participants(*MEETING),
                    lambda: client.get_participants_page(*MEETING),
                    lambda: list(client.iter_participants(*MEETING)),
                    lambda: client.iter_participants(*MEETING).total_count,
                    lambda: client.child().get_participants(*MEETING),
                ),
                start=1,
            ):
                call()
                self.assertEqual(len(log.records), number)

    def test_failed_call_is_logged_before_it_raises(self) -> None:
        client = self.client(self.serve(answer=lambda request: Response(503, "", {"Retry-After": "0"})), max_retries=2)
        for get in (client.get_participants, client.iter_participants):
            with logged(Handler()) as log:
                try:
                    list(get(*MEETING))
                except InternalServerError:
                    self.assertEqual(len(log.records), 2)
            self.assertEqual(len(log.records), 2)

    def test_message_is_taken_literally_and_has_no_credential(self) -> None:
        body = '{"errors":[{"code":1,"message":"100%%s %%(name)d %s"}]}'

        def answer(request: Request) -> Any:
            return Response(500, body % request.headers["Authorization"]) if request.number == 1 else None

        client = self.client(self.serve(3, answer=answer), api_token=SECRET, max_retries=1)
        with logged(Handler()) as log, self.assertRaises(AuthenticationError):
            client.get_participants(*MEETING)
        self.assertEqual(len(log.lines), 1)
        self.assertIn("100%s %(name)d", log.lines[0])
        self.assertNotIn(SECRET, str(log.lines) + str([vars(record) for record in log.records]))

    def test_record_has_the_name_of_the_calling_thread(self) -> None:
        client = self.client(self.serve(3))
        with logged(Handler()) as log:
            thread = threading.Thread(target=client.get_participants, args=MEETING, name="ours")
            thread.start()
            thread.join(30)
        self.assertEqual([record.threadName for record in log.records], ["ours"])


class WhileACallRuns(ServiceTestCase):
    def setUp(self) -> None:
        # The second page comes when the first one was logged, and otherwise too late.
        self.service = self.serve(30, answer=lambda request: HANG if request.parameters.get("page_no", 1) > 1 else None)
        self.user = self.client(self.service, per_page=10, deadline=20, max_connections=2)

    def released(self, call: Callable[[], int]) -> int:
        with logged(Handler(lambda record: self.service.released.set())):
            return call()

    def test_record_arrives_while_a_call_of_the_main_thread_runs(self) -> None:
        self.assertEqual(self.released(lambda: len(self.user.get_participants(*MEETING))), 30)

    def test_record_arrives_while_a_call_of_another_thread_runs(self) -> None:
        counts: List[int] = []
        thread = threading.Thread(
            target=lambda: counts.append(self.released(lambda: len(self.user.get_participants(*MEETING))))
        )
        thread.start()
        thread.join(60)
        self.assertEqual(counts, [30])

    def test_record_arrives_while_an_iterator_waits(self) -> None:
        def later_page_is_logged(record: logging.LogRecord) -> None:
            if "attempt 1 failed" in record.getMessage():
                self.service.released.set()

        def answer(request: Request) -> Any:
            if request.parameters["page_no"] == 1:
                return None
            return Response(503, "", {"Retry-After": "0"}) if failures.acquire(blocking=False) else HANG

        failures = threading.Semaphore(1)
        self.service.answer = answer
        client = self.client(self.service, per_page=10, deadline=20, max_connections=2, max_retries=1)
        with logged(Handler(later_page_is_logged)):
            self.assertEqual(len(list(client.iter_participants(*MEETING))), 30)

    def test_close_of_an_iterator_logs_what_happened_to_the_pages_ahead(self) -> None:
        self.service.answer = lambda request: HANG if request.parameters["page_no"] == 3 else None
        client = self.client(self.service, per_page=10, deadline=20, max_connections=2)
        with logged(Handler()) as log:
            participants = client.iter_participants(*MEETING)
            for _ in range(11):
                next(participants)
            self.service.released.set()
            # Until the page has arrived.
            time.sleep(0.5)
            self.assertEqual(len(log.records), 2)
            participants.close()
            self.assertEqual(len(log.records), 3)
            participants.close()
        self.assertIn("page 3", log.lines[2])

    def test_shutdown_by_a_handler_ends_the_call(self) -> None:
        with logged(Handler(lambda record: self.user.shutdown())), self.assertRaises(CancelledError):
            self.user.get_participants(*MEETING)


class NoLock:
    """The lock of a handler that several threads may enter at the same time."""

    def acquire(self) -> None:
        pass

    def release(self) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


class CallsOfThreads(ServiceTestCase):
    """Each call logs its own records, on its own thread, before it returns."""

    def setUp(self) -> None:
        self.user = self.client(self.serve(30), per_page=10, max_connections=2)

    def begin(self, call: Callable[[], Any], name: str) -> threading.Thread:
        thread = threading.Thread(target=call, name=name)
        thread.start()
        self.addCleanup(thread.join, 60)
        return thread

    def test_slow_handler_of_one_call_delays_no_other(self) -> None:
        entered, leave = threading.Event(), threading.Event()

        def wait(record: logging.LogRecord) -> None:
            if record.threadName == "slow":
                entered.set()
                leave.wait(60)

        for other in (self.user, self.user.child()):
            handler = Handler(wait)
            # Threads would wait for each other at the handler's lock.
            handler.lock = NoLock()  # type: ignore[assignment]
            with logged(handler):
                slow = self.begin(lambda: self.user.get_participants(*MEETING), "slow")
                # Before the thread is waited for.
                self.addCleanup(leave.set)
                self.assertTrue(entered.wait(30))
                before = len(handler.records)
                # Time for the slow call to queue its other pages.
                time.sleep(0.3)
                quick = self.begin(lambda other=other: other.get_participants(*MEETING), "quick")
                quick.join(30)
                self.assertFalse(quick.is_alive())
                self.assertTrue(slow.is_alive())
                names = [record.threadName for record in handler.records[before:]]
                self.assertEqual(names, ["quick"] * 3)
                leave.set()
                slow.join(30)
            self.assertEqual(
                sorted(record.threadName or "" for record in handler.records), ["quick"] * 3 + ["slow"] * 3
            )
            entered.clear()
            leave.clear()

    def test_every_call_logs_its_own_pages_on_its_own_thread_before_it_returns(self) -> None:
        meetings = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(4)]
        body = page([participant(0)], Request(1, "", {}, None, None))
        client = self.client(self.serve(answer=lambda request: body))
        complete: List[bool] = []

        def work(number: int) -> None:
            ids = (*MEETING[:2], meetings[number])
            for done in range(1, 21):
                caller = client.child() if done % 2 else client
                len(list(caller.iter_participants(*ids)) if done % 3 else caller.get_participants(*ids))
                mine = [record for record in log.records if meetings[number] in record.getMessage()]
                complete.append(len(mine) == done and {record.thread for record in mine} == {threading.get_ident()})

        with logged(Handler()) as log:
            for thread in [self.begin(lambda number=number: work(number), str(number)) for number in range(4)]:
                thread.join(60)
        self.assertEqual(complete, [True] * 80)

    def test_call_of_a_handler_discards_only_its_own_records(self) -> None:
        def call(_: logging.LogRecord) -> None:
            log.function = lambda record: None
            # Time for the first call to queue its other pages.
            time.sleep(0.3)
            self.assertEqual(len(self.user.get_participants(*MEETING)), 30)

        with logged(Handler(call)) as log:
            self.user.get_participants(*MEETING)
        self.assertEqual(len(log.records), 3)


class Handlers(ServiceTestCase):
    def fail(self, *_: object) -> bool:  # type: ignore[override]
        raise OSError("full")

    def test_failing_handler_or_filter_does_not_disturb_the_call(self) -> None:
        client = self.client(self.serve(3))
        for handler, filters in ((Handler(self.fail), []), (Handler(), [self.fail])):
            for raise_exceptions in (True, False):
                with (
                    mock.patch.object(logging, "raiseExceptions", raise_exceptions),
                    mock.patch("sys.stderr", StringIO()) as stderr,
                    mock.patch.object(LOGGER, "filters", filters),
                    logged(handler),
                ):
                    self.assertEqual(len(client.get_participants(*MEETING)), 3)
                    self.assertEqual(len(list(client.iter_participants(*MEETING))), 3)
                self.assertEqual(stderr.getvalue().count("OSError: full"), 2 * raise_exceptions)

    def test_handler_may_make_calls(self) -> None:
        service = self.serve(3)
        client = self.client(service)

        def call(_: logging.LogRecord) -> None:
            self.assertEqual(len(client.get_participants(*MEETING)), 3)
            self.assertEqual(len(list(client.child().iter_participants(*MEETING))), 3)

        with logged(Handler(call)) as log:
            self.assertEqual(len(client.get_participants(*MEETING)), 3)
            self.assertEqual(len(client.get_participants(*MEETING)), 3)
        # What the handler's own calls log would call it again without end.
        self.assertEqual((len(log.records), len(service.requests)), (2, 6))
        with logged(Handler()) as log:
            client.get_participants(*MEETING)
        self.assertEqual(len(log.records), 1)

    def test_calls_that_a_handler_begins_for_later_are_logged(self) -> None:
        client = self.client(self.serve(3))
        with logged(Handler()) as log:

            async def main() -> None:
                loop, called = asyncio.get_running_loop(), asyncio.Event()

                def call_later(record: logging.LogRecord) -> None:
                    log.function = lambda record: None
                    # The callback has a copy of this context.
                    loop.call_soon_threadsafe(call)

                def call() -> None:
                    client.get_participants(*MEETING)
                    called.set()

                log.function = call_later
                client.get_participants(*MEETING)
                await asyncio.wait_for(called.wait(), 30)

            asyncio.run(main())
            client.get_participants(*MEETING)
        self.assertEqual(len(log.records), 3)

    def test_handler_that_exits_ends_the_call(self) -> None:
        def interrupt(_: logging.LogRecord) -> None:
            raise KeyboardInterrupt

        hangs = self.serve(30, answer=lambda request: HANG if request.number > 1 else None)
        client = self.client(hangs, per_page=10)
        with logged(Handler(interrupt)), self.assertRaises(KeyboardInterrupt):
            client.get_participants(*MEETING)
        hangs.answer = lambda request: None
        with logged(Handler()) as log:
            self.assertEqual(len(client.get_participants(*MEETING)), 30)
        self.assertGreaterEqual(len(log.records), 3)

    def test_threads_log_every_page_once(self) -> None:
        client = self.client(self.serve(30), per_page=10)

        def work() -> None:
            for _ in range(10):
                client.get_participants(*MEETING)

        with logged(Handler()) as log:
            threads = [threading.Thread(target=work) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        self.assertEqual(len([line for line in log.lines if "participants in" in line]), 120)


PROGRAM = """
import logging, os, sys, warnings
from libparticipants import Client
from tests.service import MEETING, TOKEN
{setup}
client = Client(TOKEN, base_url=sys.argv[1], proxy="")
print(len(client.get_participants(*MEETING)))
"""


class Configuration(ServiceTestCase):
    def test_nothing_is_printed_unless_logging_is_configured(self) -> None:
        service = self.serve(3, answer=unavailable_twice)
        self.assertEqual(run(PROGRAM.format(setup=""), service.base_url), "3\n")
        self.assertEqual(len(service.requests), 3)

    def test_basic_config_switches_the_log_on(self) -> None:
        service = self.serve(3, answer=unavailable_twice)
        setup = "logging.basicConfig(level=logging.DEBUG)"
        with python(PROGRAM.format(setup=setup), service.base_url) as child:
            out, err = child.communicate(timeout=60)
        lines = err.splitlines()
        self.assertEqual((out, len(lines)), ("3\n", 3), err)
        for line, level in zip(lines, ("WARNING", "WARNING", "DEBUG")):
            self.assertTrue(line.startswith(f"{level}:libparticipants:"), line)

    @unittest.skipUnless(hasattr(os, "fork"), "this system has no fork")
    def test_forked_child_logs_too(self) -> None:
        setup = """
warnings.simplefilter("ignore", DeprecationWarning)
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="%(levelname)s")
before = Client(TOKEN, base_url=sys.argv[1], proxy="")
before.get_participants(*MEETING)
sys.stdout.flush()
if os.fork() == 0:
    print(len(before.get_participants(*MEETING)))
    sys.exit()
os.wait()
"""
        out = run(PROGRAM.format(setup=setup), self.serve(3).base_url)
        self.assertEqual(out.split(), ["DEBUG", "DEBUG", "3", "DEBUG", "3"])
