"""A calendar is written as a file that people can read, and that is the same calendar when it is read again."""

from __future__ import annotations

import json
import random

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from community.description.calendar_model import Calendar
from community.description.yaml_text import parse
from community.directory.changes import (
    Edit,
    all_values,
    as_values,
    changes_from_json,
    changes_to_json,
    edited,
)
from community.directory.entry import CalendarEntry, EntryChange, digest, from_json, key_of, kind_of, to_json
from community.exchange.canonical import canonical_calendar
from community.exchange.columns import cells
from community.exchange.yaml_file import calendar_yaml
from tests.lib.calendars import calendars, deadlines, events
from tests.lib.descriptions import example
from tests.lib.entries import event
from tests.lib.examples import some_of


def read(data: bytes) -> Calendar:
    """Read a file as the loader does."""
    parsed = parse(data, "calendar.yaml")
    assert parsed.problems == ()
    return Calendar.model_validate_json(json.dumps(parsed.value), strict=True)


@given(calendars)
@hypothesis_settings(max_examples=some_of(300))
def test_what_is_written_is_read_again(calendar: Calendar) -> None:
    written = calendar_yaml(calendar)
    assert read(written) == canonical_calendar(calendar)
    assert calendar_yaml(read(written)) == written


@given(calendars)
def test_another_reader_of_yaml_reads_the_same_texts(calendar: Calendar) -> None:
    written = calendar_yaml(calendar)
    others = yaml.load(written, Loader=yaml.BaseLoader)  # noqa: S506 - texts alone
    titles = [entry["title"] for entry in others.get("events", ())]
    ours = parse(written, "calendar.yaml").value
    assert titles == [entry["title"] for entry in (ours or {}).get("events", ())]


def test_the_example_is_written_as_it_stands_in_its_file() -> None:
    calendar = example().calendar
    written = calendar_yaml(calendar).decode()
    assert written.startswith(
        "# yaml-language-server: $schema=schemas/calendar.schema.json\n"
        "# Written by “palabre calendar export”: sorted by key, the same bytes for the same data.\n\nversion: 1\n"
    )
    for line in (
        "    title: {en: City leads' monthly meeting, fr: Réunion mensuelle des référents}",
        "    start: 2026-12-03 10:00",
        "    lasts: 90min",
        "    repeat: FREQ=MONTHLY;BYDAY=1TH",
        "    timezone: Africa/Kigali",
    ):
        assert f"\n{line}\n" in written
    assert read(written.encode()) == canonical_calendar(calendar)


def test_single_dates_and_audiences_are_written_so_that_people_can_read_them() -> None:
    meeting = event(
        "meeting",
        audience={"cities": ["kigali"], "roles": ["city-lead"]},
        repeat="FREQ=WEEKLY;BYDAY=TH",
        changes=[
            {
                "of": "2026-12-10 10:00",
                "start": "2026-12-11 09:00",
                "place": {"en": "Room 2", "fr": "Salle 2"},
            },
            {"of": "2026-12-17", "cancelled": True},
        ],
        **{"except": ["2026-12-24 10:00", "2026-12-31"]},
    )
    written = calendar_yaml(Calendar(version=1, events=(meeting,))).decode()
    assert written.partition("events:\n")[2] == (
        "  - key: meeting\n"
        "    title: Meeting\n"
        "    start: 2026-12-03 10:00\n"
        "    lasts: 90min\n"
        "    repeat: FREQ=WEEKLY;BYDAY=TH\n"
        '    except: ["2026-12-24 10:00", 2026-12-31]\n'
        "    changes:\n"
        "      - of: 2026-12-10 10:00\n"
        "        start: 2026-12-11 09:00\n"
        "        place: {en: Room 2, fr: Salle 2}\n"
        "      - of: 2026-12-17\n"
        "        cancelled: true\n"
        "    audience: {cities: [kigali], roles: [city-lead]}\n"
    )


def test_the_order_in_which_it_was_written_does_not_matter() -> None:
    calendar = example().calendar
    shuffle = random.Random(5).sample  # noqa: S311 - an order, no secret
    shuffled = calendar.model_copy(update={"events": tuple(shuffle(calendar.events, len(calendar.events)))})
    assert shuffled != calendar
    assert calendar_yaml(shuffled) == calendar_yaml(calendar)


# --- an event or a deadline as an entry ----------------------------------------------------------------------------


@given(events | deadlines)
def test_an_entry_survives_as_text(entry: CalendarEntry) -> None:
    assert from_json(kind_of(entry), to_json(entry)) == entry
    assert digest(from_json(kind_of(entry), to_json(entry))) == digest(entry)
    change = EntryChange(*key_of(entry), None, entry)
    assert changes_from_json(changes_to_json([change])) == (change,)


@given(events, events)
def test_all_values_leave_nothing_of_what_was_before(one: CalendarEntry, other: CalendarEntry) -> None:
    assert edited(Edit("event", one.key, all_values(one)), other) == one


@given(events | deadlines)
def test_each_field_is_in_the_cells_by_which_two_states_are_told_apart(entry: CalendarEntry) -> None:
    said = {name for name, value in as_values(entry).items() if value not in ({}, [])}
    assert said <= {column.partition(":")[0] for column in cells(entry)}


@pytest.mark.parametrize("name", ["except", "changes", "also", "audience", "remind"])
def test_taking_back_a_change_empties_what_was_empty(name: str) -> None:
    before = event("meeting", repeat="FREQ=WEEKLY")
    values = {
        "except": ["2026-12-10"],
        "changes": [{"of": "2026-12-10", "cancelled": True}],
        "also": ["2026-12-12 10:00"],
        "audience": {"everyone": True},
        "remind": ["1d"],
    }
    after = event("meeting", repeat="FREQ=WEEKLY", rooms=["lobby"], **{name: values[name]})
    assert after != before
    assert edited(Edit("event", "meeting", all_values(before)), after) == before
