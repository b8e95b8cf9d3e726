"""What somebody was asked to confirm, stored among the drafts so that a restart does not end it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from bots.context.conversation_memory import REMEMBERED_FOR
from bots.context.log import warn
from bots.context.message import MessageContext, is_over
from bots.features.spaces.effects import KeepSpaceWish

if TYPE_CHECKING:
    from community.storage import Drafts

AWAITED = "space-wish"
"""The conversation of such a draft, which is of no room: each person has at most one, wherever they asked."""


def content_of_wish(wish: KeepSpaceWish) -> str:
    """Return what is wanted as the content of a draft."""
    return json.dumps(asdict(wish))


def waiting_space_wish(context: MessageContext) -> KeepSpaceWish | None:
    """Return what the sender was asked to confirm in this conversation, None without it or after `REMEMBERED_FOR`."""
    kept = next((each for each in context.awaited if each.key == AWAITED), None)
    if kept is None or is_over(context, kept.at, REMEMBERED_FOR):
        return None
    try:
        wish = KeepSpaceWish(**json.loads(kept.content))
    except (ValueError, TypeError) as error:
        # Another version of Palabre has written it in another form.
        warn("space_wish_unreadable", kind=type(error).__name__)
        return None
    return wish if wish.conversation == context.conversation else None


async def drop_space_wish(drafts: Drafts, user_id: str) -> None:
    """Delete what a person was asked to confirm. Raises StoreError."""
    await drafts.delete("", AWAITED, user_id)
