"""The effects of a keeper's removal of somebody from a safe room."""

from __future__ import annotations

from dataclasses import dataclass

from bots.context.effects import EffectType, ImportedExecutor
from bots.context.message import Effect


@dataclass(frozen=True, slots=True)
class RemoveFromSafeRoom(Effect):
    """Have somebody taken out of a safe room and its space."""

    room_key: str
    user_id: str


@dataclass(frozen=True, slots=True)
class RemovalWish(Effect):
    """Store a request until the keeper confirms it by ``number``, in ``conversation``.

    It replaces any other of theirs.
    """

    room_key: str
    user_id: str
    conversation: str
    language: str
    number: int


REMOVE_FROM_SAFE_ROOM = EffectType(
    "remove-from-safe-room",
    RemoveFromSafeRoom,
    execute=ImportedExecutor("bots.features.removal.executor:remove"),
)
REMOVAL_WISH = EffectType(
    "removal-wish",
    RemovalWish,
    execute=ImportedExecutor("bots.features.removal.executor:keep_wish"),
)
