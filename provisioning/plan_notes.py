"""The notes of a plan: what cannot be done, and what is left unchanged on purpose. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from community.core.messages import Message, msg, nmsg
from community.description.model import Community
from matrix.ids import UserId
from provisioning.account_faults import strangers_in
from provisioning.plan_extras import PlanExtras
from provisioning.snapshot import PRESENT, SERVER_ACL, Membership, Room, Snapshot
from provisioning.undescribed import shortened


def room_notes(room: Room, there: Room, desired: Snapshot) -> Iterator[Message]:
    """Give what there is to say of a room that is described and there, but for its people."""
    if room.federated is not there.federated:
        if there.federated:
            yield msg("{room} was made open to other servers; that cannot be changed", room=room.key)
        else:
            yield msg("{room} was made for this server alone; that cannot be changed", room=room.key)
    own = desired.own
    for creator in there.creators:
        if creator not in (own.provisioner, own.break_glass):
            yield msg(
                "{room}: {user_id} is a creator; that power cannot be taken away",
                room=room.key,
                user_id=creator,
            )


def people_notes(
    desired: Snapshot, actual: Snapshot, again: Collection[UserId], extras: PlanExtras
) -> Iterator[Message]:
    """Give what there is to say of people in rooms that are described and there: one note for each, sorted."""
    outside: dict[UserId, list[str]] = defaultdict(list)
    absent: dict[UserId, dict[str, Membership]] = defaultdict(dict)
    for key in sorted(desired.rooms.keys() & actual.rooms.keys()):
        room, there = desired.rooms[key], actual.rooms[key]
        let_in = room.state.get(SERVER_ACL, {}).get("allow", [desired.own.server])
        for user_id, stands in there.members.items():
            if stands in PRESENT and user_id.partition(":")[2] not in let_in:
                outside[user_id].append(key)
            is_asked = user_id in again and extras.concerns(key)
            if stands in _AWAY and user_id in room.members and user_id in desired.accounts and not is_asked:
                absent[user_id][key] = stands
    for user_id, rooms in sorted(outside.items()):
        yield nmsg(
            "{rooms}: {user_id} is of a server that is not let in; a moderator can remove them",
            "{user_id} is in {count} rooms ({rooms}) and of a server that is not let in; a moderator can remove them",
            count=len(rooms),
            rooms=shortened(rooms),
            user_id=user_id,
        )
    for user_id, stands_to in sorted(absent.items()):
        yield from _absence(user_id, stands_to)


def example_notes(community: Community) -> Iterator[Message]:
    """Say that a description is the example, whose people nobody is."""
    if community.example:
        yield msg(
            "the people of this description are invented (“example: true” in community.yaml); take that line out once "
            "they are yours"
        )


def held_notes(held: Collection[UserId]) -> Iterator[Message]:
    """Name the accounts that get nothing until somebody has said whose they are."""
    for user_id in sorted(held):
        yield msg(
            "the account {user_id} was there before Palabre made it, so it gets nothing yet. If it is theirs: palabre "
            "person adopt {user_id}. If not, or nobody knows: palabre person reset-password {user_id}",
            user_id=user_id,
        )


def strangers(desired: Snapshot, actual: Snapshot) -> Iterator[Message]:
    """Name the people of this server in our rooms of whom the description knows nothing; they are left alone."""
    rooms = strangers_in(desired, actual)
    for user_id in sorted(rooms):
        yield nmsg(
            "{user_id} is in {count} room and not described; to remove them: a line with status: left",
            "{user_id} is in {count} rooms and not described; to remove them: a line with status: left",
            user_id=user_id,
            count=rooms[user_id],
        )


_AWAY = (Membership.LEFT, Membership.EXPELLED, Membership.BANNED)


def _absence(user_id: UserId, rooms: Mapping[str, Membership]) -> Iterator[Message]:
    """Say where somebody is not who belongs there, and what can be done."""
    banned = [room for room, stands in rooms.items() if stands is Membership.BANNED]
    away = [room for room in rooms if room not in banned]
    if len(away) > 1:
        yield msg(
            "{user_id} has left {count} rooms, or was removed by a moderator ({rooms}); to ask them again into all of "
            "them: palabre plan --again {user_id}, into one of them: with --in {room}",
            user_id=user_id,
            count=len(away),
            rooms=shortened(away),
            room=away[0],
        )
    elif away:
        yield _absence_from_one(user_id, away[0], rooms[away[0]])
    if banned:
        yield nmsg(
            "{rooms}: {user_id} is banned and stays so",
            "{user_id} is banned from {count} rooms and stays so ({rooms})",
            count=len(banned),
            rooms=shortened(banned),
            user_id=user_id,
        )


def _absence_from_one(user_id: UserId, room: str, stands: Membership) -> Message:
    if stands is Membership.LEFT:
        return msg(
            "{room}: {user_id} has left; to ask them again: palabre plan --again {user_id}",
            room=room,
            user_id=user_id,
        )
    return msg(
        "{room}: {user_id} was removed by a moderator; to ask them again: palabre plan --again {user_id}",
        room=room,
        user_id=user_id,
    )
