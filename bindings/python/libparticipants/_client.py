"""The client, its calls and its iterator."""

import os
from copy import copy
from datetime import timedelta
from functools import partial
from operator import length_hint
from types import TracebackType
from typing import Any, Callable, Generator, Iterator, List, NoReturn, Optional, Tuple, Type, TypeVar, Union
from uuid import UUID
from weakref import ref

from . import _arguments as arguments
from . import _c
from ._config import Config
from ._errors import CancelledError, ParticipantsError
from ._handles import ClientHandle, Handle, checked_call
from ._library import lib
from ._model import Participant, Participants

T = TypeVar("T")

#: The types of an id.
Id = Union[str, UUID]

#: The types of a time: seconds, or a ``timedelta``.
Seconds = Union[float, timedelta]


class Client:
    """Lists the participants of RealtimeKit meetings: everyone who was added to a meeting and may join it. The list
    does not say who is connected at this moment. A client keeps connections open for the next call.

    A setting that is ``None`` comes from the environment, or else has its default. An argument wins over the
    environment. Times are seconds, as ``int`` or ``float``, or a ``timedelta``; they are rounded to milliseconds, but
    not to 0. The constructor sends nothing.

    Calls block until they have a result. Threads should share one client, because they then share its connections. A
    forked child process may use it too. Ctrl-C ends a call that waits; the client stays usable. :meth:`child` makes a
    client for calls that you want to cancel together. A ``with`` block closes the client at its end.

    What happens during calls goes to ``logging.getLogger("libparticipants")``: retries and incomplete lists as
    warnings, waits and lists that changed as information, pages as debug messages. A record is one line and has no
    credential. The calling thread logs it while the call runs; for an iterator, while it waits for a page, and in
    ``close()``. To see the records: ``logging.basicConfig(level=logging.DEBUG)``.

    >>> with Client(timeout=10, deadline=30) as client:  # the token comes from CLOUDFLARE_API_TOKEN
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
    :param timeout: The time limit of one request, from connect to the last byte; more than 0. Default: 60 s.
    :param connect_timeout: The time limit for the name look-up, and separately for the connection, proxy and TLS
        included; more than 0. Default: 5 s.
    :param deadline: The time limit of one whole call: every page, retry and wait. For an iterator: of all its calls
        together, without the time between them. 0 means no limit. Default: 0.
    :param max_retries: How many times a failed request is sent again. Default: 3.
    :param max_retry_wait: The longest wait before a retry. If the service's ``Retry-After`` is longer, the call
        fails at once, and the error has the ``Retry-After``. Default: 60 s.
    :param max_connections: How many pages one call may request at the same time; at least 1. With 1, nothing is fetched
        ahead. Default: 4.
    :param per_page: How many participants to request per page when a call reads the whole list; at least 1. Default:
        100.
    :param user_agent: The ``User-Agent`` header. Default: ``participants/`` and the version.
    :param proxy: The URL of an ``http://`` or ``https://`` proxy (SOCKS is not supported); an empty text means no
        proxy. ``NO_PROXY`` does not apply to a proxy set here, which must be on loopback if ``base_url`` is
        ``http://``. Default: the environment, read as curl reads it: no proxy for the hosts in ``no_proxy`` or
        ``NO_PROXY``; else, for ``https://``, the first of ``https_proxy``, ``HTTPS_PROXY``, ``all_proxy`` and
        ``ALL_PROXY``; for ``http://``, the first of ``http_proxy``, ``HTTP_PROXY`` (ignored if ``REQUEST_METHOD`` is
        set), ``all_proxy`` and ``ALL_PROXY``; for a loopback host, only a proxy on loopback.
    :param ca_file: A PEM file with the certificates of the authorities to trust instead of the bundled ones. Default:
        ``SSL_CERT_FILE``.
    :param native_ca: Whether to trust the operating system's authorities instead of the bundled ones. The authorities
        in ``ca_file``, or else in ``SSL_CERT_FILE``, are trusted too; on Linux, so are those in the folders of
        ``SSL_CERT_DIR``. All are read once, when the client is made. Default: false.
    :raises InvalidArgumentError: A setting or an environment variable is invalid; the message names it.
    :raises TypeError: A setting is of the wrong type.
    """

    def __init__(
        self,
        api_token: Optional[str] = None,
        *,
        api_key: Optional[Tuple[str, str]] = None,
        base_url: Optional[str] = None,
        timeout: Optional[Seconds] = None,
        connect_timeout: Optional[Seconds] = None,
        deadline: Optional[Seconds] = None,
        max_retries: Optional[int] = None,
        max_retry_wait: Optional[Seconds] = None,
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
        config.set_seconds("timeout", timeout)
        config.set_seconds("connect_timeout", connect_timeout)
        config.set_seconds("deadline", deadline)
        config.set_number("max_retries", max_retries)
        config.set_seconds("max_retry_wait", max_retry_wait)
        config.set_number("max_connections", max_connections)
        config.set_number("per_page", per_page)
        config.set_text("user_agent", user_agent)
        config.set_text("proxy", proxy)
        config.set_path("ca_file", ca_file)
        config.set_bool("native_ca", native_ca)
        self._own(ClientHandle.from_config(config))

    def _own(self, handle: ClientHandle) -> None:
        #: ``None`` once the client is closed. Calls in flight, iterators and children keep the handle until their end.
        self._handle: Optional[ClientHandle] = handle
        self._handle_in_use = ref(handle)

    def get_participants(self, account_id: Id, app_id: Id, meeting_id: Id) -> Participants:
        """Gets everyone in a meeting. No participant is in the list twice, and its ``is_complete`` says whether the
        list is complete. Reads at most 10,000 pages, twice if the list changes. Requests up to ``max_connections``
        pages at the same time.

        :param account_id: The id of the account: text or a ``uuid.UUID``, as any id here.
        :param app_id: The id of the RealtimeKit app.
        :param meeting_id: The id of the meeting.
        :returns: The list. It outlives the client.
        :raises ParticipantsError: For any failure. If a page fails after its retries, the call fails.

        >>> everyone = client.get_participants(account_id, app_id, meeting_id)
        >>> f"{len(everyone)} of {everyone.total_count}"
        '342 of 342'
        """
        ids = arguments.ids(account_id, app_id, meeting_id)
        return self._run(
            lambda client: _take_list(checked_call(lib.rtk_get_participants, client.pointer, *ids, out=_c.Participants))
        )

    def get_participants_page(
        self, account_id: Id, app_id: Id, meeting_id: Id, page_no: Optional[int] = None, per_page: Optional[int] = None
    ) -> Participants:
        """Gets one page of the service's list. Its ``is_complete`` is true if it holds everyone.

        :param account_id: The id of the account.
        :param app_id: The id of the RealtimeKit app.
        :param meeting_id: The id of the meeting.
        :param page_no: The number of the page. The service counts from 1, as far as is known. Default: not sent.
        :param per_page: How many participants to request. The service may return fewer. Default: not sent.
        :returns: The page. It outlives the client.
        :raises ParticipantsError: For any failure.

        >>> page = client.get_participants_page(account_id, app_id, meeting_id, page_no=3, per_page=50)
        >>> page.start_offset, page.end_offset, page.total_count
        (101, 150, 342)
        """
        ids = arguments.ids(account_id, app_id, meeting_id)
        numbers = arguments.optional_number("page_no", page_no), arguments.optional_number("per_page", per_page)
        return self._run(
            lambda client: _take_list(
                checked_call(lib.rtk_get_participants_page, client.pointer, *ids, *numbers, out=_c.Participants)
            )
        )

    def iter_participants(self, account_id: Id, app_id: Id, meeting_id: Id) -> "ParticipantIterator":
        """Creates an iterator over everyone in a meeting, with a few pages in memory. Nothing is sent before the first
        ``next()``, which requests page 1 alone. From the second page on, up to ``max_connections`` pages are requested
        at the same time, ahead of their use.

        :param account_id: The id of the account.
        :param app_id: The id of the RealtimeKit app.
        :param meeting_id: The id of the meeting.
        :returns: The iterator. Its ``next()`` raises :class:`ParticipantsError` if a page fails after its retries.
        :raises InvalidArgumentError: An id is invalid.

        >>> participants = client.iter_participants(account_id, app_id, meeting_id)
        >>> next((p.name for p in participants if p.custom_participant_id == "user-42"), None)
        'Participant 42'
        >>> for number, participant in enumerate(client.iter_participants(account_id, app_id, meeting_id), start=1):
        ...     pass
        >>> number, participant.custom_participant_id
        (342, 'user-341')
        """
        return ParticipantIterator(self._new_handle(), arguments.ids(account_id, app_id, meeting_id))

    def child(self) -> "Client":
        """Makes a client for calls that you want to cancel together. :meth:`shutdown` of the child ends only the
        child's calls; :meth:`shutdown` of this client also ends the child's.

        The child has the settings of this client and shares its connections, so it is cheap: you can make one for each
        call. It stays open when this client is closed.

        With asyncio, which can't end a thread:

        >>> import asyncio
        >>> async def get_participants_within(seconds):
        ...     child = client.child()
        ...     call = asyncio.to_thread(child.get_participants, account_id, app_id, meeting_id)
        ...     try:
        ...         return await asyncio.wait_for(call, seconds)
        ...     finally:
        ...         child.shutdown()  # if the call still runs, it ends now
        >>> asyncio.run(get_participants_within(10))
        <Participants: 342 of 342, complete>
        """
        child = Client.__new__(Client)
        child._own(self._new_handle())
        return child

    def close(self) -> None:
        """Closes the client. Calls in flight, iterators and children continue; the connections are closed as soon as
        none of them needs them. Later calls raise :class:`CancelledError`. To close a client twice is harmless.

        >>> client.close()
        >>> client
        <libparticipants.Client, closed>
        """
        self._handle = None

    def shutdown(self) -> None:
        """Closes the client, and cancels all its calls, iterators and children. Calls in flight raise
        :class:`CancelledError` within a second, later calls at once. Any thread may call it.

        >>> client.shutdown()
        >>> client.get_participants(account_id, app_id, meeting_id)
        Traceback (most recent call last):
            ...
        libparticipants.CancelledError: the client is closed
        """
        self.close()
        handle = self._handle_in_use()
        if handle is not None:
            handle.shut_down()

    def _new_handle(self) -> ClientHandle:
        """Makes a handle for one call, iterator or child."""
        handle = self._handle
        if handle is None or handle.shutdown_flag.is_set():
            raise CancelledError("the client is closed")
        return handle.child()

    def _run(self, call: Callable[[ClientHandle], T]) -> T:
        client = self._new_handle()
        try:
            return client.run(partial(call, client))
        except ParticipantsError as error:
            # The error's traceback would keep the handles, and so the connections, alive.
            raise error.with_traceback(None) from None
        finally:
            # A second Ctrl-C may have prevented the shutdown for the first one.
            client.shut_down()
            del client

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        handle = self._handle
        is_closed = handle is None or handle.shutdown_flag.is_set()
        return f"<libparticipants.Client, {'closed' if is_closed else 'open'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a Client can't be pickled or copied, for it holds a credential and connections: "
            "make one where it is needed"
        )


class ParticipantIterator(Iterator[Participant]):
    """Everyone in a meeting, one by one, with a few pages in memory. :meth:`Client.iter_participants` makes it.

    It belongs to one thread. While ``next()`` waits for a page, ``next()``, ``close()`` and ``total_count`` raise
    :class:`ValueError` if another thread, a signal handler or a log handler calls them. To end a waiting iterator from
    another thread, make it with a child of the client, ``client.child().iter_participants(...)``, and call
    :meth:`Client.shutdown` of that child.

    It requests the first page when you ask for the first participant or for :attr:`total_count`. After a failure or
    Ctrl-C it is at its end. It continues when its client is closed. Close it early with :meth:`close` or a ``with``
    block.

    >>> with client.iter_participants(account_id, app_id, meeting_id) as participants:
    ...     next(participants).name
    'Participant 0'
    >>> participants
    <ParticipantIterator: 1 of 342>
    >>> participants.is_complete
    False

    To show progress: ``for participant in tqdm(participants, total=participants.total_count)``. Or without tqdm:

    >>> participants = client.iter_participants(account_id, app_id, meeting_id)
    >>> for number, participant in enumerate(participants, start=1):
    ...     if number % 100 == 0:
    ...         print(f"{number / participants.total_count:.0%}")
    29%
    58%
    88%
    """

    def __init__(self, client: ClientHandle, ids: List[bytes]) -> None:
        iterator = Handle(checked_call(lib.rtk_iter_participants, client.pointer, *ids, out=_c.Iter), lib.rtk_iter_free)
        #: Owns the handles until the end. It refuses to be used by two threads at the same time.
        self._pages = _fetch_pages(client, iterator)
        self._client_in_use = ref(client)
        self._shutdown_flag = client.shutdown_flag
        self._page: Iterator[Participant] = iter(())
        #: How many participants were fetched, those of the current page included.
        self._fetched = 0
        self._total_count: Optional[int] = None
        self._is_ended = False
        self._is_complete = False
        #: Has no traceback, which would refer to this iterator.
        self._failure: Optional[ParticipantsError] = None
        #: Whether ``total_count`` failed, and ``next()`` has not raised its failure yet.
        self._is_failure_left = False

    @property
    def total_count(self) -> int:
        """How many participants the meeting has, as the service last said; 0 if it gave no usable number. Requests the
        first page if none was requested yet, and keeps it for the iteration. If that fails, ``total_count`` raises
        the failure each time, and the next ``next()`` once."""
        if self._total_count is None:
            if self._failure is not None:
                raise copy(self._failure)
            try:
                self._fetch_page()
            except StopIteration:
                pass
            except ParticipantsError:
                self._is_failure_left = True
                raise
            except BaseException:
                self.close()
                raise
        return self._total_count or 0

    @property
    def is_complete(self) -> bool:
        """At the end, whether the iterator returned everyone, as defined by ``Participants.is_complete``. ``False``
        before the end and after a failure."""
        return self._is_complete

    def close(self) -> None:
        """Ends the iteration. To close an iterator twice, or at its end, is harmless.

        >>> participants = client.iter_participants(account_id, app_id, meeting_id)
        >>> participants.close()
        >>> list(participants)
        []
        """
        client = self._client_in_use()
        self._pages.close()
        self._fetched, self._page = self._count, iter(())
        self._is_ended, self._is_failure_left = True, False
        if client is not None:
            client.emit_log()

    def __next__(self) -> Participant:
        try:
            while True:
                for participant in self._page:
                    if self._shutdown_flag.is_set():
                        raise CancelledError("the client was shut down")
                    return participant
                self._fetch_page()
        except BaseException:
            # If a signal handler raised, a page or a participant may be lost: the iterator must not go on without it.
            self.close()
            raise

    def _fetch_page(self) -> None:
        """Fetches the next page. Raises ``StopIteration`` at the end."""
        if self._failure is not None and self._is_failure_left:
            raise copy(self._failure)
        try:
            page, self._total_count = next(self._pages)
        except StopIteration as end:
            self._is_ended = True
            if end.value is not None:
                self._is_complete, self._total_count = end.value
            raise
        except ParticipantsError as error:
            self.close()
            self._failure = copy(error)
            # The error's traceback would keep the handles, and so the connections, alive.
            raise error.with_traceback(None) from None
        self._fetched += len(page)
        self._page = iter(page)

    @property
    def _count(self) -> int:
        """How many participants were returned."""
        return self._fetched - length_hint(self._page)

    def __length_hint__(self) -> int:
        """How many participants are left, according to the total; 0 if no page was requested yet."""
        if self._is_ended:
            return 0
        left = max((self._total_count or 0) - self._count, length_hint(self._page))
        return min(left, _MAX_LENGTH_HINT)

    def __repr__(self) -> str:
        if self._total_count is None:
            return "<ParticipantIterator: no page yet>"
        return f"<ParticipantIterator: {self._count} of {self._total_count}{', complete' if self.is_complete else ''}>"

    def __enter__(self) -> "ParticipantIterator":
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        self.close()


#: ``list()`` allocates as much memory as an iterator's length hint asks for, and the service's total may be anything.
_MAX_LENGTH_HINT = 1_000_000


def _take_list(pointer: Any) -> Participants:
    """Converts a list of the C library, and frees it before the JSON is decoded. All texts come as one: its JSON."""
    handle = Handle(pointer, lib.rtk_participants_free)
    json_text: bytes = lib.rtk_participants_json(pointer, None)
    total_count, is_complete = lib.rtk_participants_total_count(pointer), lib.rtk_participants_is_complete(pointer)
    start_offset, end_offset = lib.rtk_participants_start_offset(pointer), lib.rtk_participants_end_offset(pointer)
    del handle
    return Participants(
        json_text, total_count=total_count, start_offset=start_offset, end_offset=end_offset, is_complete=is_complete
    )


def _fetch_pages(client: ClientHandle, iterator: Handle) -> Generator[Tuple[Participants, int], None, Tuple[bool, int]]:
    """Yields every page and the total. Returns whether these were everyone, and the last total."""
    try:
        while (page := client.run(partial(_next_page, iterator))) is not None:
            yield page, lib.rtk_iter_total_count(iterator.pointer)
        return lib.rtk_iter_is_complete(iterator.pointer), lib.rtk_iter_total_count(iterator.pointer)
    finally:
        # A second Ctrl-C may have prevented the shutdown for the first one.
        client.shut_down()


def _next_page(iterator: Handle) -> Optional[Participants]:
    pointer = checked_call(lib.rtk_iter_next_page, iterator.pointer, out=_c.Participants)
    return None if pointer is None else _take_list(pointer)
