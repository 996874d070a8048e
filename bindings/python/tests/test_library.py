"""Which library is loaded, and which is refused."""

from __future__ import annotations

import shutil
import sys
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Dict

from libparticipants import __version__
from libparticipants._library import PATH_VARIABLE

from .support import LIBRARY, PACKAGE, environment, run

PROGRAM = "import libparticipants._library as l; print(l.lib._name)"


class Lookup(unittest.TestCase):
    def setUp(self) -> None:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.package = self.folder / "libparticipants"
        shutil.copytree(PACKAGE, self.package, ignore=shutil.ignore_patterns("*.so", "*.dylib", "*.dll", "__pycache__"))

    def environment(self, **variables: str) -> Dict[str, str]:
        inherited = {name: value for name, value in environment().items() if name not in (PATH_VARIABLE, "LD_LIBRARY_PATH")}
        return {**inherited, "PYTHONPATH": str(self.folder), **variables}

    def loaded(self, **variables: str) -> str:
        return run(PROGRAM, env=self.environment(**variables), cwd=self.folder).strip()

    def refused(self, **variables: str) -> str:
        with self.assertRaises(AssertionError) as failed:
            self.loaded(**variables)
        last = str(failed.exception).strip().splitlines()[-1]
        self.assertTrue(last.startswith("ImportError: "), failed.exception)
        return last

    def link(self, folder: Path, name: str = "libparticipants.so") -> str:
        (folder / name).symlink_to(LIBRARY)
        return str(folder / name)

    def test_beside_the_package_comes_first(self) -> None:
        beside = self.link(self.package)
        self.assertEqual(self.loaded(**{PATH_VARIABLE: "/nonexistent"}), beside)

    def test_then_what_the_variable_names_a_file_or_a_folder(self) -> None:
        file = self.link(self.folder)
        self.assertEqual(self.loaded(**{PATH_VARIABLE: file}), file)
        self.assertEqual(self.loaded(**{PATH_VARIABLE: f" {self.folder} "}), file)

    @unittest.skipUnless(sys.platform == "linux", "the loader of Linux")
    def test_then_what_the_systems_loader_finds(self) -> None:
        self.link(self.folder, "libparticipants.so.0")
        for variable in ({}, {PATH_VARIABLE: " "}):
            self.assertEqual(self.loaded(LD_LIBRARY_PATH=str(self.folder), **variable), "libparticipants.so.0")

    def test_a_variable_that_names_nothing_is_not_passed_over(self) -> None:
        self.link(self.folder, "libparticipants.so.0")
        message = self.refused(LD_LIBRARY_PATH=str(self.folder), **{PATH_VARIABLE: "/nonexistent/library.so"})
        self.assertIn("/nonexistent/library.so", message)

    def test_no_library_is_an_import_error_that_says_what_to_do(self) -> None:
        self.assertIn(PATH_VARIABLE, self.refused())

    def test_a_library_of_another_version_is_refused_and_both_versions_are_named(self) -> None:
        ours, another = __version__.encode() + b"\0", b"9" * len(__version__) + b"\0"
        binary = LIBRARY.read_bytes()
        self.assertIn(ours, binary)
        other = self.folder / "other.so"
        other.write_bytes(binary.replace(ours, another))
        message = self.refused(**{PATH_VARIABLE: str(other)})
        for part in (str(other), f"version {'9' * len(__version__)} ", f"version {__version__} "):
            self.assertIn(part, message)

    def test_another_library_is_refused(self) -> None:
        import _ctypes

        self.assertIn("is not libparticipants", self.refused(**{PATH_VARIABLE: _ctypes.__file__}))
