"""Participants and lists of them, decoded from the library's JSON."""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, Iterator, List, Optional, Union, overload

from ._errors import APIResponseValidationError


@dataclass(frozen=True)
class Participant:
    """One participant of a meeting: someone who was added to it.

    Only ``id`` is always present. Any other field is ``None`` if it is missing or null in the response.

    :ivar id: A UUID.
    :ivar custom_participant_id: The id that your application assigned when it added the participant.
    :ivar preset_name: The name of the preset applied to the participant.
    :ivar name: The participant's name.
    :ivar picture: The URL of a picture of the participant.
    :ivar created_at: When the participant was created, always with a time zone. Also ``None`` if the text is not an RFC
        3339 date.
    :ivar updated_at: When the participant was last updated, likewise.
    :ivar created_at_text: ``created_at`` as the service sent it.
    :ivar updated_at_text: ``updated_at`` as the service sent it.

    >>> participant = client.get_participants(account_id, app_id, meeting_id)[0]
    >>> participant.id, participant.name
    ('00000000-0000-4000-8000-000000000000', 'Participant 0')
    >>> participant.created_at
    datetime.datetime(2026, 3, 1, 9, 0, tzinfo=datetime.timezone.utc)
    """

    id: str
    custom_participant_id: Optional[str] = None
    preset_name: Optional[str] = None
    name: Optional[str] = None
    picture: Optional[str] = None
    created_at: Optional[datetime] = None
    updated_at: Optional[datetime] = None
    created_at_text: Optional[str] = None
    updated_at_text: Optional[str] = None


class Participants(Sequence[Participant]):
    """A list: everyone in a meeting, or one page, in the service's order. A sequence of :class:`Participant`.

    Participants come from a :class:`Client`; you don't make them. They can be pickled.

    :ivar total_count: How many participants the meeting has, as the service last said; 0 if the response had no usable
        number.
    :ivar start_offset: The position of the first participant in the service's list, counted from 1. For a list of
        ``get_participants``: 1, or 0 if the list is empty. For a page: as the service says, or 0 if the response had no
        usable number.
    :ivar end_offset: The position of the last participant in the service's list, counted from 1. For a list of
        ``get_participants``: the number of participants. For a page: as the service says, or 0 if the response had no
        usable number.
    :ivar is_complete: Whether the list is certainly complete: the service's list did not change while it was read, and
        this list has as many different ids as the total.

    >>> everyone = client.get_participants(account_id, app_id, meeting_id)
    >>> len(everyone), everyone.total_count, everyone.is_complete
    (342, 342, True)
    >>> [participant.name for participant in everyone[:2]]
    ['Participant 0', 'Participant 1']
    >>> everyone.to_json()[:50]
    '{"data":[{"id":"00000000-0000-4000-8000-0000000000'
    """

    total_count: int
    start_offset: int
    end_offset: int
    is_complete: bool

    def __init__(
        self, json_text: bytes, *, total_count: int, start_offset: int, end_offset: int, is_complete: bool
    ) -> None:
        self.total_count = total_count
        self.start_offset = start_offset
        self.end_offset = end_offset
        self.is_complete = is_complete
        self._json = json_text
        self._list = _decode_list(json_text)

    def to_json(self) -> str:
        """Returns the list as one JSON object like the endpoint's, with ``data``, ``paging`` and ``success``. Each
        participant is as the service sent it, byte for byte, with all fields.

        >>> import json
        >>> sorted(json.loads(client.get_participants(account_id, app_id, meeting_id).to_json()))
        ['data', 'paging', 'success']
        """
        return self._json.decode()

    def __len__(self) -> int:
        return len(self._list)

    def __iter__(self) -> Iterator[Participant]:
        return iter(self._list)

    @overload
    def __getitem__(self, index: int) -> Participant: ...

    @overload
    def __getitem__(self, index: slice) -> List[Participant]: ...

    def __getitem__(self, index: Union[int, slice]) -> Union[Participant, List[Participant]]:
        return self._list[index]

    def __repr__(self) -> str:
        return f"<Participants: {len(self)} of {self.total_count}{', complete' if self.is_complete else ''}>"


# The library has validated the JSON. Control characters in texts, and numbers too long for int(), must not fail here.
_decoder = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

_NAMES = ("id", "custom_participant_id", "preset_name", "name", "picture", "created_at", "updated_at")

_KEYS = dict.fromkeys(_NAMES).keys()

_new = object.__new__
_set = object.__setattr__


def _decode_list(json_text: bytes) -> List[Participant]:
    try:
        elements = _decoder.decode(json_text.decode())["data"] or []
    except RecursionError:
        raise APIResponseValidationError(
            "the answer is not what the API promises: it is nested too deeply", body=None
        ) from None
    # A search for one byte is ten times as fast, and most texts have no escape at all.
    if b"\\" in json_text and _SURROGATE.search(json_text):
        elements = [{key: _replace_surrogates(value) for key, value in element.items()} for element in elements]
    return [_new_participant(element) for element in elements]


def _new_participant(fields: Dict[str, Any]) -> Participant:
    """Makes a participant from a JSON object. Changes the object."""
    if fields.keys() != _KEYS:
        fields = {name: fields.get(name) for name in _NAMES}
    created_at, updated_at = fields["created_at"], fields["updated_at"]
    fields["created_at_text"], fields["updated_at_text"] = created_at, updated_at
    fields["created_at"], fields["updated_at"] = _parse_date(created_at), _parse_date(updated_at)
    participant = _new(Participant)
    # __init__ of a frozen dataclass sets field by field, which takes three times as long.
    _set(participant, "__dict__", fields)
    return participant


def _replace_surrogates(value: Any) -> Any:
    """Replaces half of a surrogate pair, as in a truncated emoji, by U+FFFD: Python could not encode it again."""
    return (
        value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if isinstance(value, str) else value
    )


_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):([0-5]\d|60)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)


_FROMISOFORMAT_ACCEPTS_Z = sys.version_info >= (3, 11)


def _parse_date(text: Optional[str]) -> Optional[datetime]:
    if text is None:
        return None
    try:
        if not _FROMISOFORMAT_ACCEPTS_Z and text.endswith("Z"):
            date = datetime.fromisoformat(text[:-1] + "+00:00")
        else:
            date = datetime.fromisoformat(text)
    except ValueError:
        return _parse_rfc_3339(text)
    return date if date.tzinfo else None


def _parse_rfc_3339(text: str) -> Optional[datetime]:
    """Parses what ``fromisoformat`` does not accept in every version of Python: nanoseconds, a leap second."""
    match = _RFC_3339.fullmatch(text)
    if not match:
        return None
    day, minute, second, fraction, sign, offset_hours, offset_minutes = match.groups()
    offset = timedelta(hours=int(offset_hours or 0), minutes=int(offset_minutes or 0))
    microseconds = f"{fraction or ''}000000"[:6]
    try:
        date = datetime.fromisoformat(f"{day}T{minute}:{min(int(second), 59):02}.{microseconds}")
        return date.replace(tzinfo=timezone(-offset if sign == "-" else offset))
    except ValueError:
        return None
