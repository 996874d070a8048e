"""Where the package looks for the C library, and which libraries it refuses."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import unittest
import zipapp
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Dict
from unittest import mock

from libparticipants import __version__
from libparticipants._library import _FILE, _NAME, PATH_VARIABLE

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
        inherited = {
            name: value for name, value in environment().items() if name not in (PATH_VARIABLE, "LD_LIBRARY_PATH")
        }
        return {**inherited, "PYTHONPATH": str(self.folder), **variables}

    def loaded(self, **variables: str) -> str:
        return run(PROGRAM, env=self.environment(**variables), cwd=self.folder).strip()

    def refused(self, **variables: str) -> str:
        with self.assertRaises(AssertionError) as failed:
            self.loaded(**variables)
        last = str(failed.exception).strip().splitlines()[-1]
        self.assertTrue(last.startswith("ImportError: "), failed.exception)
        return last

    def link(self, folder: Path, name: str = _FILE) -> str:
        folder.mkdir(exist_ok=True)
        if sys.platform == "win32":
            shutil.copy(LIBRARY, folder / name)  # links need a privilege
        else:
            (folder / name).symlink_to(LIBRARY)
        return str(folder / name)

    def test_library_beside_the_package_comes_first(self) -> None:
        beside = self.link(self.package)
        self.assertEqual(self.loaded(**{PATH_VARIABLE: "/nonexistent"}), beside)

    def test_variable_with_a_file_or_a_folder_comes_second(self) -> None:
        file = self.link(self.folder)
        self.assertEqual(self.loaded(**{PATH_VARIABLE: file}), file)
        self.assertEqual(self.loaded(**{PATH_VARIABLE: f" {self.folder} "}), file)

    @unittest.skipIf(sys.platform == "win32", "the library has one name here")
    def test_name_with_the_version_of_the_abi_will_do(self) -> None:
        file = self.link(self.folder, _NAME)
        self.assertEqual(self.loaded(**{PATH_VARIABLE: str(self.folder)}), file)
        # A frozen program has the file that it was made with.
        beside = self.link(self.package, _NAME)
        self.assertEqual(self.loaded(), beside)

    def test_folder_without_the_library_is_an_error_that_names_the_file(self) -> None:
        self.assertIn(str(self.folder / _FILE), self.refused(**{PATH_VARIABLE: str(self.folder)}))

    def test_editable_installation_comes_third(self) -> None:
        built = self.link(self.folder / "built")
        (self.folder / "_libparticipants_editable.py").write_text(f"PATH = {built!r}", encoding="utf-8")
        self.link(self.folder / "system", _NAME)
        self.assertEqual(self.loaded(LD_LIBRARY_PATH=str(self.folder / "system")), built)
        configured = self.link(self.folder)
        self.assertEqual(self.loaded(**{PATH_VARIABLE: configured}), configured)

    @unittest.skipUnless(sys.platform == "linux", "depends on the loader of Linux")
    def test_systems_loader_comes_last(self) -> None:
        self.link(self.folder, "libparticipants.so.0")
        for variable in ({}, {PATH_VARIABLE: " "}):
            self.assertEqual(self.loaded(LD_LIBRARY_PATH=str(self.folder), **variable), "libparticipants.so.0")

    def test_wrong_path_in_the_variable_is_an_error(self) -> None:
        self.link(self.folder, _NAME)
        message = self.refused(LD_LIBRARY_PATH=str(self.folder), **{PATH_VARIABLE: "/nonexistent/library.so"})
        self.assertIn("/nonexistent/library.so", message)

    def test_missing_library_is_an_import_error_with_advice(self) -> None:
        self.assertIn(PATH_VARIABLE, self.refused())

    def test_library_of_another_version_is_refused_with_both_versions(self) -> None:
        ours, another = __version__.encode() + b"\0", b"9" * len(__version__) + b"\0"
        binary = LIBRARY.read_bytes()
        self.assertIn(ours, binary)
        other = self.folder / f"other{Path(_FILE).suffix}"
        other.write_bytes(binary.replace(ours, another))
        if sys.platform == "darwin":
            # It ends processes whose code has not the signature of its bytes.
            subprocess.run(["codesign", "--force", "--sign", "-", str(other)], check=True)
        message = self.refused(**{PATH_VARIABLE: str(other)})
        for part in (str(other), f"version {'9' * len(__version__)} ", f"version {__version__} "):
            self.assertIn(part, message)

    def test_another_library_is_refused(self) -> None:
        import _ctypes

        self.assertIn("is not libparticipants", self.refused(**{PATH_VARIABLE: _ctypes.__file__}))

    def zipapp(self) -> Path:
        file = self.folder / "app.pyz"
        (self.folder / "app").mkdir()
        self.package.rename(self.folder / "app" / "libparticipants")
        self.link(self.folder / "app" / "libparticipants")
        (self.folder / "app" / "__main__.py").write_text(PROGRAM, encoding="utf-8")
        zipapp.create_archive(self.folder / "app", file)
        return file

    def test_zipapp_loads_the_library_of_the_variable(self) -> None:
        file = self.zipapp()
        library = self.link(self.folder / "elsewhere")
        for path in (library, str(self.folder / "elsewhere")):
            ran = subprocess.run(
                [sys.executable, file],
                env=self.environment(**{PATH_VARIABLE: path}),
                capture_output=True,
                text=True,
                timeout=60,
            )
            self.assertEqual((ran.stdout.strip(), ran.stderr), (library, ""))

    def test_zipapp_without_the_variable_is_an_import_error_with_advice(self) -> None:
        file = self.zipapp()
        ran = subprocess.run([sys.executable, file], env=self.environment(), capture_output=True, text=True, timeout=60)
        last = ran.stderr.strip().splitlines()[-1]
        for part in ("ImportError: ", str(file), "from within a file", "unpack", PATH_VARIABLE):
            self.assertIn(part, last)

    def test_module_without_a_file_loads_the_library_of_the_variable(self) -> None:
        library = self.link(self.folder)
        program = f"""
import importlib.abc, importlib.util, pathlib, sys

class FromMemory(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "libparticipants":
            return importlib.util.spec_from_loader(name, self, is_package=name == "libparticipants")

    def exec_module(self, module):
        parts = module.__name__.split(".")
        file = pathlib.Path({str(self.package)!r}, (parts[1:] or ["__init__"])[0] + ".py")
        exec(compile(file.read_text(encoding="utf-8"), "<memory>", "exec"), module.__dict__)

sys.meta_path.insert(0, FromMemory())
{PROGRAM}; assert "__file__" not in vars(l)
"""
        self.assertEqual(run(program, env=self.environment(**{PATH_VARIABLE: library}), cwd="/").strip(), library)

    def test_folder_may_be_read_only_and_have_any_name(self) -> None:
        for name in ("with spaces", "Zo\u00eb's \u5c71\u7530", "100% $HOME;".replace(os.pathsep, "")):
            folder = self.folder / name
            shutil.copytree(self.package, folder / "libparticipants")
            beside = self.link(folder / "libparticipants")
            for path in (folder / "libparticipants", folder):
                path.chmod(0o555)
                self.addCleanup(path.chmod, 0o755)
            for variables in (
                {},
                {
                    "LC_ALL": "C",
                    "PYTHONCOERCECLOCALE": "0",
                    "PYTHONUTF8": "0",
                    "PYTHONIOENCODING": "utf-8:surrogateescape",
                },
            ):
                with self.subTest(name, variables=variables):
                    environment = self.environment(PYTHONPATH=str(folder), **variables)
                    self.assertEqual(run(PROGRAM, env=environment, cwd="/").strip(), beside)


class Platforms(unittest.TestCase):
    """What the package looks for on each platform, as far as another one can show it."""

    #: For each value of ``sys.platform``: the names in the library's own folder, those in the folder of an
    #: installation, and the name for the system's loader.
    NAMES = {
        "linux": (
            ("libparticipants.so", "libparticipants.so.0"),
            ("lib/libparticipants.so", "lib/libparticipants.so.0"),
            "libparticipants.so.0",
        ),
        "darwin": (
            ("libparticipants.dylib", "libparticipants.0.dylib"),
            ("lib/libparticipants.dylib", "lib/libparticipants.0.dylib"),
            "libparticipants.0.dylib",
        ),
        "win32": (("participants.dll",), ("bin/participants.dll",), "participants.dll"),
    }

    def setUp(self) -> None:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def loaded(self, platform: str, path: str = "") -> Any:
        """Returns what the package tells ctypes to load on a platform."""
        (self.folder / "package").mkdir(exist_ok=True)
        copy = Path(shutil.copy(PACKAGE / "_library.py", self.folder / "package"))
        spec = importlib.util.spec_from_file_location("libparticipants._library_elsewhere", copy)
        assert spec is not None and spec.loader is not None
        with (
            mock.patch("sys.platform", platform),
            mock.patch("ctypes.CDLL") as load,
            mock.patch.dict(os.environ, {PATH_VARIABLE: path}),
            mock.patch.dict(sys.modules, {"_libparticipants_editable": None}),
        ):
            load.return_value.rtk_version.return_value = __version__.encode()
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
        return load.call_args[0][0]

    def test_variable_may_name_the_librarys_folder_or_that_of_an_installation(self) -> None:
        for platform, (beside, installed, _) in self.NAMES.items():
            for number, name in enumerate((*beside, *installed)):
                with self.subTest(name):
                    file = self.folder / f"{platform} {number}" / name
                    file.parent.mkdir(parents=True)
                    file.touch()
                    folder = self.folder / f"{platform} {number}"
                    self.assertEqual(Path(self.loaded(platform, str(folder))), file)

    def test_library_beside_the_package_has_the_platforms_name(self) -> None:
        for platform, (names, _, _) in self.NAMES.items():
            for name in names:
                with self.subTest(platform, name=name):
                    file = self.folder / "package" / name
                    file.parent.mkdir(exist_ok=True)
                    file.touch()
                    self.assertEqual(Path(self.loaded(platform, "/nonexistent")).resolve(), file.resolve())
                    file.unlink()

    def test_systems_loader_gets_the_name_that_programs_load(self) -> None:
        for platform, (_, _, name) in self.NAMES.items():
            with self.subTest(platform):
                self.assertEqual(self.loaded(platform), name)
