"""Guests: who in our rooms is nobody of the description, and is told of.

The bot gives its keys to those described and to guests whom a moderator of the room has invited there
(`bots.encryption.recipients`). The moderator and the coordinators learn of each guest, once for each room. Whoever is
refused learns it from what their device is told in place of keys; the bot writes to no account that nobody knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

import structlog

from bots.encryption import KnownPeople, Recipients, RoomView, recipients
from bots.rooms import Community as OurCommunity
from bots.rooms import Ours, place
from community.core.errors import StoreError
from community.description.model import Community, Status
from community.description.rooms import DescribedRoom, expand_rooms
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import Store
from matrix.ids import RoomId, UserId, user_id

log = structlog.get_logger()

LOOK_EVERY = timedelta(seconds=5)


class Guests:
    """Says who gets keys, by the store as it is at that moment, and tells of guests.

    ``me`` is the bot, ``never`` our accounts that get no keys, ``server`` the name of our homeserver.
    """

    def __init__(
        self,
        store: Store,
        ours: OurCommunity,
        community: Community,
        *,
        server: str,
        me: UserId,
        never: frozenset[UserId],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._ours = ours
        self._language = community.languages[0]
        self._server = server
        self._me = me
        self._never = never
        self._now = now
        self._rooms = {room.key: room for room in expand_rooms(community)}
        self._revision = self._identities = -1
        self._doubted: frozenset[UserId] = frozenset()
        """Whose identity waits to be accepted: whoever has made it invites nobody who gets keys."""
        self._people: frozenset[str] = frozenset()
        self._untold = never
        """Who gets no keys and is no news: the plan says that those who have left are to be removed."""
        self._told: set[tuple[RoomId, UserId, NoticeKind]] = set()

    async def recipients(self, room: RoomView) -> Recipients:
        """Return who of a room's readers gets its keys.

        Raises:
            StoreError: the database failed; nothing is said without knowing to whom.
        """
        await self._refresh()
        return self._choose(room)

    async def _refresh(self) -> None:
        """Take in who is known, and whose identity has changed, where that is news."""
        identities = await self._store.identities.revision()
        if identities != self._identities:
            pins = await self._store.identities.all()
            self._doubted = frozenset(UserId(p.user_id) for p in pins if p.changed_to is not None)
            self._identities = identities
        revision = await self._store.people.revision()
        if revision != self._revision:
            active = {person.user_id for person in await self._store.people.all()}
            former = await self._store.people.former()
            self._people = frozenset(
                {self._me, *active, *(u for u, s in former.items() if s is Status.ALUMNI)}
            )
            self._untold = self._never | {UserId(u) for u, s in former.items() if s is Status.LEFT}
            self._revision = revision

    def _choose(self, room: RoomView) -> Recipients:
        described = self._described(room)
        moderators = () if described is None else described.moderators
        hosts = {user_id(name, self._server) for name in moderators} - self._doubted
        return recipients(room, KnownPeople(self._people, hosts, self._never))

    def _described(self, room: RoomView) -> DescribedRoom | None:
        where = place(room, self._ours, me=self._me, active=())
        return self._rooms.get(where.locator.key) if isinstance(where, Ours) else None

    async def run(self, rooms: Callable[[], Mapping[str, RoomView]], stop: asyncio.Event) -> None:
        """Tell of guests until ``stop``; ``rooms`` gives our rooms by key."""
        while not stop.is_set():
            try:
                await self._look(rooms())
            except StoreError as error:
                # The next look tries again.
                log.warning("guests_not_told_of", reason=str(error))
            try:
                await asyncio.wait_for(stop.wait(), LOOK_EVERY.total_seconds())
            except TimeoutError:
                continue

    async def _look(self, rooms: Mapping[str, RoomView]) -> None:
        await self._refresh()
        no_news = self._people | self._untold
        for key, room in sorted(rooms.items()):
            await asyncio.sleep(0)  # a thousand rooms keep no answer waiting
            if not room.members.keys() <= no_news:
                await self._tell(key, room)

    async def _tell(self, key: str, room: RoomView) -> None:
        to = self._choose(room)
        found = [(user, NoticeKind.GUEST_ADMITTED) for user in to.guests]
        found += [(user, NoticeKind.GUEST_REFUSED) for user in to.refused if user not in self._untold]
        for user, kind in found:
            # The store knows what was told before; this keeps it from being asked every few seconds.
            if (room.room_id, user, kind) not in self._told:
                for notice in self._notices(key, room, user, kind):
                    await self._store.jobs.file(notice, at=self._now())
                self._told.add((room.room_id, user, kind))

    def _notices(self, key: str, room: RoomView, user: UserId, kind: NoticeKind) -> Iterator[Notice]:
        """Give what is told: the coordinators, and who has invited them."""
        name = self._rooms[key].name.text(self._language) if key in self._rooms else key
        host = room.invited_by.get(user)
        values = {"user": user, "room": name, **({} if host is None else {"host": host})}
        occasion = f"{room.room_id}/{user}"
        yield Notice(kind, COORDINATORS, occasion, values)
        if host is not None and host != self._me and host in self._people:
            yield Notice(kind, host, occasion, values)
