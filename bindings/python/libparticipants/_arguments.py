"""Checks arguments and converts them for the C library.

ctypes alone would truncate a text at its first U+0000 and wrap a number that is too large. Every function takes the
name of the argument for the message. A wrong type raises ``TypeError``, a wrong value ``InvalidArgumentError``.
"""

from __future__ import annotations

import math
import operator
import os
from datetime import timedelta
from numbers import Number
from typing import Any, List, Optional, Tuple
from uuid import UUID

from ._errors import InvalidArgumentError

#: The longest time that the C library takes, rounded down: it has 64 bits for milliseconds.
_MAX_SECONDS = 1.8e16


def text(name: str, value: Any) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"{name}: must be str, not {type(value).__name__}")
    # A UnicodeEncodeError would carry the text, perhaps a credential, into the traceback.
    encoded = str.encode(value, "utf-8", "surrogatepass")
    if b"\0" in encoded:
        raise InvalidArgumentError(f"{name}: holds a U+0000")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidArgumentError(f"{name}: is not Unicode text: it holds a surrogate")
    return encoded


def path(name: str, value: Any) -> bytes:
    try:
        return text(name, os.fsdecode(value))
    except TypeError:
        raise TypeError(f"{name}: must be str, bytes or os.PathLike, not {type(value).__name__}") from None


def pair(name: str, value: Any) -> Tuple[Any, Any]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        # The message does not show the value, which contains a credential.
        raise TypeError(f"{name}: must be a pair of e-mail and key")
    return value[0], value[1]


def boolean(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name}: must be bool, not {type(value).__name__}")
    return value


def number(name: str, value: Any, bits: int) -> int:
    """Returns an unsigned number of this size, from any integer type, such as NumPy's."""
    # A bool is an int too, but as a number it is a mistake.
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name}: must be int, not {type(value).__name__}")
    whole = operator.index(value)
    if not 0 <= whole < 2**bits:
        raise InvalidArgumentError(f"{name}: must be from 0 to {2**bits - 1}")
    return whole


def milliseconds(name: str, value: Any) -> int:
    """Returns a time in milliseconds, from a number of seconds of any real type or from a ``timedelta``.

    It is rounded, but not down to 0, which means no limit where it is allowed.
    """
    if isinstance(value, timedelta):
        value = value.total_seconds()
    # float() would accept a bool and a text: as times both are mistakes.
    is_number = isinstance(value, Number) and not isinstance(value, bool)
    try:
        if not is_number:
            raise TypeError
        seconds = float(value)
    except TypeError:
        raise TypeError(f"{name}: must be int, float or timedelta, not {type(value).__name__}") from None
    except (OverflowError, ValueError):
        seconds = math.nan
    # Not the float, because a very small Decimal or Fraction is 0 as a float.
    if not 0 <= seconds <= _MAX_SECONDS or value < 0:
        raise InvalidArgumentError(f"{name}: must be from 0 to {_MAX_SECONDS:.0f} seconds")
    return max(round(seconds * 1000), 1) if value else 0


def optional_number(name: str, value: Optional[int]) -> int:
    """Returns -1 for ``None``: the C library leaves a negative parameter out of the request."""
    return -1 if value is None else number(name, value, 63)


def ids(account_id: Any, app_id: Any, meeting_id: Any) -> List[bytes]:
    return [_id("account_id", account_id), _id("app_id", app_id), _id("meeting_id", meeting_id)]


def _id(name: str, value: Any) -> bytes:
    if isinstance(value, UUID):
        value = str(value)
    if not isinstance(value, str):
        raise TypeError(f"{name}: must be str or uuid.UUID, not {type(value).__name__}")
    return text(name, value)
