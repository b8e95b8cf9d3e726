"""What `palabre check` notes of a description that is right: what its author may not have meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from community.core.problems import problem_line
from community.description.calendar_model import Calendar
from community.description.directory_model import Directory
from community.description.faults import Fault
from community.description.load import examine, load_description
from community.description.notes import description_notes, hard_to_find
from community.description.yaml_text import path_text
from community.search.unfindable import unfindable
from tests.lib.descriptions import described, small
from tests.lib.reading import ENGLISH, rewritten

EXAMPLE = Path(__file__).parents[2] / "config"
SMALL = small()
DESK = {
    "key": "desk",
    "name": "Waste desk",
    "function": "Sorting",
    "themes": ["waste", "mobility"],
    "confirmed": "2026-10-01",
    "email": "desk@example.org",
}
CALL = {
    "key": "call",
    "title": "Call",
    "start": "2026-12-03 10:00",
    "lasts": "1h",
    "rooms": ["lobby"],
    "remind": ["1d"],
}


def directory(*contacts: dict[str, Any], **parts: Any) -> Directory:
    return Directory.model_validate({"version": 1, "contacts": [DESK, *contacts], **parts})


def said(found: Any) -> list[str]:
    return [
        f"{fault.file}: {path_text(fault.path)}: {fault.what}" for fault in found if isinstance(fault, Fault)
    ]


def of_directory(*contacts: dict[str, Any], **parts: Any) -> list[str]:
    return said(description_notes(described(directory(*contacts, **parts))))


def of_event(**values: Any) -> list[str]:
    calendar = Calendar.model_validate({"version": 1, "events": [{**CALL, **values}]})
    return said(description_notes(described(directory(), calendar)))


def of_finding(*contacts: dict[str, Any]) -> list[str]:
    description = described(directory(*contacts))
    return said(unfindable(description, hard_to_find(description.directory)))


def test_of_the_example_there_is_nothing_to_note() -> None:
    example = load_description(EXAMPLE)
    assert said(description_notes(example)) == []
    # So that checking it loads no search.
    assert hard_to_find(example.directory) == ()


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (
            {"remind": []},
            (
                "events[0].remind: with an empty “remind” nothing is ever posted of it: "
                "take “remind” out for the usual reminders"
            ),
        ),
        (
            {"start": "2026-12-03", "lasts": "2h"},
            "events[0].start: without a time of day it lasts all day: if it does not, write such as 2026-12-03 09:00",
        ),
        (
            {"start": "2026-12-31 10:00", "repeat": "FREQ=MONTHLY;BYMONTHDAY=31"},
            (
                "events[0].repeat: it is left out in 2027-02, which has no such day, and wherever else that is so: "
                "the last one of each month is BYMONTHDAY=-1"
            ),
        ),
        (
            {"repeat": "FREQ=MONTHLY;BYDAY=1TH", "lasts": "9w"},
            "events[0].lasts: it begins again on 2027-01-07, before it is over: it lasts 9w",
        ),
        (
            {"repeat": "FREQ=DAILY", "lasts": "25h"},
            "events[0].lasts: it begins again on 2026-12-04, before it is over: it lasts 25h",
        ),
        (
            {"start": "2026-12-03", "repeat": "FREQ=DAILY", "lasts": "2d"},
            "events[0].lasts: it begins again on 2026-12-04, before it is over: it lasts 2d",
        ),
        (
            {"lasts": 0},
            "events[0].lasts: it is over as soon as it begins: say how long it lasts, such as lasts: 90min",
        ),
        ({"lasts": "99w"}, "events[0].lasts: it lasts more than a year, until 2028-10-26: is that meant?"),
        (
            {"remind": ["1d", "9999w"]},
            "events[0].remind[1]: this is posted more than a year before, on 1835-04-16: is that meant?",
        ),
        ({"remind": ["24h", "1h", "1d"]}, "events[0].remind[2]: “1d” stands here twice: keep one"),
        ({"remind": [0, "0min"]}, "events[0].remind[1]: “0” stands here twice: keep one"),
        (
            {"repeat": "FREQ=WEEKLY;COUNT=1"},
            (
                "events[0].repeat: with COUNT=1 it takes place once, on 2026-12-03: change that, or leave out “repeat”"
            ),
        ),
    ],
)
def test_an_event_that_does_not_do_what_its_author_may_think(values: dict[str, Any], note: str) -> None:
    assert of_event(**values) == [f"calendar.yaml: {note}"]


@pytest.mark.parametrize(
    ("remind", "note"),
    [
        (
            [],
            (
                "deadlines[0].remind: with an empty “remind” nothing is ever posted of it: "
                "take “remind” out for the usual reminders"
            ),
        ),
        (["1h", "60min"], "deadlines[0].remind[1]: “1h” stands here twice: keep one"),
        (
            ["60w"],
            "deadlines[0].remind[0]: this is posted more than a year before, on 2025-10-21: is that meant?",
        ),
    ],
)
def test_a_deadline_that_is_not_told_as_its_author_may_think(remind: list[Any], note: str) -> None:
    report = {"key": "report", "title": "Report", "due": "2026-12-15", "rooms": ["lobby"], "remind": remind}
    calendar = Calendar.model_validate({"version": 1, "deadlines": [report]})
    assert said(description_notes(described(directory(), calendar))) == [f"calendar.yaml: {note}"]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"start": "2026-12-03", "lasts": "2d"},
        {"start": "2026-12-03", "lasts": 0},
        {"start": "2026-12-03", "lasts": 0, "repeat": "FREQ=DAILY"},
        {"repeat": "FREQ=WEEKLY"},
        {"repeat": "FREQ=DAILY", "lasts": "24h"},
        {"lasts": "52w", "remind": ["52w", "1d"]},
    ],
    ids=str,
)
def test_of_a_plain_event_there_is_nothing_to_note(values: dict[str, Any]) -> None:
    assert of_event(**values) == []


OTHER = {**DESK, "key": "other", "email": None, "hours": "9–12"}
UNREACHED = (
    "directory.yaml: contacts[1]: nobody can reach “other”: "
    "it needs a member, an e-mail address or a telephone number"
)


@pytest.mark.parametrize(
    "way",
    [{"email": "a@example.org"}, {"phone": "+250 788 000 000"}, {"member": "awa.diallo"}, {"vacant": True}],
    ids=str,
)
def test_a_contact_without_any_way_to_reach_it(way: dict[str, Any]) -> None:
    assert of_directory(OTHER) == [UNREACHED]
    assert of_directory({**OTHER, **way}) == []


def test_a_way_that_nobody_may_see_is_none() -> None:
    assert of_directory({**OTHER, "email": "a@example.org", "visible": {"email": []}}) == [UNREACHED]
    assert of_directory({**OTHER, "email": "a@example.org", "visible": {"email": ["coordinator"]}}) == []
    hidden = of_directory({**OTHER, "phone": "+250 788 000 000"}, visible={"phone": []})
    assert hidden == [UNREACHED]


def test_a_field_for_a_role_that_nobody_has_is_seen_by_nobody() -> None:
    ghost = {"key": "ghost", "name": "Ghost"}
    roles = [*(role.model_dump(mode="json") for role in SMALL.community.roles), ghost]
    unseen = "nobody can see this: nobody has a role that may"

    def of(*contacts: dict[str, Any], **visible: list[str]) -> list[str]:
        return said(description_notes(described(directory(*contacts, visible=visible), roles=roles)))

    both = {**DESK, "key": "other", "phone": "+250 788 000 000"}
    assert of({**both, "visible": {"email": ["ghost"]}}) == [
        f"directory.yaml: contacts[1].visible.email: {unseen}"
    ]
    assert of(both, phone=["ghost"]) == [f"directory.yaml: visible.phone: {unseen}"]
    assert of({**both, "visible": {"email": ["ghost", "coordinator"]}}) == []
    alone = {**OTHER, "email": "a@example.org", "visible": {"email": ["ghost"]}}
    assert of(alone) == [f"directory.yaml: contacts[1].visible.email: {unseen}", UNREACHED]


def test_who_is_no_longer_active_has_no_role_that_sees_a_field() -> None:
    gone = {"username": "z.z", "name": "Z Z", "role": "ghost", "languages": ["fr"], "status": "alumni"}
    parts: dict[str, Any] = {
        "roles": [
            *(role.model_dump(mode="json") for role in SMALL.community.roles),
            {"key": "ghost", "name": "G"},
        ],
        "members": [*(member.model_dump(mode="json") for member in SMALL.community.members), gone],
    }
    found = said(description_notes(described(directory(visible={"hours": ["ghost"]}), **parts)))
    assert found == ["directory.yaml: visible.hours: nobody can see this: nobody has a role that may"]


def with_awa(**values: Any) -> list[dict[str, Any]]:
    """Return the small network's people, with other values for Awa Diallo."""
    people = [member.model_dump(mode="json") for member in SMALL.community.members]
    return [{**person, **(values if person["username"] == "awa.diallo" else {})} for person in people]


LEFT = (
    "directory.yaml: contacts[1].member: The contact “other” is in the name of Awa Diallo, who has left: "
    "name a successor, or a deputy for it."
)


def test_a_contact_in_the_name_of_somebody_who_has_left() -> None:
    other = {**OTHER, "member": "awa.diallo", "kind": "person"}

    def of(contact: dict[str, Any], **values: Any) -> list[str]:
        return said(description_notes(described(directory(contact), members=with_awa(**values))))

    assert of(other) == of(other, status="alumni") == []
    assert of(other, status="left") == [LEFT]
    # The bot sends nobody to it, whatever else it has.
    assert of({**other, "email": "a@example.org"}, status="left") == [LEFT]
    assert of(other, status="left", successor="moussa.keita") == []
    assert of({**other, "deputy": "desk"}, status="left") == []


def test_a_theme_whose_only_contact_has_left_has_nobody() -> None:
    alone = {**DESK, "themes": ["waste"]}
    awa = {**OTHER, "kind": "person", "member": "awa.diallo", "themes": ["mobility"]}
    parts = Directory.model_validate({"version": 1, "contacts": [alone, awa]})
    assert said(description_notes(described(parts, members=with_awa(status="left")))) == [
        LEFT,
        "community.yaml: themes[1]: nobody is there for “mobility”: no contact of directory.yaml names this theme",
    ]


def test_a_language_that_stands_twice() -> None:
    community = SMALL.community
    cities = [city.model_dump(mode="json") for city in community.cities]
    cities[1]["languages"] = ["en", "fr", "en"]
    guide = {
        "key": "guide",
        "kind": "guide",
        "title": "G",
        "summary": "G",
        "link": "https://example.org",
        "themes": ["waste"],
        "languages": ["pt", "pt"],
        "date": "2026-01-01",
    }
    spoken = {**DESK, "key": "other", "languages": ["ar", "ar"]}
    parts: dict[str, Any] = {
        "languages": ["fr", "fr"],
        "cities": cities,
        "members": with_awa(languages=["bm", "fr", "bm"]),
    }
    found = said(description_notes(described(directory(spoken, resources=[guide]), **parts)))
    assert found == [
        f"{place}: “{code}” stands here twice: keep one"
        for place, code in (
            ("community.yaml: languages[1]", "fr"),
            ("community.yaml: cities[1].languages[2]", "en"),
            ("community.yaml: members[2].languages[2]", "bm"),
            ("directory.yaml: contacts[1].languages[1]", "ar"),
            ("directory.yaml: resources[0].languages[1]", "pt"),
        )
    ]


def test_a_theme_nobody_is_there_for() -> None:
    nobody = "nobody is there for “mobility”: no contact of directory.yaml names this theme"
    alone = {**DESK, "themes": ["waste"]}
    assert said(
        description_notes(described(Directory.model_validate({"version": 1, "contacts": [alone]})))
    ) == [f"community.yaml: themes[1]: {nobody}"]
    gone = {**DESK, "key": "gone", "themes": ["mobility"], "vacant": True}
    parts = {"version": 1, "contacts": [alone, gone]}
    assert said(description_notes(described(Directory.model_validate(parts)))) == [
        f"community.yaml: themes[1]: {nobody}"
    ]


@pytest.mark.parametrize(
    ("name", "function"), [("…", "☎"), ("The team", "All"), ("Help", {"en": "Information"}), ("A", "B")]
)
@pytest.mark.parametrize(
    "more",
    [{"themes": ["waste"]}, {"cities": ["kigali"]}, {"words": {"en": ["hotline"]}}, {"role": "coordinator"}],
    ids=str,
)
def test_a_contact_that_no_question_finds(name: str, function: Any, more: dict[str, Any]) -> None:
    lost = {**DESK, "key": "lost", "name": name, "function": function, "themes": []}
    assert of_finding(lost) == [
        (
            "directory.yaml: contacts[1]: no question finds “lost”: "
            "it needs a theme, a place (city), or words by which people ask for it"
        )
    ]
    assert of_finding({**lost, **more}) == []


@pytest.mark.parametrize("name", ["Aïssata Traoré", "Secretariat", "أمانة الشبكة", "山田", "Hotline"])
def test_a_contact_that_is_found_by_its_name_is_not_noted(name: str) -> None:
    assert of_finding({**DESK, "key": "found", "name": name, "function": "All", "themes": []}) == []


def test_a_note_has_its_place_in_the_files(tmp_path: Path) -> None:
    config = rewritten(tmp_path, "calendar.yaml", "lasts: 90min", "lasts: 0")
    (config / "members.csv").write_text("username;name;role;languages\nlea.roy;Léa Roy;city-lead;fr,en,fr\n")
    problems, notes = examine(config, description_notes)
    assert problems == ()
    found = [problem_line(note, ENGLISH).replace(f"{config}/", "") for note in notes]
    assert [
        line.split(": ", 1)[1] for line in found if line.startswith(("calendar.yaml:", "members.csv:2:"))
    ] == [
        "events[0].lasts: it is over as soon as it begins: say how long it lasts, such as lasts: 90min",
        "languages[2]: “fr” stands here twice: keep one",
    ]
