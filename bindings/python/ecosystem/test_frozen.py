"""Programs check by PyInstaller, with the installed wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.service import MEETING, TOKEN
from tests.support import PATH_VARIABLE, ServiceTestCase, environment

PROGRAM = """
import sys
from libparticipants import Client
import libparticipants._library

with Client(sys.argv[1], base_url=sys.argv[2], proxy="") as client:
    print(len(client.get_participants(*sys.argv[3:])), libparticipants._library.lib._name)
"""


class Frozen(ServiceTestCase):
    def check(self, kind: str) -> None:
        service = self.serve(342)
        # The program must find the package and its library only in itself.
        bare = {name: value for name, value in environment().items() if name not in ("PYTHONPATH", PATH_VARIABLE)}
        with TemporaryDirectory(prefix="zo\u00eb's ") as name:
            folder = Path(name)
            (folder / "app.py").write_text(PROGRAM, encoding="utf-8")
            freeze = [sys.executable, "-m", "PyInstaller", kind, "--noconfirm", "--log-level", "WARN", "app.py"]
            done = subprocess.run(freeze, cwd=folder, env=bare, capture_output=True, encoding="utf-8", timeout=600)
            self.assertEqual(done.returncode, 0, done.stderr)
            moved = folder / "moved"
            shutil.move(folder / "dist", moved)
            shutil.rmtree(folder / "build")
            program = moved / "app" / "app" if kind == "--onedir" else moved / "app"
            ran = subprocess.run(
                [program, TOKEN, service.base_url, *MEETING],
                env=bare,
                capture_output=True,
                encoding="utf-8",
                timeout=60,
            )
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
            count, library = ran.stdout.strip().split(" ", 1)
            self.assertEqual(count, "342")
            self.assertFalse(os.path.commonpath([library, sys.prefix]) == sys.prefix, library)

    def test_program_in_one_file_contains_the_library(self) -> None:
        self.check("--onefile")

    def test_program_in_one_folder_contains_the_library(self) -> None:
        self.check("--onedir")
