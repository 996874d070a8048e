"""The examples: of the docstrings, of the README, and the programs."""

from __future__ import annotations

import csv
import doctest
import subprocess
import sys
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, List

import libparticipants

from .service import ACCOUNT_ID, APP_ID, MEETING_ID, TOKEN, Service
from .support import PROJECT, REPOSITORY, ServiceTestCase, environment, only

IDS = {"account_id": ACCOUNT_ID, "app_id": APP_ID, "meeting_id": MEETING_ID}


class Surroundings:
    """What the examples rely on: a token and a service in the environment, ids, a client."""

    def set_up(self, test: Any) -> None:
        self.service = Service(342).__enter__()
        self.environment = only(CLOUDFLARE_API_TOKEN=TOKEN, CLOUDFLARE_BASE_URL=self.service.base_url)
        self.environment.__enter__()
        self.client = libparticipants.Client()
        test.globs.update({name: getattr(libparticipants, name) for name in libparticipants.__all__}, client=self.client, **IDS)

    def tear_down(self, test: Any) -> None:
        self.client.close()
        self.environment.__exit__(None, None, None)
        self.service.__exit__()


def docstrings() -> List[doctest.DocTest]:
    """The examples of the package and of all that is public in it."""
    return [test for test in doctest.DocTestFinder().find(libparticipants, module=False, globs={}) if test.examples]


def load_tests(loader: unittest.TestLoader, tests: unittest.TestSuite, pattern: Any) -> unittest.TestSuite:
    surroundings = Surroundings()
    around: Any = {"setUp": surroundings.set_up, "tearDown": surroundings.tear_down}
    for example in docstrings():
        tests.addTest(doctest.DocTestCase(example, **around))
    tests.addTests(doctest.DocFileSuite(str(PROJECT / "README.md"), module_relative=False, **around))
    return tests


class Docstrings(unittest.TestCase):
    def test_what_is_public_is_documented_with_an_example(self) -> None:
        methods = vars(libparticipants.Client).items()
        client = {f"Client.{name}" for name, method in methods if callable(method) and not name.startswith("_")}
        others = {"Client", "ParticipantIterator", "Participants", "Participants.to_json", "Participant", "ParticipantsError"}
        self.assertEqual({test.name for test in docstrings()}, {"libparticipants"} | {f"libparticipants.{name}" for name in others | client})
        for name in libparticipants.__all__:
            self.assertTrue(getattr(libparticipants, name).__doc__, name)


class Programs(ServiceTestCase):
    def example(self, name: str, cwd: str = ".") -> str:
        service = self.serve(342)
        variables = {name.upper(): value for name, value in IDS.items()}
        variables.update(CLOUDFLARE_API_TOKEN=TOKEN, CLOUDFLARE_BASE_URL=service.base_url)
        program = REPOSITORY / "examples" / "python" / name
        command = [sys.executable, str(program)]
        options: Any = {"env": environment(**variables), "cwd": cwd, "capture_output": True, "encoding": "utf-8", "timeout": 60}
        done: "subprocess.CompletedProcess[str]" = subprocess.run(command, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_list_participants_lists_everyone(self) -> None:
        lines = self.example("list_participants.py").splitlines()
        self.assertEqual(len([line for line in lines if "group_call_participant" in line]), 342)
        self.assertEqual(lines[-1], "342 participants of 342: everyone")

    def test_attendance_to_csv_writes_a_row_for_everyone(self) -> None:
        with TemporaryDirectory() as folder:
            self.example("attendance_to_csv.py", folder)
            with open(Path(folder) / "attendance.csv", newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 342)
        self.assertEqual((rows[1]["name"], rows[1]["created_at"]), ("Participant 1", "2026-03-01 09:00:01+00:00"))
        program = (REPOSITORY / "examples" / "python" / "attendance_to_csv.py").read_text(encoding="utf-8")
        code = program.split('"""')[2].splitlines()
        self.assertLessEqual(len([line for line in code if line.strip()]), 10)
