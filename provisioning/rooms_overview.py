"""Every room of ours: how one enters, who is in it, whether it is encrypted, its last event, what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypedDict

from community.description.data_folder import DataFolder
from community.description.model import Community, Joining, Policy
from community.description.room_lookup import described_rooms
from community.description.theme_rooms import joining_of
from matrix.admin import AdminApi
from matrix.errors import NotFound
from matrix.ids import RoomId
from provisioning.accounts import provisioner_client
from provisioning.changes import subject
from provisioning.people_overview import AT_ONCE
from provisioning.plan import Plan
from provisioning.provisioner import open_provisioner
from provisioning.snapshot import ENCRYPTION, Membership, Room, Snapshot


class RoomProblem(StrEnum):
    """What can be wrong with a room."""

    NO_BOT = "no bot"
    """The bot belongs there and is not."""
    ONE_KEEPER = "one keeper"
    """A safe room with one keeper left: when that person leaves, nobody new can come in."""
    NOT_AS_DESCRIBED = "not as described"
    """A plan has a change of it."""


@dataclass(frozen=True, slots=True)
class RoomOverview:
    """One room or space. ``active``: the day of its last event, None where that is not known.

    ``members`` and ``invited`` are people: Palabre's own accounts are not counted. ``policy``: of a room that is
    described; ``joining``: how the theme that it is made for is joined by asking.
    """

    key: str
    is_space: bool
    is_encrypted: bool
    members: int
    invited: int
    active: date | None
    problems: tuple[RoomProblem, ...]
    policy: Policy | None = None
    joining: Joining | None = None


async def rooms_overview(config: Path, data: DataFolder) -> tuple[RoomOverview, ...]:
    """Return the rooms by key. Nothing is written; the homeserver is asked once more for each room.

    Raises:
        PalabreError: the description, the store or the homeserver cannot be read.
    """
    async with open_provisioner(config, data, changing=False) as provisioner:
        in_force = await provisioner.in_force()
        made, actual = await in_force.plan()
        described = described_by_key(in_force.description.community)
        own, url = actual.own.provisioner, provisioner.url
        async with provisioner_client(url, own, data, changing=False) as http:
            active = await _last_days(AdminApi(http), actual, datetime.now(UTC))
    return tuple(
        replace(room_overview(room, actual, made, active), **described.get(key, {}))
        for key, room in sorted(actual.rooms.items())
    )


class DescribedAccess(TypedDict, total=False):
    """How one enters a room by the description."""

    policy: Policy
    joining: Joining


def described_by_key(community: Community) -> dict[str, DescribedAccess]:
    """Return how one enters each room that is described, by its key. Pure."""
    joining = {theme.key: joining_of(theme, community) for theme in community.themes}
    found: dict[str, DescribedAccess] = {}
    for room in described_rooms(community):
        access: DescribedAccess = {} if room.policy is None else {"policy": room.policy}
        if room.theme is not None:
            access["joining"] = joining[room.theme]
        found[room.key] = access
    return found


async def _last_days(admin: AdminApi, actual: Snapshot, now: datetime) -> Mapping[RoomId, date]:
    """Return the day of the last event of each room."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def day(room_id: RoomId) -> date | None:
        async with slots:
            try:
                at = await admin.last_event_at(room_id, now)
            except NotFound:
                return None
            return datetime.fromtimestamp(at / 1000, UTC).date()

    rooms = [room.room_id for room in actual.rooms.values() if room.room_id is not None]
    found = await asyncio.gather(*map(day, rooms))
    return {room: when for room, when in zip(rooms, found, strict=True) if when is not None}


def room_overview(room: Room, actual: Snapshot, made: Plan, active: Mapping[RoomId, date]) -> RoomOverview:
    """Return what is known of a room. Pure."""
    people = [stands for user, stands in room.members.items() if user not in actual.own]
    return RoomOverview(
        key=room.key,
        is_space=room.is_space,
        is_encrypted=ENCRYPTION in room.state,
        members=people.count(Membership.JOINED),
        invited=people.count(Membership.INVITED),
        active=None if room.room_id is None else active.get(room.room_id),
        problems=tuple(_problems(room.key, made)),
    )


def _problems(key: str, made: Plan) -> Iterator[RoomProblem]:
    if any(absence.room == key for absence in made.absent):
        yield RoomProblem.NO_BOT
    if any(safe.room.key == key and len(safe.holders) == 1 for safe in made.safe):
        yield RoomProblem.ONE_KEEPER
    if any(subject(change) == ("room", key) for change in made.changes):
        yield RoomProblem.NOT_AS_DESCRIBED
