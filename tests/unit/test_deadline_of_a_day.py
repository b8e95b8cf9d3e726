"""A deadline that has the whole day is on that day for every reader, with where the day ends for whom it is another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bots.context.occurrence_times import OccurrenceTimes
from community.agenda.occurrences import Occurrence, occurrences
from community.core.messages import translator
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event
from community.description.model import City
from tests.lib.asking import CATALOGUES

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
OWN, EAST, WEST = ZoneInfo("Africa/Abidjan"), ZoneInfo("Africa/Maputo"), ZoneInfo("Atlantic/Cape_Verde")
ABIDJAN = City(key="abidjan", name="Abidjan", country="CI", timezone=OWN.key, languages=("fr",))
MAPUTO = City(key="maputo", name="Maputo", country="MZ", timezone=EAST.key, languages=("pt",))


def only(entry: Event | Deadline) -> Occurrence:
    (found,) = occurrences(entry, OWN, NOON - timedelta(days=2), NOON + timedelta(days=2))
    return found


DAY = only(Deadline.model_validate({"key": "report", "title": "Report", "due": "2026-11-30"}))
HOUR = only(Deadline.model_validate({"key": "plan", "title": "Plan", "due": "2026-11-30 18:00"}))


def times(language: str, zone: ZoneInfo, *cities: City) -> OccurrenceTimes:
    return OccurrenceTimes(translator(language, CATALOGUES), zone, NOON, cities)


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        ("en", OWN, "Monday, 30 November 2026, 23:59"),
        ("en", EAST, "Monday, 30 November 2026, 23:59 (Abidjan)"),
        ("en", WEST, "Monday, 30 November 2026, 23:59 (Abidjan)"),
        ("fr", EAST, "lundi 30 novembre 2026, 23:59 (Abidjan)"),
        ("pt", EAST, "segunda-feira, 30 de novembro de 2026, 23:59 (Abidjan)"),
    ],
)
def test_it_is_on_its_day_wherever_it_is_read(language: str, zone: ZoneInfo, expected: str) -> None:
    assert times(language, zone).when(DAY, (DAY,)) == expected


def test_in_arabic_too() -> None:
    said = times("ar", EAST).when(DAY, (DAY,))
    assert "30 نوفمبر" in said
    assert "أبيدجان" in said


def test_how_long_is_left_counts_to_that_day() -> None:
    assert times("en", EAST).left(DAY) == times("en", OWN).left(DAY)
    assert times("en", EAST).left(DAY) != "tomorrow"


def test_a_room_of_two_clocks_is_told_the_place_and_no_order_of_times() -> None:
    here = times("en", OWN, ABIDJAN, MAPUTO)
    assert here.when(DAY, (DAY,)) == "Monday, 30 November 2026, 23:59 (Abidjan)"
    assert here.legend((DAY,)) is None
    assert here.legend((DAY, HOUR)) is not None
    assert here.when(HOUR, (DAY, HOUR)) == "Monday, 30 November 2026, 18:00 · 20:00"


def test_a_room_of_one_clock_needs_no_place() -> None:
    assert times("en", EAST, ABIDJAN).when(DAY, (DAY,)) == "Monday, 30 November 2026, 23:59"
