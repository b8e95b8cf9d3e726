"""Removal: a keeper has somebody taken out of a safe room."""

from bots.context.feature import Feature, HelpLines
from bots.features.removal.dialogue import RemovalDialogue, SafePlace
from bots.features.removal.effects import REMOVAL_WISH, REMOVE_FROM_SAFE_ROOM, RemovalWish, RemoveFromSafeRoom
from bots.features.removal.handler import RemovalHandlers
from community.core.messages import msg

REMOVAL = Feature(
    "removal",
    RemovalHandlers,
    effects=(REMOVE_FROM_SAFE_ROOM, REMOVAL_WISH),
    help=HelpLines(
        commands=(
            msg(
                "“remove … from …”: for keepers of a safe room, to have somebody taken out of it (in a direct message)"
            ),
        )
    ),
)

__all__ = ["REMOVAL", "RemovalDialogue", "RemovalWish", "RemoveFromSafeRoom", "SafePlace"]
