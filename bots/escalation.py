"""Requests that wait for people are posted where these see them, once each. What is posted is said by the features."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bots.context.feature import Post, RequestType
from bots.context.knowledge import Knowledge
from bots.context.marks import REQUEST
from bots.context.message import Reply
from bots.context.message_kinds import MessageKind, PostForm
from bots.context.reply_text import reply_of
from bots.encryption import RoomView
from bots.feature_set import FeatureSet
from bots.incoming_reader import IncomingReader
from bots.posting import PostOnce, always
from bots.quiet_people import QuietPeople
from community.accounts.identities import Pin
from community.core.messages import Message, Translator
from community.description.model import Community
from community.description.person import Person
from community.description.rooms import coordinating_roles, coordination_room
from community.jobs.backoff import Backoff
from community.jobs.errors import NotYet
from community.jobs.job import Job
from community.jobs.notices import Notice, NoticeKind
from community.jobs.requested import PersonRequest
from community.jobs.room_posts import RoomPost
from community.jobs.worker import JobHandler
from community.storage import Store
from matrix.ids import RoomId

log = structlog.get_logger()

_CLOCKS_DIFFER = timedelta(minutes=10)
"""A job may be filed by a message that the homeserver dates otherwise than we do."""
_GAPS = Backoff(timedelta(seconds=30), timedelta(minutes=10))
"""Between looks at a request while somebody who is to be asked has no room, and nothing that is known has changed."""


@dataclass(frozen=True, slots=True)
class _ShownSoFar:
    """How far a request was shown, by which people and which community.

    ``later``: to whom it is still to be shown, once their quiet hours are over. ``again``: when it is looked at again
    because somebody had no room, None where all have; ``looks``: how often in a row that was so. ``rooms``, ``pins``:
    the rooms that the bot knew of then, and the identities.
    """

    revision: int
    community: Community
    later: frozenset[str] = frozenset()
    again: datetime | None = None
    looks: int = 0
    rooms: frozenset[RoomId] = frozenset()
    pins: Mapping[str, Pin] | None = None


class Escalation:
    """Posts what waits for people."""

    def __init__(
        self,
        store: Store,
        once: PostOnce,
        incoming: IncomingReader,
        features: FeatureSet,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._once = once
        self._incoming = incoming
        self._features = features
        self.people = incoming.people
        self.now = now
        self._quiet = QuietPeople(store, incoming, now=now)
        self._shown: dict[int, _ShownSoFar] = {}
        self._unseen: set[int] = set()
        self._posting = asyncio.Lock()

    @property
    def community(self) -> Community:
        """The community as it was applied last."""
        return self._incoming.community

    @property
    def coordinating_roles(self) -> frozenset[str]:
        """The keys of the roles that speak for the coordinators."""
        return coordinating_roles(self.community)

    @property
    def coordinators(self) -> RoomView | None:
        """The coordinators' room, None where there is none that we are in, none of them reads it, or others do too."""
        room = self._room
        if room is None:
            return None
        readers = set(room.entitled) - self._incoming.own
        return room if readers and readers <= {person.user_id for person in self._theirs} else None

    @property
    def watched_coordinators(self) -> list[Person]:
        """The coordinators where their room is there and others read it too: what is theirs alone goes to each."""
        room, theirs = self._room, self._theirs
        known = self._incoming.own.union(person.user_id for person in theirs)
        if room is None or known.issuperset(room.entitled):
            return []
        return [person for person in theirs if not self.is_changed(person.user_id)]

    @property
    def _room(self) -> RoomView | None:
        key = coordination_room(self.community)
        return None if key is None else self._incoming.rooms().get(key)

    @property
    def _theirs(self) -> list[Person]:
        roles = self.coordinating_roles
        return [person for person in self.people.values() if person.role in roles]

    @property
    def request_types(self) -> Sequence[RequestType[Any]]:
        """The kinds of jobs that features have people answer."""
        return self._features.request_types

    async def post(self) -> None:
        """Post the requests that wait and have not been posted.

        Raises:
            PalabreError: the store or the homeserver does not answer; the next call, or the worker, tries again.
        """
        for each in self.request_types:
            for job, asked in each.kind.each(await self._store.jobs.pending(each.kind.KIND)):
                await self.post_one(job, partial(each.posts, job, asked, self))

    async def shown(self, job: Job) -> list[tuple[str, str, str | None]]:
        """Return where a job was posted: room, event, and whose direct message it is. Raises StoreError."""
        posts = RoomPost.each(
            await self._store.jobs.ended_since(RoomPost.KIND, job.filed_at - _CLOCKS_DIFFER)
        )
        key = _posting_key(job)
        return [
            (post.room_id, post.event_id, self._incoming.directly_with(post.room_id))
            for _job, post in posts
            if post.occurrence_key == key and post.event_id is not None
        ]

    def is_posted(self, number: int) -> bool:
        """Whether this process has posted a job, to all who are to be asked as people and community are now."""
        shown = self._shown_now(number)
        return shown is not None and not shown.later and shown.again is None

    def is_held(self, number: int) -> bool:
        """Whether a job waits for the end of somebody's quiet hours, as this process has last seen."""
        shown = self._shown_now(number)
        return shown is not None and bool(shown.later)

    def _shown_now(self, number: int) -> _ShownSoFar | None:
        """Return how far a job was shown; None where people or community have changed: others may have to be asked."""
        shown = self._shown.get(number)
        return shown if shown is not None and self._is_so_now(shown) else None

    def _is_so_now(self, shown: _ShownSoFar) -> bool:
        return shown.revision == self.people.revision and shown.community is self.community

    async def to_post(self, numbers: Collection[int]) -> list[int]:
        """Return those that are not posted and may be now: quiet hours are over, a room came, or it is time to look.

        Raises StoreError.
        """
        shown = {number: self._shown_now(number) for number in numbers if not self.is_posted(number)}
        quiet = await self._quiet.among(frozenset().union(*(one.later for one in shown.values() if one)))
        return [number for number, one in shown.items() if one is None or self._is_due(one, quiet)]

    def _is_due(self, shown: _ShownSoFar, quiet: frozenset[str]) -> bool:
        if not shown.later <= quiet:
            return True
        if shown.again is None:
            return False
        is_other = (
            shown.pins is not self._incoming.identities.pins or shown.rooms != self._incoming.known_rooms
        )
        return is_other or shown.again <= self.now()

    async def post_one(self, job: Job, posts: Callable[[], Iterable[Post]]) -> None:
        """Post one job, unless it is posted; not yet to those who are in their own quiet hours, or have no room yet.

        ``posts``: what is posted where, as people and community are when it is called. Raises PalabreError.
        """
        # One at a time: who has filed a job posts it at once, while the worker may have found it.
        async with self._posting:
            if self.is_posted(job.id):
                return
            before, shown = self._shown_now(job.id), _ShownSoFar(self.people.revision, self.community)
            rooms, pins, asked = self._incoming.known_rooms, self._incoming.identities.pins, list(posts())
            there = [(room, reply) for room, reply in asked if room is not None]
            if not there:
                self._warn_once(job)
            readers = {room.room_id: self._incoming.directly_with(room.room_id) for room, _ in there}
            quiet = await self._quiet.among({to for to in readers.values() if to is not None})
            for room, reply in there:
                if readers[room.room_id] not in quiet:
                    await self._show(job, room, readers[room.room_id], reply)
            # Only now: where one of several could not be posted, all are tried again, each at most once.
            self._shown = {number: one for number, one in self._shown.items() if self._is_so_now(one)}
            shown = replace(shown, later=quiet)
            if not there or len(there) < len(asked):
                looks = 1 if before is None else before.looks + 1
                again = self.now() + _GAPS.delay(looks)
                shown = replace(shown, again=again, looks=looks, rooms=rooms, pins=pins)
            self._shown[job.id] = shown

    async def _show(self, job: Job, room: RoomView, to: str | None, reply: Reply) -> None:
        await self._once.post(
            _posting_key(job),
            room.room_id,
            room.room_id,
            due=self.now(),
            message=partial(always, reply),
            form=PostForm(MessageKind.REQUEST, to, {REQUEST: str(job.id)}),
        )

    def _warn_once(self, job: Job) -> None:
        if job.id not in self._unseen:
            self._unseen.add(job.id)
            log.warning("nobody_to_ask", kind=job.kind)

    async def apologise(self, job: Job, user_id: str) -> None:
        """Have somebody told, once, that what they wanted people to see could not be posted. Raises StoreError."""
        notice = Notice(NoticeKind.NOT_PASSED_ON, user_id, str(job.id), {})
        await self._store.jobs.file(notice, at=self.now())

    async def tell_coordinators(self, key: str, message: Message) -> None:
        """Post a message to the coordinators, once for each ``key``.

        Raises:
            PalabreError: it was not posted; the next call tries again.
        """
        room, translate = self.coordinators, self.translator
        if room is None:
            log.warning("nobody_to_tell")
            return
        reply = reply_of([translate(message)], [], [], translate.language)
        await self._once.post(
            key,
            room.room_id,
            room.room_id,
            due=self.now(),
            message=partial(always, reply),
            form=PostForm(MessageKind.REPORT),
        )

    def place(self, room_id: str) -> str:
        """Return what a room of ours is called to coordinators; empty for a direct message."""
        rooms = self._incoming.rooms()
        key = next((key for key, room in rooms.items() if room.room_id == room_id), None)
        return "" if key is None else self._incoming.room_name(key)

    @property
    def languages(self) -> tuple[str, ...]:
        """The community's languages."""
        return tuple(self.community.languages)

    @property
    def translator(self) -> Translator:
        """The translator into the community's first language that the bot speaks."""
        return self.knowledge.translator(self.community.languages)

    @property
    def knowledge(self) -> Knowledge:
        """What is known now."""
        return self._features.knowledge

    def direct(self, user_id: str) -> RoomView | None:
        """Return the direct message with a person."""
        return self._incoming.direct(user_id)

    def is_changed(self, user_id: str) -> bool:
        """Whether somebody's identity is another than the pinned one."""
        return self._incoming.identities.is_changed(user_id)


def _posting_key(job: Job) -> str:
    return f"request/{job.idempotency_key}"


class RequestPosting(JobHandler[PersonRequest]):
    """Posts what was not posted as it was filed: after a crash, or where the room was not there."""

    awaits_word = True

    def __init__(self, escalation: Escalation, request_type: RequestType[Any]) -> None:
        self.kind = request_type.kind
        self._escalation = escalation
        self._type = request_type

    async def ready(self, waiting: Mapping[int, PersonRequest]) -> Collection[int]:
        """Return those that have not been posted, and can be. Raises StoreError."""
        return await self._escalation.to_post(waiting.keys())

    async def carry_out(self, job: Job, payload: PersonRequest) -> None:
        """Post it. Raises NotYet where somebody cannot be asked yet."""
        await self._escalation.post_one(job, partial(self._type.posts, job, payload, self._escalation))
        if not self._escalation.is_posted(job.id):
            reason = "quiet hours" if self._escalation.is_held(job.id) else "nobody to ask"
            raise NotYet(reason, self.look_every)

    async def failed(self, job: Job, payload: PersonRequest, reason: str) -> None:  # noqa: ARG002 - the log has it
        """Tell who has asked."""
        await self._escalation.apologise(job, payload.user_id)
