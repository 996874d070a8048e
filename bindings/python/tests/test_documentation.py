"""Runs the examples of the docstrings and of the README, and the example programs."""

from __future__ import annotations

import csv
import doctest
import inspect
import os
import pydoc
import re
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


class Fixture:
    """What the examples rely on: a service and its token in the environment, the ids, a client."""

    def set_up(self, test: Any) -> None:
        self.service = Service(342).__enter__()
        self.environment = only(CLOUDFLARE_API_TOKEN=TOKEN, CLOUDFLARE_BASE_URL=self.service.base_url)
        self.environment.__enter__()
        self.client = libparticipants.Client()
        test.globs.update(
            {name: getattr(libparticipants, name) for name in libparticipants.__all__}, client=self.client, **IDS
        )

    def tear_down(self, test: Any) -> None:
        self.client.close()
        self.environment.__exit__(None, None, None)
        self.service.__exit__()


def docstrings() -> List[doctest.DocTest]:
    """Returns the examples of the package and of everything public in it."""
    return [test for test in doctest.DocTestFinder().find(libparticipants, module=False, globs={}) if test.examples]


def load_tests(loader: unittest.TestLoader, tests: unittest.TestSuite, pattern: Any) -> unittest.TestSuite:
    fixture = Fixture()
    hooks: Any = {"setUp": fixture.set_up, "tearDown": fixture.tear_down}
    for example in docstrings():
        tests.addTest(doctest.DocTestCase(example, **hooks))
    tests.addTests(doctest.DocFileSuite(str(PROJECT / "README.md"), module_relative=False, **hooks))
    return tests


class Docstrings(unittest.TestCase):
    def test_public_classes_and_methods_have_docs_and_examples(self) -> None:
        expected = {"libparticipants"}
        for name in ("Client", "ParticipantIterator", "Participants", "Participant", "ParticipantsError"):
            expected.add(f"libparticipants.{name}")
            for method, value in vars(getattr(libparticipants, name)).items():
                if inspect.isfunction(value) and not method.startswith("_"):
                    expected.add(f"libparticipants.{name}.{method}")
        self.assertEqual({test.name for test in docstrings()}, expected)
        for name in libparticipants.__all__:
            self.assertTrue(getattr(libparticipants, name).__doc__, name)

    def test_help_begins_with_the_client(self) -> None:
        text = pydoc.plain(pydoc.render_doc(libparticipants))
        self.assertEqual(
            re.findall(r"^    class (\w+)", text, re.MULTILINE),
            [name for name in libparticipants.__all__ if name != "__version__"],
        )
        self.assertEqual(libparticipants.__all__[0], "Client")
        html = pydoc.HTMLDoc().document(libparticipants)
        self.assertLess(html.index('<a name="Client">'), html.index('<a name="APIConnectionError">'))

    def test_dir_has_every_name_once(self) -> None:
        names = dir(libparticipants)
        self.assertEqual(sorted(map(str, names)), sorted(set(map(str, vars(libparticipants)))))
        self.assertLessEqual(set(libparticipants.__all__), set(names))


class Programs(ServiceTestCase):
    VARIABLES = {"CLOUDFLARE_ACCOUNT_ID": ACCOUNT_ID, "REALTIMEKIT_APP_ID": APP_ID, "MEETING_ID": MEETING_ID}
    NAMES = ("list_participants.py", "participants_to_csv.py")

    def start(self, name: str, without: str = "", **options: Any) -> "subprocess.Popen[str]":
        service = self.serve(342)
        variables = {**self.VARIABLES, "CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_BASE_URL": service.base_url}
        variables.pop(without, None)
        command = [sys.executable, str(REPOSITORY / "examples" / "python" / name)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
        return subprocess.Popen(command, env=environment(**variables), **{**pipes, **options})

    def example(self, name: str, **options: Any) -> str:
        with self.start(name, **options) as child:
            out, err = child.communicate(timeout=60)
        self.assertEqual((child.returncode, err), (0, ""))
        return out

    def test_list_participants_lists_everyone(self) -> None:
        lines = self.example("list_participants.py").splitlines()
        self.assertEqual(len([line for line in lines if "group_call_participant" in line]), 342)
        self.assertEqual(lines[-1], "342 participants of 342: everyone")

    def test_participants_to_csv_writes_a_row_for_everyone(self) -> None:
        with TemporaryDirectory() as folder:
            self.example("participants_to_csv.py", cwd=folder)
            with open(Path(folder) / "participants.csv", newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 342)
        self.assertEqual((rows[1]["name"], rows[1]["created_at"]), ("Participant 1", "2026-03-01 09:00:01+00:00"))

    def test_missing_variable_is_named_in_one_line(self) -> None:
        for name in self.NAMES:
            for variable in [*self.VARIABLES, "CLOUDFLARE_API_TOKEN"]:
                with self.subTest(name, variable=variable), TemporaryDirectory() as folder:
                    with self.start(name, without=variable, cwd=folder) as child:
                        out, err = child.communicate(timeout=60)
                    self.assertEqual((child.returncode, out, err.count("\n")), (1, "", 1), err)
                    self.assertIn(variable, err)

    def test_list_participants_ends_quietly_when_its_output_is_closed(self) -> None:
        for buffering in ({}, {"PYTHONUNBUFFERED": "1"}):
            with self.subTest(buffering):
                read, write = os.pipe()
                os.close(read)
                with only(**buffering), self.start("list_participants.py", stdout=write) as child:
                    os.close(write)
                    _, err = child.communicate(timeout=60)
                self.assertEqual(err, "")
