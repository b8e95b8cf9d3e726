"""The job of inviting somebody again who leaves a room in order to read what was said before: filed when they ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Self

from community.jobs.payload import Erasure, JobPayload, moment_of


@dataclass(frozen=True)
class ReturnInvitation(JobPayload):
    """Invite a person into a room again, once they have left it by themselves.

    ``asked`` is when they have asked for it (ISO 8601, with the offset). ``takes_out``: "yes" where the bot takes them
    out, which they have asked for too; else empty.
    """

    KIND: ClassVar[str] = "return-invitation"
    # Who was invited again may ask once more.
    REOPENED: ClassVar[bool] = True
    ERASURE: ClassVar[Erasure] = Erasure.KEPT
    KEPT_FOR: ClassVar[timedelta | None] = timedelta(days=30)
    MOMENTS: ClassVar[frozenset[str]] = frozenset({"asked"})

    room_id: str
    room_key: str
    user_id: str
    asked: str
    takes_out: str = ""

    @property
    def idempotency_key(self) -> str:
        """One job for each person and room, and another where the bot takes them out."""
        return f"{self.KIND}/{self.room_id}/{self.user_id}{'/taken-out' if self.takes_out else ''}"

    @classmethod
    def decoded(cls, payload: Mapping[str, str]) -> Self:
        """See `JobPayload.decoded`."""
        # What an earlier version has filed has no such field.
        return super().decoded({"takes_out": "", **payload})

    @property
    def asked_at(self) -> datetime:
        """When they have asked."""
        return moment_of(self.asked)
