"""What the policy of a room says where the room says nothing. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from community.description.model import Policy, RoomSpec


@dataclass(frozen=True, slots=True)
class Habits:
    """What a policy says where the room says nothing: history visibility (spec), the bot's presence, retention."""

    history: str
    bots: bool
    retention: timedelta | None


def habits(policy: Policy) -> Habits:
    """Return the habits of a policy."""
    match policy:
        case Policy.LOBBY | Policy.OPEN | Policy.CLOSED | Policy.ANNOUNCE:
            return Habits("shared", bots=True, retention=None)
        case Policy.CAFE:
            return Habits("joined", bots=True, retention=timedelta(days=90))
        case Policy.SAFE:
            return Habits("joined", bots=False, retention=timedelta(days=180))
        case _:
            assert_never(policy)


def habits_of(spec: RoomSpec) -> Habits:
    """Return the habits of its policy, but for what ``spec`` says otherwise."""
    usual = habits(spec.policy)
    return Habits(
        history=usual.history if spec.history is None else spec.history,
        bots=usual.bots if spec.bots is None else spec.bots,
        retention=usual.retention if spec.retention is None else spec.retention,
    )
