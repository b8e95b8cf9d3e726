"""Contacts and projects in the name of somebody who has left are handed over, or marked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import community
from community.core.messages import SOURCE_LANGUAGE, translator
from community.description.calendar_model import Calendar
from community.description.directory_model import Contact, Directory, Project
from community.description.model import Description
from community.description.references import check_references
from community.description.settings import Settings
from community.description.succession import hand_over
from community.directory.cards import Cards, Readers
from tests.lib.descriptions import small

TODAY = "2026-11-23"
FRENCH = translator("fr", [Path(community.__file__).parent])


def member(username: str, **values: Any) -> dict[str, Any]:
    return {
        "username": username,
        "name": username.title(),
        "role": "city-lead",
        "languages": ["fr"],
        **values,
    }


def contact(key: str, **values: Any) -> dict[str, Any]:
    described = {"key": key, "name": key.title(), "function": f"Work of {key}", "confirmed": TODAY}
    return {**described, "cities": ["kigali"], "themes": ["waste"], **values}


def project(key: str, lead: str) -> dict[str, Any]:
    described = {"key": key, "name": key, "summary": key, "stage": "idea", "updated": TODAY, "lead": lead}
    return {**described, "cities": ["kigali"], "themes": ["waste"]}


def description(
    members: list[dict[str, Any]], contacts: list[dict[str, Any]], projects: tuple[dict[str, Any], ...] = ()
) -> Description:
    directory = {"version": 1, "contacts": contacts, "projects": projects}
    return Description(
        small(members=members).community, Directory.model_validate(directory), Calendar(version=1)
    )


def handed(*args: Any) -> tuple[dict[str, Contact], dict[str, Project], list[str]]:
    directory, notes = hand_over(description(*args))
    return (
        {entry.key: entry for entry in directory.contacts},
        {entry.key: entry for entry in directory.projects},
        [str(note) for note in notes],
    )


AWA_LEFT_FOR_BEN = [member("awa", status="left", successor="ben"), member("ben")]
AWA_LEFT = [member("awa", status="left"), member("ben")]


def test_where_nobody_has_left_nothing_changes() -> None:
    whole = description([member("awa")], [contact("a", member="awa")])
    assert hand_over(whole) == (whole.directory, ())


def test_the_successors_contact_takes_on_what_it_lacks() -> None:
    contacts, projects, notes = handed(
        AWA_LEFT_FOR_BEN,
        [
            contact("awa", member="awa", themes=["waste", "mobility"], words={"fr": ["tri"]}),
            contact("ben", member="ben", themes=["waste"], words={"fr": ["bennes"], "en": ["skips"]}),
            contact("other", deputy="awa"),
        ],
        (project("compost", "awa"),),
    )
    assert list(contacts) == ["ben", "other"]
    assert contacts["ben"].themes == ("waste", "mobility")
    assert contacts["ben"].words == {"fr": ("bennes", "tri"), "en": ("skips",)}
    assert contacts["other"].deputy == "ben"
    assert projects["compost"].lead == "ben"
    assert notes == []


def test_cities_are_taken_on_where_the_themes_are_the_same() -> None:
    contacts, _, _ = handed(
        AWA_LEFT_FOR_BEN,
        [contact("awa", member="awa", cities=["bamako"]), contact("ben", member="ben", cities=["kigali"])],
    )
    assert contacts["ben"].cities == ("kigali", "bamako")


@pytest.mark.parametrize(
    ("reason", "other"),
    [
        ("neither city nor theme is the same", {"cities": ["bamako"], "themes": ["mobility"]}),
        ("the whole network is not one more city", {"cities": []}),
        ("without a theme it is found by its function", {"themes": []}),
    ],
)
def test_what_cannot_be_joined_stays_and_is_the_successors(reason: str, other: dict[str, Any]) -> None:
    ben = contact("ben", member="ben", email="ben@example.org", hours="9–12", languages=["fr", "rw"])
    awa = contact("awa", member="awa", email="awa@example.org", phone="+250 000 000", deputy="ben", **other)
    contacts, projects, notes = handed(AWA_LEFT_FOR_BEN, [awa, ben], (project("compost", "awa"),))
    found = contacts["awa"]
    assert (found.name, found.member, found.email) == (contacts["ben"].name, "ben", "ben@example.org"), reason
    assert (found.phone, found.languages, found.deputy) == (None, ("fr", "rw"), None)
    assert found.function.text() == "Work of awa"
    assert contacts["ben"].cities == ("kigali",)
    assert projects["compost"].lead == "awa"
    assert notes == []


def test_a_successor_without_a_contact_takes_over_the_leavers() -> None:
    contacts, _, notes = handed(
        AWA_LEFT_FOR_BEN, [contact("awa", member="awa", email="awa@example.org", phone="+250 000 000")]
    )
    found = contacts["awa"]
    assert (found.name.text("fr"), found.member, found.languages) == ("Ben", "ben", ("fr",))
    assert (found.email, found.phone, found.vacant) == (None, None, False)
    assert notes == []


def test_of_several_contacts_of_the_successor_the_one_that_fits_takes_over() -> None:
    contacts, _, _ = handed(
        AWA_LEFT_FOR_BEN,
        [
            contact("awa", member="awa"),
            contact("ben-land", member="ben", cities=["bamako"], themes=["mobility"]),
            contact("ben-waste", member="ben", themes=["waste", "mobility"]),
        ],
    )
    assert list(contacts) == ["ben-land", "ben-waste"]


def test_without_a_successor_the_deputy_takes_over() -> None:
    contacts, projects, notes = handed(
        AWA_LEFT,
        [contact("awa", member="awa", deputy="desk"), contact("desk", kind="desk", deputy="awa")],
        (project("compost", "awa"),),
    )
    assert list(contacts) == ["desk"]
    assert contacts["desk"].deputy is None  # nobody stands in for themselves
    assert projects["compost"].lead == "desk"
    assert notes == []


def test_a_deputy_who_has_left_too_is_followed_further() -> None:
    members = [member("awa", status="left"), member("ben", status="left", successor="kim"), member("kim")]
    contacts, _, notes = handed(
        members,
        [
            contact("awa", member="awa", deputy="ben"),
            contact("ben", member="ben", deputy="awa"),
            contact("kim", member="kim"),
        ],
    )
    assert list(contacts) == ["kim"]
    assert notes == []


def test_with_neither_the_contact_is_vacant_and_named() -> None:
    contacts, projects, notes = handed(
        AWA_LEFT,
        [contact("awa", member="awa"), contact("other", deputy="awa")],
        (project("compost", "awa"),),
    )
    assert contacts["awa"].vacant
    assert contacts["awa"].name.text() == "Awa"
    assert projects["compost"].lead == "awa"
    assert notes == [
        "The contact “awa” is in the name of Awa, who has left: name a successor, or a deputy for it."
    ]


@pytest.mark.parametrize(
    "contacts",
    [
        [contact("awa", member="awa", deputy="ben"), contact("ben", member="ben", deputy="awa")],
        [contact("awa", member="awa", deputy="desk"), contact("desk", vacant=True), contact("ben", member="ben")],
    ],
    ids=["each other's deputies", "a vacant deputy"],
)  # fmt: skip
def test_deputies_who_lead_to_nobody(contacts: list[dict[str, Any]]) -> None:
    found, _, notes = handed([member("awa", status="left"), member("ben", status="left")], contacts)
    assert found["awa"].vacant
    assert len(notes) == 2


def test_alumni_keep_their_contacts() -> None:
    contacts, _, notes = handed([member("awa", status="alumni")], [contact("awa", member="awa")])
    assert contacts["awa"].member == "awa"
    assert not contacts["awa"].vacant
    assert notes == []


def test_cards_lead_nobody_to_who_is_no_longer_there() -> None:
    whole = description(
        AWA_LEFT,
        [
            contact("awa", member="awa", email="awa@example.org", phone="+250 000 000"),
            contact("other", deputy="awa"),
        ],
        (project("compost", "awa"),),
    )
    directory, _notes = hand_over(whole)
    by_key = {entry.key: entry for entry in directory.contacts}
    now = datetime(2026, 11, 23, tzinfo=UTC)
    for translate, gone, lead in (
        (
            translator(SOURCE_LANGUAGE, []),
            "No longer there, and nobody has taken over yet: ask the coordinators.",
            "Lead: Awa, who is no longer there",
        ),
        (
            FRENCH,
            "N'est plus là, et personne n'a encore pris la relève\N{NO-BREAK SPACE}: demandez à la coordination.",
            "Responsable\N{NO-BREAK SPACE}: Awa, qui n'est plus là",
        ),
    ):
        readers = Readers(frozenset({"member"}), "member", {})
        cards = Cards(whole.community, {}, translate, "example.org", now, by_key.get, readers)
        awa = cards.lines(by_key["awa"])
        assert awa[-1].text == gone
        assert [line.link for line in awa] == [None] * 2
        assert lead in [line.plain() for line in cards.lines(directory.projects[0])]
        assert not [line for line in cards.lines(by_key["other"]) if "Awa" in line.plain()]


USERS = ("a", "b", "c")
KEYS = ("k1", "k2", "k3", "k4")


@st.composite
def networks(draw: st.DrawFn) -> Description:
    statuses = draw(st.lists(st.sampled_from(["active", "alumni", "left"]), min_size=3, max_size=3))
    there = [user for user, status in zip(USERS, statuses, strict=True) if status != "left"]
    members = [
        member(user, status=status)
        | (
            {"successor": draw(st.sampled_from(there))}
            if status == "left" and there and draw(st.booleans())
            else {}
        )
        for user, status in zip(USERS, statuses, strict=True)
    ]
    contacts = [
        contact(
            key,
            member=draw(st.none() | st.sampled_from(USERS)),
            deputy=draw(st.none() | st.sampled_from([other for other in KEYS if other != key])),
            cities=draw(st.lists(st.sampled_from(["bamako", "kigali"]), unique=True)),
            themes=draw(st.lists(st.sampled_from(["waste", "mobility"]), unique=True)),
        )
        for key in KEYS
    ]
    return description(members, contacts, (project("p", draw(st.sampled_from(KEYS))),))


def claims(directory: Directory) -> set[tuple[str, str]]:
    """Return every (theme, city) that somebody is there for; “” for the whole network or no theme."""
    return {
        (theme, city)
        for entry in directory.contacts
        for theme in entry.themes or ("",)
        for city in entry.cities or ("",)
    }


@given(networks())
@settings(max_examples=200, deadline=None)
def test_whoever_leaves_nothing_is_lost_and_nothing_is_made_up(whole: Description) -> None:
    directory, notes = hand_over(whole)
    gone = {m.username for m in whole.community.members if m.status == "left"}
    assert all(entry.vacant for entry in directory.contacts if entry.member in gone)
    assert len(notes) == sum(entry.vacant for entry in directory.contacts)
    assert claims(directory) == claims(whole.directory)
    # Everything that is named is still there, and nobody is their own deputy.
    assert check_references(whole.community, directory, whole.calendar, Settings()) == ()
    assert hand_over(Description(whole.community, directory, whole.calendar))[0] == directory
