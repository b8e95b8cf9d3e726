"""Telling people what Palabre has to tell them: in the coordinators' room, or in a direct message, each thing once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bots.context.message import Reply
from bots.context.message_kinds import MessageKind, PostForm, kind_of_notice
from bots.context.reply_text import reply_of
from bots.correspondents import Correspondent
from bots.directs import DirectRooms
from bots.encryption import EncryptedClient, RoomView
from bots.escalation import Escalation
from bots.feature_set import FeatureSet
from bots.notice_pictures import picture_of
from bots.overtaken_notices import is_overtaken
from bots.posting import PostOnce, always
from bots.quiet_people import CAN_WAIT
from community.core.messages import Translator
from community.core.plain_text import clean
from community.jobs.errors import NotYet, PermanentError
from community.jobs.greetings import Greeting
from community.jobs.job import Job
from community.jobs.notice_text import sentences_of
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.jobs.worker import JobHandler
from community.storage import Store
from matrix.ids import UserId

log = structlog.get_logger()

AFTER_GREETING = frozenset({NoticeKind.LET_IN, NoticeKind.GATE_WATCHED, NoticeKind.GATE_LET_IN})
"""The notices of safe rooms that a newcomer is told after the greeting, which says who writes to them."""
DEVICES_EVERY = timedelta(seconds=30)
"""Between looks whether people who have no verified device have one now."""


class NoticeDelivery(JobHandler[Notice]):
    """Tells the notices that wait. ``now`` gives the time."""

    kind = Notice
    look_every = timedelta(seconds=2)

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

    async def ready(self, waiting: Mapping[int, Notice]) -> Collection[int]:
        """Return those that can be told, or can never be; the rest waits: for a room, for a verified device.

        What can wait also waits for the end of the quiet hours that somebody has set for themselves.

        Raises:
            PalabreError: the store or the homeserver does not answer.
        """
        await self._escalation.people.refresh()
        to_room = [number for number, notice in waiting.items() if notice.audience == COORDINATORS]
        to_people = {
            number: UserId(notice.audience)
            for number, notice in waiting.items()
            if notice.audience != COORDINATORS
        }
        due = await self._due(waiting, to_people)
        ungreeted = await self._ungreeted([waiting[number] for number in due])
        due = {
            n: user
            for n, user in due.items()
            if waiting[n].kind not in AFTER_GREETING or user not in ungreeted
        }
        verified = await self._verified({user for user in due.values() if self._is_known(user)})
        told = [number for number, user in due.items() if user in verified or self._is_nobody(user)]
        return [*(to_room if self._is_open(len(to_room)) else ()), *told]

    async def _due(self, waiting: Mapping[int, Notice], to: Mapping[int, UserId]) -> dict[int, UserId]:
        """Return those of people who are not in their own quiet hours, and what comes at once all the same."""
        can_wait = {number: user for number, user in to.items() if waiting[number].kind in CAN_WAIT}
        quiet = await self._directs.quiet.among(set(can_wait.values())) if can_wait else frozenset()
        return {number: user for number, user in to.items() if number not in can_wait or user not in quiet}

    async def _ungreeted(self, due: Collection[Notice]) -> frozenset[str]:
        """Return the people who are still to be greeted, where there is a notice that comes after the greeting."""
        if not any(notice.kind in AFTER_GREETING for notice in due):
            return frozenset()
        greetings = Greeting.each(await self._store.jobs.pending(Greeting.KIND))
        return frozenset(to.user_id for _, to in greetings)

    def _is_known(self, user_id: UserId) -> bool:
        return self._correspondents.get(user_id) is not None

    def _is_nobody(self, user_id: UserId) -> bool:
        """Whether nobody of that Matrix ID can ever be told anything."""
        return self._correspondents.is_complete and not self._is_known(user_id)

    def _is_open(self, count: int) -> bool:
        """Whether so many notices can be told to the coordinators: in their room, or each by themselves."""
        has_room = self._escalation.coordinators is not None
        if count and not has_room and not self._unseen:
            log.warning("nobody_to_tell", count=count)
        self._unseen = bool(count) and not has_room
        return has_room or bool(self._escalation.watched_coordinators)

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
            await self._tell_coordinators(job, payload)
        else:
            await self._tell_person(job, payload, UserId(payload.audience))

    async def _tell_coordinators(self, job: Job, notice: Notice) -> None:
        room = self._escalation.coordinators
        if room is None:
            await self._tell_each(notice)
        else:
            said = rendered(notice, self._escalation.translator)
            await self._post(job, room, said, PostForm(kind_of_notice(notice.kind)))

    async def _tell_each(self, notice: Notice) -> None:
        """Have each coordinator told by themselves: whoever puts somebody into their room must silence no alarm.

        What is filed for each before the first is ended is filed once, wherever the process ends.
        """
        coordinators = self._escalation.watched_coordinators
        if not coordinators:
            raise NotYet("no room yet", self.look_every)
        for person in coordinators:
            await self._store.jobs.file(replace(notice, audience=person.user_id), at=self._now())

    async def _tell_person(self, job: Job, notice: Notice, user_id: UserId) -> None:
        person = self._correspondents.get(user_id)
        if person is None and self._correspondents.is_complete:
            raise PermanentError("nobody")
        if notice.kind in CAN_WAIT and user_id not in self._escalation.people:
            return  # News for members: whoever it is for has gone, or is a former one by now.
        if await is_overtaken(notice, self._correspondents, self._store, self._client, self._now()):
            return
        room = None if person is None else await self._directs.with_person(user_id)
        if person is None or room is None:
            raise NotYet("no room yet", self.look_every)
        await self._post(
            job, room, self._written_to(person, notice), PostForm(kind_of_notice(notice.kind), user_id)
        )
        translate = self._features.translator(person.languages)
        shown = await picture_of(self._directs.api, notice.kind, translate)
        if shown is not None:
            await self._post(job, room, shown, PostForm(MessageKind.PICTURE, user_id), part="/picture")

    def _written_to(self, person: Correspondent, notice: Notice) -> Reply:
        """Return a notice in somebody's language; a guest's is not known: in each of the community's."""
        if person.name is not None:
            return rendered(notice, self._features.translator(person.languages))
        translators = [self._features.translator([code]) for code in self._escalation.languages]
        each = {translate.language: rendered(notice, translate) for translate in translators}.values()
        return Reply("\n\n".join(reply.text for reply in each), "".join(reply.html for reply in each))

    async def _post(self, job: Job, room: RoomView, reply: Reply, form: PostForm, *, part: str = "") -> None:
        told = await self._once.post(
            # With the moment: what is so a second time is the same job, filed again, and told again.
            f"notice/{job.id}/{job.filed_at.isoformat()}{part}",
            room.room_id,
            room.room_id,
            due=self._now(),
            message=partial(always, reply),
            form=form,
        )
        if not told:
            raise PermanentError("too late")


def rendered(notice: Notice, translate: Translator) -> Reply:
    """Return a notice as it is said in a language. Pure."""
    language = translate.language
    values = {name: clean(value) for name, value in notice.values.items()}
    said = sentences_of(replace(notice, values=values))
    return reply_of([translate(sentence) for sentence in said], [], [], language)
