"""Checks what the calendar names: rooms, and whom its entries concern. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from community.core.messages import msg
from community.description.calendar_model import Audience, Calendar, Deadline, Event
from community.description.directory_model import Contact
from community.description.doubts import may_be_room
from community.description.faults import CALENDAR, Fault, known, one, twice
from community.description.model import Community, Member
from community.description.named_parts import check_parts
from community.description.yaml_text import Path


def calendar_references(
    calendar: Calendar,
    community: Community,
    *,
    rooms: Mapping[str, bool],
    contacts: Mapping[str, Contact],
    members: Mapping[str, Member] | None,
    are_rooms_doubtful: bool,
) -> Iterator[Fault]:
    """Yield the faults. ``rooms`` says whether the bot is in each.

    ``members`` is None where some could not be read; ``are_rooms_doubtful`` where what rooms are made for has faults.
    """
    for name in ("events", "deadlines"):
        entries: tuple[Event | Deadline, ...] = getattr(calendar, name)
        yield from twice(CALENDAR, name, [entry.key for entry in entries], "key")
        for i, entry in enumerate(entries):
            for fault in _rooms((name, i, "rooms"), entry.rooms, rooms):
                named = str(fault.what.params.get("name", ""))
                if not are_rooms_doubtful or fault.missing is None or not may_be_room(named, community):
                    yield fault
            yield from _meant((name, i), entry)
            yield from _audience((name, i, "audience"), entry.audience, community, members)
            yield from _people((name, i), entry, contacts, members)


def _meant(path: Path, entry: Event | Deadline) -> Iterator[Fault]:
    if not entry.rooms and not entry.audience.is_said:
        what = msg(
            "it is for nobody and posted nowhere: name “rooms”, or say whom it concerns, such as "
            "audience: {themes}, or audience: {everyone}",
            themes="{themes: [waste]}",
            everyone="{everyone: true}",
        )
        yield Fault(CALENDAR, path, what, given=((*path, "rooms"), (*path, "audience")))


def _audience(
    path: Path, audience: Audience, community: Community, members: Mapping[str, Member] | None
) -> Iterator[Fault]:
    yield from check_parts(CALENDAR, path, audience, community)
    if members is not None:
        yield from known(CALENDAR, (*path, "people"), audience.people, members, "member")


def _people(
    path: Path,
    entry: Event | Deadline,
    contacts: Mapping[str, Contact],
    members: Mapping[str, Member] | None,
) -> Iterator[Fault]:
    if members is None:
        return
    if entry.added_by is not None:
        yield from one(CALENDAR, (*path, "added_by"), entry.added_by, members, "member")
    match entry:
        case Deadline(asked_by=str(name)):
            there: Mapping[str, Contact | Member] = {**contacts, **members}
            yield from one(CALENDAR, (*path, "asked_by"), name, there, "member")
        case Deadline() | Event():
            pass
        case _:
            assert_never(entry)


def _rooms(path: Path, names: tuple[str, ...], rooms: Mapping[str, bool]) -> Iterator[Fault]:
    yield from known(CALENDAR, path, names, rooms, "room")
    for index, name in enumerate(names):
        if not rooms.get(name, True):
            what = msg(
                "the bot is not in the room “{name}” and cannot post there: "
                "name another, or, unless it is a safe room, say bots: true there",
                name=name,
            )
            yield Fault(CALENDAR, (*path, index), what)
