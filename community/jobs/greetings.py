"""The job of greeting somebody who has signed in for the first time: the bot files it, and carries it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from community.jobs.payload import Erasure, JobPayload, moment_of


@dataclass(frozen=True)
class Greeting(JobPayload):
    """Greet a person. ``came`` is when their first signed device was seen (ISO 8601, with the offset)."""

    KIND: ClassVar[str] = "greeting"
    ERASURE: ClassVar[Erasure] = Erasure.KEPT
    KEPT_FOR: ClassVar[timedelta | None] = timedelta(days=30)
    MOMENTS: ClassVar[frozenset[str]] = frozenset({"came"})

    user_id: str
    came: str

    @property
    def idempotency_key(self) -> str:
        """One greeting for each person, ever."""
        return f"{self.KIND}/{self.user_id}"

    @property
    def came_at(self) -> datetime:
        """When their first signed device was seen."""
        return moment_of(self.came)
