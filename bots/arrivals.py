"""Whoever comes into a room, and cannot read what the bot has posted there before, is told it again directly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import partial

from bots.context.background import PeriodicWork
from bots.context.message import Reply
from bots.context.message_kinds import MessageKind, PostForm
from bots.context.open_history import OpenHistory
from bots.directs import DirectRooms
from bots.encryption import EncryptedClient, RoomView
from bots.feature_set import FeatureSet
from bots.features.missed import ANNOUNCED_FOR, EnteredRoom, welcome
from bots.incoming_reader import IncomingReader
from bots.posting import PostOnce, always
from bots.quiet_people import QuietPeople
from community.jobs.arrival_news import ArrivalNews
from community.jobs.errors import NotYet
from community.jobs.greetings import Greeting
from community.jobs.job import OPEN, Job
from community.jobs.worker import JobHandler
from community.storage import Store
from matrix.ids import RoomId, UserId

LOOK_EVERY = 5.0
"""Seconds between looks who has come."""
_MOST_POSTS = 400
_FOR = timedelta(days=7)
"""How long somebody who cannot be told is to be told it."""


class ReadHistory:
    """Says who of a room's members could not read what was said before they came."""

    def __init__(self, incoming: IncomingReader) -> None:
        self._incoming = incoming
        self.open = OpenHistory(lambda: incoming.community)

    def is_closed_to(self, user_id: UserId, key: str, room: RoomView) -> bool:
        """Whether the bot has not handed on the earlier keys of a room of ours to somebody in it."""
        return not (self.open.holds(key, room) and self.is_handed_on_to(user_id, room))

    def is_handed_on_to(self, user_id: UserId, room: RoomView) -> bool:
        """Whether the bot has invited somebody who is in a room: with an invitation it hands on earlier keys."""
        return room.invited_by.get(user_id) == self._incoming.me


class Arrivals:
    """Sees who has come since the look before, and files what they are to be told.

    ``before`` gives who was in each room when the bot was stopped, ``now`` the time. Whoever came in the last seconds
    before the bot was killed is not told; they can ask.
    """

    def __init__(
        self,
        store: Store,
        incoming: IncomingReader,
        *,
        before: Callable[[], Mapping[RoomId, frozenset[UserId]]],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._incoming = incoming
        self._history = ReadHistory(incoming)
        self._now = now
        self._when_stopped = before
        self._before: dict[RoomId, frozenset[UserId]] | None = None
        """Who was in each room at the last look, by its id."""
        self.periodic = PeriodicWork(self.look, LOOK_EVERY, "arrivals_not_noted", by_date=True)

    async def look(self) -> None:
        """Look once.

        Raises:
            StoreError: the database failed; the next look sees them again.
        """
        await self._incoming.people.refresh()
        before = self._before = dict(self._when_stopped()) if self._before is None else self._before
        for key, room in sorted(self._incoming.rooms().items()):
            await asyncio.sleep(0)  # a thousand rooms keep no answer waiting
            there = frozenset(room.joined)
            come = there - before.get(room.room_id, there)
            # An apply puts people into rooms before the bot knows them: they are looked at again.
            known = come & self._incoming.people.keys()
            for user in sorted(known):
                if self._history.is_closed_to(user, key, room):
                    now = self._now()
                    await self._store.jobs.file(ArrivalNews(room.room_id, key, user, now.isoformat()), at=now)
            before[room.room_id] = there - (come - known)


class ArrivalNewsDelivery(JobHandler[ArrivalNews]):
    """Tells them. ``now`` gives the time."""

    kind = ArrivalNews
    look_every = timedelta(seconds=LOOK_EVERY)

    def __init__(
        self,
        store: Store,
        client: EncryptedClient,
        once: PostOnce,
        incoming: IncomingReader,
        directs: DirectRooms,
        features: FeatureSet,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._client = client
        self._once = once
        self._incoming = incoming
        self._history = ReadHistory(incoming)
        self._directs = directs
        self._quiet = QuietPeople(store, incoming, now=now)
        self._features = features
        self._now = now

    async def ready(self, waiting: Mapping[int, ArrivalNews]) -> Collection[int]:
        """Return those for people who have a verified device, and those that are over.

        Whose identity has changed waits until it is accepted: it is told by what only they may see. Who is in their own
        quiet hours waits for the end of them.

        Raises:
            PalabreError: the store or the homeserver does not answer.
        """
        await self._incoming.people.refresh()
        identities = self._incoming.identities
        await identities.refresh()
        users = {UserId(to.user_id) for to in waiting.values() if not identities.is_changed(to.user_id)}
        users -= await self._quiet.among(users)
        verified = await self._client.with_signed_device(users) if users else frozenset()
        return [n for n, to in waiting.items() if to.user_id in verified or self._is_over(to)]

    async def carry_out(self, job: Job, payload: ArrivalNews) -> None:
        """Tell it to one person, if there is anything to tell still.

        Raises:
            JobError: there is no direct message yet, or their identity has changed.
            PalabreError: it was not told, as far as is known.
        """
        user_id = UserId(payload.user_id)
        if await self._is_in_greeting(payload):
            return
        await self._incoming.identities.look({user_id})
        if self._incoming.identities.is_changed(user_id) and not self._is_over(payload):
            raise NotYet("another identity", self.look_every)
        reply = None if self._is_over(payload) else await self._told(payload, user_id)
        if reply is None:
            return
        direct = await self._directs.with_person(user_id)
        if direct is None:
            raise NotYet("no room yet", self.look_every)
        await self._once.post(
            f"arrival/{job.id}/{job.filed_at.isoformat()}",
            direct.room_id,
            direct.room_id,
            due=self._now(),
            message=partial(always, reply),
            form=PostForm(MessageKind.NOTICE, user_id),
        )

    async def _is_in_greeting(self, to: ArrivalNews) -> bool:
        """Whether somebody was greeted after they came: what was announced until then is in their greeting.

        Raises:
            NotYet: they are about to be greeted.
        """
        greeting = await self._store.jobs.find(Greeting(to.user_id, to.came).idempotency_key)
        if greeting is None:
            return False
        if greeting.state in OPEN:
            raise NotYet("not greeted yet", self.look_every)
        return greeting.ended_at is not None and to.came_at <= greeting.ended_at

    async def _told(self, to: ArrivalNews, user_id: UserId) -> Reply | None:
        """Return what somebody is told who is in the room still and cannot read it."""
        person, room = self._incoming.people.get(user_id), self._incoming.rooms().get(to.room_key)
        if person is None or room is None or room.room_id != to.room_id or user_id not in room.joined:
            return None
        now, is_open = self._now(), self._history.open.holds(to.room_key, room)
        if is_open and self._history.is_handed_on_to(user_id, room):
            return None
        announced = await self._store.news.announced(
            now - ANNOUNCED_FOR, limit=_MOST_POSTS, room_key=to.room_key
        )
        name, can_come = self._incoming.room_name(to.room_key), self._history.open.has_place
        can_be_invited = is_open and can_come(to.room_key, person.username)
        entered = EnteredRoom(to.room_key, name, is_open, can_be_invited)
        return welcome(self._features.knowledge, person, entered, announced, now)

    def _is_over(self, to: ArrivalNews) -> bool:
        return self._now() - to.came_at >= _FOR
