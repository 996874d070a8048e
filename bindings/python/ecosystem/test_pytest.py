"""pytest: its fixture ``caplog`` sees the log, and a test that fails shows it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support import PROJECT, ServiceTestCase, environment

TESTS = """
import logging
from libparticipants import Client
from tests.service import MEETING, TOKEN, Response, Service

def call():
    def answer(request):
        return Response(503, "", {"Retry-After": "0"}) if request.number == 1 else None

    with Service(3, answer) as service, Client(TOKEN, base_url=service.base_url, proxy="") as client:
        assert len(client.get_participants(*MEETING)) == 3

def test_warnings(caplog):
    call()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert MEETING[2] in caplog.text and TOKEN not in caplog.text

def test_debug(caplog):
    with caplog.at_level(logging.DEBUG, logger="libparticipants"):
        call()
    assert [record[:2] for record in caplog.record_tuples] == [("libparticipants", 30), ("libparticipants", 10)]

def test_fails():
    call()
    assert False
"""


class Caplog(ServiceTestCase):
    def test_caplog_sees_the_records(self) -> None:
        with TemporaryDirectory() as folder:
            (Path(folder) / "test_log.py").write_text(TESTS, encoding="utf-8")
            ran = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_log.py"],
                cwd=folder,
                env=environment(PYTHONPATH=str(PROJECT)),
                capture_output=True,
                encoding="utf-8",
                timeout=60,
            )
        self.assertIn("1 failed, 2 passed", ran.stdout, ran.stdout + ran.stderr)
        self.assertRegex(ran.stdout, "Captured log call -*\nWARNING +libparticipants:")
