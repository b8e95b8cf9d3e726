"""The job of carrying out what the bot has decided for a message. It holds the reply's text, so it does not stay.

The bot files it before it does anything, and carries it out itself; a process that dies in between leaves it to the
next (`bots.reply_jobs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from community.jobs.payload import Erasure, JobPayload


@dataclass(frozen=True)
class PlannedReplyJob(JobPayload):
    """What was decided for an event, as JSON that the bot reads, and whom it is for or about (Matrix IDs)."""

    KIND: ClassVar[str] = "planned-reply"
    ERASURE: ClassVar[Erasure] = Erasure.DELETED
    KEPT_FOR: ClassVar[timedelta | None] = timedelta(0)
    # The reply goes to the person anyway, and may be about others.
    UNTOLD: ClassVar[frozenset[str]] = frozenset({"planned"})
    SEALED: ClassVar[frozenset[str]] = frozenset({"planned"})

    event_id: str
    people: tuple[str, ...]
    planned: str
    origins: tuple[str, ...] = ()
    """The messages that its words are from (`bots.context.kept_texts.origin`)."""

    @classmethod
    def key(cls, event_id: str) -> str:
        """Return the idempotency key of what was decided for an event."""
        return f"{cls.KIND}/{event_id}"

    @property
    def idempotency_key(self) -> str:
        """One for each event."""
        return self.key(self.event_id)

    def encoded(self) -> dict[str, str]:
        """Return the payload as it is stored."""
        return {
            "event_id": self.event_id,
            "people": " ".join(self.people),
            "planned": self.planned,
            "origins": " ".join(self.origins),
        }

    @classmethod
    def decoded(cls, payload: Mapping[str, str]) -> Self:
        """Return what a stored payload says. Raises LookupError."""
        origins = tuple(payload.get("origins", "").split())
        return cls(payload["event_id"], tuple(payload["people"].split()), payload["planned"], origins)
