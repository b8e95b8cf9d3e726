"""What holds in a room by its policy, and what its own entry says otherwise. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from community.description.model import Policy, RoomSpec


@dataclass(frozen=True, slots=True)
class RoomOptions:
    """What holds in a room besides who may enter and write.

    ``history`` is a value of ``m.room.history_visibility`` (spec, "Room History Visibility"); ``bots``: whether the bot
    is in the room; ``retention``: how long messages are kept, None for always.
    """

    history: str
    bots: bool
    retention: timedelta | None


def is_open_history(history: str) -> bool:
    """Whether people who come later may read what is said under this ``m.room.history_visibility``."""
    return history in ("shared", "world_readable")


def policy_options(policy: Policy) -> RoomOptions:
    """Return the options that a policy sets."""
    match policy:
        case Policy.LOBBY:
            # Whoever comes is put into it: what was said before is not shown to them, who could not read it.
            return RoomOptions("joined", bots=True, retention=None)
        case Policy.OPEN | Policy.CLOSED | Policy.ANNOUNCE:
            return RoomOptions("shared", bots=True, retention=None)
        case Policy.CAFE:
            return RoomOptions("joined", bots=True, retention=timedelta(days=90))
        case Policy.SAFE:
            return RoomOptions("joined", bots=False, retention=timedelta(days=180))
        case _:
            assert_never(policy)


def options_of(spec: RoomSpec) -> RoomOptions:
    """Return the options of the room's policy, overridden by what ``spec`` itself says."""
    usual = policy_options(spec.policy)
    return RoomOptions(
        history=usual.history if spec.history is None else spec.history,
        bots=usual.bots if spec.bots is None else spec.bots,
        retention=usual.retention if spec.retention is None else spec.retention,
    )
