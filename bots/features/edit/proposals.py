"""Reads waiting proposals from their jobs, and makes the posts that show them to those who may approve them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bots.context.feature import Addressees, Post, RequestType
from bots.context.message import Reply
from bots.features.edit.editor import editor
from bots.features.edit.effects import Proposal
from community.description.model import Permission
from community.description.person import Person
from community.description.rooms import NO_ROLE
from community.directory.entry import CalendarEntry, EntryChange
from community.directory.permissions import keeps_entry
from community.jobs.job import Job
from community.jobs.requested import ProposedChange


def proposals_of(jobs: Iterable[Job]) -> Iterator[Proposal]:
    """Yield the proposals in jobs; a job that another version of Palabre wrote in another form is left out."""
    for job, proposed in ProposedChange.each(jobs):
        yield _proposal(job, proposed)


def posts(job: Job, proposed: ProposedChange, audience: Addressees) -> Iterator[Post]:
    """Yield the posts of a proposal: to the coordinators' room, and to the city's leads in direct messages."""
    proposal = _proposal(job, proposed)
    yield from _to_coordinators(proposal, audience)
    yield from _to_leads(proposal, proposed.cities, audience)


def _to_coordinators(proposal: Proposal, audience: Addressees) -> Iterator[Post]:
    people, roles = audience.people.values(), audience.coordinating_roles
    coordinator = next((person for person in people if person.role in roles), None)
    if coordinator is None:
        return
    room = audience.coordinators
    # Somebody in the room whose changed identity nobody has accepted counts as a reader without a role.
    has_strangers = room is not None and any(map(audience.is_changed, room.entitled))
    readers = roles | ({NO_ROLE} if has_strangers else set())
    yield room, _card(proposal, coordinator, readers, audience)


def _to_leads(proposal: Proposal, cities: tuple[str, ...], audience: Addressees) -> Iterator[Post]:
    editing = {role.key for role in audience.community.roles if Permission.EDIT in role.may}
    for person in audience.people.values():
        leads = person.role in editing - audience.coordinating_roles and cities == (person.city,)
        leads = leads and all(_keeps(person, change, audience) for change in proposal.changes)
        if leads and person.user_id != proposal.proposer:
            room = None if audience.is_changed(person.user_id) else audience.direct(person.user_id)
            yield room, _card(proposal, person, frozenset({person.role}), audience)


def _keeps(person: Person, change: EntryChange, audience: Addressees) -> bool:
    """Whether a change is a person's to decide: an event of one city may be posted in a room of several."""
    states = (entry for entry in (change.before, change.after) if isinstance(entry, CalendarEntry))
    return all(keeps_entry(person, entry, audience.community) for entry in states)


def _card(proposal: Proposal, reader: Person, readers: frozenset[str], audience: Addressees) -> Reply:
    return editor(audience.knowledge).proposal_card(proposal, reader, readers, audience.now())


def _proposal(job: Job, proposed: ProposedChange) -> Proposal:
    number = proposed.number_of(job)
    return Proposal(job.id, number, proposed.user_id, proposed.changes, job.filed_at, proposed.undoes)


PROPOSALS = RequestType(ProposedChange, posts)
