"""One client in many threads, and in a forked child."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import unittest
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

from libparticipants import InternalServerError

from .service import HANG, MEETING, Request, Response
from .support import ServiceTestCase


class Threads(ServiceTestCase):
    def test_threads_share_a_client(self) -> None:
        service = self.serve(250)
        client = self.client(service)
        expected = [p["id"] for p in service.everyone]

        def work(number: int) -> bool:
            if number % 3 == 0:
                return [p.id for p in client.get_participants(*MEETING)] == expected
            if number % 3 == 1:
                return [p.id for p in client.iter_participants(*MEETING)] == expected
            return [p.id for p in client.get_participants_page(*MEETING, page_no=2, per_page=100)] == expected[100:200]

        with ThreadPoolExecutor(8) as pool:
            self.assertEqual(list(pool.map(work, range(48))), [True] * 48)

    def test_calls_run_at_the_same_time(self) -> None:
        all_three = threading.Barrier(3, timeout=30)

        def answer(request: Request) -> None:
            all_three.wait()

        client = self.client(self.serve(1, answer=answer))
        with ThreadPoolExecutor(3) as pool:
            self.assertEqual(
                [len(everyone) for everyone in pool.map(lambda _: client.get_participants(*MEETING), range(3))],
                [1, 1, 1],
            )

    def test_connections_are_reused(self) -> None:
        service = self.serve(1)
        client = self.client(service)
        for _ in range(5):
            client.get_participants(*MEETING)
            list(client.iter_participants(*MEETING))
        thread = threading.Thread(target=client.get_participants, args=MEETING)
        thread.start()
        thread.join(30)
        self.assertEqual((len(service.requests), len({request.peer for request in service.requests})), (11, 1))

    def test_call_after_a_failed_call_succeeds(self) -> None:
        service = self.serve(1, answer=lambda request: Response(500) if request.number == 1 else None)
        client = self.client(service)
        with self.assertRaises(InternalServerError):
            client.get_participants(*MEETING)
        self.assertEqual(len(client.get_participants(*MEETING)), 1)

    def test_iterator_refuses_a_second_thread(self) -> None:
        service = self.serve(1, answer=lambda request: HANG)
        participants = self.client(service).iter_participants(*MEETING)
        thread = threading.Thread(target=list, args=(participants,))
        thread.start()
        service.arrived.acquire()
        with self.assertRaises(ValueError):
            next(participants)
        service.released.set()
        thread.join(30)

    def test_unreferenced_client_closes_its_connections(self) -> None:
        service = self.serve(1)
        before = descriptors()
        client = self.client(service)
        client.get_participants(*MEETING)
        participants = client.iter_participants(*MEETING)
        next(participants)
        self.doCleanups()
        del client, participants
        gc.collect()
        self.assertLessEqual(descriptors(), before)


@unittest.skipUnless(hasattr(os, "fork"), "this system has no fork")
class Forks(ServiceTestCase):
    def in_child(self, work: Callable[[], bool]) -> None:
        """Runs ``work`` in a forked child, where it must return true."""
        with warnings.catch_warnings():
            # Python warns that a thread of the parent may hold a lock, which is what these tests check.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            code = 1
            try:
                signal.alarm(30)
                code = 0 if work() else 2
            finally:
                sys.stderr.flush()
                os._exit(code)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_forked_child_makes_its_own_connections(self) -> None:
        service = self.serve(1)
        client = self.client(service)
        client.get_participants(*MEETING)
        self.in_child(lambda: len(client.get_participants(*MEETING)) == 1)
        client.get_participants(*MEETING)
        first, of_child, last = (request.peer for request in service.requests)
        self.assertEqual(first, last)
        self.assertNotEqual(of_child, first)

    def test_client_works_in_a_child_forked_during_a_call(self) -> None:
        service = self.serve(1, answer=lambda request: HANG if request.number == 1 else None)
        client = self.client(service)
        lengths = []
        thread = threading.Thread(target=lambda: lengths.append(len(client.get_participants(*MEETING))))
        thread.start()
        service.arrived.acquire()

        def work() -> bool:
            works = len(client.get_participants(*MEETING)) == 1
            # Must not end the parent's call, although the child has its connection too.
            client.shutdown()
            return works

        self.in_child(work)
        service.released.set()
        thread.join(30)
        self.assertEqual(lengths, [1])

    @unittest.skipIf(
        "RTK_SANITIZE" in os.environ,
        "a fork may copy AddressSanitizer's allocator while it is locked",
    )
    def test_fork_while_threads_make_calls(self) -> None:
        client = self.client(self.serve(50), per_page=10)
        stop = threading.Event()

        def keep_calling() -> None:
            while not stop.is_set():
                client.get_participants(*MEETING)

        threads = [threading.Thread(target=keep_calling) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(10):
                self.in_child(lambda: len(client.get_participants(*MEETING)) == 50)
        finally:
            stop.set()
            for thread in threads:
                thread.join(30)

    def test_iterator_continues_in_a_forked_child(self) -> None:
        client = self.client(self.serve(25), per_page=10)
        participants = client.iter_participants(*MEETING)
        next(participants)
        self.in_child(lambda: len(list(participants)) == 24)
        self.assertEqual(len(list(participants)), 24)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
