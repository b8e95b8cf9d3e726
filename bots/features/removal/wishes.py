"""What keepers have been asked back about removals, kept among the drafts: a restart of the bot does not end it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from bots.context.conversation_memory import REMEMBERED_FOR
from bots.context.log import warn
from bots.features.removal.effects import RemovalWish

if TYPE_CHECKING:
    from community.storage import Drafts

PLACE = "", "safe-removal"
"""Stands for room and conversation of such a draft: there is one for each person, wherever it was asked."""


def content_of(wish: RemovalWish) -> str:
    """Return a wish as the content of such a draft."""
    return json.dumps(asdict(wish))


class RemovalWishes:
    """At most one for each person, for as long as what is said in a conversation is remembered."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    async def get(self, user_id: str, now: datetime) -> RemovalWish | None:
        """Return what waits for somebody's word. Raises StoreError."""
        kept = await self._drafts.get(*PLACE, user_id)
        if kept is None or now - kept.at > REMEMBERED_FOR:
            return None
        try:
            return RemovalWish(**json.loads(kept.content))
        except (ValueError, TypeError) as error:
            # Another Palabre has written it otherwise.
            warn("removal_wish_unreadable", kind=type(error).__name__)
            return None

    async def drop(self, user_id: str) -> None:
        """Forget it. Raises StoreError."""
        await self._drafts.delete(*PLACE, user_id)
