"""Requests for a removal that wait for the keeper's confirmation, stored among the drafts to survive a restart."""

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
"""Room and conversation of such a draft: a fixed value, so that each person has at most one."""


def content_of(wish: RemovalWish) -> str:
    """Return a request as the content of a draft."""
    return json.dumps(asdict(wish))


class RemovalWishes:
    """The stored requests: at most one for each person, each valid for `REMEMBERED_FOR`."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    async def get(self, user_id: str, now: datetime) -> RemovalWish | None:
        """Return the person's request that waits for confirmation, None without one. Raises StoreError."""
        kept = await self._drafts.get(*PLACE, user_id)
        if kept is None or now - kept.at > REMEMBERED_FOR:
            return None
        try:
            return RemovalWish(**json.loads(kept.content))
        except (ValueError, TypeError) as error:
            # Another version of Palabre has written it in another form.
            warn("removal_wish_unreadable", kind=type(error).__name__)
            return None

    async def drop(self, user_id: str) -> None:
        """Delete the person's request. Raises StoreError."""
        await self._drafts.delete(*PLACE, user_id)
