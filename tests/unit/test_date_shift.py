"""What of an event changes where all of it or one occurrence is moved: rule, exceptions, changes, first start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bots.features.edit.command_parser import command
from bots.features.edit.commands import CancelDate, Command, MoveDate, PlanDate
from bots.features.edit.date_shift import called_off, moved_one, moved_whole
from community.agenda.occurrences import Occurrence, occurrences
from community.core.zones import ZoneInfo
from community.description.calendar_model import Event
from community.directory.changes import Edit, edited

NOW = datetime(2026, 11, 23, 8, 42, tzinfo=UTC)
KIGALI = ZoneInfo("Africa/Kigali")
TUESDAY = datetime.fromisoformat("2026-12-01T15:00")


def event(**more: object) -> Event:
    given = {"title": "Call", "start": "2026-12-01T15:00", "lasts": "1h", "timezone": "Africa/Kigali"}
    made = edited(Edit("event", "call", {**given, **more}), None)
    assert isinstance(made, Event)
    return made


def first(one: Event) -> Occurrence:
    return occurrences(one, KIGALI, NOW, NOW + timedelta(days=400))[0]


def after(one: Event, fields: dict[str, object] | None) -> Event:
    assert fields is not None
    made = edited(Edit("event", "call", fields), one)
    assert isinstance(made, Event)
    return made


def test_a_series_that_moves_keeps_its_exceptions_and_what_it_was_first_set_for() -> None:
    before = event(
        repeat="FREQ=WEEKLY;BYDAY=TU",
        **{"except": ["2026-12-08T15:00"], "changes": [{"of": "2026-12-15", "cancelled": True}]},
    )
    moved = after(before, moved_whole(before, first(before), TUESDAY + timedelta(days=2), "90min", NOW))
    assert moved.repeat == "FREQ=WEEKLY;BYDAY=TH"
    assert moved.except_ == (TUESDAY + timedelta(days=9),)
    assert moved.changes[0].of.isoformat() == "2026-12-17"
    assert moved.originally == TUESDAY
    assert moved.lasts == timedelta(minutes=90)
    again = after(moved, moved_whole(moved, first(moved), TUESDAY + timedelta(days=3), None, NOW))
    assert again.originally == TUESDAY


def test_a_series_that_moves_by_a_turn_or_has_begun_is_known_by_its_new_starts() -> None:
    before = event(repeat="FREQ=WEEKLY;BYDAY=TU")
    far = after(before, moved_whole(before, first(before), TUESDAY + timedelta(days=7), None, NOW))
    assert far.originally is None
    begun = event(start="2026-11-17T15:00", repeat="FREQ=WEEKLY;BYDAY=TU")
    coming = first(begun)
    moved = after(begun, moved_whole(begun, coming, coming.of + timedelta(hours=1), None, NOW))
    assert (moved.originally, moved.start) == (None, TUESDAY - timedelta(days=13, hours=23))


@pytest.mark.parametrize("rule", ["FREQ=MONTHLY;BYDAY=1TU", "FREQ=WEEKLY;BYDAY=TU,TH", "FREQ=MONTHLY"])
def test_a_rule_that_names_other_days_moves_by_hours_only(rule: str) -> None:
    before = event(repeat=rule)
    assert moved_whole(before, first(before), TUESDAY + timedelta(days=1), None, NOW) is None
    assert moved_whole(before, first(before), TUESDAY + timedelta(hours=1), None, NOW) is not None


def test_an_occurrence_has_one_change_whatever_becomes_of_it() -> None:
    before = event(repeat="FREQ=WEEKLY;BYDAY=TU")
    moved = after(before, moved_one(before, first(before), TUESDAY + timedelta(days=1), None))
    off = after(moved, called_off(moved, first(moved)))
    (change,) = off.changes
    assert (change.of, change.cancelled, change.start) == (TUESDAY, True, None)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("plan a short weekly call", PlanDate("event", "meeting", "short weekly call")),
        ("could you plan a call tomorrow?", PlanDate("event", "meeting", "call tomorrow")),
        ("ajoute une formation", PlanDate("event", "training", "formation")),
        ("adiciona um prazo: relatório", PlanDate("deadline", None, "relatório")),
        ("أضف زيارة", PlanDate("event", "visit", "زيارة")),
        ("move the call to Friday", MoveDate("the call to Friday")),
        ("annule l'appel de jeudi", CancelDate("l'appel de jeudi")),
        ("ألغ الاجتماع", CancelDate("الاجتماع")),
    ],
)
def test_what_is_asked_of_the_calendar(text: str, meant: Command) -> None:
    parsed = command(text, "en")
    assert parsed is not None
    assert parsed.command == meant


@pytest.mark.parametrize(
    "text",
    [
        "when is the next meeting?",
        "programme de formation déchets",
        "agenda das reuniões",
        "plan d'action de Dakar",
        "cancel my question",
        "who plans a call on waste?",
    ],
)
def test_a_question_sets_no_date(text: str) -> None:
    assert command(text, "en") is None
