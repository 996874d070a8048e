"""Participants and lists of them, decoded from the library's JSON."""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import datetime, timedelta, timezone
from itertools import takewhile
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple, Union, overload

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

    Participants with the same values of these fields are equal. A participant does not keep its list in memory.

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

    # _sent is the JSON of a participant with unknown fields; other participants don't have it. It is no field of the
    # dataclass, so that comparisons, asdict() and vars() leave it out.
    __slots__ = ("__dict__", "__weakref__", "_sent")

    def to_dict(self) -> Dict[str, Any]:
        """Returns the participant as the service sent it: every field that was sent, unknown ones too, in their order.
        The dict is new; you may change it. Values are as in :meth:`Participants.to_dicts`.

        A participant that you made, or changed with :func:`dataclasses.replace`, has the service's seven fields. The
        dates come from ``created_at_text`` and ``updated_at_text``.

        >>> participant = client.get_participants(account_id, app_id, meeting_id)[2]
        >>> participant.to_dict()["updated_at"]
        '2026-03-01T10:00:00.117Z'
        >>> "name" in participant.to_dict()  # the service did not send a name
        False
        """
        sent: Optional[str] = getattr(self, "_sent", None)
        if sent is not None:
            decoded: Dict[str, Any] = _value_decoder.decode(sent)
            return decoded
        fields = vars(self)
        # The fields that were sent are those before the texts of the dates, see _new_participant().
        names = takewhile(lambda name: name != "created_at_text", fields)
        return {name: fields[_TEXTS[name]] for name in names}

    def __getstate__(self) -> Tuple[Dict[str, Any], Optional[str]]:
        return vars(self), getattr(self, "_sent", None)

    def __setstate__(self, state: Tuple[Dict[str, Any], Optional[str]]) -> None:
        fields, sent = state
        _set(self, "__dict__", dict(fields))
        if sent is not None:
            _set(self, "_sent", sent)


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
    :ivar is_complete: Whether the list is complete: no change of the service's list was seen while it was read, and
        this list has as many different ids as the total. A page is complete if it holds everyone. One change can't be
        seen: one participant leaves and another joins between two requests. Then somebody may be missing all the same.

    >>> everyone = client.get_participants(account_id, app_id, meeting_id)
    >>> len(everyone), everyone.total_count, everyone.is_complete
    (342, 342, True)
    >>> [participant.name for participant in everyone[:2]]
    ['Participant 0', 'Participant 1']

    A notebook shows the first ten as a table. ``pandas.DataFrame(everyone)`` and ``polars.DataFrame(everyone)`` have
    one row per participant, and the fields of :class:`Participant` as columns.
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

    def to_dicts(self) -> List[Dict[str, Any]]:
        """Returns each participant as the service sent it: every field that was sent, unknown ones too, in their order.
        Each call returns new dicts; you may change them.

        Values are as ``json.loads`` returns them, so dates are texts. There are two exceptions: an integer with more
        digits than ``int()`` accepts (4,300 by default) is a :class:`decimal.Decimal`, and half of a surrogate pair is
        U+FFFD. As with ``json.loads``, deep nesting needs stack: it may raise :class:`RecursionError`, or
        crash on a thread with a small stack, such as 64 KiB.

        >>> everyone = client.get_participants(account_id, app_id, meeting_id)
        >>> everyone.to_dicts()[0]["created_at"]
        '2026-03-01T09:00:00.000Z'
        """
        elements: Optional[List[Dict[str, Any]]] = _value_decoder.decode(_text(self._json))["data"]
        return elements or []

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

    def _repr_html_(self) -> str:
        """Returns a table of the first participants. Notebooks call this."""
        from html import escape  # takes a millisecond to import, and few programs need it

        def row(cell: str, texts: Iterable[Optional[str]]) -> str:
            return "<tr>" + "".join(f"<{cell}>{escape(text or '')}</{cell}>" for text in texts) + "</tr>"

        shown = self._list[:_ROWS_SHOWN]
        rows = "\n".join(row("td", (getattr(one, name) for name in _TEXTS.values())) for one in shown)
        table = f"<table>\n<thead>{row('th', _TEXTS)}</thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n"
        more = f"; the first {len(shown)} are shown" if len(shown) < len(self) else ""
        return f"{table}<p>{escape(repr(self).strip('<>'))}{more}</p>"


#: How many participants a notebook shows.
_ROWS_SHOWN = 10

#: The service's fields, each with the attribute that has its text as sent.
_TEXTS = {
    "id": "id",
    "custom_participant_id": "custom_participant_id",
    "preset_name": "preset_name",
    "name": "name",
    "picture": "picture",
    "created_at": "created_at_text",
    "updated_at": "updated_at_text",
}

_KEYS = _TEXTS.keys()

_FIELD_COUNT = len(dataclass_fields(Participant))


def _integer(digits: str) -> Any:
    try:
        return int(digits)
    except ValueError:
        from decimal import Decimal  # takes a millisecond to import, and few programs need it

        return Decimal(digits)


# The library has validated the JSON. The first decoder is for what becomes attributes, none of which is a number.
_decoder = json.JSONDecoder(parse_int=str, parse_float=str)
_value_decoder = json.JSONDecoder(parse_int=_integer)

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

#: An escape: a surrogate pair, or half of one (the group), or another.
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)")

_new = object.__new__
_set = object.__setattr__


def _text(json_text: bytes) -> str:
    """Decodes JSON. Replaces half of a surrogate pair, as in a truncated emoji, by U+FFFD: Python could not encode it
    again."""
    text = json_text.decode()
    # A search for one byte is ten times as fast, and most texts have no escape at all.
    if b"\\" in json_text and _SURROGATE.search(json_text):
        text = _ESCAPE.sub(lambda escape: r"\ufffd" if escape[1] else escape[0], text)
    return text


def _decode_list(json_text: bytes) -> List[Participant]:
    text = _text(json_text)
    participants = []
    pieces: List[str] = []
    try:
        elements = _decoder.decode(text)["data"] or []
        for index, element in enumerate(elements):
            if element.keys() <= _KEYS:
                participants.append(_new_participant(element))
            else:
                pieces = pieces or _split(text, len(elements))
                participant = _new_participant({name: element.get(name) for name in _KEYS})
                _set(participant, "_sent", pieces[index])
                participants.append(participant)
    except RecursionError:
        raise APIResponseValidationError(
            "the answer is not what the API promises: it is nested too deeply", body=None
        ) from None
    return participants


def _new_participant(fields: Dict[str, Any]) -> Participant:
    """Makes a participant from known fields. Changes them."""
    created_at, updated_at = fields.get("created_at"), fields.get("updated_at")
    fields["created_at_text"], fields["updated_at_text"] = created_at, updated_at
    # What is added from here on was not sent: to_dict() relies on the order.
    fields["created_at"], fields["updated_at"] = _parse_date(created_at), _parse_date(updated_at)
    if len(fields) < _FIELD_COUNT:
        for name in _KEYS:
            fields.setdefault(name)
    participant = _new(Participant)
    # __init__ of a frozen dataclass sets field by field, which takes three times as long.
    _set(participant, "__dict__", fields)
    return participant


def _split(text: str, count: int) -> List[str]:
    """Returns the JSON of each participant of a list."""
    pieces = []
    end = text.index("[")
    for _ in range(count):
        start = text.index("{", end)
        _, end = _decoder.raw_decode(text, start)
        pieces.append(text[start:end])
    return pieces


_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(?:\.(\d+))?"
    r"(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)

_FROMISOFORMAT_ACCEPTS_Z = sys.version_info >= (3, 11)


def _parse_date(text: Optional[str]) -> Optional[datetime]:
    if text is None:
        return None
    # fromisoformat() is fast. But it also accepts what is no RFC 3339 date, and more of it in newer versions of Python.
    # So it gets dates of the usual form only, 2026-03-01T09:00:00.117Z, and checks their digits itself.
    if len(text) != 24 or text[7] != "-" or text[10] != "T" or text[19] != "." or text[23] != "Z":
        return _parse_rfc_3339(text)
    try:
        date = datetime.fromisoformat(text if _FROMISOFORMAT_ACCEPTS_Z else text[:-1] + "+00:00")
    except ValueError:
        return _parse_rfc_3339(text)  # a leap second
    # Python 3.14 takes 24:00 for the beginning of the next day.
    return date if date.hour or text[11] != "2" else None


def _parse_rfc_3339(text: str) -> Optional[datetime]:
    """Parses a date of any form that RFC 3339 allows. A leap second counts as the one before it."""
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
