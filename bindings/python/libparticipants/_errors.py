"""The exceptions."""

from typing import Any, Dict, Optional, Type

from . import _c
from ._library import lib


class ParticipantsError(Exception):
    """Why a call failed. ``str(error)`` is one line; it never contains a credential. Every failure of this package is
    of this class. It can be pickled.

    The class itself is raised for a bug in the library only.

    :ivar status_code: The HTTP status of the response, such as 404; ``None`` if there was no response.
    :ivar code: The first code in Cloudflare's list of errors, such as 10000; ``None`` if there is none.
    :ivar ray_id: The CF-Ray of the response, which Cloudflare's support asks for; ``None`` if there is none.
    :ivar retry_after: The service's Retry-After, the header's or else the body's, in seconds; ``None`` if it sent none.
    :ivar body: The body of the response, truncated to 64 KiB; ``None`` if there is none.
    :ivar page: The number of the page that failed; ``None`` if the failure is not about a numbered page.
    :ivar attempts: How many requests were sent for the page that failed, failed connections included; 0 if none was.

    >>> client = Client(api_token="a-token-that-was-revoked")
    >>> try:
    ...     client.get_participants(account_id, app_id, meeting_id)
    ... except AuthenticationError as error:
    ...     print(error)  # doctest: +NORMALIZE_WHITESPACE
    ...     print(error.status_code, error.code, error.ray_id, error.retry_after, error.page, error.attempts)
    the service refused the credential from api_token
    (HTTP 401, code 10000: Authentication error; Ray 8f0000000000abcd-FRA; page 1)
    401 10000 8f0000000000abcd-FRA None 1 1
    """

    status_code: Optional[int]
    code: Optional[int]
    ray_id: Optional[str]
    retry_after: Optional[float]
    body: Optional[str]
    page: Optional[int]
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
    """An id, a setting or a credential is invalid. No request was sent."""


class APIConnectionError(ParticipantsError):
    """No complete response arrived: name look-up, connect, TLS or the proxy failed, or the connection was closed or
    reset."""


class APITimeoutError(APIConnectionError):
    """A timeout: of a connection, of a request, or of the whole call (its deadline)."""


class APIStatusError(ParticipantsError):
    """The service reports a failure. The class itself is raised for an HTTP status without a class of its own, and for
    a response with ``"success": false``."""


class AuthenticationError(APIStatusError):
    """HTTP 401: the service does not accept the credential."""


class PermissionDeniedError(APIStatusError):
    """HTTP 403: the credential is not allowed to read this."""


class NotFoundError(APIStatusError):
    """HTTP 404: no such account, app or meeting."""


class RateLimitError(APIStatusError):
    """HTTP 429: too many requests. ``retry_after`` says how long to wait."""


class InternalServerError(APIStatusError):
    """HTTP 5xx: the service or the network edge in front of it failed."""


class APIResponseValidationError(ParticipantsError):
    """The response does not follow the API: it is not HTTP, not JSON, JSON of another shape, or longer than 64 MiB."""


class CancelledError(ParticipantsError):
    """The client was closed, or a shutdown ended the call."""


#: The class for each status. Any other status, such as RTK_STATUS_INTERNAL, gets the base class.
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


def exception_from(status: int, error: Any) -> ParticipantsError:
    """Converts an ``rtk_error *`` to an exception, and frees it."""
    ray_id, body = lib.rtk_error_ray_id(error), lib.rtk_error_body(error, None)
    retry_after_ms, page = lib.rtk_error_retry_after_ms(error), lib.rtk_error_page(error)
    exception = _CLASSES.get(status, ParticipantsError)(
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
    return exception
