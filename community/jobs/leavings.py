"""Somebody leaves the network: what is to be done, and what the bot forgets of them at the end.

A `Leaving` is filed by whoever leaves, in chat, or by the operator (``palabre person leave``), and is carried out by
the provisioning service step by step. Its last step is a `ForgettingRequest`, which the bot carries out: what its
features keep of people is theirs alone to erase.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from community.description.model import Status
from community.jobs.job import Job
from community.jobs.payload import Erasure, JobPayload

YES = "yes"
"""The value of a field of a job that is wished; empty where it is not."""


@dataclass(frozen=True)
class Leaving(JobPayload):
    """Let ``user_id`` go, as ``by`` asks (Matrix IDs; of the operator the name of the command).

    ``status``: ``left``, or ``alumni`` for whoever stays as a former member. ``successor``: the user name of whoever
    takes over what is in their name, empty for nobody. ``takes_back``: delete first what they wrote; ``erases``: and
    take their name and their data out of everything.
    """

    KIND: ClassVar[str] = "leaving"
    ERASURE: ClassVar[Erasure] = Erasure.KEPT
    KEPT_FOR: ClassVar[timedelta | None] = timedelta(0)

    user_id: str
    username: str
    by: str
    status: str
    successor: str = ""
    takes_back: str = ""
    erases: str = ""

    @property
    def idempotency_key(self) -> str:
        """One job for each person: nobody leaves twice at once."""
        return f"{self.KIND}/{self.user_id}"

    @property
    def becomes(self) -> Status:
        """What they are afterwards. Raises ValueError where the row says nothing that there is."""
        return Status(self.status)

    @property
    def is_erased(self) -> bool:
        """Whether their name and data go with them: who stays as a former member keeps theirs."""
        return bool(self.erases) and self.becomes is Status.LEFT


def others_going(user_id: str, waiting: Iterable[Job]) -> tuple[Leaving, ...]:
    """Return the leavings that wait, but for a person's own: on those who go nobody can count."""
    return tuple(to for _, to in Leaving.each(waiting) if to.user_id != user_id)


@dataclass(frozen=True)
class ForgettingRequest(JobPayload):
    """Take somebody who has left out of the store, and out of what the bot's features keep."""

    KIND: ClassVar[str] = "forgetting"
    ERASURE: ClassVar[Erasure] = Erasure.KEPT
    KEPT_FOR: ClassVar[timedelta | None] = timedelta(0)

    user_id: str
    username: str

    @property
    def idempotency_key(self) -> str:
        """One job for each person."""
        return f"{self.KIND}/{self.user_id}"
