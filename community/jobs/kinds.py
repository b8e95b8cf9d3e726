"""Every kind of job, by its name in the table."""

from __future__ import annotations

from collections.abc import Mapping

from community.jobs.arrival_news import ArrivalNews
from community.jobs.greetings import Greeting
from community.jobs.history_keys import HistoryKeys
from community.jobs.invitations import RoomInvitation
from community.jobs.leavings import ForgettingRequest, Leaving
from community.jobs.memberships import MembershipUpdate
from community.jobs.notices import Notice
from community.jobs.payload import Erasure, JobPayload
from community.jobs.planned_replies import PlannedReplyJob
from community.jobs.plans import PlanApplication
from community.jobs.removals import SafeRemoval
from community.jobs.requested import PassedQuestion, ProposedChange, SpaceRequest
from community.jobs.return_invitations import ReturnInvitation
from community.jobs.room_posts import RoomPost
from community.jobs.space_changes import SpaceChange

KINDS: Mapping[str, type[JobPayload]] = {
    kind.KIND: kind
    for kind in (
        RoomInvitation,
        HistoryKeys,
        ArrivalNews,
        Greeting,
        ReturnInvitation,
        PlanApplication,
        SafeRemoval,
        MembershipUpdate,
        Leaving,
        ForgettingRequest,
        Notice,
        PassedQuestion,
        ProposedChange,
        SpaceRequest,
        SpaceChange,
        RoomPost,
        PlannedReplyJob,
    )
}
SEALED_KINDS = tuple(sorted(name for name, kind in KINDS.items() if kind.SEALED))
"""The kinds of job with people's words in them."""


def is_erased(kind: str) -> bool:
    """Whether jobs of a kind are deleted when a person in them is forgotten; true for unknown kinds."""
    return kind not in KINDS or KINDS[kind].ERASURE is Erasure.DELETED


def is_begun_only(kind: str) -> bool:
    """Whether jobs of a kind are carried out by whoever files them alone, and by no worker."""
    return kind in KINDS and KINDS[kind].BEGUN_ONLY


def is_kept(kind: str) -> bool:
    """Whether jobs of a kind stay in the table for a while when they have ended."""
    kept_for = KINDS[kind].KEPT_FOR if kind in KINDS else None
    return kept_for is None or bool(kept_for)
