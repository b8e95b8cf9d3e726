"""The bot's backup of its room keys: kept up in the background, and coordinators told where it is not ours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from bots.context.background import PeriodicWork
from bots.encryption import KeyUploads
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import Store

LOOK_EVERY = 30.0
"""Seconds between looks for sessions that are not in the backup yet."""


class KeyBackupWatch:
    """Lets ``uploads`` work now and then. ``now`` gives the time."""

    def __init__(self, store: Store, uploads: KeyUploads, *, now: Callable[[], datetime]) -> None:
        self._jobs = store.jobs
        self._uploads = uploads
        self._now = now
        self._told: str | None = None
        self.periodic = PeriodicWork(self.look, LOOK_EVERY, "keys_not_backed_up")

    async def look(self) -> None:
        """Put what is due into the backup. Where it is not ours: tell coordinators, once for each other one.

        Raises:
            PalabreError: the homeserver does not answer, or the disk or store failed; the next look tries again.
        """
        await self._uploads.look()
        foreign = self._uploads.foreign
        if foreign is not None and foreign != self._told:
            # The name is the homeserver's own, of any length.
            occasion = sha256(foreign.encode()).hexdigest()[:16]
            notice = Notice(NoticeKind.KEY_BACKUP_REPLACED, COORDINATORS, occasion, {})
            await self._jobs.file(notice, at=self._now())
        self._told = foreign
