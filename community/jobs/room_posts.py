"""The job of posting a message in a room once. It holds no word of the message: that is made when it is sent.

Whoever posts files the job and carries it out itself (`bots.posting`). The payload says under which transaction id and
from which device the message may have gone out, also to a process that finds the job after that one has died.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Self

from community.jobs.payload import Erasure, JobPayload, moment_of

LATE_AFTER = timedelta(minutes=10)
"""What is posted later than this after it was due is late: it says so, and is counted."""
TOO_LATE = "too late"
"""Why a post is withdrawn that was not sent in time."""


@dataclass(frozen=True)
class RoomPost(JobPayload):
    """One occurrence in one room. It is kept for ever: the same occurrence is never posted there again."""

    KIND: ClassVar[str] = "post"
    BEGUN_ONLY: ClassVar[bool] = True
    ERASURE: ClassVar[Erasure] = Erasure.KEPT

    occurrence_key: str
    room_key: str
    room_id: str
    transaction_id: str
    device_id: str
    due_at: datetime
    """When it should go out; the job's ``run_after`` too."""
    begun_at: datetime
    """When sending first began."""
    event_id: str | None = None
    """The message, once it is known."""
    also: tuple[str, ...] = ()
    """The keys of further occurrences that the same message tells."""
    told: tuple[tuple[str, str], ...] = ()
    """When each occurrence is, by its key, as the message says it, with digests of what else (`community.agenda.told`);
    nothing in posts of an earlier version, which did not note it."""
    edits: str = ""
    """The key of the post that this message edits; empty where it edits none."""
    replies_to: str = ""
    """The key of the post that this message replies to."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all occurrences that the message tells."""
        return (self.occurrence_key, *self.also)

    @property
    def idempotency_key(self) -> str:
        """One for each occurrence and room."""
        return self.key_of(self.occurrence_key, self.room_key)

    @classmethod
    def key_of(cls, occurrence_key: str, room_key: str) -> str:
        """Return the idempotency key of the post of an occurrence in a room."""
        return f"{cls.KIND}/{room_key} {occurrence_key}"

    def encoded(self) -> dict[str, str]:
        """Return the payload as it is stored."""
        moments = {"due_at": self.due_at.isoformat(), "begun_at": self.begun_at.isoformat()}
        others = {
            "event_id": self.event_id or "",
            "also": json.dumps(self.also),
            "told": told_text(self.told),
        }
        return super().encoded() | moments | others

    @classmethod
    def decoded(cls, payload: Mapping[str, str]) -> Self:
        """Return what a stored payload says. Raises LookupError, ValueError or TypeError."""
        due_at, begun_at = (moment_of(payload[name]) for name in ("due_at", "begun_at"))
        also = json.loads(payload.get("also", "[]"))
        if not isinstance(also, list) or not all(isinstance(key, str) for key in also):
            raise TypeError("other occurrences than by their keys")
        told = json.loads(payload.get("told", "{}"))
        if not isinstance(told, dict) or not all(isinstance(state, str) for state in told.values()):
            raise TypeError("what was told is no text by key")
        return cls(
            occurrence_key=payload["occurrence_key"],
            room_key=payload["room_key"],
            room_id=payload["room_id"],
            transaction_id=payload["transaction_id"],
            device_id=payload["device_id"],
            due_at=due_at,
            begun_at=begun_at,
            event_id=payload.get("event_id") or None,
            also=tuple(also),
            told=tuple(told.items()),
            edits=payload.get("edits", ""),
            replies_to=payload.get("replies_to", ""),
        )


def told_text(told: Iterable[tuple[str, str]]) -> str:
    """Return what a message tells as it is stored."""
    return json.dumps(dict(told))
