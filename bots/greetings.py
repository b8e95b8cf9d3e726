"""Greets whoever has signed in for the first time, once, when it is known which rooms they are in or invited to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bots.arrivals import ReadHistory
from bots.context.message import Reply
from bots.context.message_kinds import MessageKind, PostForm
from bots.directs import DirectRooms
from bots.encryption import RoomView
from bots.feature_set import FeatureSet
from bots.features.missed import ANNOUNCED_FOR, coming
from bots.greeting_text import Welcomed, greeting
from bots.incoming_reader import IncomingReader
from bots.posting import PostOnce, always
from community.description.fields import Localized
from community.description.model import Policy
from community.description.person import Person
from community.jobs.errors import NotYet
from community.jobs.greetings import Greeting
from community.jobs.invitations import RoomInvitation
from community.jobs.job import Job
from community.jobs.memberships import MembershipUpdate
from community.jobs.requested import SpaceRequest, word_of_invitation
from community.jobs.worker import JobHandler
from community.joining.invitation import InvitationTerms, NetworkInvitation
from community.storage import Store
from matrix.ids import UserId

PATIENCE = timedelta(minutes=2)
"""How long the rooms of somebody are waited for: then they are greeted all the same."""
_OVER = timedelta(days=7)
"""How long after their first signed device somebody who could not be greeted is greeted no more."""
_MOST_POSTS = 400


class GreetingDelivery(JobHandler[Greeting]):
    """Greets them. ``now`` gives the time."""

    kind = Greeting
    look_every = timedelta(seconds=3)

    def __init__(
        self,
        store: Store,
        once: PostOnce,
        incoming: IncomingReader,
        directs: DirectRooms,
        features: FeatureSet,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._once = once
        self._incoming = incoming
        self._history = ReadHistory(incoming)
        self._directs = directs
        self._features = features
        self._now = now
        self._settled: frozenset[str] = frozenset()
        """Whose rooms were made at the look before: by now a sync has shown them."""

    async def ready(self, waiting: Mapping[int, Greeting]) -> Collection[int]:
        """Return those of people whose rooms are made, whose rooms were waited for long enough, and that are over.

        Raises:
            StoreError: the database failed.
        """
        await self._incoming.people.refresh()
        await self._incoming.identities.refresh()
        unmade = await self._unmade()
        settled = frozenset(to.user_id for to in waiting.values()) - unmade
        before, self._settled = self._settled, settled
        now = self._now()
        return [
            number
            for number, to in waiting.items()
            if self._is_over(to)
            or (
                (to.user_id in before & settled or now - to.came_at >= PATIENCE)
                and self._may_be_told(to.user_id)
            )
        ]

    async def _unmade(self) -> frozenset[str]:
        """Return the people for whom rooms or invitations are still to be made."""
        updates = MembershipUpdate.each(await self._store.jobs.pending(MembershipUpdate.KIND))
        asked = RoomInvitation.each(await self._store.jobs.pending(RoomInvitation.KIND))
        return frozenset((*(to.user_id for _, to in updates), *(to.user_id for _, to in asked)))

    def _may_be_told(self, user_id: str) -> bool:
        return user_id in self._incoming.people and not self._incoming.identities.is_changed(user_id)

    def _is_over(self, to: Greeting) -> bool:
        return self._now() - to.came_at >= _OVER

    async def carry_out(self, job: Job, payload: Greeting) -> None:
        """Greet one person.

        Raises:
            JobError: there is no direct message yet.
            PalabreError: they were not greeted, as far as is known.
        """
        person = self._incoming.people.get(payload.user_id)
        if person is None:
            return
        link = await self._store.invitations.come_by(payload.user_id)
        asked = () if link is None else await self._asked(person, link)
        if self._is_over(payload):
            return  # They were promised that the keepers are asked, whether or not they can be greeted.
        user_id = UserId(payload.user_id)
        direct = await self._directs.with_person(user_id)
        if direct is None:
            raise NotYet("no room yet", self.look_every)
        reply = await self._reply(person, None if link is None else link.terms, asked)
        await self._once.post(
            f"greeting/{job.id}/{job.filed_at.isoformat()}",
            direct.room_id,
            direct.room_id,
            due=self._now(),
            message=partial(always, reply),
            form=PostForm(MessageKind.NOTICE, user_id),
        )

    async def _asked(self, person: Person, link: NetworkInvitation) -> tuple[str, ...]:
        """Ask for the themes of a link that were not given with the account; return these. Done again, nothing is new.

        All of them: who decides may be somebody else by now than when the account was made, and is asked.
        """
        jobs, community = self._store.jobs, self._incoming.community
        member = self._features.knowledge.members.get(person.username)
        if member is None or link.terms.username is not None:
            return ()
        asked = tuple(key for key in link.terms.themes if key in community.theme and key not in member.themes)
        for theme in asked:
            word = word_of_invitation(link.id, person.user_id, theme)
            wanted = SpaceRequest(person.user_id, "", theme, word)
            if await jobs.find(wanted.idempotency_key) is None:
                number = str(await self._store.numbers.take())
                await jobs.file(replace(wanted, number=number), at=self._now())
        return asked

    async def _reply(self, person: Person, terms: InvitationTerms | None, asked: tuple[str, ...]) -> Reply:
        now, user, rooms = self._now(), UserId(person.user_id), self._incoming.rooms()
        invited = [key for key, room in rooms.items() if room.members.get(user) == "invite"]
        closed = frozenset(
            key
            for key, room in rooms.items()
            if user in room.joined and self._history.is_closed_to(user, key, room)
        )
        announced = await self._store.news.announced(now - ANNOUNCED_FOR, limit=_MOST_POSTS)
        who = Welcomed(
            person,
            terms,
            len(invited),
            self._lobby(user, rooms),
            coming(self._features.knowledge, person, closed, announced, now),
            {one.username for one in self._incoming.people.values()},
            asked,
        )
        return greeting(self._features.knowledge, who)

    def _lobby(self, user: UserId, rooms: Mapping[str, RoomView]) -> Localized | None:
        """Return what the lobby is called, where somebody is in it."""
        specs = self._incoming.community.rooms
        lobby = next((spec for spec in specs if spec.policy is Policy.LOBBY), None)
        room = None if lobby is None else rooms.get(lobby.key)
        return lobby.name if lobby is not None and room is not None and user in room.joined else None
