"""The client."""

import os
from types import TracebackType
from typing import Any, Callable, Generator, Iterator, List, NoReturn, Optional, Tuple, Type, TypeVar, Union
from uuid import UUID

from . import _arguments as arguments
from . import _c
from ._config import Config
from ._errors import CancelledError
from ._handles import ClientHandle, ClientHandles, Handle, new
from ._library import lib
from ._model import Participant, Participants

T = TypeVar("T")

#: How an id may be given.
Id = Union[str, UUID]


class Client:
    """Asks RealtimeKit for the participants of meetings: those who were added to one and may join it, not those
    connected at this moment.

    What is ``None`` comes from the environment, or has its default; what is set always wins. Threads may share a
    client, and should: it keeps its connections for the next call. It may be used in a forked child too. Ctrl-C ends a
    call that waits; the client works on. An id may be text or a ``uuid.UUID``.

    >>> with Client(max_retries=5, deadline_ms=30_000) as client:  # the token comes from CLOUDFLARE_API_TOKEN
    ...     for participant in client.get_participants(account_id, app_id, meeting_id)[:3]:
    ...         print(participant.id, participant.name)
    00000000-0000-4000-8000-000000000000 Participant 0
    00000001-0000-4000-8000-000000000001 Participant 1
    00000002-0000-4000-8000-000000000002 None

    :param api_token: The API token. It needs the permission Realtime or Realtime Admin. Default:
        ``CLOUDFLARE_API_TOKEN``.
    :param api_key: An e-mail address and the API key that belongs to it, Cloudflare's older way to authenticate; used
        only if no token is set. Default: ``CLOUDFLARE_EMAIL`` and ``CLOUDFLARE_API_KEY``, used only if
        ``CLOUDFLARE_API_TOKEN`` is not set either.
    :param base_url: The URL of the API; ``http://`` is accepted only for a loopback host. Default:
        ``CLOUDFLARE_BASE_URL``, else ``https://api.cloudflare.com/client/v4``.
    :param timeout_ms: The time limit of one request, from connect to the last byte; more than 0. Default: 60 s.
    :param connect_timeout_ms: The time limit of looking up a host, and again of making a connection, TLS included; more
        than 0. Default: 5 s.
    :param deadline_ms: The time limit of one whole call: every page, retry and wait. For an iterator, the limit of all
        its waiting together. 0 means no limit. Default: 0.
    :param max_retries: How many times a failed request is sent again. Default: 3.
    :param max_retry_wait_ms: The longest wait before a retry. If the service asks for a longer one with
        ``Retry-After``, the call fails at once, and the error holds the time asked for. Default: 60 s.
    :param max_connections: How many pages one call may request at the same time; at least 1. Default: 4.
    :param per_page: How many participants to request per page when a call reads the whole list; at least 1. Default:
        100.
    :param user_agent: The ``User-Agent`` header. Default: ``participants/`` and the version.
    :param proxy: The URL of an ``http://`` or ``https://`` proxy (SOCKS is not supported); an empty text means no
        proxy. A proxy set here is used whatever ``NO_PROXY`` says, and must be on loopback if ``base_url`` is
        ``http://``. Default: the environment, read as curl reads it: no proxy for the hosts in ``no_proxy`` or
        ``NO_PROXY``; else, for ``https://``, the first of ``https_proxy``, ``HTTPS_PROXY``, ``all_proxy`` and
        ``ALL_PROXY``; for ``http://``, the first of ``http_proxy``, ``HTTP_PROXY`` (ignored if ``REQUEST_METHOD`` is
        set), ``all_proxy`` and ``ALL_PROXY``; for a loopback host, only a proxy on loopback.
    :param ca_file: A PEM file with the certificates of the authorities to trust instead of the bundled ones. Default:
        ``SSL_CERT_FILE``.
    :param native_ca: Whether to trust the operating system's authorities instead of the bundled ones. The authorities
        in ``ca_file``, or else in ``SSL_CERT_FILE``, are trusted too; on Linux, so are those in the folders of
        ``SSL_CERT_DIR``. All are read once, when the client is made. Default: false.
    :raises InvalidArgumentError: names the setting or the variable that cannot be right.
    """

    def __init__(
        self,
        api_token: Optional[str] = None,
        *,
        api_key: Optional[Tuple[str, str]] = None,
        base_url: Optional[str] = None,
        timeout_ms: Optional[int] = None,
        connect_timeout_ms: Optional[int] = None,
        deadline_ms: Optional[int] = None,
        max_retries: Optional[int] = None,
        max_retry_wait_ms: Optional[int] = None,
        max_connections: Optional[int] = None,
        per_page: Optional[int] = None,
        user_agent: Optional[str] = None,
        proxy: Optional[str] = None,
        ca_file: Union[str, bytes, os.PathLike[str], os.PathLike[bytes], None] = None,
        native_ca: Optional[bool] = None,
    ) -> None:
        config = Config()
        config.set_text("api_token", api_token)
        config.set_api_key(api_key)
        config.set_text("base_url", base_url)
        config.set_number("timeout_ms", timeout_ms)
        config.set_number("connect_timeout_ms", connect_timeout_ms)
        config.set_number("deadline_ms", deadline_ms)
        config.set_number("max_retries", max_retries)
        config.set_number("max_retry_wait_ms", max_retry_wait_ms)
        config.set_number("max_connections", max_connections)
        config.set_number("per_page", per_page)
        config.set_text("user_agent", user_agent)
        config.set_text("proxy", proxy)
        config.set_path("ca_file", ca_file)
        config.set_bool("native_ca", native_ca)
        self._handles = ClientHandles(config)

    def get_participants(self, account_id: Id, app_id: Id, meeting_id: Id) -> Participants:
        """Everyone who was added to a meeting: all pages, several at the same time. Nobody is in the answer twice, and
        ``is_complete`` tells whether it is certain to be everyone. If one page fails, after its retries, the call
        fails.

        >>> everyone = client.get_participants(account_id, app_id, meeting_id)
        >>> f"{len(everyone)} of {everyone.total_count}"
        '342 of 342'
        """
        ids = arguments.ids(account_id, app_id, meeting_id)
        return self._run(lambda client: _list(new(lib.rtk_get_participants, client.pointer, *ids, out=_c.Participants)))

    def get_participants_page(
        self, account_id: Id, app_id: Id, meeting_id: Id, page_no: Optional[int] = None, per_page: Optional[int] = None
    ) -> Participants:
        """One page, as the service pages. ``page_no`` counts from 1, as far as is known; what is ``None`` is left out
        of the request.

        >>> page = client.get_participants_page(account_id, app_id, meeting_id, page_no=3, per_page=50)
        >>> page.start_offset, page.end_offset, page.total_count
        (101, 150, 342)
        """
        ids = arguments.ids(account_id, app_id, meeting_id)
        numbers = arguments.optional_number("page_no", page_no), arguments.optional_number("per_page", per_page)
        return self._run(
            lambda client: _list(
                new(lib.rtk_get_participants_page, client.pointer, *ids, *numbers, out=_c.Participants)
            )
        )

    def iter_participants(self, account_id: Id, app_id: Id, meeting_id: Id) -> "ParticipantIterator":
        """Everyone who was added to a meeting, one by one, with one page in memory. Nothing is sent before the first
        step, and who stops early asks for no more pages than needed.

        >>> participants = client.iter_participants(account_id, app_id, meeting_id)
        >>> next((p.name for p in participants if p.custom_participant_id == "user-42"), None)
        'Participant 42'
        >>> for number, participant in enumerate(client.iter_participants(account_id, app_id, meeting_id), start=1):
        ...     pass
        >>> number, participant.custom_participant_id
        (342, 'user-341')
        """
        return ParticipantIterator(self._handles, arguments.ids(account_id, app_id, meeting_id))

    def close(self) -> None:
        """Closes the connections. Calls in flight and iterators go on to their end; later calls raise
        ``CancelledError``.

        >>> client.close()
        >>> client
        <libparticipants.Client, closed>
        """
        self._handles.close()

    def shutdown(self) -> None:
        """Closes the client, and ends, from any thread, the calls in flight and the iterators with ``CancelledError``,
        the waiting ones within a second.

        >>> client.shutdown()
        >>> client.get_participants(account_id, app_id, meeting_id)
        Traceback (most recent call last):
            ...
        libparticipants.CancelledError: the client is closed
        """
        self._handles.shut_down()

    def _run(self, call: Callable[[ClientHandle], T]) -> T:
        client = self._handles.take()
        try:
            return client.run(lambda: call(client))
        finally:
            self._handles.give_back(client)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<libparticipants.Client, {'closed' if self._handles.closed else 'open'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a Client can't be pickled or copied, for it holds a credential and connections: make one where it is needed"
        )


class ParticipantIterator(Iterator[Participant]):
    """Everyone who was added to a meeting, one by one, made by :meth:`Client.iter_participants`. It belongs to one
    thread at a time.

    It fetches page after page, each when it is needed. After a failure or Ctrl-C it gives nothing more. It goes on when
    its client is closed, and may itself be closed early, also by a ``with`` block.

    >>> with client.iter_participants(account_id, app_id, meeting_id) as participants:
    ...     next(participants).name
    'Participant 0'
    >>> participants.is_complete
    False
    """

    def __init__(self, handles: ClientHandles, ids: List[bytes]) -> None:
        self._is_complete = False
        client = handles.take()
        try:
            walk = Handle(new(lib.rtk_iter_participants, client.pointer, *ids, out=_c.Iter), lib.rtk_iter_free)
        except BaseException:
            handles.give_back(client)
            raise
        self._steps = _steps(handles, client, walk)
        next(self._steps)

    @property
    def is_complete(self) -> bool:
        """At the end: whether it is certain that this gave everyone. Before it, and after a failure, ``False``."""
        return self._is_complete

    def close(self) -> None:
        """Ends the iteration. Closing twice, or at the end, is harmless."""
        self._steps.close()

    def __next__(self) -> Participant:
        try:
            participant: Participant = next(self._steps)
            return participant
        except StopIteration as end:
            self._is_complete |= end.value is True
            raise

    def __enter__(self) -> "ParticipantIterator":
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        self.close()


def _list(pointer: Any) -> Participants:
    """Takes over a list: its texts cross the boundary as one, and it is freed before they are decoded."""
    handle = Handle(pointer, lib.rtk_participants_free)
    json_text: bytes = lib.rtk_participants_json(pointer, None)
    total_count, is_complete = lib.rtk_participants_total_count(pointer), lib.rtk_participants_is_complete(pointer)
    start_offset, end_offset = lib.rtk_participants_start_offset(pointer), lib.rtk_participants_end_offset(pointer)
    del handle
    return Participants(
        json_text, total_count=total_count, start_offset=start_offset, end_offset=end_offset, is_complete=is_complete
    )


def _steps(handles: ClientHandles, client: ClientHandle, walk: Handle) -> Generator[Any, None, bool]:
    """Gives everyone, and at the end whether it is certain that this was everyone."""
    try:
        # A first step that gives nobody: what was never begun would not come to its end either, and keep the client.
        yield None
        page: Optional[Participants]
        while (page := client.run(lambda: _next_page(walk))) is not None:
            for participant in page:
                if client.is_shut_down:
                    raise CancelledError("the client was shut down")
                yield participant
        complete: bool = lib.rtk_iter_is_complete(walk.pointer)
        return complete
    finally:
        handles.give_back(client)


def _next_page(walk: Handle) -> Optional[Participants]:
    pointer = new(lib.rtk_iter_next_page, walk.pointer, out=_c.Participants)
    return None if pointer is None else _list(pointer)
