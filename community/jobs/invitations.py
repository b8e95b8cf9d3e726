"""The job of inviting somebody to a room: filed by the provisioner, carried out by the bot.

It waits until the person has a device that they have signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from community.jobs.payload import Erasure, JobPayload


@dataclass(frozen=True)
class RoomInvitation(JobPayload):
    """Invite a person into a room. The room is named by its id, which stays when it gets a new key."""

    KIND: ClassVar[str] = "invite"
    # The plan filed it again because the person is not in the room: an earlier invitation was undone.
    REOPENED: ClassVar[bool] = True
    ERASURE: ClassVar[Erasure] = Erasure.KEPT
    KEPT_FOR: ClassVar[timedelta | None] = timedelta(days=180)

    room_id: str
    room_key: str
    user_id: str

    @property
    def idempotency_key(self) -> str:
        """One job for each person and room."""
        return f"{self.KIND}/{self.room_id}/{self.user_id}"
