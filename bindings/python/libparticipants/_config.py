"""The settings of a client. Only the C library stores them: no Python object contains a credential."""

from __future__ import annotations

from ctypes import sizeof
from typing import Any, Optional, Tuple

from . import _arguments as arguments
from . import _c
from ._errors import InvalidArgumentError
from ._handles import Handle
from ._library import lib
from ._log import MAX_LINES


class Config(Handle):
    """Owns an ``rtk_config``. A setter does nothing for ``None``: the environment or the default applies."""

    def __init__(self) -> None:
        super().__init__(lib.rtk_config_new(), lib.rtk_config_free)
        self._set("log_queue", MAX_LINES)

    def set_text(self, name: str, value: Optional[str]) -> None:
        if value is not None:
            self._set(name, arguments.text(name, value))

    def set_number(self, name: str, value: Optional[int]) -> None:
        if value is not None:
            bits = 8 * sizeof(_c.SIGNATURES[f"rtk_config_set_{name}"][1][1])
            self._set(name, arguments.number(name, value, bits))

    def set_seconds(self, name: str, value: Any) -> None:
        if value is not None:
            self._set(f"{name}_ms", arguments.milliseconds(name, value))

    def set_path(self, name: str, value: Any) -> None:
        if value is not None:
            self._set(name, arguments.path(name, value))

    def set_bool(self, name: str, value: Optional[bool]) -> None:
        if value is not None:
            self._set(name, arguments.boolean(name, value))

    def set_api_key(self, value: Optional[Tuple[str, str]]) -> None:
        if value is not None:
            email, key = arguments.pair("api_key", value)
            self._set("api_key", arguments.text("api_key: the e-mail", email), arguments.text("api_key: the key", key))

    def _set(self, name: str, *values: Any) -> None:
        if getattr(lib, f"rtk_config_set_{name}")(self.pointer, *values) != _c.RTK_STATUS_OK:
            raise InvalidArgumentError(f"{name}: the library refused it")
