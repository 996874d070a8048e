"""Copies the library into the frozen program, beside the package's modules, where the package looks first."""

import os

from libparticipants import _library

_file = _library.find()
# A bare name for the system's loader says nothing about where the file is.
binaries = [(_file, "libparticipants")] if os.path.exists(_file) else []
