"""Owns the objects of the C library, and frees them when nothing uses them any more."""

from __future__ import annotations

from ctypes import byref, c_void_p, cast
from typing import Any, Callable, Optional, TypeVar

from . import _c, _log
from ._errors import exception_from
from ._interrupt import interruptible
from ._library import lib

T = TypeVar("T")


class Handle:
    """Owns an object of the C library, and frees it when nothing refers to the handle any more.

    A call refers to the handles that it uses, so it never uses a freed object.
    """

    def __init__(self, pointer: Any, free: Callable[[Any], None]) -> None:
        # The address, because ctypes crashes when it passes a pointer object that the garbage collector has cleared.
        # Not by cast(), which makes the pointer object refer to itself.
        address = c_void_p.from_buffer(pointer).value or 0
        self._type, self._address, self._free = type(pointer), address, free

    @property
    def pointer(self) -> Any:
        return cast(self._address, self._type)

    def __del__(self) -> None:
        if not hasattr(self, "_free"):
            return  # a signal handler raised in the constructor
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


class ShutdownFlag:
    """Whether a client was shut down, by itself or with a parent."""

    def __init__(self, parent: Optional[ShutdownFlag]) -> None:
        self._parent = parent
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def is_set(self) -> bool:
        flag: Optional[ShutdownFlag] = self
        while flag is not None and not flag._is_set:
            flag = flag._parent
        return flag is not None


class ClientHandle(Handle):
    """Owns an ``rtk_client``. Keeps its parent's handle alive, so that the parent can end its calls."""

    def __init__(self, pointer: Any, parent: Optional[ClientHandle] = None) -> None:
        super().__init__(pointer, lib.rtk_client_free)
        self._parent = parent
        self.shutdown_flag: ShutdownFlag = ShutdownFlag(parent.shutdown_flag if parent else None)

    @classmethod
    def from_config(cls, config: Handle) -> ClientHandle:
        return cls(checked_call(lib.rtk_client_new, config.pointer, out=_c.Client))

    def child(self) -> ClientHandle:
        """Makes a handle that shares connections with this one, and whose shutdown ends only its own calls."""
        return ClientHandle(checked_call(lib.rtk_client_child, self.pointer, out=_c.Client), parent=self)

    def run(self, call: Callable[[], T]) -> T:
        """Makes a call with this client. A signal handler that raises, as Ctrl-C's does, ends it by a shutdown."""
        try:
            return interruptible(call, stop=self.shut_down, meanwhile=self.emit_log)
        finally:
            self.emit_log()

    def emit_log(self) -> None:
        """Logs what happened to the calls and iterators of this client, without its parents' and children's."""
        _log.emit(self.pointer)

    def shut_down(self) -> None:
        self.shutdown_flag.set()
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
