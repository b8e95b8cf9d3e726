"""Telling people what Palabre has to tell them: in the coordinators' room, or in a direct message, each thing once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bots.directs import DirectRooms
from bots.encryption import EncryptedClient, RoomView
from bots.periodic import repeat
from bots.posting import PostOnce, always
from bots.requested import Requested
from bots.skill import Reply
from bots.skills import SkillSet
from bots.skills.rendering import reply_of
from community.core.errors import PalabreError
from community.core.messages import Translator
from community.core.plain_text import clean, isolated
from community.jobs.notice_text import sentences_of
from community.jobs.notices import COORDINATORS, NOTICE, Notice, notice_of, values_in
from community.storage import Job, JobState, Store
from matrix.ids import UserId

log = structlog.get_logger()

LOOK_EVERY = 2.0
"""Seconds between looks for what there is to tell."""
DEVICES_EVERY = timedelta(seconds=30)
"""Between looks whether people who have no verified device have one now."""


class NoticeDelivery:
    """Tells the notices that wait. ``now`` gives the time."""

    def __init__(
        self,
        store: Store,
        client: EncryptedClient,
        once: PostOnce,
        requested: Requested,
        directs: DirectRooms,
        skills: SkillSet,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._client = client
        self._once = once
        self._requested = requested
        self._directs = directs
        self._skills = skills
        self._now = now
        self._unseen = False
        self._asked: dict[UserId, datetime] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Tell what there is to tell until ``stop``."""
        await repeat(self.deliver, stop, every=LOOK_EVERY, failed="telling_failed")

    async def deliver(self) -> None:
        """Tell what can be told now; the rest waits: for a room, for somebody's verified device.

        Raises:
            PalabreError: the store or the homeserver does not answer; the next call tries again.
        """
        pending = await self._store.jobs.pending(NOTICE)
        if not pending:
            return
        await self._requested.people.refresh()
        read = [(request, notice) for request in pending if (notice := await self._read(request)) is not None]
        await self._tell_coordinators([(r, n) for r, n in read if n.audience == COORDINATORS])
        persons = [(r, n) for r, n in read if n.audience != COORDINATORS]
        ready = await self._ready({UserId(notice.audience) for _request, notice in persons})
        for request, notice in persons:
            if notice.audience in ready:
                await self._guarded(request, notice)

    async def _read(self, request: Job) -> Notice | None:
        """Return what a request tells; one that nobody can be told is ended as failed."""
        try:
            notice = notice_of(request)
            sentences_of(notice)
        except (ValueError, LookupError) as error:
            log.warning("notice_unreadable", number=request.id, kind=type(error).__name__)
            await self._end(request, JobState.FAILED, "unreadable")
            return None
        if notice.audience != COORDINATORS and notice.audience not in self._requested.people:
            log.warning("notice_for_nobody", number=request.id, kind=notice.kind.value)
            await self._end(request, JobState.FAILED, "nobody")
            return None
        return notice

    async def _tell_coordinators(self, notices: Collection[tuple[Job, Notice]]) -> None:
        room = self._requested.coordinators
        if room is None:
            if notices and not self._unseen:
                log.warning("nobody_to_tell", count=len(notices))
            self._unseen = bool(notices)
            return
        for request, notice in notices:
            await self._post(request, room, rendered(notice, self._requested.translator), {})

    async def _ready(self, users: Collection[UserId]) -> frozenset[UserId]:
        """Return those who have a verified device: to nobody else is anything said, since they could never read it."""
        now = self._now()
        wanted = {u for u in users if u not in self._asked or now - self._asked[u] >= DEVICES_EVERY}
        if not wanted:
            return frozenset()
        ready = await self._client.with_signed_device(wanted)
        self._asked = {u: now if u in wanted else self._asked[u] for u in users if u not in ready}
        return ready

    async def _guarded(self, request: Job, notice: Notice) -> None:
        """Tell one person; that they cannot be told does not keep others from being told."""
        try:
            await self._tell(request, notice)
        except PalabreError as error:
            log.warning("notice_not_told", number=request.id, reason=str(error))

    async def _tell(self, request: Job, notice: Notice) -> None:
        user_id = UserId(notice.audience)
        room = await self._directs.with_person(user_id)
        if room is None:
            return
        translate = self._skills.translator(self._requested.people[user_id].languages)
        mention = {"m.mentions": {"user_ids": [user_id]}}
        await self._post(request, room, rendered(notice, translate), mention)

    async def _post(self, request: Job, room: RoomView, reply: Reply, marks: dict[str, Any]) -> None:
        told = await self._once.post(
            f"notice/{request.id}",
            room.room_id,
            room.room_id,
            due=self._now(),
            message=partial(always, reply),
            marks=marks,
        )
        await self._end(request, *((JobState.DONE, None) if told else (JobState.FAILED, "too late")))

    async def _end(self, request: Job, state: JobState, reason: str | None) -> None:
        """End a request; the names in it nobody needs any more."""
        names = values_in(request.payload)
        await self._store.jobs.end(request.id, state, at=self._now(), reason=reason, without=names)


def rendered(notice: Notice, translate: Translator) -> Reply:
    """Return a notice as it is said in a language. Pure."""
    language = translate.language
    values = {n: v if v.isdecimal() else isolated(clean(v), language) for n, v in notice.values.items()}
    said = sentences_of(replace(notice, values=values))
    return reply_of([translate(sentence) for sentence in said], [], [], language)
