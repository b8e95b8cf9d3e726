"""Who has which feed made and revoked in chat: the whole table, each cell a test; the coordinators' page prints it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from community.description.feed_subject import FeedSubject
from community.description.model import Community
from community.description.person import Person
from community.feeds.permissions import may_make, may_revoke, subject_of_room
from tests.lib.descriptions import changed, example

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "coordinator.md").read_text(encoding="utf-8")
EXAMPLE = example().community
TEAM = {"key": "team", "for": "city", "policy": "closed", "name": "{city}", "topic": "{city}"}
OWN, OTHERS = FeedSubject("person", "awa.diallo"), FeedSubject("person", "kwame.boateng")
WHICH: dict[str, tuple[FeedSubject, ...]] = {
    "of what concerns them": (OWN,),
    "of what concerns somebody else": (OTHERS, FeedSubject("person", "nobody")),
    "of their city": (FeedSubject("city", "bamako"),),
    "of another city": (FeedSubject("city", "lagos"),),
    "of a theme, a cohort, a role, the whole network": (
        FeedSubject("theme", "waste"),
        FeedSubject("cohort", "pioneers"),
        FeedSubject("role", "city-lead"),
        FeedSubject("community", EXAMPLE.key),
    ),
}
YES, REVOKES, NO = "yes", "revokes only", "no"
ROLES = ("coordinators", "city leads", "everybody else", "no active member")
TABLE: dict[str, tuple[str, str, str, str]] = {
    "of what concerns them": (YES, YES, YES, NO),
    "of what concerns somebody else": (REVOKES, NO, NO, NO),
    "of their city": (YES, YES, NO, NO),
    "of another city": (YES, NO, NO, NO),
    "of a theme, a cohort, a role, the whole network": (YES, NO, NO, NO),
}


def person(who: str) -> Person | None:
    """Return Awa of Bamako in a role."""
    role = {"coordinators": "coordinator", "city leads": "city-lead", "everybody else": "member"}.get(who)
    if role is None:
        return None
    return Person("@awa.diallo:x", "awa.diallo", "Awa Diallo", role, "bamako", ("waste",), ("fr",))


def cells() -> Iterator[tuple[str, str, str]]:
    for which, row in TABLE.items():
        yield from ((who, which, expected) for who, expected in zip(ROLES, row, strict=True))


@pytest.mark.parametrize(("who", "which", "expected"), list(cells()))
def test_cell(who: str, which: str, expected: str) -> None:
    for subject in WHICH[which]:
        made = may_make(person(who), subject, EXAMPLE)
        revoked = may_revoke(person(who), subject, EXAMPLE)
        assert (made, revoked) == {YES: (True, True), REVOKES: (False, True), NO: (False, False)}[expected]


def test_the_coordinators_page_prints_the_same_table() -> None:
    section = PAGE.partition("### The calendar in your telephone")[2].partition("\n### ")[0]
    printed = re.findall(r"^\| (?!an address|---)(.+) \|$", section, re.MULTILINE)
    said = [tuple(cell.strip() for cell in row.split(" | ")) for row in printed]
    assert said == [(which, *row) for which, row in TABLE.items()]


def test_who_is_no_member_any_more_has_none_of_their_own() -> None:
    left = [m for m in EXAMPLE.members if m.username != "awa.diallo"]
    community = EXAMPLE.model_copy(update={"members": tuple(left)})
    assert not may_make(person("city leads"), OWN, community)
    lead = Person("@a:x", "a", "A", "city-lead", None, (), ())
    assert not may_make(lead, FeedSubject("city", "bamako"), EXAMPLE)


def with_rooms(*more: Mapping[str, object]) -> Community:
    rooms = [room.model_dump(mode="json", by_alias=True) for room in EXAMPLE.rooms]
    return changed(EXAMPLE, {"rooms": [*rooms, *more]})


@pytest.mark.parametrize(
    ("room", "subject"),
    [
        ("exchange.mobility", FeedSubject("theme", "mobility")),
        ("cohort.pioneers", FeedSubject("cohort", "pioneers")),
        ("team.bamako", FeedSubject("city", "bamako")),
        # Who is in these is more, or others, than those whom one feed is for.
        ("workshop.mobility.pioneers", None),
        ("lobby", None),
        ("announcements", None),
        ("cafe", None),
        ("leads", None),
        ("coordination", None),
        ("property-register", None),
        ("friends", None),
        ("frank-talk", None),
        ("open.mobility", None),
        ("some.mobility", None),
        ("chosen.mobility", None),
        ("nowhere", None),
    ],
)
def test_of_what_a_rooms_feed_is(room: str, subject: FeedSubject | None) -> None:
    theme = {"for": "theme", "name": "{theme}", "topic": "{theme}"}
    community = with_rooms(
        TEAM,
        {"key": "open", "policy": "open", **theme},
        {"key": "some", "policy": "closed", "roles": ["member"], **theme},
        {"key": "chosen", "policy": "closed", "who": [{"themes": ["mobility"]}], **theme},
    )
    assert subject_of_room(room, community) == subject
