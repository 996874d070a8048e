"""The types, constants and function signatures of the C interface, as declared in ``include/participants.h``.

The tests compare this module with that header.
"""

from __future__ import annotations

from ctypes import CDLL, POINTER, Structure, c_bool, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any, Dict, List, Tuple

RTK_STATUS_OK = 0
RTK_STATUS_DONE = 1
RTK_STATUS_INVALID_ARGUMENT = 2
RTK_STATUS_CONNECTION = 3
RTK_STATUS_TIMEOUT = 4
RTK_STATUS_AUTHENTICATION = 5
RTK_STATUS_PERMISSION_DENIED = 6
RTK_STATUS_NOT_FOUND = 7
RTK_STATUS_RATE_LIMITED = 8
RTK_STATUS_SERVER = 9
RTK_STATUS_API = 10
RTK_STATUS_DECODE = 11
RTK_STATUS_CANCELLED = 12
RTK_STATUS_INTERNAL = 13

RTK_LOG_ERROR = 1
RTK_LOG_WARN = 2
RTK_LOG_INFO = 3
RTK_LOG_DEBUG = 4


class rtk_client(Structure):
    """Opaque."""


class rtk_config(Structure):
    """Opaque."""


class rtk_error(Structure):
    """Opaque."""


class rtk_iter(Structure):
    """Opaque."""


class rtk_participant(Structure):
    """Opaque."""


class rtk_participants(Structure):
    """Opaque."""


rtk_status = c_int32
Client = POINTER(rtk_client)
Config = POINTER(rtk_config)
Error = POINTER(rtk_error)
Iter = POINTER(rtk_iter)
Participant = POINTER(rtk_participant)
Participants = POINTER(rtk_participants)

#: ctypes copies a borrowed text into ``bytes`` at once. An owned text must stay a pointer, so that it can be freed.
Borrowed = c_char_p
Owned = c_void_p

_IDS = [c_char_p, c_char_p, c_char_p]

#: The result type and the argument types of every function.
SIGNATURES: Dict[str, Tuple[Any, List[Any]]] = {
    "rtk_client_new": (rtk_status, [Config, POINTER(Client), POINTER(Error)]),
    "rtk_client_child": (rtk_status, [Client, POINTER(Client), POINTER(Error)]),
    "rtk_client_free": (None, [Client]),
    "rtk_client_shutdown": (None, [Client]),
    "rtk_client_read_log": (c_bool, [Client, POINTER(c_int32), c_void_p, c_size_t]),
    "rtk_get_participants": (rtk_status, [Client, *_IDS, POINTER(Participants), POINTER(Error)]),
    "rtk_get_participants_page": (rtk_status, [Client, *_IDS, c_int64, c_int64, POINTER(Participants), POINTER(Error)]),
    "rtk_get_participants_json": (rtk_status, [Client, *_IDS, POINTER(Owned), POINTER(Error)]),
    "rtk_string_free": (None, [Owned]),
    "rtk_config_new": (Config, []),
    "rtk_config_free": (None, [Config]),
    "rtk_config_set_api_token": (rtk_status, [Config, c_char_p]),
    "rtk_config_set_api_key": (rtk_status, [Config, c_char_p, c_char_p]),
    "rtk_config_set_base_url": (rtk_status, [Config, c_char_p]),
    "rtk_config_set_timeout_ms": (rtk_status, [Config, c_uint64]),
    "rtk_config_set_connect_timeout_ms": (rtk_status, [Config, c_uint64]),
    "rtk_config_set_deadline_ms": (rtk_status, [Config, c_uint64]),
    "rtk_config_set_max_retries": (rtk_status, [Config, c_uint32]),
    "rtk_config_set_max_retry_wait_ms": (rtk_status, [Config, c_uint64]),
    "rtk_config_set_max_connections": (rtk_status, [Config, c_uint32]),
    "rtk_config_set_per_page": (rtk_status, [Config, c_uint32]),
    "rtk_config_set_user_agent": (rtk_status, [Config, c_char_p]),
    "rtk_config_set_proxy": (rtk_status, [Config, c_char_p]),
    "rtk_config_set_ca_file": (rtk_status, [Config, c_char_p]),
    "rtk_config_set_native_ca": (rtk_status, [Config, c_bool]),
    "rtk_config_set_log": (rtk_status, [Config, c_void_p, c_void_p]),
    "rtk_config_set_log_queue": (rtk_status, [Config, c_uint32]),
    "rtk_error_status": (rtk_status, [Error]),
    "rtk_error_message": (Borrowed, [Error]),
    "rtk_error_http_status": (c_int32, [Error]),
    "rtk_error_api_code": (c_int64, [Error]),
    "rtk_error_ray_id": (Borrowed, [Error]),
    "rtk_error_retry_after_ms": (c_int64, [Error]),
    "rtk_error_body": (Borrowed, [Error, POINTER(c_size_t)]),
    "rtk_error_page": (c_int64, [Error]),
    "rtk_error_attempts": (c_uint32, [Error]),
    "rtk_error_free": (None, [Error]),
    "rtk_iter_participants": (rtk_status, [Client, *_IDS, POINTER(Iter), POINTER(Error)]),
    "rtk_iter_next": (rtk_status, [Iter, POINTER(Participant), POINTER(Error)]),
    "rtk_iter_next_page": (rtk_status, [Iter, POINTER(Participants), POINTER(Error)]),
    "rtk_iter_total_count": (c_uint64, [Iter]),
    "rtk_iter_is_complete": (c_bool, [Iter]),
    "rtk_iter_free": (None, [Iter]),
    "rtk_participant_id": (Borrowed, [Participant]),
    "rtk_participant_custom_participant_id": (Borrowed, [Participant]),
    "rtk_participant_preset_name": (Borrowed, [Participant]),
    "rtk_participant_created_at": (Borrowed, [Participant]),
    "rtk_participant_updated_at": (Borrowed, [Participant]),
    "rtk_participant_name": (Borrowed, [Participant]),
    "rtk_participant_picture": (Borrowed, [Participant]),
    "rtk_participant_created_at_ms": (c_int64, [Participant]),
    "rtk_participant_updated_at_ms": (c_int64, [Participant]),
    "rtk_participants_count": (c_size_t, [Participants]),
    "rtk_participants_at": (Participant, [Participants, c_size_t]),
    "rtk_participants_total_count": (c_uint64, [Participants]),
    "rtk_participants_start_offset": (c_uint64, [Participants]),
    "rtk_participants_end_offset": (c_uint64, [Participants]),
    "rtk_participants_is_complete": (c_bool, [Participants]),
    "rtk_participants_json": (Borrowed, [Participants, POINTER(c_size_t)]),
    "rtk_participants_free": (None, [Participants]),
    "rtk_status_name": (Borrowed, [rtk_status]),
    "rtk_version": (Borrowed, []),
}


def declare(library: CDLL) -> None:
    """Declares the signatures to ctypes, for the functions of a loaded library."""
    for name, (result, arguments) in SIGNATURES.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
