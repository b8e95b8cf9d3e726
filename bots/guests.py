"""Guests: who in our rooms is nobody of the description, and is told of.

The bot gives its keys to those described and to guests whom a moderator of the room has invited there
(`bots.encryption.recipients`). The guest, the moderator and the coordinators are told, once for each room. Of
whoever is refused the coordinators learn, and who has invited them, who is asked to tell them: the bot writes to no
account that nobody answers for. Moderators are those of the description that was applied last
(`bots.community_reloader`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bots.context.background import PeriodicWork
from bots.encryption import RoomView
from bots.encryption.recipients import KnownPeople, Recipients, recipients
from bots.guest_news import GuestNews
from bots.rooms import CommunityOrigin, Ours, place
from community.core.grouped import Grouped
from community.description.model import Community, Status
from community.description.rooms import DescribedRoom, expand_rooms
from community.jobs.notices import NoticeKind
from community.storage import Store
from matrix.ids import RoomId, UserId, user_id

LOOK_EVERY = 5.0
"""Seconds between looks."""


class Guests:
    """Says who gets keys, by the store as it is at that moment, and tells of guests.

    ``me`` is the bot, ``never`` our accounts that get no keys, ``server`` the name of our homeserver.
    """

    def __init__(
        self,
        store: Store,
        ours: CommunityOrigin,
        community: Community,
        *,
        server: str,
        me: UserId,
        never: frozenset[UserId],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._ours = ours
        self._server = server
        self._me = me
        self._never = never
        self._now = now
        self._go_by(community)
        self.admitted: frozenset[UserId] | None = None
        """The guests on our server who get keys, None until the first look."""
        self._revision = self._identities = -1
        self._up_to_date = Grouped(self._refresh)
        self._doubted: frozenset[UserId] = frozenset()
        """Whose identity waits to be accepted: whoever has made it invites nobody who gets keys."""
        self._people: frozenset[str] = frozenset()
        self._names: Mapping[str, str] = {}
        self._untold = never
        """Who gets no keys and is no news: the plan says that those who have left are to be removed."""
        self._told: set[tuple[RoomId, UserId, NoticeKind, UserId | None]] = set()

    async def take(self, community: Community) -> None:
        """Go by another community from now on."""
        self._go_by(community)

    def _go_by(self, community: Community) -> None:
        self._language = community.languages[0]
        self._rooms = {room.key: room for room in expand_rooms(community)}

    async def recipients(self, room: RoomView) -> Recipients:
        """Return who of a room's readers gets its keys.

        Raises:
            StoreError: the database failed; nothing is said without knowing to whom.
        """
        await self._up_to_date(None)
        return self._choose(room)

    def admits(self, room: RoomView, user: UserId) -> bool:
        """Whether somebody is a guest to whom the bot speaks in a room, as far as the last look knows."""
        is_known = user in self._people or user in self._untold
        return not is_known and user in self._choose(room).given

    async def _refresh(self, asked: Sequence[None]) -> Sequence[None]:
        """Take in who is known, and whose identity has changed, where that is news."""
        identities, revision = await self._store.revisions("identities", "people")
        if identities != self._identities:
            pins = await self._store.identities.all()
            self._doubted = frozenset(UserId(p.user_id) for p in pins if p.changed_to is not None)
            self._identities = identities
        if revision != self._revision:
            self._names = {person.user_id: person.name for person in await self._store.people.all()}
            former = await self._store.people.former()
            self._people = frozenset(
                {self._me, *self._names, *(u for u, s in former.items() if s is Status.ALUMNI)}
            )
            self._untold = self._never | {UserId(u) for u, s in former.items() if s is Status.LEFT}
            self._revision = revision
        return asked

    def _choose(self, room: RoomView) -> Recipients:
        known = KnownPeople(self._people | self._written_to(room), self._hosts(room), self._never)
        return recipients(room, known)

    def _hosts(self, room: RoomView) -> frozenset[UserId]:
        """Return who may ask guests in: the room's moderators, without those who may be somebody else."""
        return self._moderators(room) - self._doubted

    def _moderators(self, room: RoomView) -> frozenset[UserId]:
        described = self._described(room)
        moderators = () if described is None else described.moderators
        return frozenset(user_id(name, self._server) for name in moderators)

    def _written_to(self, room: RoomView) -> frozenset[str]:
        """Return the guest whom a direct message of the bot's own is with: they are known to it there."""
        others = room.members.keys() - {self._me}
        is_of_two = room.create_sender == self._me and len(others) == 1
        return frozenset(others & (self.admitted or frozenset())) if is_of_two else frozenset()

    def _described(self, room: RoomView) -> DescribedRoom | None:
        where = place(room, self._ours, me=self._me, active=())
        return self._rooms.get(where.locator.key) if isinstance(where, Ours) else None

    def periodic(self, rooms: Callable[[], Mapping[str, RoomView]]) -> PeriodicWork:
        """The look at the rooms that ``rooms`` gives by key, now and then."""
        return PeriodicWork(lambda: self.look(rooms()), LOOK_EVERY, "guests_not_told_of")

    async def look(self, rooms: Mapping[str, RoomView]) -> None:
        """Look once who is a guest in ``rooms``, ours by key, and file what there is to tell.

        Raises:
            StoreError: the database failed; the next look tries again.
        """
        await self._up_to_date(None)
        no_news, chosen = self._people | self._untold, []
        for key, room in sorted(rooms.items()):
            await asyncio.sleep(0)  # a thousand rooms keep no answer waiting
            if not room.members.keys() <= no_news:
                chosen.append((key, room, self._choose(room)))
        # Before anything is filed: what is for somebody who is no guest is not told.
        self.admitted = frozenset(user for *_, to in chosen for user in to.guests if self._is_ours(user))
        for key, room, to in chosen:
            await self._tell(key, room, to)

    def _is_ours(self, user: UserId) -> bool:
        return user.partition(":")[2] == self._server

    async def _tell(self, key: str, room: RoomView, to: Recipients) -> None:
        found = [(user, NoticeKind.GUEST_ADMITTED) for user in to.guests]
        found += [(user, NoticeKind.GUEST_REFUSED) for user in to.refused if user not in self._untold]
        for user, kind in found:
            # The store knows what was told before; this keeps it from being asked every few seconds.
            what = room.room_id, user, kind, room.invited_by.get(user)
            if what not in self._told:
                news = self._news(key, room, user)
                notices = news.admitted() if kind is NoticeKind.GUEST_ADMITTED else news.refused()
                for notice in notices:
                    await self._store.jobs.file(notice, at=self._now())
                self._told.add(what)

    def _news(self, key: str, room: RoomView, user: UserId) -> GuestNews:
        name = self._rooms[key].name.text(self._language) if key in self._rooms else key
        host = room.invited_by.get(user)
        return GuestNews(
            user,
            room.room_id,
            name,
            host if host != self._me and host in self._people else None,
            moderators=tuple(self._named(one) for one in sorted(self._hosts(room)) if one in self._names),
            host_name="" if host is None else self._named(host),
            may_host=host in self._moderators(room),
            is_reached=self._is_ours(user),
        )

    def _named(self, user: UserId) -> str:
        return f"{self._names[user]} ({user})" if user in self._names else user
