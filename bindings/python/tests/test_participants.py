"""Lists, pages, participants and the iterator."""

from __future__ import annotations

import copy
import dataclasses
import gc
import json
import pickle
import weakref
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any, Dict, List, Optional, Tuple

from libparticipants import AuthenticationError, CancelledError, InternalServerError, Participant, Participants

from .service import MEETING, Request, Response, page, participant
from .support import ServiceTestCase

FIRST = participant(0)["id"]


class Lists(ServiceTestCase):
    def test_list_has_everyone_in_the_services_order(self) -> None:
        service = self.serve(342)
        everyone = self.client(service).get_participants(*MEETING)
        self.assertEqual([p.id for p in everyone], [p["id"] for p in service.everyone])
        self.assertEqual((everyone.total_count, everyone.start_offset, everyone.end_offset), (342, 1, 342))
        self.assertIs(everyone.is_complete, True)
        self.assertEqual(sorted(r.parameters["page_no"] for r in service.requests), [1, 2, 3, 4])

    def test_an_empty_meeting_is_an_empty_list(self) -> None:
        everyone = self.client(self.serve(0)).get_participants(*MEETING)
        self.assertEqual(
            (list(everyone), bool(everyone), everyone.total_count, everyone.is_complete), ([], False, 0, True)
        )

    def test_incomplete_list_says_so(self) -> None:
        def lies(request: Request) -> Response:
            answer = page(self.everyone, request)
            return Response(body=str(answer.body).replace('"total_count":3', '"total_count":4'))

        self.everyone = [participant(i) for i in range(3)]
        everyone = self.client(self.serve(answer=lies)).get_participants(*MEETING)
        self.assertEqual((len(everyone), everyone.total_count, everyone.is_complete), (3, 4, False))
        self.assertEqual(repr(everyone), "<Participants: 3 of 4>")

    def test_page_has_the_requested_participants(self) -> None:
        service = self.serve(342)
        client = self.client(service)
        third = client.get_participants_page(*MEETING, page_no=3, per_page=50)
        self.assertEqual((len(third), third.start_offset, third.end_offset, third.total_count), (50, 101, 150, 342))
        self.assertFalse(third.is_complete)
        self.assertEqual(service.requests[-1].parameters, {"page_no": 3, "per_page": 50})

    def test_none_leaves_a_parameter_out_of_the_request(self) -> None:
        service = self.serve(342)
        client = self.client(service)
        for parameters in ({}, {"page_no": 2}, {"per_page": 7}, {"page_no": 0, "per_page": 0}):
            client.get_participants_page(
                *MEETING, page_no=parameters.get("page_no"), per_page=parameters.get("per_page")
            )
            self.assertEqual(service.requests[-1].parameters, parameters)

    def test_json_keeps_unknown_fields(self) -> None:
        sent = [{**participant(i), "tags": [1, 2.5, {"deep": None}]} for i in range(2)]
        everyone = self.client(self.serve(sent)).get_participants(*MEETING)
        text = json.loads(everyone.to_json())
        self.assertEqual(text["data"], sent)
        self.assertEqual(text["paging"], {"total_count": 2, "start_offset": 1, "end_offset": 2})
        self.assertIs(text["success"], True)


class SequenceProtocol(ServiceTestCase):
    def setUp(self) -> None:
        self.everyone = self.client(self.serve(10)).get_participants(*MEETING)

    def test_list_is_a_sequence(self) -> None:
        everyone = self.everyone
        self.assertIsInstance(everyone, Sequence)
        self.assertEqual(len(everyone), 10)
        self.assertEqual(everyone[0].id, FIRST)
        self.assertIs(everyone[-1], everyone[9])
        self.assertIn(everyone[3], everyone)
        self.assertEqual(everyone.index(everyone[3]), 3)
        self.assertEqual(everyone.count(everyone[3]), 1)
        self.assertEqual(list(reversed(everyone)), list(everyone)[::-1])
        for index in (10, -11):
            with self.assertRaises(IndexError):
                everyone[index]

    def test_slices_are_lists(self) -> None:
        ids = [p.id for p in self.everyone]
        for part in (slice(2, 5), slice(None, None, -1), slice(8, 99), slice(5, 2)):
            self.assertEqual([p.id for p in self.everyone[part]], ids[part])
        self.assertIsInstance(self.everyone[:], list)

    def test_list_can_be_pickled(self) -> None:
        again: Participants = pickle.loads(pickle.dumps(self.everyone))
        self.assertEqual(list(again), list(self.everyone))
        self.assertEqual((again.total_count, again.is_complete, again.to_json()), (10, True, self.everyone.to_json()))


class ParticipantFields(ServiceTestCase):
    def get(self, **fields: Any) -> Participant:
        sent = [{**participant(0), **fields}]
        return self.client(self.serve(sent)).get_participants(*MEETING)[0]

    def test_participant_has_every_field(self) -> None:
        self.assertEqual(
            self.get(),
            Participant(
                id=FIRST,
                custom_participant_id="user-0",
                preset_name="group_call_participant",
                name="Participant 0",
                picture="https://example.com/0.png",
                created_at=datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc),
                updated_at=datetime(2026, 3, 1, 10, 0, 0, 117000, tzinfo=timezone.utc),
                created_at_text="2026-03-01T09:00:00.000Z",
                updated_at_text="2026-03-01T10:00:00.117Z",
            ),
        )

    def test_name_and_picture_may_be_missing_or_null(self) -> None:
        everyone = self.client(self.serve(6)).get_participants(*MEETING)
        self.assertEqual([p.name is None for p in everyone], [False, False, True, False, False, True])
        self.assertEqual([p.picture is None for p in everyone], [False, True, False, True, False, True])
        self.assertEqual((self.get(name="").name, self.get(name=None).name), ("", None))

    def test_participant_is_a_frozen_dataclass(self) -> None:
        one = self.get()
        self.assertTrue(dataclasses.is_dataclass(one))
        with self.assertRaises(dataclasses.FrozenInstanceError):
            one.name = "another"  # type: ignore[misc]
        self.assertEqual(list(dataclasses.asdict(one)), [f.name for f in dataclasses.fields(Participant)])
        self.assertEqual(set(vars(one)), {f.name for f in dataclasses.fields(Participant)})
        self.assertEqual(dataclasses.replace(one, name="another").name, "another")
        self.assertEqual(hash(one), hash(copy.deepcopy(one)))
        self.assertEqual(pickle.loads(pickle.dumps(one)), one)
        self.assertIn("name='Participant 0'", repr(one))

    def test_unknown_fields_do_not_become_attributes(self) -> None:
        names = {field.name for field in dataclasses.fields(Participant)}
        for sent in ({"extra": 1}, {"created_at_text": "never"}, {"name": None}, {"json": {}, "picture": None}):
            self.assertEqual(set(vars(self.get(**sent))), names)
        self.assertEqual(self.get(created_at_text="never").created_at_text, participant(0)["created_at"])
        for missing, extra in (("name", {}), ("picture", {"extra": 1}), ("name", {"a": 1})):
            sent = {key: value for key, value in participant(0).items() if key != missing}
            one = self.client(self.serve([{**sent, **extra}])).get_participants(*MEETING)[0]
            self.assertEqual((set(vars(one)), getattr(one, missing)), (names, None))

    def test_dates_have_a_time_zone(self) -> None:
        half_past_five = timezone(timedelta(hours=5, minutes=30))
        for text, date in (
            ("2019-12-27T18:11:19.117Z", datetime(2019, 12, 27, 18, 11, 19, 117000, timezone.utc)),
            ("2019-12-27T18:11:19Z", datetime(2019, 12, 27, 18, 11, 19, 0, timezone.utc)),
            ("2019-12-27t18:11:19.1z", datetime(2019, 12, 27, 18, 11, 19, 100000, timezone.utc)),
            ("2019-12-27T18:11:19.123456789Z", datetime(2019, 12, 27, 18, 11, 19, 123456, timezone.utc)),
            ("2019-12-27T18:11:19+05:30", datetime(2019, 12, 27, 18, 11, 19, 0, half_past_five)),
            (
                "2019-12-27T18:11:19.5-05:30",
                datetime(2019, 12, 27, 18, 11, 19, 500000, timezone(-half_past_five.utcoffset(None))),
            ),
            ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, 0, timezone.utc)),
            ("2016-12-31T23:59:60.117Z", datetime(2016, 12, 31, 23, 59, 59, 117000, timezone.utc)),
            ("2019-12-27T00:00:00.000Z", datetime(2019, 12, 27, 0, 0, 0, 0, timezone.utc)),
            ("2019-12-27 18:11:19Z", datetime(2019, 12, 27, 18, 11, 19, 0, timezone.utc)),
        ):
            with self.subTest(text):
                one = self.get(created_at=text)
                self.assertEqual(one.created_at, date)
                assert one.created_at is not None
                self.assertEqual(one.created_at.utcoffset(), date.utcoffset())
                self.assertEqual(one.created_at_text, text)

    def test_invalid_date_is_none_and_its_text_is_kept(self) -> None:
        for text in (
            "",
            "yesterday",
            "2019-12-27",
            "2019-12-27T18:11:19",
            "2019-02-30T00:00:00Z",
            "2019-12-27T18:11:61Z",
            "2019-12-27T24:00:00Z",
            "2019-12-27T24:00:00.000Z",
            "2019-12-27T18:11:19.Z",
            "\u0660Z",
            # ISO 8601 has these. RFC 3339, Rust and C have not.
            "20191227T181119Z",
            "2019-W52-5T18:11:19.117Z",
            "2019-12-27X18:11:19Z",
            "2019-12-27T18Z",
            "2019-12-27T18:11Z",
            "2019-12-27T18:11:19,117Z",
            "2019-12-27T18:11:19+01",
            "2019-12-27T18:11:19+0100",
            "2019-12-27T18:11:19+01:00:30",
            "2019-12-27T18:11:19+10:60",
            "2019-12-27T18:11:19+24:00",
        ):
            with self.subTest(text):
                one = self.get(created_at=text, updated_at=text)
                self.assertEqual((one.created_at, one.updated_at), (None, None))
                self.assertEqual((one.created_at_text, one.updated_at_text), (text, text))
                self.assertEqual(one.id, FIRST)

    def test_texts_are_unescaped(self) -> None:
        for text in ('"quoted" \\ and\nbroken', "Zo\u00eb \u5c71\u7530 \U0001f600", "a\0b", " "):
            with self.subTest(text):
                self.assertEqual(self.get(name=text).name, text)

    def test_half_a_surrogate_pair_becomes_a_replacement_character(self) -> None:
        one = self.get(name="cut \ud83d", preset_name="\U0001f600", picture=None, extra=["\ud83d"])
        self.assertEqual((one.name, one.preset_name, one.picture), ("cut \ufffd", "\U0001f600", None))

    def test_huge_number_in_an_unknown_field_is_accepted(self) -> None:
        text = json.dumps({**participant(0), "huge": 0}).replace('"huge": 0', '"huge": ' + "9" * 5000)
        body = '{"data":[%s],"paging":{"total_count":1},"success":true}' % text
        everyone = self.client(self.serve(answer=lambda request: Response(body=body))).get_participants(*MEETING)
        self.assertEqual(everyone[0].id, FIRST)


class Dicts(ServiceTestCase):
    UNKNOWN: Dict[str, Any] = {
        "tags": [1, 2.5, True, None, {"deep": [{}]}],
        "": "empty",
        "created_at_text": "never",
        "_sent": "{}",
    }

    def everyone(self, *sent: Any) -> Participants:
        return self.client(self.serve(list(sent))).get_participants(*MEETING)

    def of_text(self, fields: str) -> Participants:
        """Gets one participant with these fields, which are JSON, sent exactly so."""
        body = '{"data":[{"id":"1",%s}],"paging":{"total_count":1},"success":true}' % fields
        return self.client(self.serve(answer=lambda request: Response(body=body))).get_participants(*MEETING)

    def both(self, everyone: Participants) -> List[List[Dict[str, Any]]]:
        return [everyone.to_dicts(), [one.to_dict() for one in everyone]]

    def test_dicts_are_as_sent(self) -> None:
        full = {**participant(0), "name": None}
        reordered = dict(reversed(list(full.items())))
        without = {name: value for name, value in full.items() if name not in ("created_at", "picture")}
        unknown = {**self.UNKNOWN, **reordered, "after": 1}
        odd_date = {**full, "created_at": "yesterday", "updated_at": None}
        sent = [full, reordered, without, {"id": "1"}, unknown, {"id": "2", "x": {}}, odd_date]
        for number, one in enumerate(sent):
            one["id"] = str(number)
        everyone = self.everyone(*sent)
        for dicts in (
            *self.both(everyone),
            [one.to_dict() for one in self.client(self.serve(sent)).iter_participants(*MEETING)],
        ):
            self.assertEqual(dicts, sent)
            self.assertEqual([list(one) for one in dicts], [list(one) for one in sent])
        self.assertEqual(self.everyone().to_dicts(), [])

    def test_dicts_are_new_each_time(self) -> None:
        everyone = self.everyone({**participant(0), **self.UNKNOWN}, participant(1))
        for dicts in self.both(everyone):
            dicts[0]["tags"][4]["deep"].clear()
            dicts[1]["name"] = "another"
            del dicts[1]["id"]
        for dicts in self.both(everyone):
            self.assertEqual(dicts, [{**participant(0), **self.UNKNOWN}, participant(1)])
        self.assertEqual(everyone[1].name, "Participant 1")

    def test_blanks_between_participants_do_not_matter(self) -> None:
        sent = [{**participant(0), **self.UNKNOWN}, {"id": "[{", "x": "}] , {"}, participant(2)]
        body = json.dumps({"data": sent, "paging": {"total_count": 3}, "success": True}, indent=3)
        client = self.client(self.serve(answer=lambda request: Response(body=body)))
        for get in (client.get_participants, client.get_participants_page):
            for dicts in self.both(get(*MEETING)):
                self.assertEqual(dicts, sent)

    def test_numbers_are_pythons(self) -> None:
        for text, number in (
            ("0", 0),
            ("-1", -1),
            ("18446744073709551617", 2**64 + 1),
            ("9" * 4000, 10**4000 - 1),
            ("0.1", 0.1),
            ("-0.0", -0.0),
            ("1E2", 100.0),
            ("1e999", float("inf")),
        ):
            for [one] in self.both(self.of_text(f'"number":[{text}]')):
                self.assertEqual((one["number"], type(one["number"][0])), ([number], type(number)))
        for [one] in self.both(self.of_text('"number":%s' % ("-" + "9" * 5000))):
            self.assertEqual(one["number"], 1 - 10**5000)
            self.assertIsInstance(one["number"], (int, Decimal))

    def test_half_a_surrogate_pair_becomes_a_replacement_character(self) -> None:
        for escaped, text in (
            (r"cut \ud83d", "cut \ufffd"),
            (r"\uDE00\uD83D!", "\ufffd\ufffd!"),
            (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
            (r"\uD83D\uDE00", "\U0001f600"),
            (r"\ud83d\u0041\n", "\ufffdA\n"),
            (r"\\ud83d \\\ud83d", "\\ud83d \\\ufffd"),
        ):
            with self.subTest(escaped):
                everyone = self.of_text(f'"name":"{escaped}","x":{{"{escaped}":["{escaped}"]}}')
                self.assertEqual(everyone[0].name, text)
                for [one] in self.both(everyone):
                    self.assertEqual(one, {"id": "1", "name": text, "x": {text: [text]}})
                self.assertEqual(self.of_text(f'"name":"{escaped}"')[0].to_dict(), {"id": "1", "name": text})

    def test_control_characters_are_kept(self) -> None:
        for [one] in self.both(self.of_text('"x":"a\\u0000\\u001f\\n"')):
            self.assertEqual(one["x"], "a\0\x1f\n")

    def test_copies_have_the_unknown_fields(self) -> None:
        everyone = self.everyone({**participant(0), **self.UNKNOWN}, {"id": "2"})
        for one in everyone:
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                again = pickle.loads(pickle.dumps(one, protocol))
                self.assertEqual((again, hash(again), again.to_dict()), (one, hash(one), one.to_dict()))
            for same in (copy.copy(one), copy.deepcopy(one)):
                self.assertIsNot(vars(same), vars(one))
                self.assertEqual((same, same.to_dict(), vars(same)), (one, one.to_dict(), vars(one)))
        again = pickle.loads(pickle.dumps(everyone))
        self.assertEqual((again.to_dicts(), again[0].to_dict()), (everyone.to_dicts(), everyone[0].to_dict()))

    def test_unknown_fields_do_not_show_elsewhere(self) -> None:
        one = self.everyone({**participant(0), **self.UNKNOWN})[0]
        plain = self.everyone(participant(0))[0]
        self.assertEqual((one, hash(one), repr(one), vars(one)), (plain, hash(plain), repr(plain), vars(plain)))
        self.assertEqual(dataclasses.asdict(one), dataclasses.asdict(plain))
        self.assertEqual(dataclasses.astuple(one), dataclasses.astuple(plain))
        self.assertEqual(one.to_dict(), {**participant(0), **self.UNKNOWN})

    def test_participant_made_by_hand_has_the_services_fields(self) -> None:
        names = ["id", "custom_participant_id", "preset_name", "name", "picture", "created_at", "updated_at"]
        made = Participant("1", name="Zo\u00eb", created_at_text="2026-03-01T09:00:00Z")
        sent = {**dict.fromkeys(names), "id": "1", "name": "Zo\u00eb", "created_at": "2026-03-01T09:00:00Z"}
        self.assertEqual((made.to_dict(), list(made.to_dict())), (sent, names))
        one = self.everyone({**participant(0), **self.UNKNOWN})[0]
        changed = dataclasses.replace(one, name="another")
        self.assertEqual(changed.to_dict(), {**participant(0), "name": "another"})
        self.assertEqual(one.to_dict()["name"], "Participant 0")

    def test_participant_does_not_keep_its_list(self) -> None:
        for unknown in ({}, self.UNKNOWN):
            everyone = self.everyone(*({**participant(number), **unknown} for number in range(10)))
            one, other, alive = everyone[3], weakref.ref(everyone[4]), weakref.ref(everyone)
            del everyone
            gc.collect()
            self.assertEqual((alive(), other()), (None, None))
            self.assertEqual(one.to_dict(), {**participant(3), **unknown})


class Table(HTMLParser):
    """Reads the table of a notebook: the rows, what follows it, and the elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: List[List[str]] = []
        self.line = ""
        self.elements: List[Tuple[str, Any]] = []
        self.inside: Optional[str] = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.elements.append((tag, attributes))
        self.inside = tag
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.inside in ("td", "th"):
            self.rows[-1][-1] += data
        elif self.inside == "p":
            self.line += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = None


class Notebooks(ServiceTestCase):
    def table(self, *arguments: Any) -> Table:
        return Table(self.client(self.serve(*arguments)).get_participants(*MEETING)._repr_html_())

    def test_notebook_shows_the_first_participants(self) -> None:
        table = self.table(342)
        columns = ["id", "custom_participant_id", "preset_name", "name", "picture", "created_at", "updated_at"]
        self.assertEqual(table.rows[0], columns)
        self.assertEqual(table.rows[1:], [[participant(row).get(name) or "" for name in columns] for row in range(10)])
        self.assertEqual(table.line, "Participants: 342 of 342, complete; the first 10 are shown")

    def test_notebook_shows_a_short_list_as_a_whole(self) -> None:
        for count in (0, 1, 10):
            table = self.table(count)
            self.assertEqual(len(table.rows), 1 + count)
            self.assertEqual(table.line, f"Participants: {count} of {count}, complete")

    def test_notebook_says_that_a_list_may_be_incomplete(self) -> None:
        page = self.client(self.serve(342)).get_participants_page(*MEETING, per_page=5)
        self.assertEqual(Table(page._repr_html_()).line, "Participants: 5 of 342")

    def test_hostile_texts_are_escaped(self) -> None:
        texts = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'\"&amp;&lt;", "</td></table>", "<!--")
        names = [name for name in participant(0) if name != "id"]
        for text in texts:
            with self.subTest(text):
                table = self.table([{**dict.fromkeys(names, text), "id": text, text: text}])
                self.assertEqual(table.rows[1], [text] * 7)
                self.assertEqual({tag for tag, _ in table.elements}, {"table", "thead", "tbody", "tr", "th", "td", "p"})
                self.assertEqual([attributes for _, attributes in table.elements if attributes], [])


class Iterators(ServiceTestCase):
    def test_iterator_fetches_page_after_page(self) -> None:
        service = self.serve(25)
        participants = self.client(service, per_page=10, max_connections=1).iter_participants(*MEETING)
        self.assertIs(iter(participants), participants)
        self.assertEqual(service.requests, [])
        given = [next(participants)]
        self.assertEqual(len(service.requests), 1)
        given.extend(next(participants) for _ in range(10))
        self.assertEqual(len(service.requests), 2)
        self.assertIs(participants.is_complete, False)
        given.extend(participants)
        self.assertEqual([p.id for p in given], [p["id"] for p in service.everyone])
        self.assertIs(participants.is_complete, True)
        with self.assertRaises(StopIteration):
            next(participants)

    def test_iterator_and_list_are_equal(self) -> None:
        client = self.client(self.serve(120))
        self.assertEqual(list(client.iter_participants(*MEETING)), list(client.get_participants(*MEETING)))

    def test_iterator_can_be_closed_early(self) -> None:
        service = self.serve(25)
        with self.client(service, per_page=10).iter_participants(*MEETING) as participants:
            next(participants)
        self.assertEqual(list(participants), [])
        self.assertFalse(participants.is_complete)
        self.assertEqual(len(service.requests), 1)
        participants.close()

    def test_iterator_can_be_closed_before_its_start(self) -> None:
        service = self.serve(25)
        participants = self.client(service).iter_participants(*MEETING)
        participants.close()
        self.assertEqual((list(participants), service.requests), ([], []))

    def test_failure_ends_the_iterator(self) -> None:
        def answer(request: Request) -> Any:
            return Response(500) if request.parameters["page_no"] == 2 else None

        participants = self.client(self.serve(25, answer=answer), per_page=10).iter_participants(*MEETING)
        given: List[Participant] = []
        with self.assertRaises(InternalServerError):
            given.extend(participants)
        self.assertEqual((len(given), list(participants), participants.is_complete), (10, [], False))

    def test_iterator_continues_when_its_client_is_closed(self) -> None:
        client = self.client(self.serve(25), per_page=10)
        participants = client.iter_participants(*MEETING)
        next(participants)
        client.close()
        self.assertEqual(len(list(participants)), 24)
        self.assertTrue(participants.is_complete)

    def test_iterator_ends_when_its_client_is_shut_down(self) -> None:
        client = self.client(self.serve(25), per_page=10)
        participants = client.iter_participants(*MEETING)
        next(participants)
        client.shutdown()
        # Although the current page has more participants.
        with self.assertRaises(CancelledError):
            next(participants)
        self.assertEqual(list(participants), [])
        self.assertFalse(participants.is_complete)

    def test_iterator_that_never_starts_keeps_no_connection(self) -> None:
        service = self.serve(1)
        client = self.client(service)
        for _ in range(3):
            client.get_participants(*MEETING)
            client.iter_participants(*MEETING).close()
            client.iter_participants(*MEETING)
        # All calls used the connection of the first one.
        self.assertEqual(len({request.peer for request in service.requests}), 1)

    def test_invalid_ids_are_refused_before_the_first_page(self) -> None:
        client = self.client(self.serve(1))
        with self.assertRaisesRegex(ValueError, "meeting_id"):
            client.iter_participants("account", "app", "no-uuid")

    def test_iterators_do_not_disturb_each_other(self) -> None:
        client = self.client(self.serve(25), per_page=10)
        one, other = client.iter_participants(*MEETING), client.iter_participants(*MEETING)
        pairs = list(zip(one, other))
        self.assertEqual(len(pairs), 25)
        self.assertTrue(all(a == b for a, b in pairs))
        self.assertEqual(len(client.get_participants(*MEETING)), 25)

    def test_iterator_fails_with_a_wrong_token(self) -> None:
        with self.assertRaises(AuthenticationError):
            next(self.client(self.serve(1), api_token="a-wrong-token").iter_participants(*MEETING))
