"""The job of bringing one member's account and rooms to what the applied community says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from community.jobs.payload import Erasure, JobPayload


@dataclass(frozen=True)
class MembershipUpdate(JobPayload):
    """Make what is described of ``user_id`` so: their rooms, what the bots know of them, their account's end.

    Filed by whoever has changed a member (`community.storage.members`), carried out by the provisioning service.
    ``by``: who asked for the change (a Matrix ID). ``change``: the revision of the description that has it. ``again``:
    the keys of rooms that the person has asked for themselves: they are asked in also where they had left them.
    """

    KIND: ClassVar[str] = "membership"
    ERASURE: ClassVar[Erasure] = Erasure.KEPT
    KEPT_FOR: ClassVar[timedelta | None] = timedelta(0)

    user_id: str
    by: str
    change: str
    again: tuple[str, ...] = ()

    @property
    def idempotency_key(self) -> str:
        """One job for each change of a member."""
        return f"{self.KIND}/{self.user_id}/{self.change}"

    def encoded(self) -> dict[str, str]:
        """Return the payload as it is stored."""
        return {"user_id": self.user_id, "by": self.by, "change": self.change, "again": " ".join(self.again)}

    @classmethod
    def decoded(cls, payload: Mapping[str, str]) -> Self:
        """Return what a stored payload says. Raises LookupError."""
        again = tuple(payload.get("again", "").split())
        return cls(payload["user_id"], payload["by"], payload["change"], again)
