"""What keepers have been asked back about removals, kept among the drafts: a restart of the bot does not end it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

import structlog

from bots.context.conversation_memory import REMEMBERED_FOR
from bots.features.removal.effects import RemovalWish
from community.storage import Draft, Drafts

log = structlog.get_logger()

_PLACE = "", "safe-removal"
"""Stands for room and conversation of such a draft: there is one for each person, wherever it was asked."""


class RemovalWishes:
    """At most one for each person, for as long as what is said in a conversation is remembered."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    async def get(self, user_id: str, now: datetime) -> RemovalWish | None:
        """Return what waits for somebody's word. Raises StoreError."""
        kept = await self._drafts.get(*_PLACE, user_id)
        if kept is None or now - kept.at > REMEMBERED_FOR:
            return None
        try:
            return RemovalWish(**json.loads(kept.content))
        except (ValueError, TypeError) as error:
            # Another Palabre has written it otherwise.
            log.warning("removal_wish_unreadable", kind=type(error).__name__)
            return None

    async def put(self, user_id: str, wish: RemovalWish, at: datetime) -> None:
        """Keep it, in place of any other of theirs. Raises StoreError."""
        room_id, conversation = _PLACE
        await self._drafts.put(
            Draft(
                room_id=room_id,
                conversation=conversation,
                user_id=user_id,
                content=json.dumps(asdict(wish)),
                at=at,
            )
        )

    async def drop(self, user_id: str) -> None:
        """Forget it. Raises StoreError."""
        await self._drafts.delete(*_PLACE, user_id)
