"""Compares the declarations of the package with the C header."""

from __future__ import annotations

import re
import unittest
from ctypes import POINTER, c_bool, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any, Dict, List, Tuple

from libparticipants import __version__, _c
from libparticipants._library import lib

from .support import HEADER, header_constants

NUMBERS = {
    "bool": c_bool,
    "int32_t": c_int32,
    "int32_t *": POINTER(c_int32),
    "int64_t": c_int64,
    "rtk_log_fn": c_void_p,
    "rtk_status": c_int32,
    "size_t": c_size_t,
    "size_t *": POINTER(c_size_t),
    "uint32_t": c_uint32,
    "uint64_t": c_uint64,
    "void": None,
    "void *": c_void_p,
}


def code() -> str:
    """Returns the header without its comments."""
    return re.sub(r"//[^\n]*", "", re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL))


def prototypes() -> Dict[str, Tuple[str, List[str]]]:
    """Returns the result type and the argument types of every function, in C."""
    found = {}
    for result, name, arguments in re.findall(r"^([\w ]+?[ *]+)(\w+)\(([^)]*)\);", code(), flags=re.MULTILINE):
        types = (
            [] if arguments == "void" else [re.sub(r"\w+$", "", argument.strip()) for argument in arguments.split(",")]
        )
        found[name] = (normalized(result), [normalized(t) for t in types])
    return found


def normalized(written: str) -> str:
    """Normalizes blanks: one between words, and one before the stars."""
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
    result: Any = getattr(_c, match[1])
    for _ in match[2]:
        result = POINTER(result)
    return result


class Signatures(unittest.TestCase):
    def test_functions_match_the_header(self) -> None:
        # This also finds functions that the pattern above misses.
        mentioned = set(re.findall(r"\b(rtk_\w+)\s*\(", code()))
        self.assertEqual(set(prototypes()), mentioned)
        self.assertGreater(len(mentioned), 50)
        self.assertEqual(set(_c.SIGNATURES), mentioned)

    def test_signatures_match_the_header(self) -> None:
        for name, (result, arguments) in prototypes().items():
            with self.subTest(name):
                expected = (in_ctypes(result), [in_ctypes(argument) for argument in arguments])
                self.assertEqual(_c.SIGNATURES[name], expected)

    def test_signatures_are_declared_to_ctypes(self) -> None:
        for name, (result, arguments) in _c.SIGNATURES.items():
            function = getattr(lib, name)
            self.assertEqual((function.restype, list(function.argtypes)), (result, arguments))

    def test_types_match_the_header(self) -> None:
        declared = set(re.findall(r"^typedef struct (\w+) \1;", code(), flags=re.MULTILINE))
        self.assertEqual({name for name in vars(_c) if name.startswith("rtk_")}, declared | {"rtk_status"})
        self.assertRegex(code(), r"typedef int32_t rtk_status;")

    def test_constants_match_the_header(self) -> None:
        declared = {name: value for name, value in vars(_c).items() if name.startswith("RTK_")}
        self.assertEqual(declared, {**header_constants("RTK_STATUS_"), **header_constants("RTK_LOG_")})

    def test_version_matches_the_header(self) -> None:
        self.assertIn(f'#define RTK_VERSION "{__version__}"', HEADER.read_text(encoding="utf-8").splitlines())
