"""The first day of the week and the weekend of each country, as the CLDR has them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from community.core.weekends import WeekDays, week_days, week_days_of_zone
from community.description.iso_codes import COUNTRIES

MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6
WEEK = [date(2026, 11, 30) + timedelta(days=number) for number in range(7)]
"""From a Monday to a Sunday."""
WITHOUT_LANGUAGE = {"AQ", "BQ", "BV", "HM", "TF"}
"""Countries of which the CLDR does not say what is spoken there, nor what their week is."""


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("ML", WeekDays(MONDAY, SATURDAY, SUNDAY)),
        ("MA", WeekDays(MONDAY, SATURDAY, SUNDAY)),
        ("EG", WeekDays(SATURDAY, FRIDAY, SATURDAY)),
        ("DZ", WeekDays(SATURDAY, FRIDAY, SATURDAY)),
        ("MZ", WeekDays(SUNDAY, SATURDAY, SUNDAY)),
        ("IR", WeekDays(SATURDAY, FRIDAY, FRIDAY)),
        ("ZZ", WeekDays()),
        ("", WeekDays()),
    ],
)
def test_the_week_of_a_country(country: str, expected: WeekDays) -> None:
    assert week_days(country) == expected


def test_every_country_that_a_city_may_be_in_has_the_week_of_the_cldr() -> None:
    for country in sorted(COUNTRIES - WITHOUT_LANGUAGE):
        found = week_days(country)
        there = Locale.parse(f"und_{country}")
        days = (there.first_week_day, there.weekend_start, there.weekend_end)
        assert (found.first, found.weekend_first, found.weekend_last) == days, country


@pytest.mark.parametrize(
    ("zone", "country"),
    [("Africa/Cairo", "EG"), ("Africa/Algiers", "DZ"), ("Africa/Abidjan", "CI"), ("Africa/Maputo", "MZ")],
)
def test_the_week_of_a_time_zone_is_that_of_its_country(zone: str, country: str) -> None:
    assert week_days_of_zone(zone) == week_days(country)


def test_a_time_zone_of_no_country_has_the_usual_week() -> None:
    assert week_days_of_zone("UTC") == WeekDays()


@pytest.mark.parametrize(
    ("country", "free"),
    [("ML", [SATURDAY, SUNDAY]), ("EG", [FRIDAY, SATURDAY]), ("IR", [FRIDAY]), ("IN", [SUNDAY])],
)
def test_the_free_days(country: str, free: list[int]) -> None:
    assert [day.weekday() for day in WEEK if week_days(country).is_free(day)] == free


@pytest.mark.parametrize(
    ("country", "on", "weekend"),
    [
        ("ML", WEEK[0], (WEEK[5], WEEK[6])),
        ("ML", WEEK[6], (WEEK[5], WEEK[6])),
        ("EG", WEEK[0], (WEEK[4], WEEK[5])),
        ("EG", WEEK[5], (WEEK[4], WEEK[5])),
        ("EG", WEEK[6], (WEEK[4] + timedelta(7), WEEK[5] + timedelta(7))),
        ("IR", WEEK[0], (WEEK[3], WEEK[4])),
        ("IN", WEEK[0], (WEEK[5], WEEK[6])),
    ],
)
def test_the_weekend_that_a_day_is_in_or_the_next(country: str, on: date, weekend: tuple[date, date]) -> None:
    assert week_days(country).weekend(on) == weekend


@given(
    day=st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)),
    country=st.sampled_from(sorted(COUNTRIES)),
)
def test_each_day_is_in_one_week_and_no_weekend_is_over(day: date, country: str) -> None:
    week = week_days(country)
    begins = week.beginning(day)
    assert begins <= day < begins + timedelta(days=7)
    assert begins.weekday() == week.first
    first, last = week.weekend(day)
    assert day <= last <= day + timedelta(days=6)
    assert first < last
    assert week.is_free(last)
    if week.is_free(day):
        assert first <= day
