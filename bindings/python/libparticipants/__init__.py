"""Asks Cloudflare RealtimeKit who the participants of a meeting are, and gets everyone.

Blocking, over the C library libparticipants.

>>> from libparticipants import Client
>>> with Client() as client:  # the token comes from CLOUDFLARE_API_TOKEN
...     everyone = client.get_participants(account_id, app_id, meeting_id)
>>> everyone
<Participants: 342 of 342, complete>
>>> everyone[0].preset_name
'group_call_participant'
"""

from ._client import Client, ParticipantIterator
from ._errors import (
    APIConnectionError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    CancelledError,
    InternalServerError,
    InvalidArgumentError,
    NotFoundError,
    ParticipantsError,
    PermissionDeniedError,
    RateLimitError,
)
from ._library import __version__
from ._model import Participant, Participants

__all__ = [
    "APIConnectionError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "CancelledError",
    "Client",
    "InternalServerError",
    "InvalidArgumentError",
    "NotFoundError",
    "Participant",
    "ParticipantIterator",
    "Participants",
    "ParticipantsError",
    "PermissionDeniedError",
    "RateLimitError",
    "__version__",
]

for _name in __all__:
    if isinstance(globals()[_name], type):
        # A traceback is to say libparticipants.NotFoundError, which is what to import.
        globals()[_name].__module__ = __name__
