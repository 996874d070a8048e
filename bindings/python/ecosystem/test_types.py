"""Packages that convert dataclasses by their types: pydantic, polars, pandas, cattrs."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import re
from datetime import datetime, timezone
from typing import Any, Dict, List, Optional

import cattrs.preconf.json
import numpy
import pandas
import polars
import pydantic

from libparticipants import Participant, Participants
from tests.service import MEETING, participant
from tests.support import PROJECT, ServiceTestCase

COLUMNS = [field.name for field in dataclasses.fields(Participant)]
DATES = ("created_at", "updated_at")
SERVICE_FIELDS = COLUMNS[:7]


class Types(ServiceTestCase):
    everyone: Participants

    def setUp(self) -> None:
        # One with an unknown field, one with only an id, one in another time zone.
        self.sent: List[Dict[str, Any]] = [
            participant(0),
            {**participant(1), "unknown": [1]},
            {"id": "2"},
            {"id": "3", "created_at": "2026-03-01T09:00:00+05:30"},
        ]
        self.everyone = self.client(self.serve(self.sent)).get_participants(*MEETING)

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

    def test_pydantic_validates_and_dumps_one_participant(self) -> None:
        adapter = pydantic.TypeAdapter(Participant)
        for one, sent in zip(self.everyone, self.sent):
            self.assertEqual(adapter.validate_python(one).to_dict(), sent)
            self.assertEqual(adapter.dump_python(one), dataclasses.asdict(one))
            self.assertEqual(adapter.validate_json(adapter.dump_json(one)), one)
            made = adapter.validate_python(dataclasses.asdict(one)).to_dict()
            self.assertEqual(made, {name: sent.get(name) for name in SERVICE_FIELDS})
            as_sent = adapter.validate_python(one.to_dict())
            self.assertEqual((as_sent.id, as_sent.name, as_sent.created_at), (one.id, one.name, one.created_at))

    def test_pydantic_models_may_contain_participants(self) -> None:
        class Row(pydantic.BaseModel):
            participant: Participant
            other: Optional[Participant] = None

        row = Row(participant=self.everyone[1], other=self.everyone[2])
        self.assertEqual(row.participant.to_dict(), self.sent[1])
        self.assertEqual(Row.model_validate_json(row.model_dump_json()), row)

    def test_polars_makes_a_frame_of_a_list(self) -> None:
        for given in (self.everyone, list(self.everyone)):
            frame = polars.DataFrame(given)
            self.assertEqual((frame.columns, frame.height), (COLUMNS, 4))
            for name in COLUMNS:
                if name not in DATES:
                    self.assertEqual(frame.schema[name], polars.String)
                    self.assertEqual(frame[name].to_list(), [getattr(one, name) for one in self.everyone])
            # polars knows from the type hint that it is a date, and drops the time zone of the values.
            for name in DATES:
                self.assertEqual(frame.schema[name], polars.Datetime("us"))
                self.assertEqual(frame[name].dt.replace_time_zone("UTC").to_list(), self.dates(name))
        self.assertIsInstance(polars.DataFrame(self.everyone[2:3]).schema["created_at"], polars.Datetime)

    def test_polars_keeps_the_time_zone_on_request(self) -> None:
        utc = polars.Datetime(time_zone="UTC")
        frame = polars.DataFrame(self.everyone, schema_overrides={"created_at": utc, "updated_at": utc})
        for name in DATES:
            self.assertEqual(frame.schema[name], utc)
            self.assertEqual(frame[name].to_list(), self.dates(name))

    def test_pandas_makes_a_frame_of_a_list(self) -> None:
        for given in (self.everyone, list(self.everyone)):
            frame = pandas.DataFrame(given)
            self.assertEqual((list(frame.columns), len(frame)), (COLUMNS, 4))
            for name in COLUMNS:
                values = [None if pandas.isna(value) else value for value in frame[name]]
                self.assertEqual(values, [getattr(one, name) for one in self.everyone])
        # With one time zone, the column has a type of its own.
        frame = pandas.DataFrame(self.everyone[:3])
        for name in DATES:
            self.assertIsInstance(frame[name].dtype, pandas.DatetimeTZDtype)
            self.assertEqual(frame[name].dt.tz, timezone.utc)

    def test_frames_of_dicts_have_the_unknown_fields(self) -> None:
        dicts = self.everyone.to_dicts()
        for columns in (list(pandas.DataFrame(dicts).columns), polars.DataFrame(dicts).columns):
            self.assertEqual(set(columns), {"unknown", *participant(0)})
        self.assertEqual(polars.DataFrame(dicts).to_dicts()[1], self.sent[1])

    def test_frames_of_an_iterator_have_everyone(self) -> None:
        client = self.client(self.serve(self.sent))
        for frame in (
            pandas.DataFrame(client.iter_participants(*MEETING)),
            polars.DataFrame(client.iter_participants(*MEETING)),
        ):
            self.assertEqual((list(frame.columns), list(frame["id"])), (COLUMNS, [one.id for one in self.everyone]))

    def dates(self, name: str) -> List[Optional[datetime]]:
        return [getattr(one, name) for one in self.everyone]

    def test_cattrs_unstructures_and_structures_participants(self) -> None:
        converter = cattrs.preconf.json.make_converter()
        unstructured = converter.unstructure(list(self.everyone))
        self.assertEqual([list(one) for one in unstructured], [COLUMNS] * 4)
        self.assertEqual((unstructured[0]["created_at"], unstructured[2]["name"]), ("2026-03-01T09:00:00+00:00", None))
        structured = converter.structure(unstructured, List[Participant])
        self.assertEqual(structured, list(self.everyone))
        self.assertEqual(structured[2].to_dict(), {**dict.fromkeys(SERVICE_FIELDS), "id": "2"})
        self.assertEqual(converter.loads(converter.dumps(self.everyone[0]), Participant), self.everyone[0])
        self.assertEqual(cattrs.structure({"id": "1"}, Participant), Participant("1"))
        # cattrs without presets leaves dates as they are.
        self.assertEqual(cattrs.unstructure(self.everyone[0]), dataclasses.asdict(self.everyone[0]))

    def test_expressions_of_the_readme_work(self) -> None:
        readme = (PROJECT / "README.md").read_text(encoding="utf-8")
        section = readme.partition("## pandas, polars")[2].partition("\n## ")[0]
        names = {**globals(), "everyone": self.everyone, "copy": copy, "pickle": pickle}
        expressions = re.findall(r"`(\w+\.\w[^`]+)`", section)
        self.assertGreater(len(expressions), 8)
        for expression in expressions:
            with self.subTest(expression):
                self.assertTrue(len(eval(expression, names)))

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
