"""Calls that wait: on which thread they run, and how a signal ends them."""

from __future__ import annotations

import _thread
import os
import sys
import threading
from typing import Any, Callable, List, TypeVar

T = TypeVar("T")

#: How long a signal may go unnoticed that comes when the main thread is just about to wait, in seconds.
_LOOK_EVERY = 0.2

#: For the library's call, which takes 512 KiB at most, and for reading JSON as deeply nested as Python allows, which
#: takes up to 2 MiB.
ENOUGH_STACK = 4 * 1024 * 1024


def interruptible(call: Callable[[], T], stop: Callable[[], None]) -> T:
    """Runs a call that may wait. If a signal's handler raises meanwhile, as Ctrl-C's does, ``stop`` is called to end
    it.

    Python runs such handlers on the main thread alone, and not before a C function has returned there: so the main
    thread waits in Python, for another thread that calls. So does a thread whose own stack is too small for a call.
    """
    if not _needs_a_thread():
        return call()
    # The thread takes the call out of this list, so that it refers to nothing of the call any more when it says that it
    # is done.
    calls: List[Callable[[], T]] = [call]
    results: List[T] = []
    failures: List[BaseException] = []
    done = _original("allocate_lock")()
    done.acquire()

    def run() -> None:
        try:
            results.append(calls.pop()())
        except BaseException as error:
            failures.append(error)
        finally:
            done.release()

    try:
        started = _start(run)
        while started and not done.acquire(timeout=_LOOK_EVERY):
            pass
    except BaseException:
        stop()
        if not (results or failures):
            done.acquire(timeout=1)
        # Which refers, by way of its traceback, to this list.
        failures.clear()
        raise
    if not started:
        return call()
    if failures:
        raise failures.pop()
    return results.pop()


def _needs_a_thread() -> bool:
    if sys.is_finalizing():
        # Before Python 3.12, a thread that is started now never runs.
        return False
    return _is_main_thread() or 0 < _stack_size() < ENOUGH_STACK


def _is_main_thread() -> bool:
    main = threading.main_thread()
    # By the system's number as well: under gevent the other is the greenlet's. Not by that alone: in a forked child it
    # may be the parent's.
    return main.ident == threading.get_ident() or (
        hasattr(main, "native_id") and main.native_id == threading.get_native_id()
    )


def _original(name: str) -> Any:
    """Of the module ``_thread``: gevent puts functions in there that start no thread of the system's."""
    monkey = sys.modules.get("gevent.monkey")
    return getattr(_thread, name) if monkey is None else monkey.get_original("_thread", name)


def _new_lock() -> None:
    # Reentrant, for a signal's handler that makes a call.
    global _sizing
    _sizing = _original("RLock")()


#: Held by who changes the size of the stack that new threads get, which is one for the whole program.
_sizing: Any
_new_lock()
if hasattr(os, "register_at_fork"):
    # A thread that is not there in the child may have held it.
    os.register_at_fork(after_in_child=_new_lock)


def _stack_size() -> int:
    """What new threads get, and this one probably has got; 0: what is usual on this system."""
    with _sizing:
        # There is no asking: who does not say a size sets it to 0.
        size = _thread.stack_size()
        _thread.stack_size(size)
        return size


def _start(run: Callable[[], None]) -> bool:
    with _sizing:
        size = _thread.stack_size(ENOUGH_STACK)
        try:
            _thread.stack_size(max(size, ENOUGH_STACK))
            _original("start_new_thread")(run, ())
            return True
        except RuntimeError:
            # No thread can be had, as at the interpreter's end.
            return False
        finally:
            _thread.stack_size(size)
