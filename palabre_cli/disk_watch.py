"""Refusing people's files before the databases have no room: the homeserver is started anew without uploads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from community.core.disk import MEGABYTE, free_bytes, may_send_files
from community.core.errors import PalabreError
from community.core.messages import Message, msg
from community.description.current_settings import CurrentSettings
from community.description.data_folder import DataFolder
from community.description.settings import Settings
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import open_store

LOOK_EVERY = 10.0
"""Seconds between two looks at the disk."""


@dataclass
class DiskWatch:
    """Looks at the disk of ``data``, by the ``settings`` of then; says once where these have a mistake.

    ``switch`` starts the homeserver with or without uploads, ``say`` tells the operator.
    """

    settings: CurrentSettings
    data: DataFolder
    switch: Callable[[bool], Awaitable[None]]
    say: Callable[[Message], None]
    uploads: bool

    async def run(self) -> None:
        """Look until cancelled. What fails is said, and tried again at the next look."""
        mistake = None
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                settings, before, mistake = self.settings.read(), mistake, self.settings.mistake
                if mistake is not None and mistake != before:
                    self.say(mistake)
                await self.look(settings, free_bytes(self.data.synapse))
            except PalabreError as error:
                self.say(error.sentence)

    async def look(self, settings: Settings, free: int | None) -> None:
        """Switch where it is time to, and tell the operator and the coordinators.

        Raises:
            PalabreError: the configuration or the notice cannot be written.
        """
        wanted = may_send_files(free, settings.homeserver.least_free, so_far=self.uploads)
        if wanted == self.uploads:
            return
        await self.switch(wanted)
        self.uploads = wanted
        megabytes = str((free or 0) // MEGABYTE)
        self.say(switched(megabytes, uploads=wanted))
        now = datetime.now(UTC)
        kind = NoticeKind.FILES_AGAIN if wanted else NoticeKind.FILES_REFUSED
        notice = Notice(kind, COORDINATORS, now.isoformat(timespec="seconds"), {"free": megabytes})
        async with await open_store(settings, self.data) as store:
            await store.jobs.file(notice, at=now)


def switched(megabytes: str, *, uploads: bool) -> Message:
    """Return what the operator is told."""
    if uploads:
        return msg("The disk has room again ({free} MB): files can be sent.", free=megabytes)
    return msg(
        "The disk is nearly full ({free} MB left): the homeserver takes no files until there is room.",
        free=megabytes,
    )
