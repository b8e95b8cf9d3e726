"""What a room is to the bot: ours, a direct message, or none of its business. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from bots.encryption import Invitation, RoomView
from community.description.person import Person
from community.description.rooms import NO_ROLE
from matrix.ids import RoomId, UserId
from matrix.locator import Locator, Origin, origin_if_ours, read_locator


@dataclass(frozen=True, slots=True)
class CommunityOrigin:
    """What makes a room ours."""

    key: str
    provisioner: UserId


@dataclass(frozen=True, slots=True)
class Ours:
    """A room or space that our provisioner made."""

    locator: Locator


@dataclass(frozen=True, slots=True)
class Direct:
    """An encrypted room of one active member and the bot."""

    other: UserId


@dataclass(frozen=True, slots=True)
class Foreign:
    """Any other: the bot does not stay."""


Place = Ours | Direct | Foreign


class InvitationAnswer(Enum):
    """What the bot does with an invitation."""

    ACCEPT = auto()
    DECLINE = auto()
    WAIT = auto()
    """Neither: somebody else decides whether it comes in."""


def place(room: RoomView, community: CommunityOrigin, *, me: UserId, active: Collection[str]) -> Place:
    """Return what a room that the bot has joined is. In a safe room it does not stay, whoever has let it in."""
    origin = _origin(room, community)
    if origin is not None:
        locator = read_locator(room.locator) or Locator(origin.key, "room")
        return Foreign() if locator.safe and locator.kind == "room" else Ours(locator)
    others = [user for user in room.members if user != me]
    if len(others) == 1 and others[0] in active and room.algorithm is not None:
        return Direct(others[0])
    return Foreign()


def readers_of(
    room: RoomView, admitted: Collection[str], people: Mapping[str, Person], own: Collection[str]
) -> frozenset[str]:
    """Return the roles of all who read a room of ours: those admitted to it, and whoever is in it besides.

    A moderator may have invited somebody else. ``own`` are our accounts: the bot, and the provisioner, which reads
    nothing.
    """
    there = (people.get(user) for user in room.entitled if user not in own)
    return frozenset(admitted) | {NO_ROLE if person is None else person.role for person in there}


def answer_to(
    invitation: Invitation, active: Collection[str], community: CommunityOrigin
) -> InvitationAnswer:
    """Return what the bot does with an invitation.

    It accepts a direct message from an active member, encrypted, and a room of ours from our provisioner: a forced join
    by the admin API invites first, and declining that leaves the room that the bot is being put into. Who invites is
    the homeserver's word: it lets nobody invite in another's name, and no other server in the name of an account of
    ours. Who made the room is not, where the invitation is from elsewhere: another server writes what it likes there.
    So both must fit. Where the provisioner invites and the invitation does not say whose room it is, the bot does
    nothing: the forced join goes on without it, and only the room's own state then says what the room is.

    Nobody else brings it into a room of ours: a keeper could bring it into a safe one.
    """
    is_ours = _origin(invitation, community) is not None
    if invitation.sender == community.provisioner:
        return InvitationAnswer.ACCEPT if is_ours else InvitationAnswer.WAIT
    is_direct = invitation.is_direct and not is_ours and invitation.encrypted
    return InvitationAnswer.ACCEPT if is_direct and invitation.sender in active else InvitationAnswer.DECLINE


def _origin(room: RoomView | Invitation, community: CommunityOrigin) -> Origin | None:
    if room.create_sender != community.provisioner:
        return None
    return origin_if_ours(
        room.create_sender,
        room.create_content,
        provisioner=community.provisioner,
        community=community.key,
    )


def ours_by_key(
    rooms: Mapping[RoomId, RoomView], community: CommunityOrigin, *, me: UserId
) -> dict[str, RoomView]:
    """Return the rooms of ours by their key: no spaces, and no archived ones, in which nothing is said any more."""
    return _of_kind("room", rooms, community, me)


def spaces_by_key(
    rooms: Mapping[RoomId, RoomView], community: CommunityOrigin, *, me: UserId
) -> dict[str, RoomView]:
    """Return the spaces of ours that the bot is in by their key, without archived ones."""
    return _of_kind("space", rooms, community, me)


def _of_kind(
    kind: str, rooms: Mapping[RoomId, RoomView], community: CommunityOrigin, me: UserId
) -> dict[str, RoomView]:
    """Return the rooms or spaces of ours by key: of several that claim one, the one that most people are in.

    Whoever has the provisioner's token can make another one of any key and put the bot into it: what is said in that
    alone, nobody would hear. Of those with as many people the bot came into the last one after the others: a room that
    was deleted on the homeserver may have gone without a word in the sync, and another was made in its place.
    """
    own, found = {me, community.provisioner}, dict[str, RoomView]()
    for room in rooms.values():
        where = place(room, community, me=me, active=())
        if isinstance(where, Ours) and where.locator.kind == kind and not where.locator.archived:
            before = found.setdefault(where.locator.key, room)
            if len({*room.joined} - own) >= len({*before.joined} - own):
                found[where.locator.key] = room
    return found
