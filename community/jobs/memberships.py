"""The job of bringing one member's account and rooms to what the applied community says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from community.jobs.payload import Erasure, JobPayload


@dataclass(frozen=True)
class MembershipUpdate(JobPayload):
    """Make what is described of ``user_id`` so: their rooms, what the bots know of them, their account's end.

    Filed by whoever has changed a member (`community.storage.members`), carried out by the provisioning service.
    ``by``: who asked for the change (a Matrix ID). ``change``: the revision of the description that has it.
    """

    KIND: ClassVar[str] = "membership"
    ERASURE: ClassVar[Erasure] = Erasure.KEPT
    KEPT_FOR: ClassVar[timedelta | None] = timedelta(0)

    user_id: str
    by: str
    change: str

    @property
    def idempotency_key(self) -> str:
        """One job for each change of a member."""
        return f"{self.KIND}/{self.user_id}/{self.change}"
