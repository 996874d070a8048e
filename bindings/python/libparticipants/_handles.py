"""Who owns what the library made."""

from __future__ import annotations

import os
from ctypes import byref, c_void_p, cast
from typing import Any, Callable, List, Set, TypeVar
from weakref import ref

from . import _c
from ._errors import CancelledError, failure
from ._interrupt import interruptible
from ._library import lib

T = TypeVar("T")


class Handle:
    """Owns what a pointer of the library points to, and frees it when nothing refers to it any more: never while a call
    uses it."""

    def __init__(self, pointer: Any, free: Callable[[Any], None]) -> None:
        self._type = type(pointer)
        # Not the pointer itself: ctypes crashes if it is asked to pass one that the garbage collector has begun to take
        # apart.
        self._address = cast(pointer, c_void_p).value or 0
        self._free = free

    @property
    def pointer(self) -> Any:
        return cast(self._address, self._type)

    def __del__(self) -> None:
        # Objects that refer to each other in a circle, as all do at the interpreter's end, are finalized in any order,
        # and then taken apart: another one's finalizer may use this once more. What is made here is gone when this is
        # taken apart, and not before.
        self._last = _Last(self._free, self.pointer)


class _Last:
    def __init__(self, free: Callable[[Any], None], pointer: Any) -> None:
        self._free = free
        self._pointer = pointer

    def __del__(self) -> None:
        self._free(self._pointer)


class ClientHandle(Handle):
    """An ``rtk_client``. It has one user at a time, so that shutting it down ends what that one waits for, and nothing
    else."""

    is_shut_down = False
    is_calling = False

    @classmethod
    def of(cls, config: Handle) -> ClientHandle:
        return cls(new(lib.rtk_client_new, config.pointer, out=_c.Client), lib.rtk_client_free)

    def another(self) -> ClientHandle:
        """One like it: the environment is not asked again."""
        return ClientHandle(new(lib.rtk_client_another, self.pointer, out=_c.Client), lib.rtk_client_free)

    def run(self, call: Callable[[], T]) -> T:
        """Makes a call that uses this, and that a signal may end."""
        self.is_calling = True

        def run() -> T:
            try:
                return call()
            finally:
                self.is_calling = False

        return interruptible(run, stop=self.shut_down)

    def shut_down(self) -> None:
        self.is_shut_down = True
        lib.rtk_client_shutdown(self.pointer)


def new(function: Callable[..., int], *arguments: Any, out: Any) -> Any:
    """Calls a function that gives a handle through its out-pointer; ``None`` for ``RTK_STATUS_DONE``. Raises what it
    failed with."""
    made, error = out(), _c.Error()
    status = function(*arguments, byref(made), byref(error))
    if status == _c.RTK_STATUS_OK:
        return made
    if status == _c.RTK_STATUS_DONE:
        return None
    raise failure(status, error)


class ClientHandles:
    """The ``rtk_client`` handles of one client: one for every call that runs at the same time, kept for the next.

    Only single operations on lists and sets are used, which are atomic: a lock could be held by another thread when
    this process is forked.
    """

    def __init__(self, config: Handle) -> None:
        self._first = ClientHandle.of(config)
        """Of which the others are made. It makes no calls."""
        self._idle: List[ClientHandle] = []
        #: Weakly: one that a signal kept from being given back is gone when its call is.
        self._in_use: Set[ref[ClientHandle]] = set()
        self._process = os.getpid()
        self._closed = False

    @property
    def closed(self) -> bool:
        return self._closed

    def take(self) -> ClientHandle:
        try:
            handle = self._idle.pop()
        except IndexError:
            if self._closed:
                raise CancelledError("the client is closed") from None
            handle = self._first.another()
        in_use = self._of_this_process()
        in_use.add(ref(handle))
        if self._closed:
            in_use.discard(ref(handle))
            raise CancelledError("the client is closed")
        return handle

    def give_back(self, handle: ClientHandle) -> None:
        if handle.is_calling:
            # A second Ctrl-C came before the call was told of the first.
            handle.shut_down()
        self._of_this_process().discard(ref(handle))
        if not handle.is_shut_down:
            self._idle.append(handle)
        if self._closed:
            self.close()

    def close(self) -> None:
        self._closed = True
        while self._idle:
            # Its connections are closed now, whoever else refers to it.
            self._idle.pop().shut_down()

    def shut_down(self) -> None:
        self.close()
        for handle in [handle() for handle in self._of_this_process().copy()]:
            if handle is not None:
                handle.shut_down()

    def _of_this_process(self) -> Set[ref[ClientHandle]]:
        """Those in use; in a forked child without its parent's, whose threads are not here."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._in_use = set()
        return self._in_use
