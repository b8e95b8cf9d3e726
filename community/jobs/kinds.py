"""Every kind of job, by its name in the table."""

from __future__ import annotations

from collections.abc import Mapping

from community.jobs.invitations import RoomInvitation
from community.jobs.notices import Notice
from community.jobs.payload import Erasure, JobPayload
from community.jobs.plans import PlanApplication
from community.jobs.removals import SafeRemoval
from community.jobs.requested import PassedQuestion, ProposedChange

KINDS: Mapping[str, type[JobPayload]] = {
    kind.KIND: kind
    for kind in (RoomInvitation, PlanApplication, SafeRemoval, Notice, PassedQuestion, ProposedChange)
}


def is_erased(kind: str) -> bool:
    """Whether jobs of a kind are deleted when a person in them is forgotten; true for unknown kinds."""
    return kind not in KINDS or KINDS[kind].ERASURE is Erasure.DELETED
