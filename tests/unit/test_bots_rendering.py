"""Scheduled messages as text and HTML."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bots.features.scheduled.rendering import render, render_several
from community.agenda.occurrences import Post, occurrences
from community.core.messages import translator
from community.description.calendar_model import Deadline, Event
from tests.lib.asking import visible

ROOTS = tuple(Path(__file__).parents[2] / name for name in ("community", "bots"))
FRENCH, ENGLISH = translator("fr", ROOTS), translator("en", ROOTS)
KIGALI = ZoneInfo("Africa/Kigali")
MOMENT = datetime(2026, 11, 30, 18, 0, tzinfo=KIGALI)


def post(entry: Event | Deadline, before: timedelta) -> Post:
    (there,) = occurrences(entry, KIGALI, MOMENT - timedelta(days=1), MOMENT + timedelta(days=1))
    return Post(there, there.counted_from.astimezone(UTC) - before, before)


def report(**more: Any) -> Deadline:
    values = {"key": "report", "title": {"fr": "Rapport", "en": "Report"}, "due": "2026-11-30 18:00"}
    return Deadline.model_validate({**values, "rooms": ["lobby"], **more})


def call(**more: Any) -> Event:
    values = {"key": "call", "title": "Appel", "start": "2026-11-30 18:00", "lasts": "1h"}
    return Event.model_validate({**values, "rooms": ["lobby"], **more})


def test_each_language_has_its_paragraph_in_the_communitys_order() -> None:
    before = timedelta(days=3)
    reply = render(post(report(), before), [FRENCH, ENGLISH], now=MOMENT - before + timedelta(seconds=7))
    french, english = reply.text.replace("\u00a0", " ").split("\n\n")
    assert french == "Échéance dans 3 jours : Rapport\nlundi 30 novembre 2026, 18:00 (Kigali)"
    assert english == "Due in 3 days: Report\nMonday, 30 November 2026, 18:00 (Kigali)"
    assert reply.html.count("<p>") == 2


@pytest.mark.parametrize(
    ("language", "heading"), [("pt", "Prazo dentro de 3 dias: "), ("ar", "ينتهي الأجل بعد 3 أيام: ")]
)
def test_it_is_said_in_the_communitys_language_whichever_of_the_four_that_is(
    language: str, heading: str
) -> None:
    before = timedelta(days=3)
    reply = render(post(report(), before), [translator(language, ROOTS)], now=MOMENT - before)
    assert visible(reply.text).startswith(heading)


@pytest.mark.parametrize(
    ("entry", "before", "heading"),
    [
        (report(), timedelta(), "Due now: "),
        (call(), timedelta(), "Now: "),
        (call(), timedelta(hours=1), "In 1 hour: "),
        (call(), timedelta(minutes=90), "In 90 minutes: "),
        (call(), timedelta(days=1), "In 1 day: "),
        (call(), timedelta(minutes=15), "In 15 minutes: "),
        (report(), timedelta(days=7), "Due in 7 days: "),
    ],
)
def test_the_heading_says_how_long_there_is(entry: Event | Deadline, before: timedelta, heading: str) -> None:
    assert render(post(entry, before), [ENGLISH], now=MOMENT - before).text.startswith(heading)


def test_a_late_message_says_so_and_counts_from_now() -> None:
    reply = render(post(report(), timedelta(days=3)), [ENGLISH], now=MOMENT - timedelta(days=2))
    assert reply.text.startswith("Due in 2 days: ")
    assert reply.text.endswith("(This message is late: it was to be posted earlier.)")


def test_place_note_and_link_follow() -> None:
    entry = call(place="Salle 4", note="Avec le café", link="https://example.org/visio")
    lines = render(post(entry, timedelta()), [FRENCH], now=MOMENT).text.split("\n")
    assert lines[2:] == ["Salle 4", "Avec le café", "https://example.org/visio"]


def test_a_hostile_title_is_only_text() -> None:
    title = "<img src=x onerror=1> & [a](b)"
    reply = render(post(report(title=title), timedelta()), [ENGLISH], now=MOMENT)
    assert "<img" not in reply.html
    assert "&lt;img src=x onerror=1&gt; &amp;" in reply.html
    assert title in reply.text


def fair(**more: Any) -> Event:
    return call(**{"start": "2026-11-30", "lasts": "2d", **more})


@pytest.mark.parametrize(
    ("now", "heading"),
    [
        ("2026-11-27T09:00+02:00", "In 3 days: "),
        ("2026-11-29T23:50+02:00", "Tomorrow: "),
        ("2026-11-30T00:10+02:00", "Today: "),
        ("2026-12-01T09:00+02:00", "Now: "),
    ],
)
@pytest.mark.parametrize(
    ("more", "last"), [({"lasts": "1d"}, ""), ({}, " – Tuesday, 1 December 2026")], ids=["a day", "two"]
)
def test_what_lasts_all_day_is_told_by_its_days_without_a_time(
    now: str, heading: str, more: dict[str, str], last: str
) -> None:
    moment = datetime.fromisoformat(now)
    day = replace(post(fair(**more), timedelta()), due=moment)
    assert render(day, [ENGLISH], now=moment).text == f"{heading}Appel\nMonday, 30 November 2026{last}"


def test_several_late_reminders_are_a_list_in_each_language_and_a_long_list_is_counted() -> None:
    late = [post(call(title=f"Appel {n}"), timedelta(hours=2)) for n in range(22)]
    reply = render_several(late, [FRENCH, ENGLISH], due=late[0].due, now=MOMENT - timedelta(hours=1))
    french, english = reply.text.replace("\u00a0", " ").split("\n\n")
    assert french.startswith("Ces rappels arrivent en retard :\n• Dans 1 heure : Appel 0\nlundi 30")
    assert english.startswith("These reminders are late:\n• In 1 hour: Appel 0\nMonday, 30")
    assert english.endswith("\n… and 2 more")
    assert reply.html.count("<li>") == 40


def test_what_a_deadline_asks_for_and_where_it_goes_is_said() -> None:
    entry = report(hand_in={"fr": "Le tableau signé", "en": "The signed table"}, where="Cloud", note="Merci")
    lines = render(post(entry, timedelta()), [FRENCH, ENGLISH], now=MOMENT).text.replace("\u00a0", " ")
    french, english = (paragraph.split("\n")[2:] for paragraph in lines.split("\n\n"))
    assert french == ["À remettre : Le tableau signé", "Où : Cloud", "Merci"]
    assert english == ["To hand in: The signed table", "Where to: Cloud", "Merci"]


def test_what_is_changed_of_one_occurrence_is_said_of_it_alone() -> None:
    change = {"of": "2026-11-30", "start": "2026-11-30 18:00", "place": "Salle 9"}
    entry = call(start="2026-11-30 10:00", place="Salle 4", note="Avec le café", changes=[change])
    lines = render(post(entry, timedelta()), [ENGLISH], now=MOMENT).text.split("\n")
    assert lines == ["Now: Appel", "Monday, 30 November 2026, 18:00 (Kigali)", "Salle 9", "Avec le café"]


def test_a_day_after_it_was_due_what_is_missing_is_asked_for() -> None:
    after = post(report(), timedelta(days=-1))
    assert render(after, [ENGLISH], now=after.due).text.startswith("It was due: Report\nMonday, 30")


@pytest.mark.parametrize(
    ("now", "heading"),
    [
        ("2026-11-23T09:00+02:00", "Due in 7 days: "),
        ("2026-11-29T20:30+02:00", "Due tomorrow: "),
        ("2026-11-30T09:00+02:00", "Due today: "),
        ("2026-11-30T23:58+02:00", "Due today: "),
        ("2026-12-01T09:00+02:00", "It was due: "),
    ],
)
def test_a_deadline_of_a_day_is_told_by_its_day(now: str, heading: str) -> None:
    moment = datetime.fromisoformat(now)
    (there,) = occurrences(report(due="2026-11-30"), KIGALI, MOMENT, MOMENT + timedelta(days=1))
    said = render(Post(there, moment, timedelta(days=1)), [ENGLISH], now=moment)
    assert said.text.startswith(f"{heading}Report\nMonday, 30 November 2026, 23:59 (Kigali)")
