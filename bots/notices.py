"""Telling people what Palabre has to tell them: in the coordinators' room, or in a direct message, each thing once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bots.context.message import Reply
from bots.context.reply_text import reply_of
from bots.correspondents import Correspondent
from bots.directs import DirectRooms
from bots.encryption import EncryptedClient, RoomView
from bots.escalation import Escalation
from bots.feature_set import FeatureSet
from bots.periodic import repeat
from bots.posting import PostOnce, always
from community.core.errors import PalabreError
from community.core.messages import Translator
from community.core.plain_text import clean, isolated
from community.jobs.notice_text import sentences_of
from community.jobs.notices import COORDINATORS, NOTICE, Notice, file_notice, notice_of, values_in
from community.storage import Request, RequestState, Store
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
        escalation: Escalation,
        directs: DirectRooms,
        features: FeatureSet,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._client = client
        self._once = once
        self._escalation = escalation
        self._directs = directs
        self._correspondents = directs.correspondents
        self._features = features
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
        pending = await self._store.requests.pending(NOTICE)
        if not pending:
            return
        await self._escalation.people.refresh()
        read = [(request, notice) for request in pending if (notice := await self._read(request)) is not None]
        await self._tell_coordinators([(r, n) for r, n in read if n.audience == COORDINATORS])
        persons = [(r, n) for r, n in read if n.audience != COORDINATORS]
        ready = await self._ready({UserId(notice.audience) for _request, notice in persons})
        for request, notice in persons:
            if notice.audience in ready:
                await self._guarded(request, notice)

    async def _read(self, request: Request) -> Notice | None:
        """Return what a request tells, None where it has to wait; one that nobody can be told is ended as failed."""
        try:
            notice = notice_of(request)
            sentences_of(notice)
        except (ValueError, LookupError) as error:
            log.warning("notice_unreadable", number=request.id, kind=type(error).__name__)
            await self._end(request, RequestState.FAILED, "unreadable")
            return None
        if notice.audience != COORDINATORS and self._correspondents.get(notice.audience) is None:
            if not self._correspondents.is_complete:
                return None
            log.warning("notice_for_nobody", number=request.id, kind=notice.kind.value)
            await self._end(request, RequestState.FAILED, "nobody")
            return None
        return notice

    async def _tell_coordinators(self, notices: Collection[tuple[Request, Notice]]) -> None:
        room = self._escalation.coordinators
        if room is None:
            if notices and not self._unseen:
                log.warning("nobody_to_tell", count=len(notices))
            self._unseen = bool(notices)
            await self._tell_each(notices)
            return
        for request, notice in notices:
            await self._post(request, room, rendered(notice, self._escalation.translator), {})

    async def _tell_each(self, notices: Collection[tuple[Request, Notice]]) -> None:
        """Have each coordinator told by themselves: whoever puts somebody into their room must silence no alarm.

        What is filed for each before the first is ended is filed once, wherever the process ends.
        """
        coordinators = self._escalation.watched_coordinators
        for request, notice in notices if coordinators else ():
            for person in coordinators:
                own = replace(notice, audience=person.user_id)
                await file_notice(self._store, own, at=self._now())
            await self._end(request, RequestState.DONE, None)

    async def _ready(self, users: Collection[UserId]) -> frozenset[UserId]:
        """Return those who have a verified device: to nobody else is anything said, since they could never read it."""
        now = self._now()
        wanted = {u for u in users if u not in self._asked or now - self._asked[u] >= DEVICES_EVERY}
        if not wanted:
            return frozenset()
        ready = await self._client.with_signed_device(wanted)
        self._asked = {u: now if u in wanted else self._asked[u] for u in users if u not in ready}
        return ready

    async def _guarded(self, request: Request, notice: Notice) -> None:
        """Tell one person; that they cannot be told does not keep others from being told."""
        try:
            await self._tell(request, notice)
        except PalabreError as error:
            log.warning("notice_not_told", number=request.id, reason=str(error))

    async def _tell(self, request: Request, notice: Notice) -> None:
        user_id = UserId(notice.audience)
        person = self._correspondents.get(user_id)
        room = None if person is None else await self._directs.with_person(user_id)
        if person is None or room is None:
            return
        mention = {"m.mentions": {"user_ids": [user_id]}}
        await self._post(request, room, self._written_to(person, notice), mention)

    def _written_to(self, person: Correspondent, notice: Notice) -> Reply:
        """Return a notice in somebody's language; a guest's is not known: in each of the community's."""
        if person.name is not None:
            return rendered(notice, self._features.translator(person.languages))
        translators = [self._features.translator([code]) for code in self._escalation.languages]
        each = {translate.language: rendered(notice, translate) for translate in translators}.values()
        return Reply("\n\n".join(reply.text for reply in each), "".join(reply.html for reply in each))

    async def _post(self, request: Request, room: RoomView, reply: Reply, marks: dict[str, Any]) -> None:
        told = await self._once.post(
            f"notice/{request.id}",
            room.room_id,
            room.room_id,
            due=self._now(),
            message=partial(always, reply),
            marks=marks,
        )
        await self._end(request, *((RequestState.DONE, None) if told else (RequestState.FAILED, "too late")))

    async def _end(self, request: Request, state: RequestState, reason: str | None) -> None:
        """End a request; the names in it nobody needs any more."""
        names = values_in(request.payload)
        await self._store.requests.end(request.id, state, at=self._now(), reason=reason, without=names)


def rendered(notice: Notice, translate: Translator) -> Reply:
    """Return a notice as it is said in a language. Pure."""
    language = translate.language
    values = {n: v if v.isdecimal() else isolated(clean(v), language) for n, v in notice.values.items()}
    said = sentences_of(replace(notice, values=values))
    return reply_of([translate(sentence) for sentence in said], [], [], language)
