"""Requests for a removal that wait for the keeper's confirmation, stored among the drafts to survive a restart."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from bots.context.conversation_memory import REMEMBERED_FOR
from bots.context.log import warn
from bots.context.message import MessageContext, is_over
from bots.features.removal.effects import RemovalWish

if TYPE_CHECKING:
    from community.storage import Drafts

AWAITED = "safe-removal"
"""The conversation of such a draft, which is of no room: each person has at most one, wherever they asked."""


def content_of(wish: RemovalWish) -> str:
    """Return a request as the content of a draft."""
    return json.dumps(asdict(wish))


def waiting_wish(context: MessageContext) -> RemovalWish | None:
    """Return the sender's request that waits for confirmation, None without one.

    It is valid for `REMEMBERED_FOR`.
    """
    kept = next((each for each in context.awaited if each.key == AWAITED), None)
    if kept is None or is_over(context, kept.at, REMEMBERED_FOR):
        return None
    try:
        return RemovalWish(**json.loads(kept.content))
    except (ValueError, TypeError) as error:
        # Another version of Palabre has written it in another form.
        warn("removal_wish_unreadable", kind=type(error).__name__)
        return None


async def drop_wish(drafts: Drafts, user_id: str) -> None:
    """Delete a person's request that waits for confirmation. Raises StoreError."""
    await drafts.delete("", AWAITED, user_id)
