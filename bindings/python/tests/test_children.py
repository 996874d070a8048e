"""Children of a client: what ends with what, which connections they share, and when those are closed."""

from __future__ import annotations

import asyncio
import threading
import time
import unittest
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from libparticipants import CancelledError, Client, Participants

from .service import HANG, MEETING
from .support import PROC, ServiceTestCase, run
from .test_interrupts import SOON


class Children(ServiceTestCase):
    def setUp(self) -> None:
        self.service = self.serve(3, answer=lambda request: HANG)
        self.parent = self.client(self.service)
        self.threads = ThreadPoolExecutor(8)
        self.addCleanup(self.threads.shutdown)
        # Before the threads are waited for.
        self.addCleanup(self.service.released.set)

    def begin(self, client: Client) -> "Future[Participants]":
        """Begins a call on another thread, whose response hangs."""
        call = self.threads.submit(client.get_participants, *MEETING)
        self.service.arrived.acquire()
        return call

    def cancelled(self, call: "Future[Participants]") -> None:
        self.assertIsInstance(call.exception(SOON), CancelledError)

    def test_shutdown_of_a_child_ends_its_calls_alone(self) -> None:
        child, sibling = self.parent.child(), self.parent.child()
        first, second = self.begin(child), self.begin(child)
        others = [self.begin(client) for client in (self.parent, sibling)]
        child.shutdown()
        self.cancelled(first)
        self.cancelled(second)
        self.assertEqual([call.done() for call in others], [False, False])
        self.service.released.set()
        self.assertEqual([len(call.result(SOON)) for call in others], [3, 3])
        self.assertEqual(len(self.parent.get_participants(*MEETING)), 3)
        with self.assertRaises(CancelledError):
            child.get_participants(*MEETING)
        self.assertEqual(repr(child), "<libparticipants.Client, closed>")
        self.assertEqual(repr(self.parent), "<libparticipants.Client, open>")

    def test_shutdown_of_a_parent_ends_its_childrens_calls(self) -> None:
        child = self.parent.child()
        grandchild = child.child()
        calls = [self.begin(client) for client in (self.parent, child, grandchild)]
        self.parent.shutdown()
        for call in calls:
            self.cancelled(call)
        for client in (child, grandchild):
            self.assertIn("closed", repr(client))
            for begin in (client.get_participants, client.iter_participants, lambda *_, client=client: client.child()):
                with self.assertRaises(CancelledError):
                    begin(*MEETING)

    def test_shutdown_of_a_parent_ends_a_childs_iterator_within_a_page(self) -> None:
        self.service.released.set()
        participants = self.parent.child().child().iter_participants(*MEETING)
        next(participants)
        self.parent.shutdown()
        with self.assertRaises(CancelledError):
            next(participants)
        self.assertEqual(list(participants), [])

    def test_shutdown_of_a_child_ends_its_waiting_iterator(self) -> None:
        child = self.parent.child()
        waiting = self.threads.submit(next, child.iter_participants(*MEETING))
        self.service.arrived.acquire()
        child.shutdown()
        self.assertIsInstance(waiting.exception(SOON), CancelledError)

    def test_child_stays_open_when_its_parent_is_closed(self) -> None:
        with self.parent as parent:
            child = parent.child()
        call = self.begin(child)
        self.service.released.set()
        self.assertEqual(len(call.result(SOON)), 3)
        with self.assertRaises(CancelledError):
            self.parent.child()

    def test_child_outlives_its_parent(self) -> None:
        child = Client(**self.settings(self.service)).child().child()
        self.service.released.set()
        self.assertEqual(len(child.get_participants(*MEETING)), 3)

    def test_shutdown_after_close_ends_calls_in_flight(self) -> None:
        child = self.parent.child()
        calls = [self.begin(client) for client in (self.parent, child)]
        child.close()
        self.parent.close()
        self.assertEqual([call.done() for call in calls], [False, False])
        self.parent.shutdown()
        for call in calls:
            self.cancelled(call)

    def test_closed_child_leaves_its_parent_open(self) -> None:
        self.service.released.set()
        with self.parent.child() as child:
            self.assertEqual(len(child.get_participants(*MEETING)), 3)
        with self.assertRaises(CancelledError):
            child.get_participants(*MEETING)
        self.assertEqual(len(self.parent.get_participants(*MEETING)), 3)

    def test_asyncio_ends_a_call_by_its_childs_shutdown(self) -> None:
        other = self.begin(self.parent)

        async def main() -> None:
            child = self.parent.child()
            call = asyncio.to_thread(child.get_participants, *MEETING)
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(call, 0.3)
            child.shutdown()

        began = time.monotonic()
        # At its end, it waits for the thread of the call.
        asyncio.run(main())
        self.assertLess(time.monotonic() - began, SOON)
        self.assertFalse(other.done())

    def test_clients_may_be_closed_while_threads_begin_calls(self) -> None:
        self.service.released.set()
        for number in range(60):
            client = Client(**self.settings(self.service))
            child = client.child()
            begun = threading.Barrier(5)

            def call(client: Client, get: Any, begun: threading.Barrier) -> int:
                begun.wait()
                try:
                    return len(list(get(client, *MEETING)))
                except CancelledError:
                    return 3

            calls = [
                self.threads.submit(call, caller, get, begun)
                for caller in (client, child)
                for get in (Client.get_participants, Client.iter_participants)
            ]
            begun.wait()
            for end in ((client.close, child.close), (child.shutdown, client.shutdown), (client.shutdown,))[number % 3]:
                end()
            del client, child
            self.assertEqual([call.result(SOON) for call in calls], [3] * 4)


class Connections(ServiceTestCase):
    def test_children_share_connections(self) -> None:
        service = self.serve(1)
        client = self.client(service)
        for _ in range(5):
            client.get_participants(*MEETING)
            client.child().get_participants_page(*MEETING)
            list(client.child().child().iter_participants(*MEETING))
        self.assertEqual((len(service.requests), len({request.peer for request in service.requests})), (15, 1))

    def test_child_has_its_parents_settings(self) -> None:
        service = self.serve(30)
        child = self.client(service, user_agent="mine/1", per_page=15).child()
        self.assertEqual(len(child.get_participants(*MEETING)), 30)
        sent = {(request.headers["User-Agent"], request.parameters["per_page"]) for request in service.requests}
        self.assertEqual(sent, {("mine/1", 15)})

    def test_shutdown_of_a_child_keeps_idle_connections(self) -> None:
        service = self.serve(1)
        client = self.client(service)
        for _ in range(3):
            child = client.child()
            child.get_participants(*MEETING)
            child.shutdown()
        self.assertEqual((len(service.requests), len({request.peer for request in service.requests})), (3, 1))

    def test_threads_use_no_more_connections_than_threads(self) -> None:
        service = self.serve(1)
        client = self.client(service)

        def work(_: int) -> int:
            return sum(len(client.get_participants(*MEETING)) for _ in range(100))

        with ThreadPoolExecutor(8) as threads:
            self.assertEqual(list(threads.map(work, range(8))), [100] * 8)
        self.assertEqual(len(service.requests), 800)
        self.assertLessEqual(len({request.peer for request in service.requests}), 8)

    @unittest.skipUnless(PROC, "file descriptors are counted in /proc")
    def test_close_closes_idle_connections_now(self) -> None:
        program = """
import os, sys
from libparticipants import Client, ParticipantsError
from tests.service import MEETING, TOKEN

def descriptors():
    return len(os.listdir("/proc/self/fd"))

before = descriptors()
client = Client(TOKEN, base_url=sys.argv[1], proxy="", max_retries=0)
client.get_participants(*MEETING)
kept = [client.child(), iter(client.iter_participants(*MEETING)), iter(client.iter_participants(*MEETING))]
kept[0].close()
list(kept[1])
next(kept[2])
kept[2].close()
for failing in (client.get_participants, lambda *ids: next(client.iter_participants(*ids))):
    try:
        failing("absent", *MEETING[1:])
    except ParticipantsError as error:
        kept.append(error)
print(len(kept), descriptors() - before)
client.close()
print(descriptors() - before)
"""
        self.assertEqual(run(program, self.serve(3).base_url), "5 1\n0\n")

    def test_iterator_that_was_never_begun_requests_nothing(self) -> None:
        service = self.serve(3)
        client = self.client(service)
        for _ in range(100):
            client.iter_participants(*MEETING)
        self.assertEqual(service.requests, [])
