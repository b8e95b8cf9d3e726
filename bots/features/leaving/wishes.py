"""What somebody who leaves has chosen so far."""

from __future__ import annotations

from bots.context.message import MessageContext
from bots.context.waiting_wishes import WaitingWishes
from bots.features.leaving.effects import LeavingWish

LEAVING_WISHES = WaitingWishes(LeavingWish, "leaving", "leaving_wish_unreadable")


def waiting_wish(context: MessageContext) -> LeavingWish | None:
    """Return the sender's wish in this conversation that waits for confirmation, None without it."""
    wish = LEAVING_WISHES.waiting(context)
    return wish if wish is not None and wish.conversation == context.conversation else None
