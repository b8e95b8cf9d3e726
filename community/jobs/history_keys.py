"""The job of handing on a room's earlier keys to somebody whom the bot invites: filed and carried out by the bot.

It waits until they have joined, and then for a day for devices that they sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from community.jobs.payload import Erasure, JobPayload, moment_of


@dataclass(frozen=True)
class HistoryKeys(JobPayload):
    """Give a person's devices the keys of what was said in a room before they came.

    ``invited`` is when the bot has invited them (ISO 8601, with the offset). ``master`` is the master key that was
    theirs then: the pinned one, else what the homeserver showed; empty where there was none.
    """

    KIND: ClassVar[str] = "history-keys"
    # Somebody who was in the room before, and has left it, is invited again.
    REOPENED: ClassVar[bool] = True
    ERASURE: ClassVar[Erasure] = Erasure.KEPT
    KEPT_FOR: ClassVar[timedelta | None] = timedelta(days=30)
    MOMENTS: ClassVar[frozenset[str]] = frozenset({"invited"})

    room_id: str
    room_key: str
    user_id: str
    master: str
    invited: str

    @property
    def idempotency_key(self) -> str:
        """One job for each person and room."""
        return self.key(self.room_id, self.user_id)

    @classmethod
    def key(cls, room_id: str, user_id: str) -> str:
        """Return the key of a person's job in a room."""
        return f"{cls.KIND}/{room_id}/{user_id}"

    @property
    def invited_at(self) -> datetime:
        """When the bot has invited them."""
        return moment_of(self.invited)
