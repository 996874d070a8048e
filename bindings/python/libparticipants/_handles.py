"""Owns the objects of the C library, and frees them when nothing uses them any more."""

from __future__ import annotations

import os
from ctypes import byref, c_void_p, cast
from typing import Any, Callable, List, Set, TypeVar
from weakref import ref

from . import _c
from ._errors import CancelledError, exception_from
from ._interrupt import interruptible
from ._library import lib

T = TypeVar("T")


class Handle:
    """Owns an object of the C library, and frees it when nothing refers to the handle any more.

    A call refers to the handles that it uses, so it never uses a freed object.
    """

    def __init__(self, pointer: Any, free: Callable[[Any], None]) -> None:
        self._type = type(pointer)
        # The address, because ctypes crashes when it passes a pointer object that the garbage collector has cleared.
        self._address = cast(pointer, c_void_p).value or 0
        self._free = free

    @property
    def pointer(self) -> Any:
        return cast(self._address, self._type)

    def __del__(self) -> None:
        # The garbage collector calls the finalizers of a reference cycle in any order, and clears the objects after
        # that. At the interpreter's exit, all objects may be in one cycle. So the finalizer of another object may still
        # use this handle, and it must not free its object yet. The new object below is freed when this one is cleared.
        self._freed_on_clear = _FreeOnDelete(self._free, self.pointer)


class _FreeOnDelete:
    def __init__(self, free: Callable[[Any], None], pointer: Any) -> None:
        self._free = free
        self._pointer = pointer

    def __del__(self) -> None:
        self._free(self._pointer)


class ClientHandle(Handle):
    """Owns an ``rtk_client``. One call or iterator uses it at a time, so its shutdown ends that one and no other."""

    is_shut_down = False
    is_calling = False

    @classmethod
    def from_config(cls, config: Handle) -> ClientHandle:
        return cls(checked_call(lib.rtk_client_new, config.pointer, out=_c.Client), lib.rtk_client_free)

    def another(self) -> ClientHandle:
        """Makes a handle with the same settings, without reading the environment again."""
        return ClientHandle(checked_call(lib.rtk_client_another, self.pointer, out=_c.Client), lib.rtk_client_free)

    def run(self, call: Callable[[], T]) -> T:
        """Makes a call with this client. A signal handler that raises, as Ctrl-C's does, ends it by a shutdown."""
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


def checked_call(function: Callable[..., int], *arguments: Any, out: Any) -> Any:
    """Calls a C function that ends with an out-pointer and an ``rtk_error **``.

    Returns what the function wrote to its out-pointer, of the type ``out``; ``None`` for ``RTK_STATUS_DONE``. Raises
    the exception for any other status.
    """
    value, error = out(), _c.Error()
    status = function(*arguments, byref(value), byref(error))
    if status == _c.RTK_STATUS_OK:
        return value
    if status == _c.RTK_STATUS_DONE:
        return None
    raise exception_from(status, error)


class ClientPool:
    """The ``rtk_client`` handles of one Python ``Client``: one for each call or iterator at a time, reused by the next.

    It has no lock, because another thread could hold it while this process forks. It uses single operations on lists
    and sets only, which are atomic.
    """

    def __init__(self, config: Handle) -> None:
        #: The other handles are made from this one. It makes no calls.
        self._template = ClientHandle.from_config(config)
        self._idle: List[ClientHandle] = []
        #: Weak references: if a signal prevents a release, the handle is freed together with its call.
        self._in_use: Set[ref[ClientHandle]] = set()
        self._process = os.getpid()
        self._closed = False

    @property
    def closed(self) -> bool:
        return self._closed

    def acquire(self) -> ClientHandle:
        try:
            handle = self._idle.pop()
        except IndexError:
            if self._closed:
                raise CancelledError("the client is closed") from None
            handle = self._template.another()
        in_use = self._in_use_by_this_process()
        in_use.add(ref(handle))
        if self._closed:
            in_use.discard(ref(handle))
            raise CancelledError("the client is closed")
        return handle

    def release(self, handle: ClientHandle) -> None:
        if handle.is_calling:
            # A second Ctrl-C prevented the shutdown for the first one.
            handle.shut_down()
        self._in_use_by_this_process().discard(ref(handle))
        if not handle.is_shut_down:
            self._idle.append(handle)
        if self._closed:
            self.close()

    def close(self) -> None:
        self._closed = True
        while self._idle:
            # A shutdown closes the connections now, even if something still refers to the handle.
            self._idle.pop().shut_down()

    def shut_down(self) -> None:
        self.close()
        for handle in [handle() for handle in self._in_use_by_this_process().copy()]:
            if handle is not None:
                handle.shut_down()

    def _in_use_by_this_process(self) -> Set[ref[ClientHandle]]:
        """The handles in use. A forked child starts with none: the threads that use its parent's don't exist in it."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._in_use = set()
        return self._in_use
