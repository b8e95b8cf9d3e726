"""Tells people when the rooms of a space are as they wished, and that a request has ended without an answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from bots.context.background import Background, PeriodicWork, Services
from bots.features.spaces.deciding import asking_member, deciders
from bots.features.spaces.sentences import WAITS
from community.core.plain_text import clean
from community.description.model import Community, Member
from community.description.room_lookup import described_rooms
from community.jobs.job import Job, JobState
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.jobs.requested import SpaceRequest
from community.jobs.space_changes import SpaceChange
from community.jobs.worker import JobHandler
from matrix.ids import UserId

if TYPE_CHECKING:
    from bots.encryption import RoomView
    from community.storage import Store

LATE = timedelta(minutes=10)
"""After so long somebody is told that it takes longer."""
LOOK_EVERY = 60 * 60.0
"""Seconds between looks for requests that are over."""
_THERE = ("join", "invite")


class SpaceChangeHandler(JobHandler[SpaceChange]):
    """Waits until somebody stands in their rooms as they are to, and tells them. ``ours`` gives our rooms by key."""

    kind = SpaceChange
    look_every: ClassVar[timedelta] = timedelta(seconds=1)

    def __init__(
        self,
        store: Store,
        ours: Callable[[], Mapping[str, RoomView]],
        community: Callable[[], Community],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._ours = ours
        self._community = community
        self._now = now

    async def ready(self, waiting: Mapping[int, SpaceChange]) -> Collection[int]:
        """Return those whose rooms are so, or that have waited too long."""
        rooms, now = self._ours(), self._now()
        return [
            number
            for number, change in waiting.items()
            if _is_so(change, rooms) or now - change.moment >= LATE
        ]

    async def carry_out(self, job: Job, payload: SpaceChange) -> None:  # noqa: ARG002 - the payload says all
        """File what they are told."""
        community, rooms = self._community(), self._ours()
        member = _member(payload.user_id, community)
        if member is None or payload.theme not in community.theme:
            return
        notice = _notice(payload, member, community, rooms)
        await self._store.jobs.file(notice, at=self._now())


def _is_so(change: SpaceChange, rooms: Mapping[str, RoomView]) -> bool:
    """Whether somebody is in all the rooms, or in none of them. A room that the bot is not in does not count."""
    wanted = change.step == SpaceChange.JOINED
    stands = [_stands(change, rooms[key]) in _THERE for key in change.room_keys if key in rooms]
    return all(is_there is wanted for is_there in stands)


def _stands(change: SpaceChange, room: RoomView) -> str | None:
    return room.members.get(UserId(change.user_id))


def _member(user_id: str, community: Community) -> Member | None:
    username = user_id[1:].partition(":")[0]
    return community.member.get(username)


def _notice(
    change: SpaceChange, member: Member, community: Community, rooms: Mapping[str, RoomView]
) -> Notice:
    languages = member.languages
    names = {room.key: clean(room.name.text(*languages)) for room in described_rooms(community)}
    values = {"theme": community.theme[change.theme].name.text(*languages)}
    if not _is_so(change, rooms):
        kind = NoticeKind.SPACE_LATE
    elif change.step == SpaceChange.LEFT:
        kind = NoticeKind.SPACE_LEFT
    else:
        kind = NoticeKind.SPACE_READY
        for stand, value in (("join", "joined"), ("invite", "invited")):
            there = [k for k in change.room_keys if k in rooms and _stands(change, rooms[k]) == stand]
            values[value] = " · ".join(names.get(key, key) for key in there)
    return Notice(kind, change.user_id, change.word, values)


class RequestExpiry:
    """Ends requests that nobody has answered for too long, and tells who has asked.

    Where nobody is there any more who decides, the coordinators are told at once; a request of somebody who has gone
    ends. That of a member whose account is lost waits, without end, until they have come again or are gone too; those
    who decide have their time from then on.
    """

    def __init__(self, store: Store, community: Callable[[], Community], now: Callable[[], datetime]) -> None:
        self._store = store
        self._community = community
        self._now = now

    async def look(self) -> None:
        """End what is over. Raises StoreError; the next look goes on."""
        waiting = list(SpaceRequest.each(await self._store.jobs.pending(SpaceRequest.KIND)))
        people = {person.user_id: person for person in await self._store.people.all()} if waiting else {}
        for job, asked in waiting:
            community, asker = self._community(), people.get(asked.user_id)
            member, theme = asking_member(community, asked.user_id), community.theme.get(asked.theme)
            if member is None or theme is None:
                await self._end(job, "nobody and nothing to decide on")
            elif asker is None:
                continue  # until they have come again
            elif await self._is_over(job, asked):
                values = {"theme": theme.name.text(*asker.languages)}
                await self._tell(NoticeKind.SPACE_EXPIRED, asked.user_id, asked, values)
                await self._end(job, "expired")
            elif not deciders(community, tuple(people.values()), member, asked.theme):
                values = {"theme": theme.name.text(*community.languages)}
                await self._tell(NoticeKind.SPACE_UNDECIDED, COORDINATORS, asked, values)

    async def _is_over(self, job: Job, asked: SpaceRequest) -> bool:
        """Whether nobody has answered for too long, since it was filed and since who asked has come, perhaps again."""
        since = self._now() - WAITS
        if job.filed_at > since:
            return False
        came = await self._store.invitations.arrival(asked.user_id)
        return came is None or came.came_at <= since

    async def _tell(
        self, kind: NoticeKind, audience: str, asked: SpaceRequest, values: Mapping[str, str]
    ) -> None:
        await self._store.jobs.file(Notice(kind, audience, asked.number, values), at=self._now())

    async def _end(self, job: Job, reason: str) -> None:
        await self._store.jobs.end(job.id, JobState.WITHDRAWN, at=self._now(), reason=reason)


def background(services: Services) -> Background:
    """Return what the feature does by itself."""
    handler = SpaceChangeHandler(services.store, services.rooms, services.community, services.now)
    expiry = RequestExpiry(services.store, services.community, services.now)
    work = PeriodicWork(expiry.look, LOOK_EVERY, "space_requests_not_looked_at", by_date=True)
    return Background(jobs=(handler,), periodic=(work,))
