"""Participants, as the service described them."""

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
    """One participant of a meeting: somebody who was added to it.

    >>> participant = client.get_participants(account_id, app_id, meeting_id)[0]
    >>> participant.id, participant.name
    ('00000000-0000-4000-8000-000000000000', 'Participant 0')
    >>> participant.created_at
    datetime.datetime(2026, 3, 1, 9, 0, tzinfo=datetime.timezone.utc)
    """

    #: A UUID. It is all that is sure: what the service leaves out, or sends as null, is ``None``.
    id: str
    #: The id that the client application gave the participant.
    custom_participant_id: Optional[str] = None
    #: The name of the preset applied to the participant.
    preset_name: Optional[str] = None
    name: Optional[str] = None
    #: The URL of a picture.
    picture: Optional[str] = None
    #: Always aware; ``None`` also where ``created_at_text`` is no RFC 3339 date.
    created_at: Optional[datetime] = None
    #: Always aware; ``None`` also where ``updated_at_text`` is no RFC 3339 date.
    updated_at: Optional[datetime] = None
    #: ``created_at`` as the service sent it.
    created_at_text: Optional[str] = None
    #: ``updated_at`` as the service sent it.
    updated_at_text: Optional[str] = None


class Participants(Sequence[Participant]):
    """The participants of a meeting, or one page of them, in the service's order.

    >>> everyone = client.get_participants(account_id, app_id, meeting_id)
    >>> len(everyone), everyone.total_count, everyone.is_complete
    (342, 342, True)
    >>> [participant.name for participant in everyone[:2]]
    ['Participant 0', 'Participant 1']
    >>> everyone.to_json()[:50]
    '{"data":[{"id":"00000000-0000-4000-8000-0000000000'
    """

    #: How many participants the meeting has, as the service last said; 0 where it said nothing usable.
    total_count: int
    #: For a page: the place of its first participant, as the service said (it counts from 1). For everyone: 1, or 0
    #: where there is no one.
    start_offset: int
    #: For a page: the place of its last participant, as the service said. For everyone: their number.
    end_offset: int
    #: Whether this is certain to be everyone: the list held still while it was read, and as many different ids came as
    #: the service says.
    is_complete: bool

    def __init__(
        self, json_text: bytes, *, total_count: int, start_offset: int, end_offset: int, is_complete: bool
    ) -> None:
        self.total_count = total_count
        self.start_offset = start_offset
        self.end_offset = end_offset
        self.is_complete = is_complete
        self._json = json_text
        self._list = _participants(json_text)

    def to_json(self) -> str:
        """All of this as one JSON object like the endpoint's; every participant as the service sent it, unknown fields
        and all.

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


# The library has checked what matters here: a control character in a text must not lose the list, nor a number longer
# than int() takes.
_decoder = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

_NAMES = ("id", "custom_participant_id", "preset_name", "name", "picture", "created_at", "updated_at")

_KEYS = dict.fromkeys(_NAMES).keys()

_new = object.__new__
_set = object.__setattr__


def _participants(json_text: bytes) -> List[Participant]:
    try:
        elements = _decoder.decode(json_text.decode())["data"] or []
    except RecursionError:
        raise APIResponseValidationError(
            "the answer is not what the API promises: it is nested too deeply", body=None
        ) from None
    # A single byte is found ten times as fast as two, and most texts have no escape at all.
    if b"\\" in json_text and _SURROGATE.search(json_text):
        elements = [{key: _whole(value) for key, value in element.items()} for element in elements]
    return [_participant(element) for element in elements]


def _participant(fields: Dict[str, Any]) -> Participant:
    """Makes a participant's fields of an element's."""
    if fields.keys() != _KEYS:
        fields = {name: fields.get(name) for name in _NAMES}
    created_at, updated_at = fields["created_at"], fields["updated_at"]
    fields["created_at_text"], fields["updated_at_text"] = created_at, updated_at
    fields["created_at"], fields["updated_at"] = _date(created_at), _date(updated_at)
    made = _new(Participant)
    # All at once: __init__ of a frozen dataclass sets field by field, which takes three times as long.
    _set(made, "__dict__", fields)
    return made


def _whole(value: Any) -> Any:
    """Half of a surrogate pair, such as a cut emoji leaves, reads as U+FFFD: Python could not encode it again."""
    return (
        value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if isinstance(value, str) else value
    )


_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):([0-5]\d|60)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)


_READS_Z = sys.version_info >= (3, 11)


def _date(text: Optional[str]) -> Optional[datetime]:
    if text is None:
        return None
    try:
        date = datetime.fromisoformat(text if _READS_Z or not text.endswith("Z") else text[:-1] + "+00:00")
    except ValueError:
        return _unusual_date(text)
    return date if date.tzinfo else None


def _unusual_date(text: str) -> Optional[datetime]:
    """A date that fromisoformat does not read in every version of Python: nanoseconds, a leap second."""
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
