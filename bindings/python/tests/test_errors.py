"""Every exception, raised for real responses."""

from __future__ import annotations

import copy
import json
import multiprocessing
import pickle
import socket
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Dict, Type

import libparticipants
from libparticipants import (
    APIConnectionError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    CancelledError,
    Client,
    InternalServerError,
    InvalidArgumentError,
    NotFoundError,
    Participants,
    ParticipantsError,
    PermissionDeniedError,
    RateLimitError,
    _errors,
)

from .service import HANG, MEETING, NOT_FOUND, RAY, TOKEN, UNAUTHENTICATED, Raw, Request, Response, participant
from .support import ServiceTestCase, header_constants


class Responses(ServiceTestCase):
    def failure(self, answer: Any, **settings: Any) -> ParticipantsError:
        client = self.client(self.serve(answer=lambda request: answer), **settings)
        with self.assertRaises(ParticipantsError) as raised:
            client.get_participants(*MEETING)
        self.assertNotIn(TOKEN, repr(raised.exception) + str(vars(raised.exception)))
        return raised.exception

    def check(self, kind: Type[ParticipantsError], answer: Any, **settings: Any) -> ParticipantsError:
        error = self.failure(answer, **settings)
        self.assertIs(type(error), kind)
        return error

    def test_401_is_an_authentication_error_with_all_attributes(self) -> None:
        error = self.check(AuthenticationError, Response(401, UNAUTHENTICATED))
        self.assertEqual(
            (error.status_code, error.code, error.ray_id, error.retry_after, error.body),
            (401, 10000, RAY, None, UNAUTHENTICATED),
        )
        for part in ("Authentication error", "401", "10000", RAY):
            self.assertIn(part, str(error))

    def test_403_is_a_permission_denied_error(self) -> None:
        error = self.check(
            PermissionDeniedError, Response(403, '{"success":false,"errors":[{"code":9109,"message":"no"}]}')
        )
        self.assertEqual((error.status_code, error.code), (403, 9109))

    def test_error_has_the_failed_page_and_the_attempts(self) -> None:
        def answer(request: Request) -> Any:
            return Response(503, "", {"Retry-After": "0"}) if request.parameters["page_no"] == 2 else None

        client = self.client(self.serve(25, answer=answer), per_page=10, max_retries=2)
        for get in (client.get_participants, client.iter_participants):
            with self.assertRaises(InternalServerError) as raised:
                list(get(*MEETING))
            self.assertEqual((raised.exception.page, raised.exception.attempts), (2, 3))
        with self.assertRaises(InvalidArgumentError) as refused:
            client.get_participants("", *MEETING[1:])
        self.assertEqual((refused.exception.page, refused.exception.attempts), (None, 0))
        with self.assertRaises(InternalServerError) as raised:
            self.client(self.serve(answer=lambda request: Response(500))).get_participants_page(*MEETING)
        self.assertEqual((raised.exception.page, raised.exception.attempts), (None, 1))

    def test_404_is_a_not_found_error(self) -> None:
        error = self.check(NotFoundError, Response(404, NOT_FOUND))
        self.assertEqual((error.status_code, error.code, error.body), (404, 404, NOT_FOUND))

    def test_429_is_a_rate_limit_error_with_retry_after(self) -> None:
        error = self.check(RateLimitError, Response(429, "", {"Retry-After": "300"}), max_retries=3)
        self.assertEqual((error.status_code, error.retry_after, error.code, error.body), (429, 300.0, None, None))
        self.assertIsInstance(error.retry_after, float)

    def test_5xx_is_an_internal_server_error(self) -> None:
        for status in (500, 503, 526):
            error = self.check(InternalServerError, Response(status, "<html>", {"Retry-After": "1.5"}))
            self.assertEqual((error.status_code, error.retry_after, error.body), (status, 1.5, "<html>"))

    def test_other_status_is_an_api_status_error(self) -> None:
        for status in (400, 409, 302):
            self.assertEqual(self.check(APIStatusError, Response(status)).status_code, status)

    def test_success_false_is_an_api_status_error(self) -> None:
        error = self.check(APIStatusError, Response(200, UNAUTHENTICATED))
        self.assertEqual((error.status_code, error.code), (200, 10000))

    def test_unexpected_body_is_a_validation_error(self) -> None:
        for body in ("<html>", "", '{"data":[{}],"success":true}', '{"data":'):
            error = self.check(APIResponseValidationError, Response(200, body))
            self.assertEqual((error.status_code, error.ray_id, error.body), (200, RAY, body or None))

    def test_json_nested_too_deeply_is_a_validation_error(self) -> None:
        deep = json.dumps({**participant(0), "deep": 0}).replace('"deep": 0', '"deep": ' + "[" * 50_000 + "]" * 50_000)
        self.check(
            APIResponseValidationError, Response(200, '{"data":[%s],"paging":{"total_count":1},"success":true}' % deep)
        )

    def test_response_that_is_not_http_is_a_validation_error(self) -> None:
        self.assertIsNone(self.check(APIResponseValidationError, Raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")).status_code)

    def test_closed_connection_is_a_connection_error(self) -> None:
        for cut in (b"", b"HTTP/1.1 200 OK\r\n", b'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"data":['):
            self.check(APIConnectionError, Raw(cut))

    def test_missing_response_is_a_timeout_error(self) -> None:
        error = self.check(APITimeoutError, HANG, timeout=0.1)
        self.assertEqual(
            (error.status_code, error.code, error.ray_id, error.retry_after, error.body), (None, None, None, None, None)
        )
        self.check(APITimeoutError, HANG, deadline=0.1)

    def test_refused_connection_is_a_connection_error(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            client = self.client(f"http://127.0.0.1:{unused.getsockname()[1]}")
            with self.assertRaises(APIConnectionError) as raised:
                client.get_participants(*MEETING)
        self.assertIs(type(raised.exception), APIConnectionError)

    def test_failed_handshake_is_a_connection_error(self) -> None:
        service = self.serve(answer=lambda request: None)
        client = self.client(service.base_url.replace("http:", "https:"))
        with self.assertRaises(APIConnectionError):
            client.get_participants(*MEETING)

    def test_client_raises_cancelled_error_after_shutdown(self) -> None:
        client = self.client(self.serve(1))
        client.shutdown()
        with self.assertRaises(CancelledError):
            client.get_participants(*MEETING)

    def test_invalid_id_is_an_invalid_argument_error_and_a_value_error(self) -> None:
        service = self.serve(1)
        client = self.client(service)
        for ids in (
            ("", "app", MEETING[2]),
            ("account", "..", MEETING[2]),
            ("a" * 257, "app", MEETING[2]),
            ("account", "app", "no-uuid"),
        ):
            with self.assertRaises(InvalidArgumentError) as raised:
                client.get_participants(*ids)
            self.assertIsInstance(raised.exception, ValueError)
            self.assertEqual(raised.exception.status_code, None)
        self.assertEqual(service.requests, [])


class Classes(ServiceTestCase):
    def test_base_classes(self) -> None:
        for kind, base in (
            (InvalidArgumentError, ParticipantsError),
            (InvalidArgumentError, ValueError),
            (APIConnectionError, ParticipantsError),
            (APITimeoutError, APIConnectionError),
            (APIStatusError, ParticipantsError),
            (AuthenticationError, APIStatusError),
            (PermissionDeniedError, APIStatusError),
            (NotFoundError, APIStatusError),
            (RateLimitError, APIStatusError),
            (InternalServerError, APIStatusError),
            (APIResponseValidationError, ParticipantsError),
            (CancelledError, ParticipantsError),
            (ParticipantsError, Exception),
        ):
            self.assertIn(base, kind.__bases__, kind)

    def test_every_status_has_a_class(self) -> None:
        statuses = header_constants("RTK_STATUS_")
        excluded = {statuses[name] for name in ("RTK_STATUS_OK", "RTK_STATUS_DONE", "RTK_STATUS_INTERNAL")}
        self.assertEqual(set(_errors._CLASSES), set(statuses.values()) - excluded)

    def test_every_class_is_public(self) -> None:
        for kind in _errors._CLASSES.values():
            self.assertIs(getattr(libparticipants, kind.__name__), kind)
            self.assertIn(kind.__name__, libparticipants.__all__)

    def test_pickles_and_copies_keep_all_attributes(self) -> None:
        attributes: Dict[str, Any] = {
            "status_code": 429,
            "code": 7,
            "ray_id": RAY,
            "retry_after": 2.5,
            "body": "{}",
            "page": 3,
            "attempts": 4,
        }
        kinds = [
            kind
            for kind in vars(libparticipants).values()
            if isinstance(kind, type) and issubclass(kind, ParticipantsError)
        ]
        self.assertEqual(len(kinds), 12)
        for kind in kinds:
            error = kind("too many", **attributes)
            self.assertEqual(vars(error), attributes)
            unpickled = [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
            for other in [*unpickled, copy.copy(error), copy.deepcopy(error)]:
                self.assertEqual((type(other), str(other), vars(other)), (kind, "too many", attributes))

    def test_error_of_another_process_keeps_all_attributes(self) -> None:
        service = self.serve(answer=lambda request: Response(404, NOT_FOUND))
        for method in ("spawn", "forkserver", "fork"):
            if method in multiprocessing.get_all_start_methods():
                with self.subTest(method), ProcessPoolExecutor(1, multiprocessing.get_context(method)) as pool:
                    with self.assertRaises(NotFoundError) as raised:
                        pool.submit(get_participants, service.base_url).result(60)
                    error = raised.exception
                    self.assertEqual(
                        (error.status_code, error.code, error.ray_id, error.body), (404, 404, RAY, NOT_FOUND)
                    )
                    self.assertEqual((error.page, error.attempts), (1, 1))


def get_participants(base_url: str) -> Participants:
    return Client(TOKEN, base_url=base_url, proxy="").get_participants(*MEETING)
