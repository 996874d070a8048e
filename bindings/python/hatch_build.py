"""Hatch build hook: adds the library to the wheel, beside the package's modules. It builds it with cargo, unless these
variables of the environment name one that was built before, maybe for another platform:

- ``LIBPARTICIPANTS_WHEEL_LIBRARY``: the library's file, such as ``lib/libparticipants.so`` of an installation.
- ``LIBPARTICIPANTS_WHEEL_PLATFORM``: what the wheel's tag says of it, such as ``manylinux_2_17_aarch64``.

An editable installation uses the library in cargo's folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import mac_platforms

#: The names of the library in cargo's folder and beside the package's modules: on Linux, on macOS, on Windows.
FILES = ("libparticipants.so", "libparticipants.dylib", "participants.dll")


def this_platform() -> str:
    """Returns the tag of a wheel for machines like this one."""
    if sys.platform == "darwin":
        # sysconfig's may be "universal2": both processors, of which the library has one.
        return next(mac_platforms())
    return sysconfig.get_platform().replace("-", "_").replace(".", "_")


class LibraryBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            library = self.build()
            # The package stays in the checkout. This module is installed, and tells it where the library is.
            module = library.with_name("_libparticipants_editable.py")
            module.write_text(f"PATH = {str(library)!r}\n", encoding="utf-8")
            build_data["force_include_editable"][str(module)] = module.name
            return
        built = os.environ.get("LIBPARTICIPANTS_WHEEL_LIBRARY")
        platform = os.environ.get("LIBPARTICIPANTS_WHEEL_PLATFORM")
        if bool(built) != bool(platform):
            raise SystemExit("LIBPARTICIPANTS_WHEEL_LIBRARY and LIBPARTICIPANTS_WHEEL_PLATFORM go together")
        library = Path(built) if built else self.build()
        if library.name not in FILES:
            raise SystemExit(f"{library} is called none of {', '.join(FILES)}")
        build_data["pure_python"] = False
        # ctypes works with any version of Python, so the wheel depends on the platform only.
        build_data["tag"] = f"py3-none-{platform or this_platform()}"
        build_data["force_include"][str(library)] = f"libparticipants/{library.name}"

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
        library = next((Path(file) for file in files if Path(file).name in FILES), None)
        if library is None:
            advice = 'musl has none unless RUSTFLAGS="-C target-feature=-crt-static"'
            raise SystemExit(f"cargo built no shared library ({advice})")
        return library
