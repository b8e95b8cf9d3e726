"""What waits for a person, posted where they see it: questions passed on, and proposals. Each is posted once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from bots.encryption import RoomView
from bots.hearing import Hearing
from bots.outcome import Address
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
from community.jobs.errors import NotYet
from community.jobs.job import Job
from community.jobs.notices import Notice, NoticeKind
from community.jobs.requested import PassedQuestion, ProposedChange
from community.jobs.worker import JobHandler
from community.storage import Store

log = structlog.get_logger()

REQUEST = "org.palabre.request"
"""Key of a job's number in the content of the post that shows it."""


def address_to_payload(to: Address) -> dict[str, str]:
    """Return an address as a job keeps it."""
    return {
        "room_id": to.room_id,
        "event_id": to.event_id,
        "user_id": to.user_id,
        "thread": to.thread or "",
        "conversation": to.conversation,
    }


def address_of(payload: Mapping[str, str]) -> Address:
    """Return the address that a job keeps. Raises KeyError where it keeps none."""
    room_id, event_id, user_id = payload["room_id"], payload["event_id"], payload["user_id"]
    return Address(room_id, event_id, user_id, payload["thread"] or None, payload["conversation"])


def proposals_of(jobs: Iterable[Job]) -> Iterator[tuple[Job, Proposal]]:
    """Give the jobs that are proposals with what they propose, without those that another Palabre has written."""
    for job, proposed in ProposedChange.each(jobs):
        yield job, proposal_of(job, proposed)


def proposal_of(job: Job, proposed: ProposedChange) -> Proposal:
    """Return the proposal that a job is about."""
    return Proposal(job.id, proposed.user_id, proposed.changes, job.filed_at, proposed.undoes)


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
        self._posting = asyncio.Lock()
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

    async def post(self) -> None:
        """Post the questions and proposals that wait and have not been posted.

        Raises:
            PalabreError: the store or the homeserver does not answer; the next call, or the worker, tries again.
        """
        for job in await self._store.jobs.pending(PassedQuestion.KIND):
            await self.post_question(job)
        for job, proposal in proposals_of(await self._store.jobs.pending(ProposedChange.KIND)):
            await self.post_proposal(job, proposal)

    def is_posted(self, number: int) -> bool:
        """Whether this process has posted a job."""
        return number in self._posted

    async def post_question(self, job: Job) -> None:
        """Post a question to the coordinators. Raises PalabreError."""
        await self._post(job, [(self.coordinators, self._question(job))])

    async def post_proposal(self, job: Job, proposal: Proposal) -> None:
        """Post a proposal to those who decide it. Raises PalabreError."""
        await self._post(job, list(self._approvers(job, proposal)))

    async def apologise(self, job: Job, user_id: str) -> None:
        """Have somebody told, once, that what they wanted the coordinators to see could not be posted."""
        notice = Notice(NoticeKind.NOT_PASSED_ON, user_id, str(job.id), {})
        await self._store.jobs.file(notice, at=self._now())

    async def _post(self, job: Job, posts: Sequence[tuple[RoomView | None, Reply]]) -> None:
        # One at a time: who has filed a job posts it at once, while the worker may have found it.
        async with self._posting:
            if job.id in self._posted:
                return
            for room, reply in posts:
                if room is None:
                    if job.id not in self._unseen:
                        self._unseen.add(job.id)
                        log.warning("nobody_to_ask", kind=job.kind)
                    continue
                key = f"request/{job.idempotency_key}"
                marks = {REQUEST: str(job.id)}
                await self._once.post(
                    key,
                    room.room_id,
                    room.room_id,
                    due=self._now(),
                    message=partial(always, reply),
                    marks=marks,
                )
                self._posted.add(job.id)

    def _approvers(self, job: Job, proposal: Proposal) -> Iterator[tuple[RoomView | None, Reply]]:
        """Give the coordinators' room, and the direct messages of the leads whose city it is."""
        people = self.people
        coordinator = next((p for p in people.values() if p.role in self.asking.roles), None)
        if coordinator is not None:
            room = self.coordinators
            strangers = room is not None and any(map(self.identities.is_changed, room.entitled))
            readers = self.asking.roles | ({NO_ROLE} if strangers else set())
            yield room, self._card(proposal, coordinator, readers)
        cities = job.payload["cities"].split()
        for person in people.values():
            leads = person.role in self._editing_roles and person.role not in self.asking.roles
            room = self._hearing.direct(person.user_id)
            if leads and cities == [person.city] and person.user_id != proposal.proposer and room is not None:
                if self.identities.is_changed(person.user_id):
                    continue
                yield room, self._card(proposal, person, frozenset({person.role}))

    def _card(self, proposal: Proposal, reader: Person, readers: frozenset[str]) -> Reply:
        return self._skills.editing.proposal_card(proposal, reader, readers, self._now())

    def _question(self, job: Job) -> Reply:
        """Return the post that shows a question to the coordinators, in the community's language."""
        translate, payload = self.translator, job.payload
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


class QuestionPosting(JobHandler[PassedQuestion]):
    """Posts the questions that were not posted as they were filed: after a crash, or where the room was not there."""

    kind = PassedQuestion
    awaits_word = True

    def __init__(self, requested: Requested) -> None:
        self._requested = requested

    async def ready(self, waiting: Mapping[int, PassedQuestion]) -> Collection[int]:
        """Return those that have not been posted."""
        return [number for number in waiting if not self._requested.is_posted(number)]

    async def carry_out(self, job: Job, payload: PassedQuestion) -> None:  # noqa: ARG002 - the same for all
        """Post it. Raises NotYet where nobody can be asked."""
        await self._requested.post_question(job)
        _expect_posted(self._requested, job, self.look_every)

    async def failed(self, job: Job, payload: PassedQuestion, reason: str) -> None:  # noqa: ARG002 - the log has it
        """Tell the asker."""
        await self._requested.apologise(job, payload.user_id)


class ProposalPosting(JobHandler[ProposedChange]):
    """Posts the proposals that were not posted as they were filed."""

    kind = ProposedChange
    awaits_word = True

    def __init__(self, requested: Requested) -> None:
        self._requested = requested

    async def ready(self, waiting: Mapping[int, ProposedChange]) -> Collection[int]:
        """Return those that have not been posted."""
        return [number for number in waiting if not self._requested.is_posted(number)]

    async def carry_out(self, job: Job, payload: ProposedChange) -> None:
        """Post it. Raises NotYet where nobody can be asked."""
        await self._requested.post_proposal(job, proposal_of(job, payload))
        _expect_posted(self._requested, job, self.look_every)

    async def failed(self, job: Job, payload: ProposedChange, reason: str) -> None:  # noqa: ARG002 - the log has it
        """Tell who has proposed it."""
        await self._requested.apologise(job, payload.user_id)


def _expect_posted(requested: Requested, job: Job, every: timedelta) -> None:
    if not requested.is_posted(job.id):
        raise NotYet("nobody to ask", every)
