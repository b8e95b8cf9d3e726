"""Who of those described is meant by a name, and whether they have come: nobody is to become a member twice. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from community.core.messages import Message, msg
from community.core.words import words
from community.description.model import Community, Member, Status
from community.description.person import Person
from community.directory.permissions import coordinates
from community.joining.arrival import Arrival, ArrivalStage
from community.joining.invitation import InvitationState, InvitationTerms, NetworkInvitation
from community.joining.terms import member_terms


class Coming(Enum):
    """How far somebody is who is described."""

    AWAITED = auto()
    BEGUN = auto()
    """They have come by a link, and it is not known that they have an account: they go on by that same link."""
    HERE = auto()


@dataclass(frozen=True, slots=True)
class WhoHasCome:
    """The user names of those who are ``here``, and of those who have ``begun`` (`Coming`)."""

    here: frozenset[str] = frozenset()
    begun: frozenset[str] = frozenset()

    def standing(self, username: str) -> Coming:
        """Return how far somebody is."""
        if username in self.here:
            return Coming.HERE
        return Coming.BEGUN if username in self.begun else Coming.AWAITED


def who_has_come(people: Iterable[Person], arrivals: Iterable[Arrival]) -> WhoHasCome:
    """Return who has come.

    ``people`` are those whom the bots know; of whoever has just come they may not know yet, so ``arrivals``, which are
    those of all links, count as well.
    """
    here, begun = {person.username for person in people}, set[str]()
    for arrival in arrivals:
        name = arrival.user_id.removeprefix("@").partition(":")[0]
        (begun if arrival.stage is ArrivalStage.OPENED else here).add(name)
    return WhoHasCome(frozenset(here), frozenset(begun - here))


def told_of(person: Person, community: Community, come: WhoHasCome) -> Community:
    """Return the community with the members of whom whoever invites is told.

    Coordinators are told of all; leads of those who are here, and of those of their own city who are awaited. What is
    said to them of a name is what is said of it where nobody else is described.
    """
    if coordinates(person, community):
        return community
    members = (
        one
        for one in community.members
        if come.standing(one.username) is Coming.HERE or (one.city is not None and one.city == person.city)
    )
    return community.model_copy(update={"members": tuple(members)})


def open_links(
    links: Iterable[NetworkInvitation], username: str, now: datetime
) -> tuple[NetworkInvitation, ...]:
    """Return the links by which a member who is described can come now."""
    return tuple(
        link for link in links if link.terms.username == username and link.state(now) is InvitationState.OPEN
    )


def called(user_id: str, community: Community) -> str:
    """Return what somebody is called who has come; of whom nothing is known yet, their user name."""
    username = user_id.removeprefix("@").partition(":")[0]
    member = community.member.get(username)
    return username if member is None else member.name


@dataclass(frozen=True, slots=True)
class DescribedMatch:
    """A member who is perhaps meant.

    ``fits``: no other city was said than theirs. ``is_sure``: city and role are theirs too, and nobody else's.
    """

    member: Member
    fits: bool
    is_sure: bool
    coming: Coming


def described_as(
    name: str,
    role: str | None,
    city: str | None,
    community: Community,
    come: WhoHasCome,
    others: Collection[str] = (),
) -> DescribedMatch | None:
    """Return the active member who is called so; of several the one who is meant most likely. None: there is nobody.

    Names are compared without capitals and accents, in any order of their words. ``role`` and ``city``: as far as they
    are known. ``others``: the user names of those who are certainly not meant.
    """
    said = words(name)
    found = [
        member
        for member in community.members
        if member.status is Status.ACTIVE
        and member.username not in others
        and sorted(words(member.name)) == sorted(said)
    ]
    fitting = [member for member in found if city is None or member.city in (None, city)]
    sure = [
        member
        for member in fitting
        if words(member.name) == said
        and role in (None, member.role)
        and city == member.city
        and (role, city) != (None, None)
    ]
    likeliest = next(iter((*sure, *fitting, *found)), None)
    if likeliest is None:
        return None
    return DescribedMatch(likeliest, likeliest in fitting, len(sure) == 1, come.standing(likeliest.username))


def described_terms(
    terms: InvitationTerms, community: Community, come: WhoHasCome
) -> InvitationTerms | DescribedMatch:
    """Return the terms of a link where nobody can be asked: those of the member whose name, role and city they have.

    What is described of a member who has not come holds, but for the language and the greeter. Of anybody else they are
    as they were. Returned is who may be meant, where that is not certain, or they have come already.
    """
    if terms.name is None or terms.username is not None:
        return terms
    found = described_as(terms.name, terms.role, terms.city, community, come)
    if found is None or not found.fits:
        return terms
    if not found.is_sure or found.coming is not Coming.AWAITED:
        return found
    own = {"language": terms.language, "greeter": terms.greeter}
    return member_terms(found.member, community).model_copy(update=own)


def match_fault(found: DescribedMatch) -> Message:
    """Return why nobody is invited under the name of a member, and what to write."""
    who = {"name": found.member.name, "user": found.member.username}
    if not found.is_sure:
        return msg(
            "this may be {name} (“{user}”), who is described: write their role and city as they are described, or a "
            "name that tells the two apart",
            **who,
        )
    return msg(
        "{name} (“{user}”) has come already, or has begun to: leave them out, or write a name that tells the two apart",
        **who,
    )
