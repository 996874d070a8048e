"""Packages that convert dataclasses by their types: pydantic, polars, pandas, cattrs."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timezone
from typing import Any, List, Optional

import cattrs.preconf.json
import numpy
import pandas
import polars
import pydantic

from libparticipants import Participant, Participants
from tests.service import MEETING, participant
from tests.support import ServiceTestCase

COLUMNS = [field.name for field in dataclasses.fields(Participant)]


class Types(ServiceTestCase):
    everyone: Participants

    def setUp(self) -> None:
        # The last one has only an id.
        self.everyone = self.client(self.serve([participant(0), participant(1), {"id": "2"}])).get_participants(
            *MEETING
        )

    def test_pydantic_validates_and_dumps_participants(self) -> None:
        adapter = pydantic.TypeAdapter(List[Participant])
        for given in (list(self.everyone), self.everyone, [dataclasses.asdict(one) for one in self.everyone]):
            self.assertEqual(adapter.validate_python(given), list(self.everyone))
        for dumped in (
            adapter.dump_python(list(self.everyone), mode="json"),
            json.loads(adapter.dump_json(list(self.everyone))),
        ):
            self.assertEqual(dumped[0]["created_at"], "2026-03-01T09:00:00Z")
            self.assertEqual(adapter.validate_python(dumped), list(self.everyone))
        properties = adapter.json_schema()["$defs"]["Participant"]
        self.assertEqual((list(properties["properties"]), properties["required"]), (COLUMNS, ["id"]))
        with self.assertRaises(pydantic.ValidationError):
            adapter.validate_python([{"id": None}])

    def test_pydantic_models_may_contain_participants(self) -> None:
        class Row(pydantic.BaseModel):
            participant: Participant
            other: Optional[Participant] = None

        row = Row(participant=self.everyone[2])
        self.assertEqual(Row.model_validate_json(row.model_dump_json()), row)

    def test_polars_makes_a_frame_of_a_list(self) -> None:
        for given in (self.everyone, list(self.everyone)):
            frame = polars.DataFrame(given)
            self.assertEqual((frame.columns, frame.height), (COLUMNS, 3))
            self.assertEqual(frame["id"].to_list(), [one.id for one in self.everyone])
            self.assertEqual(frame["preset_name"].to_list(), ["group_call_participant", "group_call_participant", None])
            created_at: Any = frame["created_at"].to_list()
            self.assertEqual(
                [date and date.replace(tzinfo=timezone.utc) for date in created_at],
                [one.created_at for one in self.everyone],
            )
        self.assertIsInstance(polars.DataFrame(self.everyone[2:]).schema["created_at"], polars.Datetime)

    def test_pandas_makes_a_frame_of_a_list(self) -> None:
        for given in (self.everyone, list(self.everyone)):
            frame = pandas.DataFrame(given)
            self.assertEqual((list(frame.columns), len(frame)), (COLUMNS, 3))
            self.assertEqual(frame["created_at"][0], datetime(2026, 3, 1, 9, tzinfo=timezone.utc))

    def test_cattrs_unstructures_and_structures_participants(self) -> None:
        converter = cattrs.preconf.json.make_converter()
        self.assertEqual(
            converter.structure(converter.unstructure(list(self.everyone)), List[Participant]), list(self.everyone)
        )
        self.assertEqual(converter.loads(converter.dumps(self.everyone[0]), Participant), self.everyone[0])
        self.assertEqual(cattrs.structure({"id": "1"}, Participant), Participant("1"))

    def test_numpy_integers_are_accepted(self) -> None:
        client = self.client(
            self.serve(30), per_page=numpy.int64(10), max_connections=numpy.uint8(2), timeout=numpy.int32(60)
        )
        self.assertEqual(len(client.get_participants(*MEETING)), 30)
        self.assertEqual(
            len(client.get_participants_page(*MEETING, page_no=numpy.int16(2), per_page=numpy.int16(20))), 10
        )
        with self.assertRaisesRegex(TypeError, "^page_no: must be int, not float64"):
            client.get_participants_page(*MEETING, page_no=numpy.float64(1.0))  # type: ignore[arg-type]
