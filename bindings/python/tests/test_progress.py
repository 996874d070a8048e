"""How far an iterator has come: ``total_count``, the length hint and ``repr``."""

from __future__ import annotations

import pickle
import threading
from operator import length_hint
from typing import Any

from libparticipants import CancelledError, InternalServerError

from .service import HANG, MEETING, Request, Response, page, participant
from .support import ServiceTestCase


class TotalCount(ServiceTestCase):
    def test_total_count_requests_the_first_page_once(self) -> None:
        service = self.serve(25)
        participants = self.client(service, per_page=10, max_connections=1).iter_participants(*MEETING)
        self.assertEqual(service.requests, [])
        self.assertEqual((participants.total_count, participants.total_count), (25, 25))
        self.assertEqual([request.parameters["page_no"] for request in service.requests], [1])
        self.assertEqual([one.id for one in participants], [one["id"] for one in service.everyone])
        self.assertEqual([request.parameters["page_no"] for request in service.requests], [1, 2, 3])
        self.assertEqual((participants.total_count, participants.is_complete), (25, True))
        self.assertEqual(list(participants), [])

    def test_total_count_of_an_empty_meeting_is_0(self) -> None:
        service = self.serve(0)
        participants = self.client(service).iter_participants(*MEETING)
        self.assertEqual(participants.total_count, 0)
        requests = len(service.requests)
        self.assertEqual((participants.total_count, list(participants), participants.is_complete), (0, [], True))
        self.assertEqual(len(service.requests), requests)

    def test_total_count_is_as_the_service_last_said(self) -> None:
        service = self.serve(25)
        participants = self.client(service, per_page=10, max_connections=1).iter_participants(*MEETING)
        self.assertEqual(participants.total_count, 25)
        service.everyone.append(participant(25))
        self.assertEqual(len([next(participants) for _ in range(11)]), 11)
        self.assertEqual(participants.total_count, 26)

    def test_total_count_at_the_end_is_that_of_the_last_reading(self) -> None:
        def answer(request: Request) -> Response:
            # The list changes after the first page, so it is read a second time. Nobody new is found then.
            total = 25 if request.number == 1 else 26 if request.number <= 3 else 27
            body = str(page(service.everyone, request).body)
            return Response(body=body.replace('"total_count":25', f'"total_count":{total}'))

        service = self.serve(25, answer=answer)
        participants = self.client(service, per_page=10, max_connections=1).iter_participants(*MEETING)
        self.assertEqual(len(list(participants)), 25)
        self.assertEqual((participants.total_count, participants.is_complete), (27, False))

    def test_failure_of_total_count_is_not_an_empty_meeting(self) -> None:
        service = self.serve(3, answer=lambda request: Response(500))
        participants = self.client(service).iter_participants(*MEETING)
        for _ in range(2):
            with self.assertRaises(InternalServerError):
                participants.total_count  # noqa: B018
        with self.assertRaises(InternalServerError) as raised:
            next(participants)
        self.assertEqual((raised.exception.status_code, raised.exception.page), (500, 1))
        self.assertEqual((list(participants), len(service.requests)), ([], 1))
        with self.assertRaises(InternalServerError) as later:
            participants.total_count  # noqa: B018
        self.assertEqual(str(later.exception), str(raised.exception))

    def test_failure_of_next_is_also_that_of_total_count(self) -> None:
        participants = self.client(self.serve(answer=lambda request: Response(500))).iter_participants(*MEETING)
        with self.assertRaises(InternalServerError):
            next(participants)
        with self.assertRaises(InternalServerError):
            participants.total_count  # noqa: B018
        self.assertEqual(list(participants), [])

    def test_iterator_closed_after_a_failure_of_total_count_is_at_its_end(self) -> None:
        participants = self.client(self.serve(answer=lambda request: Response(500))).iter_participants(*MEETING)
        with self.assertRaises(InternalServerError):
            participants.total_count  # noqa: B018
        participants.close()
        self.assertEqual(list(participants), [])

    def test_failure_of_a_later_page_keeps_the_total(self) -> None:
        answer = lambda request: Response(500) if request.parameters["page_no"] > 1 else None  # noqa: E731
        participants = self.client(self.serve(25, answer=answer), per_page=10).iter_participants(*MEETING)
        with self.assertRaises(InternalServerError):
            list(participants)
        self.assertEqual(participants.total_count, 25)

    def test_total_count_of_a_closed_iterator_requests_nothing(self) -> None:
        service = self.serve(3)
        participants = self.client(service).iter_participants(*MEETING)
        participants.close()
        self.assertEqual((participants.total_count, list(participants), service.requests), (0, [], []))

    def test_total_count_after_shutdown_is_a_cancelled_error(self) -> None:
        client = self.client(self.serve(3))
        participants = client.iter_participants(*MEETING)
        client.shutdown()
        with self.assertRaises(CancelledError):
            participants.total_count  # noqa: B018

    def test_waiting_iterator_refuses_another_thread(self) -> None:
        service = self.serve(1, answer=lambda request: HANG)
        participants = self.client(service).iter_participants(*MEETING)
        thread = threading.Thread(target=list, args=(participants,))
        thread.start()
        service.arrived.acquire()
        for use in (lambda: participants.total_count, participants.close, lambda: next(participants)):
            with self.assertRaises(ValueError):
                use()
        service.released.set()
        thread.join(30)
        self.assertEqual((participants.total_count, participants.is_complete), (1, True))


class Hints(ServiceTestCase):
    def test_length_hint_is_what_is_left(self) -> None:
        service = self.serve(25)
        participants = self.client(service, per_page=10).iter_participants(*MEETING)
        self.assertEqual((length_hint(participants), service.requests), (0, []))
        for returned in range(1, 26):
            next(participants)
            self.assertEqual(length_hint(participants), 25 - returned)
        self.assertEqual((list(participants), length_hint(participants)), ([], 0))

    def test_list_requests_every_page_once(self) -> None:
        for ask_first in (False, True):
            service = self.serve(25)
            participants = self.client(service, per_page=10).iter_participants(*MEETING)
            self.assertEqual(participants.total_count if ask_first else 25, 25)
            self.assertEqual(len(list(participants)), 25)
            self.assertEqual(sorted(request.parameters["page_no"] for request in service.requests), [1, 2, 3])

    def test_wrong_total_is_never_a_negative_or_huge_hint(self) -> None:
        for total in (0, 1, 10**6, 10**12, 10**15, 2**62, 2**63, 2**64 - 1, 10**30, -1):
            with self.subTest(total):
                body = str(page([participant(0), participant(1)], request).body)
                body = body.replace('"total_count":2', f'"total_count":{total}')
                client = self.client(self.serve(answer=lambda request, body=body: Response(body=body)))
                participants = client.iter_participants(*MEETING)
                next(participants)
                self.assertIn(length_hint(participants), range(1, 10**6 + 1))
                self.assertEqual(len(list(participants)), 1)
                self.assertEqual(length_hint(participants), 0)


request = Request(1, "", {}, None, None)


class Representation(ServiceTestCase):
    def test_repr_says_how_far_the_iterator_is(self) -> None:
        service = self.serve(342)
        participants = self.client(service).iter_participants(*MEETING)
        self.assertEqual((repr(participants), service.requests), ("<ParticipantIterator: no page yet>", []))
        for _ in range(120):
            next(participants)
        self.assertEqual(repr(participants), "<ParticipantIterator: 120 of 342>")
        list(participants)
        self.assertEqual(repr(participants), "<ParticipantIterator: 342 of 342, complete>")

    def test_repr_of_a_closed_or_failed_iterator_keeps_the_count(self) -> None:
        service = self.serve(25, answer=self.fails_later)
        client = self.client(service, per_page=10)
        with client.iter_participants(*MEETING) as participants:
            next(participants)
        self.assertEqual((repr(participants), length_hint(participants)), ("<ParticipantIterator: 1 of 25>", 0))
        failed = client.iter_participants(*MEETING)
        with self.assertRaises(InternalServerError):
            list(failed)
        self.assertEqual((repr(failed), length_hint(failed)), ("<ParticipantIterator: 10 of 25>", 0))

    def fails_later(self, request: Request) -> Any:
        return Response(500) if request.parameters["page_no"] == 2 else None

    def test_iterator_cannot_be_pickled(self) -> None:
        with self.assertRaises(TypeError):
            pickle.dumps(self.client(self.serve(1)).iter_participants(*MEETING))
