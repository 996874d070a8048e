"""The client: its settings, the environment, close and shutdown, and that it never shows a credential."""

from __future__ import annotations

import copy
import inspect
import math
import os
import pickle
import shutil
import sys
import threading
import unittest
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Dict, List, Tuple
from uuid import UUID

from libparticipants import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    CancelledError,
    Client,
    InvalidArgumentError,
    ParticipantsError,
    RateLimitError,
)

from .service import CERTIFICATE, HANG, MEETING, TOKEN, Request, Response
from .support import TLS, ServiceTestCase, only

SECRET = "s3cret-credential-0123456789"


class Settings(ServiceTestCase):
    TIMES = ("timeout", "connect_timeout", "deadline", "max_retry_wait")
    IMPOSSIBLE_TIMES: Tuple[Any, ...] = (
        -1,
        -0.0001,
        timedelta(microseconds=-1),
        math.nan,
        math.inf,
        1e300,
        10**400,
        2**64,
        Decimal("sNaN"),
        Decimal("1e400"),
        Decimal("-1e-400"),
        Fraction(10**400),
    )

    def test_client_has_every_setting(self) -> None:
        parameters = inspect.signature(Client).parameters
        keywords = {name for name, parameter in parameters.items() if parameter.kind is parameter.KEYWORD_ONLY}
        counts = {"max_retries", "max_connections", "per_page"}
        self.assertEqual(
            keywords, {"api_key", "base_url", "user_agent", "proxy", "ca_file", "native_ca"} | {*self.TIMES} | counts
        )
        self.assertEqual(set(parameters) - keywords, {"api_token"})
        self.assertEqual({parameter.default for parameter in parameters.values()}, {None})

    def test_token_is_sent(self) -> None:
        service = self.serve(1)
        self.client(service).get_participants(*MEETING)
        headers = service.requests[0].headers
        self.assertEqual((headers["Authorization"], headers["Accept"]), (f"Bearer {TOKEN}", "application/json"))
        self.assertTrue(headers["User-Agent"].startswith("participants/"))

    def test_key_pair_is_sent_without_a_token(self) -> None:
        service = self.serve(1)
        client = self.client(service, api_token=None, api_key=("ops@example.com", SECRET))
        with self.assertRaises(AuthenticationError):
            client.get_participants(*MEETING)
        headers = service.requests[0].headers
        self.assertEqual(
            (headers["X-Auth-Email"], headers["X-Auth-Key"], headers["Authorization"]),
            ("ops@example.com", SECRET, None),
        )
        self.client(service, api_key=("ops@example.com", SECRET)).get_participants(*MEETING)
        self.assertIsNone(service.requests[1].headers["X-Auth-Key"])

    def test_user_agent_and_per_page_are_sent(self) -> None:
        service = self.serve(30)
        self.client(service, user_agent="mine/1", per_page=15, max_connections=1).get_participants(*MEETING)
        self.assertEqual([r.parameters["per_page"] for r in service.requests], [15, 15])
        self.assertEqual(service.requests[0].headers["User-Agent"], "mine/1")

    def test_max_retries_limits_the_retries(self) -> None:
        service = self.serve(answer=lambda request: Response(429, "", {"Retry-After": "0"}))
        with self.assertRaises(RateLimitError):
            self.client(service, max_retries=2).get_participants(*MEETING)
        self.assertEqual(len(service.requests), 3)

    def test_retry_after_above_max_retry_wait_fails_at_once(self) -> None:
        service = self.serve(answer=lambda request: Response(429, "", {"Retry-After": "2"}))
        with self.assertRaises(RateLimitError):
            self.client(service, max_retries=2, max_retry_wait=1).get_participants(*MEETING)
        self.assertEqual(len(service.requests), 1)

    def test_timeout_and_deadline_end_a_call(self) -> None:
        service = self.serve(answer=lambda request: HANG)
        for settings in ({"timeout": 0.1}, {"deadline": timedelta(milliseconds=100)}):
            with self.assertRaises(APITimeoutError):
                self.client(service, **settings).get_participants(*MEETING)

    def test_times_are_seconds_of_any_type(self) -> None:
        service = self.serve(answer=lambda request: HANG)
        time: Any
        for time, text in (
            (1, "1 s"),
            (0.1, "0.1 s"),
            (0.1004, "0.1 s"),
            (0.0126, "0.013 s"),
            (timedelta(milliseconds=50), "0.05 s"),
            (timedelta(milliseconds=50, microseconds=501), "0.051 s"),
            (Decimal("0.05"), "0.05 s"),
            (Fraction(1, 20), "0.05 s"),
        ):
            with self.subTest(time=time), self.assertRaisesRegex(APITimeoutError, f"deadline of {text}"):
                self.client(service, deadline=time).get_participants(*MEETING)
            with self.subTest(time=time), self.assertRaisesRegex(APITimeoutError, f"within {text}"):
                self.client(service, timeout=time).get_participants(*MEETING)

    def test_time_below_a_millisecond_is_rounded_up(self) -> None:
        service = self.serve(1, answer=lambda request: HANG)
        for deadline in (1e-9, 0.0004, 5e-324, timedelta(microseconds=1), Decimal("1e-400"), Fraction(1, 10**400)):
            with self.subTest(deadline=deadline), self.assertRaises(APITimeoutError):
                self.client(service, deadline=deadline, timeout=30).get_participants(*MEETING)
            with self.subTest(timeout=deadline), self.assertRaises(APITimeoutError):
                self.client(service, timeout=deadline).get_participants(*MEETING)

    def test_deadline_of_0_is_no_limit(self) -> None:
        for nothing in (0, 0.0, -0.0, timedelta(0)):
            client = self.client(self.serve(1), deadline=nothing)
            self.assertEqual(len(client.get_participants(*MEETING)), 1)

    def test_long_times_are_accepted(self) -> None:
        service = self.serve(1)
        for long in (10**9, 1e16, timedelta.max):
            client = self.client(service, **dict.fromkeys(self.TIMES, long))
            self.assertEqual(len(client.get_participants(*MEETING)), 1)

    def test_max_connections_allows_parallel_page_requests(self) -> None:
        both = threading.Barrier(2, timeout=30)

        def answer(request: Request) -> None:
            if request.parameters["page_no"] > 1:
                both.wait()

        everyone = self.client(self.serve(30, answer=answer), per_page=10, max_connections=2).get_participants(*MEETING)
        self.assertEqual(len(everyone), 30)

    def test_proxy_is_used(self) -> None:
        proxy = self.serve(1)
        self.client("http://127.0.0.1:9", proxy=proxy.base_url).get_participants(*MEETING)
        self.assertEqual((proxy.tunnels, len(proxy.requests)), (["127.0.0.1:9"], 1))

    def test_ca_file_accepts_str_bytes_and_path(self) -> None:
        with TemporaryDirectory() as folder:
            file = os.path.join(folder, "zo\u00eb no.pem")
            for path in (file, os.fsencode(file), Path(file)):
                with self.assertRaisesRegex(InvalidArgumentError, "ca_file.*zo\u00eb no.pem"):
                    Client(TOKEN, ca_file=path)

    @unittest.skipUnless(TLS, "this Python has no TLS")
    def test_ca_file_replaces_the_trusted_authorities(self) -> None:
        service = self.serve(3, tls=True)
        self.assertEqual(len(self.client(service, ca_file=CERTIFICATE).get_participants(*MEETING)), 3)
        with self.assertRaisesRegex(APIConnectionError, "ca_file"):
            self.client(service).get_participants(*MEETING)

    @unittest.skipUnless(TLS, "this Python has no TLS")
    @unittest.skipUnless(sys.platform == "linux", "SSL_CERT_DIR is read on Linux only")
    def test_native_ca_trusts_the_systems_authorities(self) -> None:
        service = self.serve(3, tls=True)
        with TemporaryDirectory() as folder, only(SSL_CERT_DIR=folder):
            shutil.copy(CERTIFICATE, Path(folder) / "certificate.pem")
            self.assertEqual(len(self.client(service, native_ca=True).get_participants(*MEETING)), 3)
            for native_ca in (False, None):
                with self.assertRaisesRegex(APIConnectionError, "native_ca"):
                    self.client(service, native_ca=native_ca).get_participants(*MEETING)

    def test_invalid_setting_is_refused_by_name(self) -> None:
        wrong: Any
        for name, wrong in (
            ("timeout", 0),
            ("connect_timeout", timedelta(0)),
            *((name, wrong) for name in self.TIMES for wrong in self.IMPOSSIBLE_TIMES),
            ("max_retries", 2**32),
            ("max_connections", 0),
            ("per_page", 0),
            ("base_url", "http://example.com"),
            ("base_url", "http://localhost\0.example.com"),
            ("user_agent", "two\nlines"),
            ("user_agent", "\ud800"),
        ):
            with self.subTest(name, wrong=wrong), self.assertRaisesRegex(InvalidArgumentError, name):
                self.client("http://127.0.0.1:9", **{name: wrong})

    def test_wrong_type_is_a_type_error_without_credentials(self) -> None:
        wrong: Any
        for name, wrong in (
            *((name, wrong) for name in self.TIMES for wrong in ("1", b"1", True, 1j, [1], datetime.now())),
            *((name, wrong) for name in ("max_retries", "max_connections", "per_page") for wrong in (True, 1.0, "1")),
            *((name, b"text") for name in ("api_token", "base_url", "user_agent", "proxy")),
            *(("api_token", wrong) for wrong in (1, (SECRET, SECRET), [SECRET])),
            *(("ca_file", wrong) for wrong in (1, [SECRET], ("no.pem",))),
            *(("native_ca", wrong) for wrong in (1, 0, "yes", b"", 1.0)),
            *(
                ("api_key", wrong)
                for wrong in (
                    SECRET,
                    "ab",
                    "",
                    b"ab",
                    1,
                    (SECRET,),
                    (SECRET, SECRET, SECRET),
                    [],
                    {"email": SECRET, "key": SECRET},
                )
            ),
            *(
                ("api_key", wrong)
                for wrong in ((SECRET, b"key"), (None, SECRET), (SECRET, None), {"ops@example.com", SECRET})
            ),
        ):
            with self.subTest(name, wrong=wrong), self.assertRaisesRegex(TypeError, f"^{name}: ") as raised:
                self.client("http://127.0.0.1:9", **{name: wrong})
            self.assertNotIn(SECRET, f"{raised.exception!r} {raised.exception.__context__!r}")
        with self.assertRaisesRegex(TypeError, "^api_key: must be a pair of e-mail and key$"):
            Client(api_key=SECRET)  # type: ignore[arg-type]
        client = self.client("http://127.0.0.1:9")
        for get in (client.get_participants, client.get_participants_page, client.iter_participants):
            for place, name in enumerate(("account_id", "app_id", "meeting_id")):
                for wrong in (None, 1, MEETING[2].encode(), MEETING):
                    ids: List[Any] = [*MEETING]
                    ids[place] = wrong
                    with (
                        self.subTest(name, wrong=wrong),
                        self.assertRaisesRegex(TypeError, f"^{name}: must be str or uuid.UUID, not "),
                    ):
                        get(*ids)
        for wrong in (1.0, "1", True):
            for name in ("page_no", "per_page"):
                with self.subTest(name, wrong=wrong), self.assertRaisesRegex(TypeError, f"^{name}: must be int, not "):
                    client.get_participants_page(*MEETING, **{name: wrong})

    def test_subclasses_of_str_and_integer_types_are_accepted(self) -> None:
        class Text(str):
            """A subclass of str."""

        class Meetings(str, Enum):
            WEEKLY = MEETING[2]

        class Three:
            """An integer type like NumPy's."""

            def __index__(self) -> int:
                return 3

        service = self.serve(3)
        number: Any = Three()
        client = self.client(service, api_token=Text(TOKEN), per_page=number, max_connections=number)
        for meeting_id in (Text(MEETING[2]), Meetings.WEEKLY, UUID(MEETING[2]), MEETING[2].upper()):
            for app_id in (Text(MEETING[1]), UUID(MEETING[1])):
                with self.subTest(type(meeting_id)):
                    page = client.get_participants_page(MEETING[0], app_id, meeting_id, page_no=1, per_page=number)
                    everyone = client.get_participants(MEETING[0], app_id, meeting_id)
                    self.assertEqual(
                        (len(page), len(everyone), len(list(client.iter_participants(MEETING[0], app_id, meeting_id)))),
                        (3, 3, 3),
                    )
        account = UUID(MEETING[0])
        with self.assertRaises(ParticipantsError) as raised:
            client.get_participants(account, *MEETING[1:])
        self.assertNotIsInstance(raised.exception, TypeError)

    def test_ids_with_nul_and_numbers_out_of_range_are_refused(self) -> None:
        service = self.serve(1)
        client = self.client(service)
        account_id, app_id, meeting_id = MEETING
        for ids in (
            (account_id, app_id, f"{meeting_id}\0"),
            (f"{account_id}\0", app_id, meeting_id),
            (account_id, "\udc80", meeting_id),
        ):
            with self.assertRaises(InvalidArgumentError):
                client.get_participants(*ids)
        for number in (-1, 2**63):
            with self.assertRaisesRegex(InvalidArgumentError, "per_page"):
                client.get_participants_page(*MEETING, per_page=number)
        self.assertEqual(service.requests, [])


class Environment(ServiceTestCase):
    def test_all_settings_may_come_from_the_environment(self) -> None:
        service = self.serve(1)
        with only(CLOUDFLARE_API_TOKEN=f" {TOKEN}\n", CLOUDFLARE_BASE_URL=service.base_url), Client() as client:
            self.assertEqual(len(client.get_participants(*MEETING)), 1)

    def test_explicit_settings_win(self) -> None:
        service = self.serve(1)
        with only(CLOUDFLARE_API_TOKEN="another-token-than-this", CLOUDFLARE_BASE_URL="http://127.0.0.1:9"):
            self.assertEqual(len(self.client(service).get_participants(*MEETING)), 1)

    def test_missing_credential_is_an_invalid_argument(self) -> None:
        with only(), self.assertRaisesRegex(InvalidArgumentError, "CLOUDFLARE_API_TOKEN"):
            Client()

    def test_invalid_variable_is_refused_by_name(self) -> None:
        with (
            only(CLOUDFLARE_API_TOKEN="two words"),
            self.assertRaisesRegex(InvalidArgumentError, "CLOUDFLARE_API_TOKEN"),
        ):
            Client()

    def test_later_changes_of_the_environment_have_no_effect(self) -> None:
        # Each iterator needs an rtk_client of its own, which must have the settings of the first.
        for pair in (False, True):
            service = self.serve(25)
            credential = {"CLOUDFLARE_API_TOKEN": TOKEN}
            if pair:
                credential = {"CLOUDFLARE_EMAIL": "ops@example.com", "CLOUDFLARE_API_KEY": SECRET}
            with only(CLOUDFLARE_BASE_URL=service.base_url, **credential):
                client = Client()
            elsewhere = {
                "CLOUDFLARE_BASE_URL": "http://127.0.0.1:9",
                "HTTP_PROXY": "http://127.0.0.1:9",
                "SSL_CERT_FILE": "/nowhere.pem",
            }
            with only(CLOUDFLARE_EMAIL="ops@example.com", CLOUDFLARE_API_KEY="another-key-than-this", **elsewhere):
                iterators = [client.iter_participants(*MEETING) for _ in range(3)]
                for iterator in iterators:
                    try:
                        next(iterator)
                    except AuthenticationError:
                        self.assertTrue(pair)
            client.close()
            self.assertEqual(len(service.requests), 3)
            for request in service.requests:
                sent = request.headers["X-Auth-Key"] if pair else request.headers["Authorization"]
                self.assertEqual(sent, SECRET if pair else f"Bearer {TOKEN}")


class CloseAndShutdown(ServiceTestCase):
    def test_calls_after_close_raise(self) -> None:
        service = self.serve(1)
        with self.client(service) as client:
            client.get_participants(*MEETING)
        for call in (client.get_participants, client.get_participants_page, client.iter_participants):
            with self.assertRaises(CancelledError):
                call(*MEETING)
        self.assertEqual(len(service.requests), 1)
        client.close()
        client.shutdown()

    def test_close_lets_a_call_in_flight_finish(self) -> None:
        service = self.serve(1, answer=lambda request: HANG)
        client = self.client(service)
        lengths = []
        thread = threading.Thread(target=lambda: lengths.append(len(client.get_participants(*MEETING))))
        thread.start()
        service.arrived.acquire()
        client.close()
        service.released.set()
        thread.join(30)
        self.assertEqual(lengths, [1])

    def test_shutdown_ends_calls_of_other_threads(self) -> None:
        service = self.serve(1, answer=lambda request: HANG)
        client = self.client(service)
        failures = []

        def call(get: Any) -> None:
            try:
                list(get(*MEETING))
            except ParticipantsError as error:
                failures.append(type(error))

        threads = [
            threading.Thread(target=call, args=(get,))
            for get in (client.get_participants, client.iter_participants) * 2
        ]
        for thread in threads:
            thread.start()
        for _ in threads:
            service.arrived.acquire()
        client.shutdown()
        for thread in threads:
            thread.join(30)
        self.assertEqual(failures, [CancelledError] * 4)

    def test_lists_outlive_the_client(self) -> None:
        client = self.client(self.serve(3))
        everyone = client.get_participants(*MEETING)
        client.close()
        del client
        self.assertEqual((len(everyone), everyone[2].custom_participant_id), (3, "user-2"))


class Secrecy(ServiceTestCase):
    def representations(self, value: Any) -> str:
        parts = [vars(part) for part in vars(value).values() if hasattr(part, "__dict__")]
        return f"{value!r} {value} {vars(value)} {parts}"

    def test_client_shows_no_credential(self) -> None:
        url = "http://127.0.0.1:9"
        clients = [self.client(url, api_token=SECRET), self.client(url, api_token=None, api_key=("a@b", SECRET))]
        with only(CLOUDFLARE_API_TOKEN=SECRET):
            clients.append(self.client(url, api_token=None))
        for client in clients:
            self.assertNotIn(SECRET, self.representations(client))
            self.assertNotIn(SECRET, self.representations(client.iter_participants(*MEETING)))

    def test_client_cannot_be_pickled_or_copied(self) -> None:
        client = self.client("http://127.0.0.1:9")
        for act in (pickle.dumps, copy.copy, copy.deepcopy):
            with self.assertRaisesRegex(TypeError, "credential"):
                act(client)
        with self.assertRaises(TypeError):
            pickle.dumps(client.iter_participants(*MEETING))

    def test_refused_credential_is_not_shown(self) -> None:
        tokens = (f"{SECRET}\n", f"{SECRET}\0", f"{SECRET}\ud800")
        refused: List[Dict[str, Any]] = [{"api_token": token} for token in tokens]
        for settings in [*refused, {"api_key": (SECRET, f"{SECRET} ")}]:
            with self.assertRaises(InvalidArgumentError) as raised:
                self.client("http://127.0.0.1:9", **{"api_token": None, **settings})
            error = raised.exception
            self.assertNotIn(SECRET, f"{error!r} {error} {error.args} {error.__cause__!r} {error.__context__!r}")
            self.assertIsNone(error.__context__)

    def test_credential_in_a_response_is_not_shown(self) -> None:
        body = '{"errors":[{"code":1,"message":"%s"}]}'
        service = self.serve(answer=lambda request: Response(400, body % request.headers["Authorization"]))
        with self.assertRaises(ParticipantsError) as raised:
            self.client(service, api_token=SECRET).get_participants(*MEETING)
        self.assertNotIn(SECRET, f"{raised.exception} {vars(raised.exception)}")
