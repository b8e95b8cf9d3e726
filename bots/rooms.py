"""What a room is to the bot: ours, a direct message, or none of its business. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

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


def accepts(invitation: Invitation, active: Collection[str], community: CommunityOrigin) -> bool:
    """Whether the bot accepts: a direct message from an active member, encrypted; or a room of our provisioner's.

    A forced join by the admin API invites first: whoever declines that leaves the room they are put into. Where the
    invitation does not say who made the room, the bot goes in and looks; it leaves what is not ours. Nobody else
    brings it into a room of ours: a keeper could bring it into a safe one.
    """
    if invitation.sender == community.provisioner:
        return not invitation.create_sender or _origin(invitation, community) is not None
    is_direct = invitation.is_direct and _origin(invitation, community) is None
    return is_direct and invitation.encrypted and invitation.sender in active


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
    alone, nobody would hear.
    """
    own, found = {me, community.provisioner}, dict[str, RoomView]()
    for room in rooms.values():
        where = place(room, community, me=me, active=())
        if isinstance(where, Ours) and where.locator.kind == kind and not where.locator.archived:
            before = found.setdefault(where.locator.key, room)
            if len({*room.joined} - own) > len({*before.joined} - own):
                found[where.locator.key] = room
    return found
