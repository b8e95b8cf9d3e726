"""The job of telling somebody who has come into a room what the bot has announced there before.

The bot files it and carries it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from community.jobs.payload import Erasure, JobPayload, moment_of


@dataclass(frozen=True)
class ArrivalNews(JobPayload):
    """Tell a person again what the bot has posted in a room before they came, and they cannot read.

    ``came`` is when the bot has seen them come (ISO 8601, with the offset).
    """

    KIND: ClassVar[str] = "arrival-news"
    # Who has left and come again has missed something again.
    REOPENED: ClassVar[bool] = True
    ERASURE: ClassVar[Erasure] = Erasure.KEPT
    KEPT_FOR: ClassVar[timedelta | None] = timedelta(days=30)
    MOMENTS: ClassVar[frozenset[str]] = frozenset({"came"})

    room_id: str
    room_key: str
    user_id: str
    came: str

    @property
    def idempotency_key(self) -> str:
        """One job for each person and room."""
        return f"{self.KIND}/{self.room_id}/{self.user_id}"

    @property
    def came_at(self) -> datetime:
        """When the bot has seen them come."""
        return moment_of(self.came)
