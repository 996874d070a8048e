"""Helpers for all tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unittest
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Dict, Iterator, Union
from unittest import mock

import libparticipants
from libparticipants import Client
from libparticipants._library import PATH_VARIABLE, lib

from .service import TOKEN, Service

PROJECT = Path(__file__).resolve().parent.parent
REPOSITORY = PROJECT.parent.parent
PACKAGE = Path(libparticipants.__file__).resolve().parent
LIBRARY = Path(lib._name).resolve()
#: Whether this system shows a process's descriptors and threads.
PROC = os.path.isdir("/proc/self/fd")
#: Whether this Python can speak TLS. Small builds of it can't.
TLS = find_spec("_ssl") is not None
HEADER = REPOSITORY / "include" / "participants.h"


def header_constants(prefix: str) -> Dict[str, int]:
    found = re.findall(rf"^#define ({prefix}\w+) (\d+)$", HEADER.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: int(number) for name, number in found}


class ServiceTestCase(unittest.TestCase):
    def serve(self, *arguments: Any, **keywords: Any) -> Service:
        service = Service(*arguments, **keywords)
        service.__enter__()
        self.addCleanup(service.__exit__)
        return service

    def settings(self, service: Union[Service, str], **settings: Any) -> Dict[str, Any]:
        base_url = service if isinstance(service, str) else service.base_url
        return {"api_token": TOKEN, "base_url": base_url, "proxy": "", "max_retries": 0, **settings}

    def client(self, service: Union[Service, str], **settings: Any) -> Client:
        client = Client(**self.settings(service, **settings))
        self.addCleanup(client.close)
        return client


def environment(**variables: str) -> Dict[str, str]:
    """Returns the environment for a child process: no settings of a client but these, and this package and library."""
    inherited = {name: value for name, value in os.environ.items() if not _is_setting(name)}
    ours = {
        "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), str(PROJECT)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        PATH_VARIABLE: str(LIBRARY),
    }
    return {**inherited, **ours, **variables}


@contextmanager
def only(**variables: str) -> Iterator[None]:
    """Removes the settings of a client from this process's environment, except for these."""
    with mock.patch.dict(os.environ):
        for name in [name for name in os.environ if _is_setting(name)]:
            del os.environ[name]
        os.environ.update(variables)
        yield


def _is_setting(name: str) -> bool:
    return name.startswith("CLOUDFLARE_") or name.upper().endswith("_PROXY") or name == "SSL_CERT_FILE"


def python(program: str, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
    """Starts a program in a child process."""
    options.setdefault("env", environment())
    command = [sys.executable, "-c", program, *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    return subprocess.Popen(command, **pipes, **options)


def run(program: str, *arguments: str, **options: Any) -> str:
    """Runs a program and returns its output. It must succeed within a minute and print nothing to its stderr."""
    with python(program, *arguments, **options) as child:
        try:
            out, err = child.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
    if child.returncode != 0 or err:
        raise AssertionError(f"exit code {child.returncode}\n{out}{err}")
    return out
