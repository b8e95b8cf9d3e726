"""Whom the bot has been asked to invite, as part of what there is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from community.jobs.invitations import RoomInvitation
from community.storage import Job
from matrix.ids import UserId
from provisioning.snapshot import Membership, Room, Snapshot


def awaiting(invitations: Iterable[Job], actual: Snapshot) -> Snapshot:
    """Return ``actual`` with the people for whom the bot has been asked to invite them."""
    asked: dict[str, set[UserId]] = {}
    for _job, to in RoomInvitation.each(invitations):
        asked.setdefault(to.room_id, set()).add(UserId(to.user_id))
    return replace(
        actual, rooms=_with_requests(actual.rooms, asked), others=_with_requests(actual.others, asked)
    )


def _with_requests(rooms: Mapping[str, Room], asked: Mapping[str, Collection[UserId]]) -> dict[str, Room]:
    return {key: _with_request(room, asked.get(str(room.room_id), ())) for key, room in rooms.items()}


def _with_request(room: Room, asked: Collection[UserId]) -> Room:
    waiting = {
        user: Membership.REQUESTED
        for user in asked
        if room.members.get(user) not in (Membership.JOINED, Membership.INVITED)
    }
    return replace(room, members={**room.members, **waiting}) if waiting else room
