"""What is wrong in a calendar is said at its line, in a sentence that says what to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from community.description.calendar_model import Calendar
from community.description.directory_model import Directory
from community.description.notes import description_notes
from community.description.references import check_references
from community.description.settings import Settings
from community.description.yaml_text import path_text
from tests.lib.descriptions import described
from tests.lib.reading import check_lines, rewritten

CALL = {"key": "call", "title": "Call", "start": "2026-12-01 10:00", "lasts": "1h", "repeat": "FREQ=WEEKLY"}
REPORT = {"key": "report", "title": "Report", "due": "2026-12-15 18:00"}
FAIR = {"key": "fair", "title": "Fair", "start": "2026-12-01", "lasts": "2d", "rooms": ["lobby"]}
CONTACT = {"key": "desk", "name": "Waste desk", "function": "Sorting", "email": "desk@example.org"}
DIRECTORY = Directory.model_validate({"version": 1, "contacts": [CONTACT]})


def calendar(*, event: dict[str, Any] | None = None, deadline: dict[str, Any] | None = None) -> Calendar:
    events = [] if event is None else [event]
    deadlines = [] if deadline is None else [deadline]
    return Calendar.model_validate({"version": 1, "events": events, "deadlines": deadlines})


def faults(entries: Calendar) -> list[str]:
    whole = described(DIRECTORY, entries)
    found = check_references(whole.community, whole.directory, whole.calendar, Settings())
    return [f"{path_text(fault.path)}: {fault.what}" for fault in found]


def notes(entries: Calendar) -> list[str]:
    found = description_notes(described(DIRECTORY, entries))
    return [f"{path_text(fault.path)}: {fault.what}" for fault in found if fault.file == "calendar.yaml"]


def call(**values: Any) -> Calendar:
    return calendar(event={**CALL, "rooms": ["lobby"], **values})


@pytest.mark.parametrize(
    ("audience", "fault"),
    [
        (
            {"themes": ["wast"]},
            "events[0].audience.themes[0]: there is no theme “wast”: did you mean “waste”?",
        ),
        (
            {"cohorts": ["pionners"]},
            "events[0].audience.cohorts[0]: there is no cohort “pionners”: did you mean “pioneers”?",
        ),
        (
            {"cities": ["kigal"]},
            "events[0].audience.cities[0]: there is no city “kigal”: did you mean “kigali”?",
        ),
        ({"cities": ["kigali"] * 2}, "events[0].audience.cities[1]: “kigali” stands here twice: keep one"),
        (
            {"roles": ["city-leads"]},
            "events[0].audience.roles[0]: there is no role “city-leads”: did you mean “city-lead”?",
        ),
        (
            {"people": ["awa.dialo"]},
            "events[0].audience.people[0]: there is no member “awa.dialo”: did you mean “awa.diallo”?",
        ),
    ],
)
def test_whom_it_concerns_must_be_there(audience: dict[str, Any], fault: str) -> None:
    assert faults(call(audience=audience)) == [fault]


def test_who_asks_for_it_is_a_member_or_a_contact_and_who_entered_it_a_member() -> None:
    for by in ("desk", "awa.diallo"):
        assert faults(calendar(deadline={**REPORT, "rooms": ["lobby"], "asked_by": by})) == []
    wrong = {**REPORT, "rooms": ["lobby"], "asked_by": "desc", "added_by": "awa.dialo"}
    assert faults(calendar(deadline=wrong)) == [
        "deadlines[0].added_by: there is no member “awa.dialo”: did you mean “awa.diallo”?",
        "deadlines[0].asked_by: there is no member “desc”: did you mean “desk”?",
    ]


def test_what_is_for_nobody_is_refused_and_what_is_for_everyone_says_so() -> None:
    said = (
        "it is for nobody and posted nowhere: name “rooms”, or say whom it concerns, such as "
        "audience: {themes: [waste]}, or audience: {everyone: true}"
    )
    assert faults(calendar(event=CALL)) == [f"events[0]: {said}"]
    assert faults(calendar(deadline={**REPORT, "audience": {}})) == [f"deadlines[0]: {said}"]
    for audience in ({"everyone": True}, {"themes": ["waste"]}, {"people": ["awa.diallo"]}):
        assert faults(calendar(event={**CALL, "audience": audience})) == []


NOT_THERE = "the event does not take place on 2026-12-02 10:00: did you mean 2026-12-01 10:00?"


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"except": ["2026-12-02 10:00"]}, f"except[0]: {NOT_THERE}"),
        ({"except": ["2026-12-08", "2026-12-08"]}, "except[1]: “2026-12-08” stands here twice: keep one"),
        (
            {"except": ["2036-12-02"], "repeat": "FREQ=WEEKLY;COUNT=2"},
            "except[0]: the event does not take place on 2036-12-02",
        ),
        (
            {"except": ["2026-12-01", "2026-12-08"], "repeat": "FREQ=WEEKLY;COUNT=2"},
            "except: nothing is left of the event: take it out, or write “cancelled: true” in place of “except”",
        ),
        ({"originally": "2026-11-30 15:00"}, None),
        (
            {"originally": "2026-12-08 10:00"},
            "originally: it was moved by as much as one time is from the next: take “originally” out",
        ),
        ({"originally": "2026-12-08 10:00", "repeat": None}, None),
        ({"also": ["2026-12-10"]}, "also[0]: say the time of day too, such as 2026-12-10 10:00"),
        ({"also": ["2026-12-10 09:00"] * 2}, "also[1]: “2026-12-10 09:00” stands here twice: keep one"),
        (
            {"also": ["2190-12-10 09:00"]},
            "also[0]: 2190-12-10 is more than 30 years away: is that the right year?",
        ),
        ({"changes": [{"of": "2026-12-02 10:00", "cancelled": True}]}, f"changes[0].of: {NOT_THERE}"),
        (
            {"except": ["2026-12-08"], "changes": [{"of": "2026-12-08", "cancelled": True}]},
            "changes[0].of: “2026-12-08” is left out by “except” already: take one of the two out",
        ),
        (
            {
                "changes": [
                    {"of": "2026-12-08", "cancelled": True},
                    {"of": "2026-12-08 10:00", "lasts": "2h"},
                ]
            },
            "changes[1].of: “2026-12-08 10:00” stands here twice: keep one",
        ),
        (
            {"changes": [{"of": "2026-12-08"}]},
            "changes[0]: nothing is changed of it: add “cancelled: true”, or what is otherwise, such as “start”",
        ),
        (
            {"changes": [{"of": "2026-12-08", "start": "2026-12-08 10:00"}]},
            "changes[0].start: it takes place then already: take out “start”, or write the new one",
        ),
        (
            {"changes": [{"of": "2026-12-08", "start": "2026-12-09"}]},
            "changes[0].start: say the time of day too, such as 2026-12-09 10:00",
        ),
        ({"changes": [{"of": "2026-12-08", "start": "2026-12-09", "lasts": "1d"}]}, None),
    ],
)
def test_what_is_said_of_single_times_must_be_of_times_that_there_are(
    values: dict[str, Any], fault: str | None
) -> None:
    assert faults(call(**values)) == ([] if fault is None else [f"events[0].{fault}"])


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"also": ["2026-12-10 09:00"]}, "also[0]: the event lasts all day: write 2026-12-10 without a time"),
        (
            {"changes": [{"of": "2026-12-01", "start": "2026-12-10 09:00"}]},
            "changes[0].start: the event lasts all day: write 2026-12-10 without a time",
        ),
        (
            {"changes": [{"of": "2026-12-02", "cancelled": True}]},
            "changes[0].of: the event does not take place on 2026-12-02: did you mean 2026-12-01?",
        ),
        ({"changes": [{"of": "2026-12-01", "start": "2026-12-10"}]}, None),
    ],
)
def test_what_lasts_all_day_has_no_times_of_day(values: dict[str, Any], fault: str | None) -> None:
    assert faults(calendar(event={**FAIR, **values})) == ([] if fault is None else [f"events[0].{fault}"])


def test_a_rule_that_is_wrong_hides_what_depends_on_it() -> None:
    (fault,) = faults(call(repeat="FREQ=WEEKLY;BYDAY=JE", **{"except": ["2026-12-02"]}))
    assert fault.startswith("events[0].repeat: ")


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (
            "changes: [{of: 2026-12-03, cancelled: true, start: 2026-12-04 10:00}]",
            (
                "calendar.yaml:9:15: events[0].changes[0]: it is cancelled or moved, not both: "
                "take out “cancelled” or “start”"
            ),
        ),
        (
            "audience: {everyone: true, themes: [waste]}",
            (
                "calendar.yaml:9:15: events[0].audience: “everyone” is the whole community: name nobody besides, "
                "or take it out"
            ),
        ),
        (
            "kind: réunion",
            (
                "calendar.yaml:9:11: events[0].kind: “réunion” is none of: meeting, training, visit, celebration, "
                "other; did you mean “meeting”?"
            ),
        ),
        (
            "remind: [-1d]",
            (
                "calendar.yaml:9:14: events[0].remind[0]: “-1d” is not a length of time: expected a number and min, "
                "h, d or w, such as “14d”"
            ),
        ),
        (
            "except: [2026-12-04]",
            (
                "calendar.yaml:9:14: events[0].except[0]: the event does not take place on 2026-12-04: "
                "did you mean 2026-12-03 10:00?"
            ),
        ),
        (
            "audience: {themes: [Déchets]}",
            "calendar.yaml:9:25: events[0].audience.themes[0]: there is no theme “Déchets”: did you mean “waste”?",
        ),
    ],
)
def test_a_mistake_has_its_line_and_column(tmp_path: Path, written: str, line: str) -> None:
    config = rewritten(tmp_path, "calendar.yaml", "remind: [1d, 1h]", written)
    assert check_lines(config) == [line]


@pytest.mark.parametrize("remind", ["1d before", "--1d", "-1"])
def test_a_reminder_after_a_deadline_has_a_minus_and_a_length(tmp_path: Path, remind: str) -> None:
    (found,) = check_lines(rewritten(tmp_path, "calendar.yaml", "[14d, 3d, 0]", f'["{remind}"]'))
    assert f"deadlines[0].remind[0]: “{remind}” is " in found


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (
            {"also": ["2026-12-08 10:00"]},
            "also[0]: it takes place then by “start” and “repeat” already: take it out here",
        ),
        (
            {"rooms": [], "audience": {"people": ["awa.diallo"]}},
            "audience: nothing is posted of it, as no room is for just those whom it concerns: name “rooms”",
        ),
        ({"rooms": [], "audience": {"people": ["awa.diallo"]}, "remind": []}, None),
        (
            {"audience": {"themes": ["waste"], "cities": ["bamako"], "roles": ["coordinator"]}},
            "audience: it concerns nobody: no member is all that it says",
        ),
        ({"audience": {"everyone": True}, "rooms": []}, None),
    ],
)
def test_what_may_not_be_meant_is_noted(values: dict[str, Any], note: str | None) -> None:
    found = notes(call(**{"remind": ["1d"], **values}))
    assert [line for line in found if ".remind:" not in line] == (
        [] if note is None else [f"events[0].{note}"]
    )
