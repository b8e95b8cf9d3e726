"""The effect of somebody's asking for what was said before they came: they are invited again once they have left."""

from __future__ import annotations

from dataclasses import dataclass

from bots.context.effects import EffectType, ImportedExecutor
from bots.context.message import Effect


@dataclass(frozen=True, slots=True)
class InviteOnceLeft(Effect):
    """Invite whoever has asked into this room again, once they have left it by themselves.

    ``takes_out``: the bot takes them out of it.
    """

    room_id: str
    room_key: str
    takes_out: bool = False


INVITE_ONCE_LEFT = EffectType(
    "invite-once-left",
    InviteOnceLeft,
    execute=ImportedExecutor("bots.features.earlier.executor:invite_once_left"),
)
