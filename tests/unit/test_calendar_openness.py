"""Of what is in which room who is told: whoever asks, whoever edits, and in the feeds it is one answer."""

from __future__ import annotations

from typing import Any

import pytest

from community.agenda.entry_scope import EntryScopes, Sight, Viewer
from community.description.calendar_model import Calendar, Event
from community.description.feed_subject import FeedKind, FeedSubject
from community.description.model import Community, Member, Status
from community.description.person import Person
from community.description.room_lookup import described_rooms
from community.directory.asking import no_contact
from community.directory.entry import CalendarEntry, to_json
from community.directory.visibility import may_be_told_of
from community.feeds.subjects import entries_in
from tests.lib.descriptions import changed, example
from tests.lib.entries import deadline, event

EXAMPLE = example().community
ALL_ROLES = frozenset(EXAMPLE.role)
RULES: dict[str, list[dict[str, Any]]] = {
    "of-theme": [{"themes": ["waste"]}],
    "of-city": [{"cities": ["kigali"]}],
    "of-alumni": [{"status": ["alumni"]}],
    "of-people": [{"people": ["awa.diallo"]}],
    "of-role": [{"roles": ["city-lead"]}],
}


def with_rooms_of_each_rule() -> Community:
    rooms = [room.model_dump(mode="json", by_alias=True) for room in EXAMPLE.rooms]
    rooms += [
        {"key": key, "for": "single", "policy": "closed", "name": key, "topic": key, "who": who}
        for key, who in RULES.items()
    ]
    return changed(EXAMPLE, {"rooms": rooms})


COMMUNITY = with_rooms_of_each_rule()
GONE = "gone"
ROOMS = sorted({room.key for room in described_rooms(COMMUNITY)} | {GONE})
OPEN = ("lobby", "announcements", "cafe", "exchange.", "cohort.", "workshop.")
SHARED: list[tuple[FeedKind, str]] = [
    ("community", COMMUNITY.key),
    *(("theme", theme.key) for theme in COMMUNITY.themes),
    *(("cohort", cohort.key) for cohort in COMMUNITY.cohorts),
    *(("city", city.key) for city in COMMUNITY.cities),
]


def posted_in(room: str) -> Event:
    return event(room.replace(".", "-"), rooms=(room,))


def asks(entry: Event, member: Member) -> bool:
    viewer = Viewer(member.role, member, frozenset({member.role}))
    return Sight(COMMUNITY).may_know(entry, EntryScopes(COMMUNITY).of(entry), viewer)


def edits(entry: CalendarEntry, member: Member) -> bool:
    reader = Person("", member.username, member.name, member.role, member.city, member.themes, ("fr",))
    return may_be_told_of(entry, COMMUNITY, {member.role}, reader, no_contact)


@pytest.mark.parametrize(
    "room", [room for room in ROOMS if "." not in room or room.endswith((".waste", "first"))]
)
def test_whoever_asks_and_whoever_edits_is_told_of_the_same(room: str) -> None:
    entry = posted_in(room)
    active = [member for member in COMMUNITY.members if member.status is Status.ACTIVE]
    differing = [one.username for one in active if asks(entry, one) is not edits(entry, one)]
    assert differing == []


@pytest.mark.parametrize("room", ROOMS)
def test_all_roles_together_are_told_of_what_is_in_open_rooms_alone(room: str) -> None:
    entry = posted_in(room)
    is_open = room.startswith(OPEN)
    assert may_be_told_of(entry, COMMUNITY, ALL_ROLES, None, no_contact) is is_open
    assert EntryScopes(COMMUNITY).of(entry).is_open is is_open


@pytest.mark.parametrize("room", ["of-theme", "of-city", "of-people", "of-alumni", GONE])
def test_no_role_is_told_of_what_is_in_a_room_of_single_members_of_it(room: str) -> None:
    for role in ALL_ROLES - {"coordinator"}:
        assert not may_be_told_of(posted_in(room), COMMUNITY, {role}, None, no_contact)


def test_no_shared_feed_has_what_is_in_rooms_of_some() -> None:
    calendar = Calendar(version=1, events=tuple(posted_in(room) for room in ROOMS))
    closed = {posted_in(room).key for room in ROOMS if not room.startswith(OPEN)}
    assert {"of-theme", "friends", "frank-talk", "leads", GONE} <= closed
    for kind, key in SHARED:
        assert not closed & _shown(kind, key, calendar)
    opened = {posted_in(room).key for room in ROOMS} - closed
    assert _shown("community", COMMUNITY.key, calendar) == opened


def _shown(kind: FeedKind, key: str, calendar: Calendar) -> set[str]:
    return {entry.key for entry in entries_in(FeedSubject(kind, key), calendar, COMMUNITY, no_contact)}


LINK, NOTE = "https://meet.example.org/secret", {"en": "The code is 4711"}
DETAILED = {"link": LINK, "note": NOTE, "changes": [{"of": "2026-12-10", "link": LINK, "note": NOTE}]}
FEW: list[tuple[dict[str, Any], set[str]]] = [
    ({"audience": {"everyone": True}}, {"community", "theme", "cohort", "city"}),
    ({"rooms": ("lobby",)}, {"community", "theme", "cohort", "city"}),
    ({"audience": {"cities": ["kigali"]}}, {"city"}),
    ({"audience": {"themes": ["waste"]}}, {"theme"}),
    ({"audience": {"cohorts": ["pioneers"]}}, {"cohort", "city"}),
    ({"rooms": ("exchange.waste",)}, {"theme"}),
    ({"rooms": ("cohort.pioneers",)}, {"cohort", "city"}),
    ({"audience": {"themes": ["waste"], "cities": ["kigali"]}}, set()),
    ({"audience": {"roles": ["city-lead"]}, "rooms": ("announcements",)}, set()),
    ({"audience": {"people": ["awa.diallo"]}, "rooms": ("announcements",)}, set()),
]
"""What concerns whom, and the feeds whose readers it all concerns: the community's, of waste, the pioneers, Kigali."""


@pytest.mark.parametrize(("given", "kinds"), FEW)
def test_link_and_note_are_in_a_shared_feed_only_if_they_are_for_all_of_its_readers(
    given: dict[str, Any], kinds: set[str]
) -> None:
    said: dict[str, Any] = {"rooms": (), "audience": {}, **given}
    task = deadline("task", link=LINK, note=NOTE, hand_in=NOTE, where={"en": LINK}, **said)
    calendar = Calendar(version=1, events=(event("call", **DETAILED, **said),), deadlines=(task,))
    feeds: list[tuple[FeedKind, str]] = [
        ("community", COMMUNITY.key), ("theme", "waste"), ("cohort", "pioneers"), ("city", "kigali"),
    ]  # fmt: skip
    for kind, key in feeds:
        for entry in entries_in(FeedSubject(kind, key), calendar, COMMUNITY, no_contact):
            text = to_json(entry)
            told = [LINK in text, "4711" in text]
            assert told == [kind in kinds] * 2, (kind, entry.key)
    assert _shown("community", COMMUNITY.key, calendar) == {"call", "task"}


def test_whom_it_concerns_has_link_and_note_in_their_own_feed() -> None:
    lead = next(one for one in COMMUNITY.members if one.city == "kigali" and one.status is Status.ACTIVE)
    entry = event("call", audience={"cities": ["kigali"]}, rooms=(), **DETAILED)
    calendar = Calendar(version=1, events=(entry,))
    (shown,) = entries_in(FeedSubject("person", lead.username), calendar, COMMUNITY, no_contact)
    assert to_json(shown).count(LINK) == 2
