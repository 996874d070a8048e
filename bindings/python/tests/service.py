"""A look-alike of RealtimeKit on loopback, with the participants of one meeting. A test may replace its responses."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable, Dict, List, Union
from urllib.parse import parse_qs, urlsplit

TOKEN = "look-alike-token-0123456789"
ACCOUNT_ID = "023e105f4ecef8ad9ca31a8372d0c353"
APP_ID = "14a396e7-ca44-4937-bf1f-050a69118543"
MEETING_ID = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"
MEETING = (ACCOUNT_ID, APP_ID, MEETING_ID)
#: A self-signed certificate for 127.0.0.1, with its key.
CERTIFICATE = Path(__file__).resolve().parent / "tls.pem"
RAY = "8f0000000000abcd-FRA"

UNAUTHENTICATED = (
    '{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[],"result":null}'
)
NOT_FOUND = '{"success":false,"error":{"code":404,"message":"No meeting found"}}'


@dataclass
class Request:
    number: int
    path: str
    parameters: Dict[str, int]
    headers: Any
    peer: Any


@dataclass
class Response:
    status: int = 200
    body: Union[str, bytes] = ""
    headers: Dict[str, str] = field(default_factory=dict)


@dataclass
class Raw:
    """Bytes that are sent as they are, before the connection is closed."""

    data: bytes = b""


#: Delays the response until ``Service.released`` is set.
HANG = object()


def participant(index: int) -> Dict[str, Any]:
    """Returns a participant as the service sends it. Every third has no name, every other one no picture."""
    fields: Dict[str, Any] = {
        "id": f"{index:08x}-0000-4000-8000-{index:012x}",
        "created_at": f"2026-03-01T09:{index // 60 % 60:02}:{index % 60:02}.000Z",
        "updated_at": "2026-03-01T10:00:00.117Z",
        "custom_participant_id": f"user-{index}",
        "preset_name": "group_call_participant",
        "picture": None if index % 2 else f"https://example.com/{index}.png",
    }
    if index % 3 != 2:
        fields["name"] = f"Participant {index}"
    return fields


def page(everyone: List[Dict[str, Any]], request: Request) -> Response:
    per_page = max(request.parameters.get("per_page", 20), 1)
    start = max(request.parameters.get("page_no", 1) - 1, 0) * per_page
    data = everyone[start : start + per_page]
    paging = {"total_count": len(everyone), "start_offset": start + 1, "end_offset": start + len(data)}
    return Response(body=json.dumps({"data": data, "paging": paging, "success": True}, separators=(",", ":")))


class Service:
    """Runs until its ``with`` block ends.

    ``answer`` returns a ``Response``, a ``Raw`` or ``HANG`` for a request, or ``None`` for the default response.
    """

    def __init__(
        self,
        participants: Union[int, List[Dict[str, Any]]] = 342,
        answer: Callable[[Request], Any] = lambda request: None,
        tls: bool = False,
    ) -> None:
        self.everyone = [participant(i) for i in range(participants)] if isinstance(participants, int) else participants
        self.answer = answer
        self.requests: List[Request] = []
        self.tunnels: List[str] = []
        self.arrived = threading.Semaphore(0)
        self.released = threading.Event()
        self._lock = threading.Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                service._handle(self)

            def do_CONNECT(self) -> None:
                """Plays a proxy: the tunnel leads to this service, whatever its target is."""
                service.tunnels.append(self.path)
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                self.close_connection = False

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """Ignores clients that close the connection early."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.base_url = f"http{'s' if tls else ''}://127.0.0.1:{self._server.server_port}"
        if tls:
            import ssl  # small builds of Python have none

            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )

    def __enter__(self) -> Service:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        parameters = {name: int(values[0]) for name, values in parse_qs(url.query).items()}
        with self._lock:
            request = Request(len(self.requests) + 1, url.path, parameters, handler.headers, handler.client_address)
            self.requests.append(request)
        self.arrived.release()
        response = self.answer(request)
        if response is HANG:
            self.released.wait()
            response = None
        if isinstance(response, Raw):
            handler.wfile.write(response.data)
            handler.close_connection = True
            return
        if response is None:
            response = self._default_response(request)
        body = response.body.encode() if isinstance(response.body, str) else response.body
        handler.send_response(response.status)
        for name, value in {"Content-Type": "application/json", "CF-Ray": RAY, **response.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _default_response(self, request: Request) -> Response:
        if request.path.lower() != f"/accounts/{ACCOUNT_ID}/realtime/kit/{APP_ID}/meetings/{MEETING_ID}/participants":
            return Response(404, NOT_FOUND)
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            return Response(401, UNAUTHENTICATED)
        return page(self.everyone, request)
