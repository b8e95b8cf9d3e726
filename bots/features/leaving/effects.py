"""The effects of somebody's leaving the network."""

from __future__ import annotations

from dataclasses import dataclass

from bots.context.effects import EffectType, ImportedExecutor
from bots.context.message import Effect


@dataclass(frozen=True, slots=True)
class LeaveNetwork(Effect):
    """Let the sender go: what they become (``status``), and what they have chosen (see `LeavingWish`)."""

    status: str
    successor: str
    takes_back: bool
    erases: bool


@dataclass(frozen=True, slots=True)
class LeavingWish(Effect):
    """Store what somebody has chosen until they confirm it by ``number``, in ``conversation``.

    ``status``: ``left`` or ``alumni``. ``successor``: the user name of whoever takes over, empty for nobody.
    ``takes_back``: what they wrote is deleted; ``erases``: their name and data as well. It replaces any earlier one.
    """

    conversation: str
    language: str
    number: int = 0
    status: str = "left"
    successor: str = ""
    takes_back: bool = False
    erases: bool = False


LEAVE_NETWORK = EffectType(
    "leave-network",
    LeaveNetwork,
    execute=ImportedExecutor("bots.features.leaving.executor:leave"),
)
LEAVING_WISH = EffectType(
    "leaving-wish",
    LeavingWish,
    execute=ImportedExecutor("bots.features.leaving.executor:keep_wish"),
)
