"""Calls that wait, and how a signal ends them."""

from __future__ import annotations

import _thread
import threading
from typing import Callable, List, TypeVar

T = TypeVar("T")

#: How long a signal may go unnoticed that comes when the main thread is just about to wait, in seconds.
_LOOK_EVERY = 0.2


def interruptible(call: Callable[[], T], stop: Callable[[], None]) -> T:
    """Runs a call that may wait. If a signal's handler raises meanwhile, as Ctrl-C's does, ``stop`` is called to end it.

    Python runs such handlers on the main thread alone, and not before a C function has returned there: so the main thread waits in Python,
    for another thread that calls.
    """
    if threading.current_thread() is not threading.main_thread():
        return call()
    # The thread takes the call out of this list, so that it refers to nothing of the call any more when it says that it is done.
    calls: List[Callable[[], T]] = [call]
    results: List[T] = []
    failures: List[BaseException] = []
    done = _thread.allocate_lock()
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
        done.acquire(timeout=1)
        raise
    if not started:
        return call()
    if failures:
        raise failures.pop()
    return results.pop()


def _start(run: Callable[[], None]) -> bool:
    try:
        _thread.start_new_thread(run, ())
        return True
    except RuntimeError:
        # No thread can be had, as at the interpreter's end.
        return False
