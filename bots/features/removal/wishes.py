"""What keepers have been asked back about removals, kept among the drafts: a restart of the bot does not end it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from bots.context.conversation_memory import REMEMBERED_FOR
from bots.context.log import warn
from bots.context.message import MessageContext
from bots.features.removal.effects import RemovalWish

if TYPE_CHECKING:
    from community.storage import Drafts

AWAITED = "safe-removal"
"""The conversation of such a draft, which is of no room: there is one for each person, wherever it was asked."""


def content_of(wish: RemovalWish) -> str:
    """Return a wish as the content of such a draft."""
    return json.dumps(asdict(wish))


def waiting_wish(context: MessageContext) -> RemovalWish | None:
    """Return what waits for the sender's word, for as long as what is said in a conversation is remembered."""
    kept = next((each for each in context.awaited if each.key == AWAITED), None)
    if kept is None or context.now - kept.at > REMEMBERED_FOR:
        return None
    try:
        return RemovalWish(**json.loads(kept.content))
    except (ValueError, TypeError) as error:
        # Another Palabre has written it otherwise.
        warn("removal_wish_unreadable", kind=type(error).__name__)
        return None


async def drop_wish(drafts: Drafts, user_id: str) -> None:
    """Forget what waits for somebody's word. Raises StoreError."""
    await drafts.delete("", AWAITED, user_id)
