"""How far somebody who was invited has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from community.core.messages import Message, msg
from community.joining.invitation import NetworkInvitation


class ArrivalStage(StrEnum):
    """The stages in their order; where somebody stays, the next one is what they are stuck at."""

    NOT_OPENED = "not opened"
    OPENED = "opened"
    """They have looked at the page, and have no account."""
    ACCOUNT_MADE = "account made"
    """They have an account, and have not signed in."""
    SIGNED_IN = "signed in"
    """They have a device that is signed, and no recovery key."""
    ARRIVED = "arrived"

    def is_after(self, other: ArrivalStage) -> bool:
        """Whether it comes after another one."""
        order = list(ArrivalStage)
        return order.index(self) > order.index(other)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who came by a link: since when they have an account, their stage, and since when they are at that."""

    invitation: int
    user_id: str
    came_at: datetime
    stage: ArrivalStage
    stage_at: datetime


@dataclass(frozen=True, slots=True)
class InvitedNews:
    """A thing that whoever invites is told once: ``what`` of ``user_id``, empty for a link by which nobody has come."""

    invitation: int
    user_id: str
    what: str


def first_stage(invitation: NetworkInvitation) -> ArrivalStage:
    """Return the stage of whoever has not come by a link yet."""
    return ArrivalStage.NOT_OPENED if invitation.opened_at is None else ArrivalStage.OPENED


def coming_text(arrival: Arrival) -> Message:
    """Return what an inviter is told of somebody who has come; of whom no account is known, how they go on."""
    if arrival.stage is ArrivalStage.OPENED:
        return msg(
            "has begun as {user}, and is kept that name: they go on by the same link, with the same password",
            user=arrival.user_id.removeprefix("@").partition(":")[0],
        )
    return stage_text(arrival.stage)


def stage_text(stage: ArrivalStage) -> Message:
    """Return what an inviter is told of a stage."""
    match stage:
        case ArrivalStage.NOT_OPENED:
            return msg("has not opened the link")
        case ArrivalStage.OPENED:
            return msg("has opened the link, and has no account yet")
        case ArrivalStage.ACCOUNT_MADE:
            return msg("has an account, and has not signed in yet")
        case ArrivalStage.SIGNED_IN:
            return msg("has signed in, and has no recovery key yet")
        case ArrivalStage.ARRIVED:
            return msg("has arrived")
        case _:
            assert_never(stage)
