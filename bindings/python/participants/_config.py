"""The settings of a client, kept by the library alone: no Python object holds a credential."""

from __future__ import annotations

import os
from ctypes import sizeof
from typing import Any, Optional, Set

from . import _arguments as arguments
from . import _c
from ._errors import InvalidArgumentError
from ._handles import Handle
from ._library import lib


class Config(Handle):
    """An ``rtk_config``. What is ``None`` is left to the environment or its default."""

    def __init__(self) -> None:
        super().__init__(lib.rtk_config_new(), lib.rtk_config_free)
        self._given: Set[str] = set()

    def set_text(self, name: str, value: Optional[str]) -> None:
        if value is not None:
            self._set(name, arguments.text(name, value))

    def set_number(self, name: str, value: Optional[int]) -> None:
        if value is not None:
            bits = 8 * sizeof(_c.SIGNATURES[f"rtk_config_set_{name}"][1][1])
            self._set(name, arguments.number(name, value, bits))

    def set_api_key(self, email: str, key: str) -> None:
        self._set("api_key", arguments.text("api_key: the e-mail", email), arguments.text("api_key: the key", key))

    def keep_environment(self) -> None:
        """Keeps the credential and the URL that the first ``rtk_client`` got from the environment: a later one must be like it."""
        names = ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY", "CLOUDFLARE_BASE_URL")
        token, email, key, base_url = (os.environ.get(name, "").strip() for name in names)
        if not self._given & {"api_token", "api_key"}:
            if token:
                self.set_text("api_token", token)
            elif email and key:
                self.set_api_key(email, key)
        if base_url and "base_url" not in self._given:
            self.set_text("base_url", base_url)

    def _set(self, name: str, *values: Any) -> None:
        if getattr(lib, f"rtk_config_set_{name}")(self.pointer, *values) != _c.RTK_STATUS_OK:
            raise InvalidArgumentError(f"{name}: the library does not take it")
        self._given.add(name)
