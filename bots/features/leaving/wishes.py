"""What somebody who leaves has chosen so far, stored among the drafts to survive a restart."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from bots.context.conversation_memory import REMEMBERED_FOR
from bots.context.log import warn
from bots.context.message import MessageContext, is_over
from bots.features.leaving.effects import LeavingWish

if TYPE_CHECKING:
    from community.storage import Drafts

AWAITED = "leaving"
"""The conversation of such a draft, which is of no room: each person has at most one."""


def content_of(wish: LeavingWish) -> str:
    """Return a wish as the content of a draft."""
    return json.dumps(asdict(wish))


def waiting_wish(context: MessageContext) -> LeavingWish | None:
    """Return the sender's wish in this conversation that waits for confirmation, for `REMEMBERED_FOR`."""
    kept = next((each for each in context.awaited if each.key == AWAITED), None)
    if kept is None or is_over(context, kept.at, REMEMBERED_FOR):
        return None
    try:
        wish = LeavingWish(**json.loads(kept.content))
    except (ValueError, TypeError) as error:
        # Another version of Palabre has written it in another form.
        warn("leaving_wish_unreadable", kind=type(error).__name__)
        return None
    return wish if wish.conversation == context.conversation else None


async def drop_wish(drafts: Drafts, user_id: str) -> None:
    """Delete what a person has chosen so far. Raises StoreError."""
    await drafts.delete("", AWAITED, user_id)
