"""Finds and loads the C library."""

from __future__ import annotations

import os
import sys
from ctypes import CDLL, c_char_p
from importlib import import_module
from typing import Optional

from . import _c

__version__ = "0.1.0"

PATH_VARIABLE = "LIBPARTICIPANTS_PATH"

# The file's name, and the name that the system's loader knows. On Linux and macOS, the second has the version of the C
# ABI: programs load it, while the first, beside it in an installation, is for compilers.
if sys.platform == "win32":
    _FILE = _NAME = "participants.dll"
elif sys.platform == "darwin":
    _FILE, _NAME = "libparticipants.dylib", "libparticipants.0.dylib"
else:
    _FILE, _NAME = "libparticipants.so", "libparticipants.so.0"

#: Where an installation has the library.
_SUBFOLDER = "bin" if sys.platform == "win32" else "lib"


def find() -> str:
    """Returns the path of the library: beside the package, as in a wheel; else where ``LIBPARTICIPANTS_PATH`` says;
    else where an editable installation built it; else a name for the system's loader."""
    beside = _find_in(_folder())
    if beside:
        return beside
    configured = os.environ.get(PATH_VARIABLE, "").strip()
    if os.path.isdir(configured):
        installed = os.path.join(configured, _SUBFOLDER)
        return _find_in(configured) or _find_in(installed) or os.path.join(configured, _FILE)
    if configured:
        return configured
    try:
        built: str = import_module("_libparticipants_editable").PATH  # see hatch_build.py
    except ImportError:
        return _NAME
    return built


def _find_in(folder: str) -> Optional[str]:
    # pathlib is not used: its import takes longer than everything else here.
    paths = [os.path.join(folder, name) for name in (_FILE, _NAME)]
    return next((path for path in paths if os.path.exists(path)), None)


def _folder() -> str:
    """Returns the folder of this module. Some importers set no ``__file__``: modules that are not in a file."""
    return os.path.dirname(os.path.abspath(globals().get("__file__") or ""))


def _load() -> CDLL:
    file = find()
    try:
        library = CDLL(file)
    except OSError as error:
        advice = f"install the wheel, or name the file in {PATH_VARIABLE}, or put it where the system's loader looks"
        if not os.path.isdir(_folder()):
            # The package is in an archive, such as a zipapp.
            advice = (
                f"the package is inside {_folder()}, which is not a folder, "
                "and the system can't load a library from within a file: "
                f"unpack it, or name the library's file in {PATH_VARIABLE}"
            )
        raise ImportError(f"the library of libparticipants can't be loaded ({error}): {advice}") from None
    try:
        library.rtk_version.restype = c_char_p
        version = library.rtk_version().decode()
    except AttributeError:
        raise ImportError(f"{file} is not libparticipants") from None
    if version != __version__:
        raise ImportError(
            f"{file} is version {version} of libparticipants, "
            f"but this package is version {__version__} and needs the same"
        )
    _c.declare(library)
    return library


lib = _load()
