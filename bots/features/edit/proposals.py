"""Proposals that wait in the store, and how they are shown to the people who may approve them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bots.context.feature import Audience, Post, RequestType
from bots.context.log import warn
from bots.context.message import Reply
from bots.context.requests import ADDRESS
from bots.features.edit.editor import editor
from bots.features.edit.effects import PROPOSAL, Proposal
from community.description.model import Permission
from community.description.person import Person
from community.description.rooms import NO_ROLE
from community.directory.changes import changes_from_json

if TYPE_CHECKING:
    from community.storage import Request


_PAYLOAD = ADDRESS | {"changes", "cities", "undoes"}
"""What the payload of a proposal names."""


def proposals_of(requests: Iterable[Request]) -> Iterator[Proposal]:
    """Give the proposals that requests hold, without those that another version of Palabre has written otherwise."""
    for request in requests:
        try:
            yield _proposal(request)
        except (ValueError, LookupError, TypeError) as error:
            warn("proposal_unreadable", kind=type(error).__name__)


def posts(request: Request, audience: Audience) -> Iterator[Post]:
    """Give the coordinators' room, and the direct messages of the leads whose city it is, each with the proposal."""
    for proposal in proposals_of([request]):
        yield from _to_coordinators(proposal, audience)
        yield from _to_leads(proposal, request.payload["cities"].split(), audience)


def _to_coordinators(proposal: Proposal, audience: Audience) -> Iterator[Post]:
    people, roles = audience.people.values(), audience.coordinating_roles
    coordinator = next((person for person in people if person.role in roles), None)
    if coordinator is None:
        return
    room = audience.coordinators
    # Whoever reads along under an identity that is not accepted is a stranger.
    has_strangers = room is not None and any(map(audience.is_changed, room.entitled))
    readers = roles | ({NO_ROLE} if has_strangers else set())
    yield room, _card(proposal, coordinator, readers, audience)


def _to_leads(proposal: Proposal, cities: list[str], audience: Audience) -> Iterator[Post]:
    editing = {role.key for role in audience.community.roles if Permission.EDIT in role.may}
    for person in audience.people.values():
        leads = person.role in editing - audience.coordinating_roles and cities == [person.city]
        room = audience.direct(person.user_id)
        if not leads or room is None or person.user_id == proposal.proposer:
            continue
        if not audience.is_changed(person.user_id):
            yield room, _card(proposal, person, frozenset({person.role}), audience)


def _card(proposal: Proposal, reader: Person, readers: frozenset[str], audience: Audience) -> Reply:
    return editor(audience.knowledge).proposal_card(proposal, reader, readers, audience.now())


def _proposal(request: Request) -> Proposal:
    """Return the proposal that a request holds. Raises ValueError, TypeError or KeyError where it is none."""
    payload = request.payload
    missing = _PAYLOAD - payload.keys()
    undoes = int(payload["undoes"]) if payload["undoes"] else None
    changes = changes_from_json(payload["changes"])
    if missing or not changes:
        raise ValueError("not all of a proposal")
    return Proposal(request.id, payload["user_id"], changes, request.filed_at, undoes)


PROPOSALS = RequestType(PROPOSAL, posts)
