"""Puts the library into a frozen program, where the package looks for it first: beside its modules."""

import os

from libparticipants import _library

_file = _library.find()
# The system's loader may know one by its name alone, which says nothing about where it is.
binaries = [(_file, "libparticipants")] if os.path.exists(_file) else []
