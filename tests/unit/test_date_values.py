"""Events and deadlines, and what was changed of them, in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.messages import LANGUAGES, translator
from community.directory.changes import as_values
from community.directory.differences import FIELDS, DifferenceReader
from community.directory.entry import CalendarEntry
from tests.lib.calendars import deadlines, events
from tests.lib.descriptions import example
from tests.lib.entries import contact, deadline, event

ROOT = Path(__file__).parent.parent.parent
CATALOGUES = (ROOT / "community", ROOT / "bots")
DESK = contact("desk", name={"en": "Waste desk", "fr": "Guichet des déchets"})


def reader(language: str = "en") -> DifferenceReader:
    contacts = {"desk": DESK}
    return DifferenceReader(example().community, translator(language, CATALOGUES), contacts.get)


def said(entry: CalendarEntry, language: str = "en") -> dict[str, str]:
    """Return the fields of an entry as they are shown, by their labels."""
    return {one.label: one.new or "" for one in reader(language).fields(entry)}


@given(events | deadlines, st.sampled_from(LANGUAGES))
def test_every_field_of_an_entry_can_be_shown(entry: CalendarEntry, language: str) -> None:
    shown = reader(language).fields(entry)
    assert len(shown) == len(as_values(entry).keys() & FIELDS.keys())
    assert all(one.new is not None for one in shown)


def test_an_event_in_words() -> None:
    meeting = event(
        "meeting",
        kind="training",
        repeat="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH",
        remind=["1w", "1h", 0],
        timezone="Africa/Kigali",
        audience={"cities": ["kigali", "lagos"], "themes": ["waste"], "people": ["awa.diallo"]},
        rooms=["lobby", "leads"],
        changes=[
            {"of": "2026-12-10 10:00", "start": "2026-12-11"},
            {"of": "2026-12-17 10:00", "cancelled": True},
            {"of": "2026-12-24 10:00", "link": "https://example.org/x"},
        ],
        cancelled=True,
        **{"except": ["2027-01-05"]},
    )
    assert said(meeting) == {
        "Title": "Meeting",
        "Kind": "training",
        "Start": "3 December 2026, 10:00",
        "Lasts": "90 minutes",
        "Time zone": "Africa/Kigali",
        "Repeated": "every 2 weeks, Tuesday and Thursday",
        "But not on": "5 January 2027",
        "Single dates": (
            "10 December 2026, 10:00: moved to 11 December 2026 · 17 December 2026, 10:00: cancelled · "
            "24 December 2026, 10:00: Link: https://example.org/x"
        ),
        "Cancelled": "yes",
        "For whom": "Waste · Kigali, Lagos · Awa Diallo",
        "Rooms": "Lobby, City leads",
        "Reminders": "1 week before, 1 hour before, at the moment itself",
    }


def test_a_deadline_in_words() -> None:
    report = deadline(
        "report",
        hand_in={"fr": "Deux pages", "en": "Two pages"},
        where={"fr": "Au guichet", "en": "At the desk"},
        asked_by="desk",
        remind=["4w", "-1d"],
        added_by="awa.diallo",
    )
    assert said(report, "fr") == {
        "Titre": "Report",
        "À remettre": "Deux pages",
        "Échéance": "15 décembre 2026, 18:00",
        "Pour qui": "tout le réseau",
        "Rappels": "4\N{NO-BREAK SPACE}semaines avant, 1\N{NO-BREAK SPACE}jour après",
        "Où": "Au guichet",
        "Demandé par": "Guichet des déchets",
        "Ajouté par": "awa.diallo",
    }


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("RRULE:FREQ=WEEKLY;WKST=MO", "every week"),
        ("freq=monthly;interval=3", "every 3 months"),
        ("FREQ=YEARLY", "every year"),
        ("FREQ=MONTHLY;BYDAY=1TH", "every month, on the first Thursday"),
        ("FREQ=WEEKLY;BYDAY=MO;COUNT=5", "every week, Monday, 5 times"),
        ("no freq at all", "repeated by the rule no freq at all"),
    ],
)
def test_a_rule_in_words(rule: str, words: str) -> None:
    assert said(event("meeting", repeat=rule))["Repeated"] == words


def test_what_differs_between_two_states_is_one_line_each() -> None:
    before, after = event("meeting"), event("meeting", start="2026-12-04 10:00", cancelled=True)
    one = reader()
    assert [one.line(found) for found in one.differences(before, after)] == [
        "Start: 3 December 2026, 10:00 → 4 December 2026, 10:00",
        "Cancelled: yes",
    ]
