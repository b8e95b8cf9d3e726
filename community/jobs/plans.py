"""The job of applying a plan: filed by whoever may, carried out by the provisioning service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from community.jobs.payload import Erasure, JobPayload


@dataclass(frozen=True)
class PlanApplication(JobPayload):
    """Apply the plan of that digest. ``by``: who asks; ``again``: people to invite again (all Matrix IDs)."""

    KIND: ClassVar[str] = "apply"
    ERASURE: ClassVar[Erasure] = Erasure.KEPT
    KEPT_FOR: ClassVar[timedelta | None] = timedelta(days=180)

    digest: str
    actor: str
    again: tuple[str, ...] = ()

    @property
    def idempotency_key(self) -> str:
        """One job for each plan."""
        return f"{self.KIND}/{self.digest}"

    def encoded(self) -> dict[str, str]:
        """Return the payload as it is stored."""
        return {"digest": self.digest, "actor": self.actor, "again": " ".join(self.again)}

    @classmethod
    def decoded(cls, payload: Mapping[str, str]) -> Self:
        """Return what a stored payload says. Raises LookupError."""
        return cls(payload["digest"], payload["actor"], tuple(payload.get("again", "").split()))
