"""Tells the coordinators where somebody has verified the bot and it did not fit: somebody may stand between the two."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256

from bots.encryption.verification import Ended
from bots.encryption.verification_events import Code
from community.jobs.notice_text import BY_EMOJI, BY_KEYS
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import Store

PEOPLE_A_DAY = 5
"""Of so many people a day coordinators are told at most: each can say at any time that something did not fit."""


class VerificationAlarms:
    """Files the notices, one for each person and day. ``now`` gives the time."""

    def __init__(self, store: Store, *, now: Callable[[], datetime]) -> None:
        self._jobs = store.jobs
        self._now = now
        self._told: set[tuple[date, str]] = set()

    async def tell(self, name: str, user_id: str, ended: Ended) -> None:
        """Tell of a verification that has ended so.

        Raises:
            StoreError: the store does not answer.
        """
        now = self._now()
        today = now.date()
        self._told = {each for each in self._told if each[0] == today}
        if len(self._told | {(today, user_id)}) > PEOPLE_A_DAY:
            return
        self._told.add((today, user_id))
        how = BY_EMOJI if ended.code == Code.MISMATCHED_SAS else BY_KEYS
        # Whom it is about stands in the values alone, which are dropped with a person who is forgotten.
        occasion = f"{today.isoformat()}/{sha256(user_id.encode()).hexdigest()[:16]}"
        values = {"name": name, "user": user_id, "how": how}
        await self._jobs.file(
            Notice(NoticeKind.VERIFICATION_ALARMING, COORDINATORS, occasion, values), at=now
        )
