"""Rooms in which nothing can be posted, and when each is tried again. Pure: time is an argument.

The bot is not in the room, may not write there, or it is not encrypted: only a person can change that. Each time it
fails the wait until the next try is twice as long. What fails because the homeserver is away or busy does not count:
that is soon over, and for all rooms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bots.errors import NotEncrypted
from community.core.errors import PalabreError
from matrix.errors import LimitExceeded, MatrixRequestError, UnknownToken

SHORTEST, LONGEST = timedelta(seconds=10), timedelta(minutes=15)
"""How long it is waited after the first failure, and at most."""
_SERVER_FAILED = 500


class RefusalReason(StrEnum):
    """Why nothing can be posted in a room."""

    MISSING = "missing"
    """The bot is not in it."""
    REFUSED = "refused"
    """The homeserver refuses what the bot sends there."""
    NOT_ENCRYPTED = "not encrypted"


@dataclass(frozen=True, slots=True)
class _Refusal:
    reason: RefusalReason
    tries: int
    at: datetime

    def next_try(self) -> datetime:
        return self.at + min(SHORTEST * (1 << min(self.tries - 1, 20)), LONGEST)


@dataclass
class RefusingRooms:
    """The rooms in which the last post failed, by key."""

    _refusals: dict[str, _Refusal] = field(default_factory=dict)

    @property
    def reasons(self) -> Mapping[str, str]:
        """Why nothing can be posted, by room, sorted."""
        return {room_key: refusal.reason.value for room_key, refusal in sorted(self._refusals.items())}

    def is_waiting(self, room_key: str, now: datetime) -> bool:
        """Whether a room is not to be tried yet. A clock that was put back has it tried at once."""
        refusal = self._refusals.get(room_key)
        return refusal is not None and refusal.at <= now < refusal.next_try()

    def next_try(self, room_key: str) -> datetime | None:
        """Return when a room is tried again, None of one that has not failed."""
        refusal = self._refusals.get(room_key)
        return None if refusal is None else refusal.next_try()

    def failed(self, room_key: str, error: PalabreError, now: datetime) -> None:
        """Note that a post has failed in a room; what is not the room's fault is not noted."""
        reason = _reason(error)
        if reason is not None:
            self._note(room_key, reason, now)

    def missing(self, room_key: str, now: datetime) -> bool:
        """Note that the bot is not in a room; whether that is to be said again."""
        if self.is_waiting(room_key, now):
            return False
        self._note(room_key, RefusalReason.MISSING, now)
        return True

    def there(self, room_key: str) -> None:
        """Note that the bot is in a room: where it was not, nothing is waited for."""
        refusal = self._refusals.get(room_key)
        if refusal is not None and refusal.reason is RefusalReason.MISSING:
            self.worked(room_key)

    def worked(self, room_key: str) -> None:
        """Note that something was posted in a room."""
        self._refusals.pop(room_key, None)

    def _note(self, room_key: str, reason: RefusalReason, now: datetime) -> None:
        before = self._refusals.get(room_key)
        self._refusals[room_key] = _Refusal(reason, 1 if before is None else before.tries + 1, now)


def _reason(error: PalabreError) -> RefusalReason | None:
    match error:
        case NotEncrypted():
            return RefusalReason.NOT_ENCRYPTED
        case LimitExceeded() | UnknownToken():
            return None
        case MatrixRequestError() if error.status < _SERVER_FAILED:
            return RefusalReason.REFUSED
        case _:
            return None
