"""Finds and loads the C library."""

from __future__ import annotations

import os
import sys
from ctypes import CDLL, c_char_p

from . import _c

__version__ = "0.1.0"

PATH_VARIABLE = "LIBPARTICIPANTS_PATH"

if sys.platform == "win32":
    _FILE = _NAME = "participants.dll"
elif sys.platform == "darwin":
    _FILE = _NAME = "libparticipants.dylib"
else:
    # The system's loader knows the library by its soname, whose number is that of the C ABI.
    _FILE, _NAME = "libparticipants.so", "libparticipants.so.0"


def find() -> str:
    """Beside the package, as in a wheel; else where the variable says; else what the system's loader finds under this
    name."""
    # Without pathlib, whose import takes longer than all of this.
    beside = os.path.join(_folder(), _FILE)
    if os.path.exists(beside):
        return beside
    said = os.environ.get(PATH_VARIABLE, "").strip()
    if said:
        return os.path.join(said, _FILE) if os.path.isdir(said) else said
    return _NAME


def _folder() -> str:
    """Where this module is. Some importers, of modules that are in no file, leave its place open."""
    return os.path.dirname(os.path.abspath(globals().get("__file__") or ""))


def _load() -> CDLL:
    found = find()
    try:
        library = CDLL(found)
    except OSError as error:
        advice = f"install the wheel, or name the file in {PATH_VARIABLE}, or put it where the system's loader looks"
        if not os.path.isdir(_folder()):
            # As in a zipapp.
            advice = (
                f"the package is inside {_folder()}, which is no folder, and the system can't load a library from within a file: "
                f"unpack it, or name the library's file in {PATH_VARIABLE}"
            )
        raise ImportError(f"the library of libparticipants can't be loaded ({error}): {advice}") from None
    try:
        library.rtk_version.restype = c_char_p
        version = library.rtk_version().decode()
    except AttributeError:
        raise ImportError(f"{found} is not libparticipants") from None
    if version != __version__:
        raise ImportError(
            f"{found} is version {version} of libparticipants, but this package is version {__version__} and needs the same"
        )
    _c.declare(library)
    return library


lib = _load()
