"""What is handed to the library, checked: ctypes would cut a text at its first U+0000, and wrap a number that is too large."""

from __future__ import annotations

import operator
from typing import Any, List, Optional

from ._errors import InvalidArgumentError


def text(name: str, value: Any) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"{name}: must be str, not {type(value).__name__}")
    # Not by catching UnicodeEncodeError: it would carry the text, perhaps a credential, into the traceback.
    encoded = value.encode("utf-8", "surrogatepass")
    if b"\0" in encoded:
        raise InvalidArgumentError(f"{name}: holds a U+0000")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidArgumentError(f"{name}: is not Unicode text: it holds a surrogate")
    return encoded


def number(name: str, value: Any, bits: int) -> int:
    try:
        whole = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: must be int, not {type(value).__name__}") from None
    if not 0 <= whole < 2**bits:
        raise InvalidArgumentError(f"{name}: must be from 0 to {2**bits - 1}")
    return whole


def optional_number(name: str, value: Optional[int]) -> int:
    """For a parameter that the library leaves out where it is negative."""
    return -1 if value is None else number(name, value, 63)


def ids(account_id: str, app_id: str, meeting_id: str) -> List[bytes]:
    return [text("account_id", account_id), text("app_id", app_id), text("meeting_id", meeting_id)]
