"""Every way to fail."""

from typing import Any, Dict, Optional, Type

from . import _c
from ._library import lib


class ParticipantsError(Exception):
    """Why a call failed, in one line that never holds a credential. All failures of this package are of this class.

    >>> client = Client(api_token="a-token-that-was-revoked")
    >>> try:
    ...     client.get_participants(account_id, app_id, meeting_id)
    ... except AuthenticationError as error:
    ...     print(error)
    ...     print(error.status_code, error.code, error.ray_id, error.retry_after, error.page, error.attempts)
    the service refused the credential from api_token (HTTP 401, code 10000: Authentication error; Ray 8f0000000000abcd-FRA; page 1)
    401 10000 8f0000000000abcd-FRA None 1 1
    """

    #: The HTTP status of the answer; ``None``: there was no answer.
    status_code: Optional[int]
    #: The first code of Cloudflare's list of errors, such as 10000; ``None``: there is none.
    code: Optional[int]
    #: The CF-Ray of the answer, which Cloudflare's support asks for.
    ray_id: Optional[str]
    #: How many seconds the service asks to wait before the next request; ``None``: it does not say.
    retry_after: Optional[float]
    #: What the service sent, at most 64 KiB of it.
    body: Optional[str]
    #: The page that failed; ``None``: none was asked for by number.
    page: Optional[int]
    #: How many requests were sent for what failed; 0: none.
    attempts: int

    def __init__(
        self,
        message: str = "",
        *,
        status_code: Optional[int] = None,
        code: Optional[int] = None,
        ray_id: Optional[str] = None,
        retry_after: Optional[float] = None,
        body: Optional[str] = None,
        page: Optional[int] = None,
        attempts: int = 0,
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.code = code
        self.ray_id = ray_id
        self.retry_after = retry_after
        self.body = body
        self.page = page
        self.attempts = attempts


class InvalidArgumentError(ParticipantsError, ValueError):
    """An id, a setting or a credential that cannot be right. Nothing was sent."""


class APIConnectionError(ParticipantsError):
    """There was no answer, or it was cut short: name resolution, connect, TLS, proxy, a connection closed or reset."""


class APITimeoutError(APIConnectionError):
    """No whole answer came within the time allowed for a connection, a request or the call."""


class APIStatusError(ParticipantsError):
    """The service reports a failure: an HTTP status that has no class of its own, or an answer that says ``"success":
    false``."""


class AuthenticationError(APIStatusError):
    """HTTP 401: the service does not accept the credential."""


class PermissionDeniedError(APIStatusError):
    """HTTP 403: the credential is not allowed to read this."""


class NotFoundError(APIStatusError):
    """HTTP 404: no such account, app or meeting."""


class RateLimitError(APIStatusError):
    """HTTP 429: too many requests; ``retry_after`` tells how long to wait."""


class InternalServerError(APIStatusError):
    """HTTP 5xx: the service or the network edge in front of it failed."""


class APIResponseValidationError(ParticipantsError):
    """An answer that is not what the API promises: not HTTP, not JSON, the wrong shape, or over 64 MiB."""


class CancelledError(ParticipantsError):
    """The client was shut down or closed."""


#: A status that is not here, such as one of a bug in the library, is the base class.
_CLASSES: Dict[int, Type[ParticipantsError]] = {
    _c.RTK_STATUS_INVALID_ARGUMENT: InvalidArgumentError,
    _c.RTK_STATUS_CONNECTION: APIConnectionError,
    _c.RTK_STATUS_TIMEOUT: APITimeoutError,
    _c.RTK_STATUS_AUTHENTICATION: AuthenticationError,
    _c.RTK_STATUS_PERMISSION_DENIED: PermissionDeniedError,
    _c.RTK_STATUS_NOT_FOUND: NotFoundError,
    _c.RTK_STATUS_RATE_LIMITED: RateLimitError,
    _c.RTK_STATUS_SERVER: InternalServerError,
    _c.RTK_STATUS_API: APIStatusError,
    _c.RTK_STATUS_DECODE: APIResponseValidationError,
    _c.RTK_STATUS_CANCELLED: CancelledError,
}


def failure(status: int, error: Any) -> ParticipantsError:
    """The exception for a failed call; ends the ``rtk_error *``."""
    ray_id, body = lib.rtk_error_ray_id(error), lib.rtk_error_body(error, None)
    retry_after_ms, page = lib.rtk_error_retry_after_ms(error), lib.rtk_error_page(error)
    made = _CLASSES.get(status, ParticipantsError)(
        lib.rtk_error_message(error).decode(),
        status_code=lib.rtk_error_http_status(error) or None,
        code=lib.rtk_error_api_code(error) or None,
        ray_id=None if ray_id is None else ray_id.decode(),
        retry_after=None if retry_after_ms < 0 else retry_after_ms / 1000,
        body=None if body is None else body.decode(),
        page=None if page < 0 else page,
        attempts=lib.rtk_error_attempts(error),
    )
    lib.rtk_error_free(error)
    return made
