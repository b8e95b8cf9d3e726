"""Removals from safe rooms that a keeper has asked the bot for: filed by the bot, carried out by the provisioner.

A removal that was carried out is remembered: the description alone does not let the person in again, until somebody
asks for them by name (``palabre plan --again``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from community.jobs.job import Job
from community.jobs.payload import Erasure, JobPayload

SAFE_REMOVAL = "safe-removal"


@dataclass(frozen=True)
class SafeRemoval(JobPayload):
    """Who is to be taken out of a safe room and its space, and who has asked for it (Matrix IDs)."""

    KIND: ClassVar[str] = SAFE_REMOVAL
    REOPENED: ClassVar[bool] = True
    ERASURE: ClassVar[Erasure] = Erasure.KEPT

    room_key: str
    user_id: str
    by: str

    @property
    def idempotency_key(self) -> str:
        """One job for each person and safe room."""
        return f"{self.KIND}/{self.room_key}/{self.user_id}"


def removed_from(done: Iterable[Job], room_key: str) -> frozenset[str]:
    """Return the removals that still keep somebody out of a safe room, by Matrix ID."""
    return frozenset(said.user_id for _job, said in SafeRemoval.each(done) if said.room_key == room_key)
