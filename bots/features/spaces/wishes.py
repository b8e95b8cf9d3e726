"""What somebody was asked to confirm."""

from __future__ import annotations

from bots.context.message import MessageContext
from bots.context.waiting_wishes import WaitingWishes
from bots.features.spaces.effects import KeepSpaceWish

SPACE_WISHES = WaitingWishes(KeepSpaceWish, "space-wish", "space_wish_unreadable")


def waiting_space_wish(context: MessageContext) -> KeepSpaceWish | None:
    """Return what the sender was asked to confirm in this conversation, None without it."""
    wish = SPACE_WISHES.waiting(context)
    return wish if wish is not None and wish.conversation == context.conversation else None
