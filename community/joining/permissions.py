"""Who may invite whom, and who may take an invitation back.

Coordinators invite anybody, and leads people of their own city, yet nobody above their own role: not into a role that
may do what theirs may not, and leads not into one that opens a room which theirs does not open. Else whoever invites
could come back as somebody who sees and decides more. Of somebody who is described it counts what is described of them
now, by their name too; into a safe room that is described for them those who keep it invite, and the operator.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from community.core.messages import Message, msg
from community.description.model import Community, Joining, Member, Permission, Policy, Role
from community.description.person import Person
from community.description.rooms import DescribedRoom, expand_rooms
from community.description.theme_rooms import joining_of, keepers_of_all
from community.directory.permissions import coordinates, leads
from community.joining.invitation import InvitationTerms, NetworkInvitation
from community.joining.terms import member_terms, somebody_on, terms_faults


def refusal(inviter: Person, terms: InvitationTerms, community: Community) -> Message | None:
    """Return why a member may not invite anybody on these terms; None where they may.

    ``terms`` have been compared with the community (`community.joining.terms`).
    """
    if not leads(inviter, community):
        return msg("coordinators invite people, and leads those of their own {place}: ask one of them")
    member = None if terms.username is None else community.member.get(terms.username)
    if member is None:
        return _refusal_on(inviter, terms, community)
    described = member_terms(member, community)
    return (
        # Of themes that are not open it is of no use to say that they are to be left out.
        _refusal_on(inviter, described.model_copy(update={"themes": ()}), community)
        or (None if _is_as_open(member, inviter, community) else _ABOVE)
        or _safe_refusal(inviter, member, community)
    )


_ABOVE = msg("nobody can invite to a role above their own: ask the coordinators")


def _refusal_on(inviter: Person, terms: InvitationTerms, community: Community) -> Message | None:
    """Return why a lead or coordinator may not invite anybody on these terms, whoever that is."""
    if not coordinates(inviter, community) and (terms.city is None or terms.city != inviter.city):
        return msg("leads invite people of their own {place}: ask the coordinators")
    if not coordinates(inviter, community) and not all(_is_open(key, community) for key in terms.themes):
        return msg(
            "not every one of these themes is open to all: leave it out; they can ask the bot for it later"
        )
    if _is_above(terms, inviter, community):
        return _ABOVE
    return None


def may_revoke(person: Person, invitation: NetworkInvitation, community: Community) -> bool:
    """Whether a member may take an invitation back, and be told who came by it: of their own, coordinators of any."""
    return invitation.inviter == person.user_id or coordinates(person, community)


def is_still_offered(invitation: NetworkInvitation, people: Iterable[Person], community: Community) -> bool:
    """Whether the community has what a link offers, and who invites may still do so."""
    return not any(terms_faults(invitation.terms, community, "")) and is_still_invited(
        invitation, people, community
    )


def is_still_invited(invitation: NetworkInvitation, people: Iterable[Person], community: Community) -> bool:
    """Whether who invites may still do so: they may have left, or lost their role, since they made the link.

    Of whoever is forgotten nobody knows any more what they might: their links are nobody's. ``people``: the members who
    have come. What the community says of the inviter, which is what is in force, counts as well: ``people`` may follow
    it later. The terms have been compared with the community.
    """
    if invitation.is_of_terminal:
        return True
    standing = [
        each
        for person in people
        if person.user_id == invitation.inviter and person.username in community.active_member
        for each in (person, _as_described(person, community.active_member[person.username]))
    ]
    return bool(standing) and all(refusal(each, invitation.terms, community) is None for each in standing)


def _as_described(person: Person, member: Member) -> Person:
    return replace(person, role=member.role, city=member.city)


def _is_above(terms: InvitationTerms, inviter: Person, community: Community) -> bool:
    own, offered = community.role.get(inviter.role), community.role[terms.role]
    if own is None or not covers(own, offered):
        return True
    if coordinates(inviter, community) or own.key == offered.key:
        return False
    comes, would = (_rooms_of(somebody_on(terms, role), community) for role in (offered.key, own.key))
    return not comes <= would


def _is_as_open(member: Member, inviter: Person, community: Community) -> bool:
    """Whether a coordinator invites, or somebody described is in nothing that is closed to leads, by their name too."""
    if coordinates(inviter, community):
        return True
    if not all(_is_open(key, community) for key in member.themes):
        return False
    lead = community.member.get(inviter.username)
    usual = _rooms_of(somebody_on(member_terms(member, community), inviter.role), community)
    own = frozenset[_Access]() if lead is None else _rooms_of(lead, community)
    return _rooms_of(member, community) <= usual | own


def _safe_refusal(inviter: Person, member: Member, community: Community) -> Message | None:
    """Return why nobody brings somebody described into the safe rooms that are described for them.

    But for those in which everybody of their role and city is, however they came.
    """
    everybody = member_terms(member, community).model_copy(update={"themes": ()})
    usual = _safe_rooms(somebody_on(everybody, member.role), community)
    more = _safe_rooms(member, community) - usual
    if not more or inviter.username in keepers_of_all(community, more):
        return None
    return msg(
        "a safe room is described for them: those who keep it can invite them, or whoever runs the server"
    )


def _safe_rooms(member: Member, community: Community) -> frozenset[str]:
    """Return the keys of the safe rooms in which a member belongs, or which they keep."""
    alone = community.model_copy(update={"members": (member,)})
    return frozenset(
        room.key for room in expand_rooms(alone) if room.policy is Policy.SAFE and any(_accesses(room))
    )


def _is_open(theme: str, community: Community) -> bool:
    """Whether anybody could join a theme by asking: nobody brings others in by a link where they would have to ask."""
    return joining_of(community.theme[theme], community) is Joining.OPEN


def covers(own: Role, offered: Role) -> bool:
    """Whether a role may do all that another one may."""
    # Who may moderate may change every entry, also where “edit” is not said of them.
    implied = {Permission.EDIT} if Permission.MODERATE in own.may else set()
    return set(offered.may) <= {*own.may, *implied} and (own.everywhere or not offered.everywhere)


@dataclass(frozen=True, slots=True)
class _Access:
    """What somebody may do in a room."""

    room: str
    right: str


def _rooms_of(member: Member, community: Community) -> frozenset[_Access]:
    """Return what somebody could do in which rooms."""
    alone = community.model_copy(update={"members": (member,)})
    return frozenset(access for room in expand_rooms(alone) for access in _accesses(room))


def _accesses(room: DescribedRoom) -> list[_Access]:
    rights = {
        "enter": (*room.members, *room.may_enter),
        "moderate": room.moderators,
        "announce": room.announcers,
    }
    return [_Access(room.key, right) for right, names in rights.items() if names]
