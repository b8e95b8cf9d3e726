"""What waits for a person, posted where they see it: questions passed on, and proposals. Each is posted once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from bots.encryption import RoomView
from bots.hearing import Hearing
from bots.outcome import Address
from bots.periodic import repeat
from bots.posting import PostOnce, always
from bots.skill import Reply
from bots.skills import SkillSet
from bots.skills.editing import Proposal
from bots.skills.rendering import reply_of
from community.core.messages import Translator, msg
from community.core.plain_text import clean
from community.description.model import Permission
from community.description.person import Person
from community.description.rooms import NO_ROLE, coordinating_roles, coordination_room
from community.directory.changes import changes_from_json
from community.storage import Job, Store

log = structlog.get_logger()

REQUEST = "org.palabre.request"
"""Key of a request's number in the content of the post that shows it."""
QUESTION, PROPOSAL = "question", "proposal"
LOOK_EVERY = 30.0
"""Seconds between looks for what was filed and not posted: after a crash, or where the room was not there."""


def address_to_payload(to: Address) -> dict[str, str]:
    """Return an address as a request keeps it."""
    return {
        "room_id": to.room_id,
        "event_id": to.event_id,
        "user_id": to.user_id,
        "thread": to.thread or "",
        "conversation": to.conversation,
    }


def address_of(payload: Mapping[str, str]) -> Address:
    """Return the address that a request keeps. Raises KeyError where it keeps none."""
    room_id, event_id, user_id = payload["room_id"], payload["event_id"], payload["user_id"]
    return Address(room_id, event_id, user_id, payload["thread"] or None, payload["conversation"])


def proposals_of(requests: Iterable[Job]) -> Iterator[tuple[Job, Proposal]]:
    """Give the requests that are proposals with what they propose, without those that another Palabre has written."""
    for request in requests:
        try:
            proposal = proposal_of(request)
        except (ValueError, LookupError, TypeError) as error:
            log.warning("proposal_unreadable", kind=type(error).__name__)
        else:
            yield request, proposal


def proposal_of(request: Job) -> Proposal:
    """Return the proposal that a request is. Raises ValueError or KeyError where it is none."""
    payload = request.payload
    undoes = int(payload["undoes"]) if payload["undoes"] else None
    changes = changes_from_json(payload["changes"])
    return Proposal(request.id, payload["user_id"], changes, request.filed_at, undoes)


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom the coordinators' room stands for: its key, and the roles that speak for them there."""

    room_key: str | None
    roles: frozenset[str]


class Requested:
    """Posts what waits for people."""

    def __init__(
        self,
        store: Store,
        once: PostOnce,
        hearing: Hearing,
        skills: SkillSet,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._once = once
        self._hearing = hearing
        self._skills = skills
        self.people = hearing.people
        self.identities = hearing.identities
        self._now = now
        self._posted: set[int] = set()
        self._unseen: set[int] = set()
        community = hearing.community
        self.asking = Asking(coordination_room(community), coordinating_roles(community))
        self._editing_roles = frozenset(r.key for r in community.roles if Permission.EDIT in r.may)

    @property
    def coordinators(self) -> RoomView | None:
        """The coordinators' room, None where there is none that we are in, or others read it too."""
        key = self.asking.room_key
        room = None if key is None else self._hearing.rooms().get(key)
        if room is None:
            return None
        theirs = {user for user, person in self.people.items() if person.role in self.asking.roles}
        return room if set(room.entitled) <= theirs | self._hearing.own else None

    async def run(self, stop: asyncio.Event) -> None:
        """Post what is left from before, now and then until ``stop``."""
        await repeat(self.post, stop, every=LOOK_EVERY, failed="posting_requests_failed")

    async def post(self) -> None:
        """Post the questions and proposals that wait and have not been posted.

        Raises:
            PalabreError: the store or the homeserver does not answer; the next call tries again.
        """
        for request in await self._store.jobs.pending(QUESTION):
            await self._post(request, [(self.coordinators, self._question(request))])
        for request, proposal in proposals_of(await self._store.jobs.pending(PROPOSAL)):
            await self._post(request, list(self._approvers(request, proposal)))

    async def _post(self, request: Job, posts: Sequence[tuple[RoomView | None, Reply]]) -> None:
        if request.id in self._posted:
            return
        for room, reply in posts:
            if room is None:
                if request.id not in self._unseen:
                    self._unseen.add(request.id)
                    log.warning("nobody_to_ask", kind=request.kind)
                continue
            key = f"request/{request.idempotency_key}"
            marks = {REQUEST: str(request.id)}
            await self._once.post(
                key, room.room_id, room.room_id, due=self._now(), message=partial(always, reply), marks=marks
            )
            self._posted.add(request.id)

    def _approvers(self, request: Job, proposal: Proposal) -> Iterator[tuple[RoomView | None, Reply]]:
        """Give the coordinators' room, and the direct messages of the leads whose city it is."""
        people = self.people
        coordinator = next((p for p in people.values() if p.role in self.asking.roles), None)
        if coordinator is not None:
            room = self.coordinators
            strangers = room is not None and any(map(self.identities.is_changed, room.entitled))
            readers = self.asking.roles | ({NO_ROLE} if strangers else set())
            yield room, self._card(proposal, coordinator, readers)
        cities = request.payload["cities"].split()
        for person in people.values():
            leads = person.role in self._editing_roles and person.role not in self.asking.roles
            room = self._hearing.direct(person.user_id)
            if leads and cities == [person.city] and person.user_id != proposal.proposer and room is not None:
                if self.identities.is_changed(person.user_id):
                    continue
                yield room, self._card(proposal, person, frozenset({person.role}))

    def _card(self, proposal: Proposal, reader: Person, readers: frozenset[str]) -> Reply:
        return self._skills.editing.proposal_card(proposal, reader, readers, self._now())

    def _question(self, request: Job) -> Reply:
        """Return the post that shows a question to the coordinators, in the community's language."""
        translate, payload = self.translator, request.payload
        person = self.people.get(payload["user_id"])
        name = clean(person.name if person is not None else payload["user_id"])
        place = payload["place"] or translate(msg("a direct message"))
        return reply_of(
            [
                translate(msg("{name} asks, in {place}, what I could not answer:", name=name, place=place)),
                f"“{clean(payload['question'])}”",
                translate(msg("Reply to this message: I bring them your first answer.")),
            ],
            [],
            [],
            translate.language,
        )

    async def tell_forgotten(self, event_id: str, user_id: str) -> None:
        """Tell the coordinators, once, that somebody has asked to be forgotten; ``event_id`` is of their word.

        Raises:
            PalabreError: it was not told; the next call tries again.
        """
        room, translate = self.coordinators, self.translator
        if room is None:
            log.warning("nobody_to_tell")
            return
        said = msg(
            "{user} has asked to be forgotten: their contact, drafts and questions are gone from the directory. "
            "That they are a member is in the description, which is yours to change.",
            user=clean(user_id),
        )
        reply = reply_of([translate(said)], [], [], translate.language)
        key = f"forgotten/{event_id}"
        await self._once.post(key, room.room_id, room.room_id, due=self._now(), message=lambda _now: reply)

    def place(self, room_id: str) -> str:
        """Return what a room of ours is called to coordinators: its key; empty for a direct message."""
        rooms = self._hearing.rooms()
        return next((key for key, room in rooms.items() if room.room_id == room_id), "")

    @property
    def translator(self) -> Translator:
        """The translator into the community's first language that the bot speaks."""
        return self._skills.translator(self._hearing.community.languages)
