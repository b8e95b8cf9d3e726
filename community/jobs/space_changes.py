"""The job of telling somebody when the rooms of a space that they have joined or left are as they wished."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from community.jobs.payload import Erasure, JobPayload, moment_of


@dataclass(frozen=True)
class SpaceChange(JobPayload):
    """Tell ``user_id`` once they are in ``rooms`` (keys, blanks between them), or out of these.

    ``step``: `JOINED` or `LEFT`. ``since``: when they had the theme, or had it no more. ``word``: the event by which.
    """

    KIND: ClassVar[str] = "space-change"
    ERASURE: ClassVar[Erasure] = Erasure.KEPT
    KEPT_FOR: ClassVar[timedelta | None] = timedelta(0)
    MOMENTS: ClassVar[frozenset[str]] = frozenset({"since"})
    JOINED: ClassVar[str] = "joined"
    LEFT: ClassVar[str] = "left"

    user_id: str
    theme: str
    step: str
    rooms: str
    since: str
    word: str

    @property
    def idempotency_key(self) -> str:
        """One for each word by which somebody joins or leaves."""
        return f"{self.KIND}/{self.user_id}/{self.word}"

    @property
    def room_keys(self) -> tuple[str, ...]:
        """The keys of the rooms."""
        return tuple(self.rooms.split())

    @property
    def moment(self) -> datetime:
        """When it was asked for."""
        return moment_of(self.since)
