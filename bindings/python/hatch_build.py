"""Hatch build hook: builds the library with cargo and adds it to the wheel, beside the package's modules. An editable
installation uses the library in cargo's folder."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILE = {"win32": "participants.dll", "darwin": "libparticipants.dylib"}.get(sys.platform, "libparticipants.so")


class LibraryBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        library = self.build()
        if version == "editable":
            # The package stays in the checkout. This module is installed, and tells it where the library is.
            module = library.with_name("_libparticipants_editable.py")
            module.write_text(f"PATH = {str(library)!r}\n", encoding="utf-8")
            build_data["force_include_editable"][str(module)] = module.name
            return
        build_data["pure_python"] = False
        # ctypes works with any version of Python, so the wheel depends on the platform only.
        build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
        build_data["force_include"][str(library)] = f"libparticipants/{FILE}"

    def build(self) -> Path:
        """Builds the library from the repository around this folder or, in an sdist, from the copy in it."""
        copy = Path(self.root) / "library"
        source = copy if copy.exists() else Path(self.root).parent.parent
        command = ["cargo", "build", "--release", "--locked", "--package", "participants-capi"]
        command += ["--message-format", "json-render-diagnostics"]
        try:
            built = subprocess.run(command, cwd=source, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=True)
        except FileNotFoundError:
            raise SystemExit("building libparticipants needs Rust's cargo, which was not found") from None
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"cargo could not build libparticipants: exit code {error.returncode}") from None
        files = [file for line in built.stdout.splitlines() for file in json.loads(line).get("filenames", [])]
        return next(Path(file) for file in files if Path(file).name == FILE)
