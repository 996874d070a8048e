"""The log: what happens during calls, as records of ``logging.getLogger("libparticipants")``.

The C library queues the lines of each client. Each call has a client of its own, so the thread that waits for a call
takes the lines of that call alone. The library is never given a function of Python to call: while the interpreter ends,
a thread of the library must not enter it.
"""

from __future__ import annotations

import logging
import sys
from ctypes import byref, c_char, c_int32, sizeof
from threading import local
from typing import Any

from . import _c
from ._library import lib

#: How many lines of one call or iterator may wait.
MAX_LINES = 4096

#: Room for one line. A type of its own, because ctypes would make a new one each time.
_Line = c_char * 4096

_LEVELS = {
    _c.RTK_LOG_ERROR: logging.ERROR,
    _c.RTK_LOG_WARN: logging.WARNING,
    _c.RTK_LOG_INFO: logging.INFO,
    _c.RTK_LOG_DEBUG: logging.DEBUG,
}

_logger = logging.getLogger("libparticipants")
# So that a program that does not configure logging prints nothing.
_logger.addHandler(logging.NullHandler())


class _ThisThread(local):
    #: Whether a log handler is running. Not a ContextVar: a handler's callbacks have a copy of its context.
    in_handler = False


_this_thread = _ThisThread()


def emit(client: Any) -> None:
    """Logs the lines that are queued for an ``rtk_client *``. A handler that fails does not disturb the call.

    A handler may make calls too, but their lines are discarded: to log them would call the handler without end.
    """
    if sys.is_finalizing():
        # A daemon thread that no longer runs may have left a handler locked.
        return
    level, line, discard = c_int32(), _Line(), _this_thread.in_handler
    # At most MAX_LINES, because the library's threads may queue lines as fast as a slow handler takes them.
    for _ in range(MAX_LINES):
        if not lib.rtk_client_read_log(client, byref(level), line, sizeof(line)):
            break
        if not discard:
            _log(_LEVELS.get(level.value, logging.DEBUG), line.value.decode())


def _log(level: int, message: str) -> None:
    if not _logger.isEnabledFor(level):
        return
    # Outside the try block, so that less of what a signal handler raises is taken for a failure of a log handler.
    record = _logger.makeRecord(_logger.name, level, __file__, 0, message, (), None)
    try:
        _this_thread.in_handler = True
        _logger.handle(record)
    except Exception:
        # Handlers report their failures themselves, but filters don't.
        logging.Handler().handleError(record)
    finally:
        _this_thread.in_handler = False
