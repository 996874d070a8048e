"""Runs blocking calls so that Python goes on meanwhile: a signal, such as that of Ctrl-C, can end them."""

from __future__ import annotations

import _thread
import os
import sys
from typing import Any, Callable, List, TypeVar

T = TypeVar("T")

#: How often a waiting thread looks for log records, and for signals that did not interrupt its wait, in seconds. On
#: Windows, no signal interrupts it, and this is how long Ctrl-C takes at most.
_POLL_INTERVAL = 0.2

#: The stack size that a call needs, in bytes: the C library takes up to 512 KiB, and Python's JSON decoder up to 2 MiB
#: for the deepest nesting that it accepts.
MIN_STACK_SIZE = 4 * 1024 * 1024


def interruptible(call: Callable[[], T], stop: Callable[[], None], meanwhile: Callable[[], None]) -> T:
    """Runs a blocking call on a thread of its own. While this thread waits, it calls ``meanwhile`` several times a
    second. If that or a signal handler raises, as the handler of Ctrl-C does, calls ``stop`` to end the call.

    Python runs signal handlers on the main thread, and only after a C function has returned there.
    """
    if sys.is_finalizing():
        # Before Python 3.12, a thread that starts now never runs.
        return call()
    # The thread removes the call from this list: it must drop its reference to the call before it signals done.
    calls: List[Callable[[], T]] = [call]
    results: List[T] = []
    failures: List[BaseException] = []
    done = _unpatched("allocate_lock")()
    done.acquire()

    def run() -> None:
        try:
            results.append(calls.pop()())
        except BaseException as error:
            failures.append(error)
        finally:
            done.release()

    try:
        started = _start_thread(run)
        while started and not done.acquire(timeout=_POLL_INTERVAL):
            meanwhile()
    except BaseException:
        stop()
        if not (results or failures):
            done.acquire(timeout=1)
        # Breaks a cycle: the traceback of the failure refers to this list.
        failures.clear()
        raise
    if not started:
        return call()
    if failures:
        raise failures.pop()
    return results.pop()


def _unpatched(name: str) -> Any:
    """Returns a function of ``_thread`` without gevent's patch, which would start a greenlet instead of a thread."""
    monkey = sys.modules.get("gevent.monkey")
    return getattr(_thread, name) if monkey is None else monkey.get_original("_thread", name)


#: Held while the stack size of new threads is changed, which is one setting for the whole process. Reentrant, because a
#: signal handler may make a call.
_stack_size_lock = _unpatched("RLock")()


def _new_stack_size_lock() -> None:
    global _stack_size_lock
    _stack_size_lock = _unpatched("RLock")()


if hasattr(os, "register_at_fork"):
    # A thread that does not exist in the child may have held the lock.
    os.register_at_fork(after_in_child=_new_stack_size_lock)


def _start_thread(run: Callable[[], None]) -> bool:
    """Starts a thread with enough stack. Returns false if that is not possible."""
    with _stack_size_lock:
        size = 0  # the default, if a signal handler raises before the size is known
        try:
            size = _thread.stack_size(MIN_STACK_SIZE)
            _thread.stack_size(max(size, MIN_STACK_SIZE))
            _unpatched("start_new_thread")(run, ())
            return True
        except RuntimeError:
            # No thread can be started, for example at the interpreter's exit.
            return False
        finally:
            _thread.stack_size(size)
