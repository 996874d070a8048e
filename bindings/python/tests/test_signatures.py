"""The C interface that Python declares is the one of the header."""

from __future__ import annotations

import re
import unittest
from ctypes import POINTER, c_bool, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64
from typing import Any, Dict, List, Tuple

from libparticipants import __version__, _c
from libparticipants._library import lib

from .support import HEADER, header_statuses

NUMBERS = {
    "bool": c_bool,
    "int32_t": c_int32,
    "int64_t": c_int64,
    "rtk_status": c_int32,
    "size_t": c_size_t,
    "size_t *": POINTER(c_size_t),
    "uint32_t": c_uint32,
    "uint64_t": c_uint64,
    "void": None,
}


def code() -> str:
    """The header without its comments."""
    return re.sub(r"//[^\n]*", "", re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL))


def prototypes() -> Dict[str, Tuple[str, List[str]]]:
    """The result and the arguments of every function, as they are written."""
    found = {}
    for result, name, arguments in re.findall(r"^([\w ]+?[ *]+)(\w+)\(([^)]*)\);", code(), flags=re.MULTILINE):
        types = (
            [] if arguments == "void" else [re.sub(r"\w+$", "", argument.strip()) for argument in arguments.split(",")]
        )
        found[name] = (plain(result), [plain(t) for t in types])
    return found


def plain(written: str) -> str:
    """One blank between words, one before the stars, const kept."""
    words = " ".join(re.findall(r"\w+", written))
    return f"{words} {'*' * written.count('*')}".strip()


def in_ctypes(written: str) -> Any:
    if written in NUMBERS:
        return NUMBERS[written]
    if written == "const char *":
        return c_char_p
    if written == "char *":
        return _c.Owned
    if written == "char **":
        return POINTER(_c.Owned)
    match = re.fullmatch(r"(?:const )?(rtk_\w+) (\*+)", written)
    if not match:
        raise AssertionError(f"this test does not know the C type {written!r}")
    made: Any = getattr(_c, match[1])
    for _ in match[2]:
        made = POINTER(made)
    return made


class Signatures(unittest.TestCase):
    def test_the_functions_are_those_of_the_header(self) -> None:
        # A prototype that the pattern above misses would leave its name over here.
        mentioned = set(re.findall(r"\b(rtk_\w+)\s*\(", code()))
        self.assertEqual(set(prototypes()), mentioned)
        self.assertGreater(len(mentioned), 50)
        self.assertEqual(set(_c.SIGNATURES), mentioned)

    def test_every_signature_is_that_of_the_header(self) -> None:
        for name, (result, arguments) in prototypes().items():
            with self.subTest(name):
                expected = (in_ctypes(result), [in_ctypes(argument) for argument in arguments])
                self.assertEqual(_c.SIGNATURES[name], expected)

    def test_every_signature_was_told_to_ctypes(self) -> None:
        for name, (result, arguments) in _c.SIGNATURES.items():
            function = getattr(lib, name)
            self.assertEqual((function.restype, list(function.argtypes)), (result, arguments))

    def test_the_types_are_those_of_the_header(self) -> None:
        declared = set(re.findall(r"^typedef struct (\w+) \1;", code(), flags=re.MULTILINE))
        self.assertEqual({name for name in vars(_c) if name.startswith("rtk_")}, declared | {"rtk_status"})
        self.assertRegex(code(), r"typedef int32_t rtk_status;")

    def test_the_numbers_are_those_of_the_header(self) -> None:
        declared = {name: value for name, value in vars(_c).items() if name.startswith("RTK_")}
        self.assertEqual(declared, header_statuses())

    def test_the_version_is_that_of_the_header(self) -> None:
        self.assertIn(f'#define RTK_VERSION "{__version__}"', HEADER.read_text(encoding="utf-8").splitlines())
