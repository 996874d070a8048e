"""Lists the participants of a Cloudflare RealtimeKit meeting: everyone who was *added* to it, that is, who may join it.

The list does not say who is connected at this moment. For that, ask RealtimeKit itself for the meeting's active session
(``GET .../meetings/{meeting_id}/active-session``) and for the participants of that session
(``GET .../sessions/{session_id}/participants``).

Find one participant by the id that your application assigned. The iterator requests page 1 first, and more pages only
if you go on:

>>> from libparticipants import Client
>>> with Client() as client:  # the token comes from CLOUDFLARE_API_TOKEN
...     participants = client.iter_participants(account_id, app_id, meeting_id)
...     found = next((p for p in participants if p.custom_participant_id == "user-41"), None)
>>> if found:
...     print(found.id)
... else:
...     print("not on the list" if participants.is_complete else "perhaps not on the list: try again")
00000029-0000-4000-8000-000000000029

Everyone, in one call:

>>> with Client() as client:
...     everyone = client.get_participants(account_id, app_id, meeting_id)
>>> everyone
<Participants: 342 of 342, complete>
>>> everyone[0].preset_name
'group_call_participant'

Only ``id`` is always present: any other field of a participant may be ``None``. ``everyone.to_dicts()`` returns all
fields as the service sent them.

Calls block the calling thread. With asyncio:
``await asyncio.to_thread(client.get_participants, account_id, app_id, meeting_id)``.

Every failure is a :class:`ParticipantsError`. Mistakes in the program are not: a wrong type of argument is a
:class:`TypeError`, and an iterator that two threads use at the same time raises :class:`ValueError`.
"""

from typing import List, Tuple

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

#: In the order in which ``help(libparticipants)`` shows them.
__all__ = [
    "Client",
    "Participants",
    "Participant",
    "ParticipantIterator",
    "ParticipantsError",
    "InvalidArgumentError",
    "APIConnectionError",
    "APITimeoutError",
    "APIStatusError",
    "AuthenticationError",
    "PermissionDeniedError",
    "NotFoundError",
    "RateLimitError",
    "InternalServerError",
    "APIResponseValidationError",
    "CancelledError",
    "__version__",
]


class _Name(str):
    """A name that sorts by its position in ``__all__``: pydoc sorts classes by name and ignores the order of
    ``__all__``, so ``help()`` would begin with the errors."""

    def __lt__(self, other: str) -> bool:
        return self._key() < _Name(other)._key()

    def _key(self) -> Tuple[int, str]:
        return __all__.index(self) if self in __all__ else len(__all__), str(self)


def __dir__() -> List[str]:
    return [_Name(name) for name in globals()]


for _name in __all__:
    if isinstance(globals()[_name], type):
        # So that a traceback says libparticipants.NotFoundError, which is the name to import.
        globals()[_name].__module__ = __name__
