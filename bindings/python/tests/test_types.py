"""Type hints at run time, and participants with missing fields."""

from __future__ import annotations

import dataclasses
import inspect
import json
import sys
import typing
import unittest
from datetime import datetime, timezone
from typing import Any, Dict, Iterator, Optional, Tuple

import libparticipants
from libparticipants import Participant, Participants

from .service import MEETING, Response, participant
from .support import ServiceTestCase


def functions() -> Iterator[Tuple[str, Any]]:
    """Yields every function of the public classes, with the getters of properties."""
    for name in libparticipants.__all__:
        thing = getattr(libparticipants, name)
        if inspect.isclass(thing):
            for attribute, value in vars(thing).items():
                value = value.fget if isinstance(value, property) else value
                if inspect.isfunction(value):
                    yield f"{name}.{attribute}", value


class Annotations(unittest.TestCase):
    def test_type_hints_of_every_class_and_function_can_be_evaluated(self) -> None:
        for name in libparticipants.__all__:
            thing = getattr(libparticipants, name)
            if inspect.isclass(thing):
                with self.subTest(name):
                    typing.get_type_hints(thing)
                    inspect.signature(thing)
                    if sys.version_info >= (3, 10):
                        inspect.get_annotations(thing, eval_str=True)
        typed = 0
        for name, function in functions():
            with self.subTest(name):
                # Functions that dataclass() generates have no types.
                typed += "return" in typing.get_type_hints(function)
                inspect.signature(function)
                if sys.version_info >= (3, 10):
                    inspect.get_annotations(function, eval_str=True)
        self.assertGreater(typed, 20)
        self.assertIs(typing.get_type_hints(libparticipants.Client.get_participants)["return"], Participants)
        self.assertIs(typing.get_type_hints(libparticipants.Client.__enter__)["return"], libparticipants.Client)

    def test_every_field_but_the_id_is_optional(self) -> None:
        text, date = Optional[str], Optional[datetime]
        dates = {"created_at": date, "updated_at": date}
        texts = ("custom_participant_id", "preset_name", "name", "picture", "created_at_text", "updated_at_text")
        self.assertEqual(typing.get_type_hints(Participant), {"id": str, **dict.fromkeys(texts, text), **dates})
        fields = {field.name: field for field in dataclasses.fields(Participant)}
        self.assertIs(fields.pop("id").default, dataclasses.MISSING)
        self.assertEqual({field.default for field in fields.values()}, {None})
        # Texts would have to be evaluated in this package's modules.
        self.assertEqual([field.name for field in fields.values() if isinstance(field.type, str)], [])


def read(*elements: Any, total_count: int = 1, data: Any = ()) -> Participants:
    """Decodes a list from JSON, as the package does for the library's."""
    text = json.dumps(
        {"data": list(elements) if data == () else data, "paging": {"total_count": total_count}, "success": True}
    )
    return Participants(text.encode(), total_count=total_count, start_offset=1, end_offset=1, is_complete=True)


class MissingFields(ServiceTestCase):
    FIELDS = ("custom_participant_id", "preset_name", "name", "picture", "created_at", "updated_at")

    def values(self, one: Participant) -> Dict[str, Any]:
        return {name: value for name, value in vars(one).items() if value is not None}

    def test_participant_may_have_only_an_id(self) -> None:
        nothing = dict.fromkeys(self.FIELDS)
        for element in (
            {"id": "1"},
            {"id": "1", **nothing},
            {"unknown": [1], "id": "1"},
            {"id": "1", **nothing, "unknown": {}},
        ):
            one = read(element)[0]
            self.assertEqual(one, Participant("1"))
            self.assertEqual(set(vars(one)), {field.name for field in dataclasses.fields(Participant)})

    def test_any_field_may_be_missing_or_null(self) -> None:
        for name in self.FIELDS:
            without = {key: value for key, value in participant(0).items() if key != name}
            for element in (
                without,
                {**without, name: None},
                {**without, "unknown": 1},
                {**without, name: None, "unknown": 1},
            ):
                with self.subTest(element):
                    one = read(element)[0]
                    missing = {name, f"{name}_text"} if name.endswith("_at") else {name}
                    self.assertEqual(set(self.values(one)), set(vars(one)) - missing)

    def test_invalid_date_is_none_and_its_text_is_kept(self) -> None:
        one = read({"id": "1", "created_at": "2026-03-01T09:00:00Z", "updated_at": "soon"})[0]
        self.assertEqual(
            (one.created_at, one.created_at_text),
            (datetime(2026, 3, 1, 9, tzinfo=timezone.utc), "2026-03-01T09:00:00Z"),
        )
        self.assertEqual((one.updated_at, one.updated_at_text), (None, "soon"))

    def test_null_for_a_list_is_an_empty_list(self) -> None:
        self.assertEqual(list(read(data=None, total_count=0)), [])
        client = self.client(
            self.serve(answer=lambda request: Response(200, '{"data":null,"paging":{"total_count":0},"success":true}'))
        )
        for get in (client.get_participants, client.get_participants_page):
            everyone = get(*MEETING)
            self.assertEqual((list(everyone), everyone.total_count), ([], 0))
            self.assertEqual(json.loads(everyone.to_json())["paging"]["total_count"], 0)
        self.assertEqual(list(client.iter_participants(*MEETING)), [])

    def test_service_may_send_participants_with_only_an_id(self) -> None:
        sent = [
            {"id": "1"},
            {**participant(0), "custom_participant_id": None, "preset_name": None, "created_at": None},
            participant(1),
        ]
        client = self.client(self.serve(sent))
        everyone = client.get_participants(*MEETING)
        self.assertEqual((everyone[0], len(everyone), everyone.is_complete), (Participant("1"), 3, True))
        self.assertEqual(
            (everyone[1].created_at, everyone[1].created_at_text, everyone[1].preset_name), (None, None, None)
        )
        self.assertEqual(list(client.iter_participants(*MEETING)), list(everyone))
        self.assertEqual(json.loads(everyone.to_json())["data"], sent)
