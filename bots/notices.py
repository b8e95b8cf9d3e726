"""Telling people what Palabre has to tell them: in the coordinators' room, or in a direct message, each thing once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bots.directs import DirectRooms
from bots.encryption import EncryptedClient, RoomView
from bots.posting import PostOnce, always
from bots.requested import Requested
from bots.skill import Reply
from bots.skills import SkillSet
from bots.skills.rendering import reply_of
from community.core.messages import Translator
from community.core.plain_text import clean, isolated
from community.jobs.errors import NotYet, PermanentError
from community.jobs.job import Job
from community.jobs.notice_text import sentences_of
from community.jobs.notices import COORDINATORS, Notice
from community.jobs.worker import JobHandler
from matrix.ids import UserId

log = structlog.get_logger()

DEVICES_EVERY = timedelta(seconds=30)
"""Between looks whether people who have no verified device have one now."""


class NoticeDelivery(JobHandler[Notice]):
    """Tells the notices that wait. ``now`` gives the time."""

    kind = Notice
    look_every = timedelta(seconds=2)

    def __init__(
        self,
        client: EncryptedClient,
        once: PostOnce,
        requested: Requested,
        directs: DirectRooms,
        skills: SkillSet,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._once = once
        self._requested = requested
        self._directs = directs
        self._skills = skills
        self._now = now
        self._unseen = False
        self._asked: dict[UserId, datetime] = {}

    async def ready(self, waiting: Mapping[int, Notice]) -> Collection[int]:
        """Return those that can be told, or can never be; the rest waits: for a room, for a verified device.

        Raises:
            PalabreError: the store or the homeserver does not answer.
        """
        people = self._requested.people
        await people.refresh()
        to_room = [number for number, notice in waiting.items() if notice.audience == COORDINATORS]
        to_people = {
            number: UserId(notice.audience)
            for number, notice in waiting.items()
            if notice.audience != COORDINATORS
        }
        known = await self._verified({user for user in to_people.values() if user in people})
        told = [number for number, user in to_people.items() if user in known or user not in people]
        return [*(to_room if self._is_open(len(to_room)) else ()), *told]

    def _is_open(self, count: int) -> bool:
        """Whether the coordinators' room is there to tell so many notices in."""
        is_open = self._requested.coordinators is not None
        if count and not is_open and not self._unseen:
            log.warning("nobody_to_tell", count=count)
        self._unseen = bool(count) and not is_open
        return is_open

    async def _verified(self, users: Collection[UserId]) -> frozenset[UserId]:
        """Return those who have a verified device: to nobody else is anything said, since they could never read it."""
        now = self._now()
        wanted = {u for u in users if u not in self._asked or now - self._asked[u] >= DEVICES_EVERY}
        if not wanted:
            return frozenset()
        verified = await self._client.with_signed_device(wanted)
        self._asked = {u: now if u in wanted else self._asked[u] for u in users if u not in verified}
        return verified

    async def carry_out(self, job: Job, payload: Notice) -> None:
        """Tell one notice.

        Raises:
            JobError: it cannot be told, not now or never.
            PalabreError: it was not told, as far as is known.
        """
        try:
            sentences_of(payload)
        except (ValueError, LookupError) as error:
            raise PermanentError("unreadable") from error
        if payload.audience == COORDINATORS:
            room = self._requested.coordinators
            await self._post(job, room, rendered(payload, self._requested.translator), {})
            return
        user_id = UserId(payload.audience)
        person = self._requested.people.get(user_id)
        if person is None:
            raise PermanentError("nobody")
        room = await self._directs.with_person(user_id)
        mention = {"m.mentions": {"user_ids": [user_id]}}
        await self._post(job, room, rendered(payload, self._skills.translator(person.languages)), mention)

    async def _post(self, job: Job, room: RoomView | None, reply: Reply, marks: dict[str, Any]) -> None:
        if room is None:
            raise NotYet("no room yet", self.look_every)
        told = await self._once.post(
            # With the moment: what is so a second time is the same job, filed again, and told again.
            f"notice/{job.id}/{job.filed_at.isoformat()}",
            room.room_id,
            room.room_id,
            due=self._now(),
            message=partial(always, reply),
            marks=marks,
        )
        if not told:
            raise PermanentError("too late")


def rendered(notice: Notice, translate: Translator) -> Reply:
    """Return a notice as it is said in a language. Pure."""
    language = translate.language
    values = {n: v if v.isdecimal() else isolated(clean(v), language) for n, v in notice.values.items()}
    said = sentences_of(replace(notice, values=values))
    return reply_of([translate(sentence) for sentence in said], [], [], language)
