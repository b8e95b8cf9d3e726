"""Questions name weeks and quarters by number, and days that only a dash joins: read as the calendar has them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from community.search.calendar_days import days_asked
from community.search.calendar_words import said_in_full, spotted

TODAY = date(2026, 11, 30)
"""The Monday of the week 49."""
DAY = timedelta(days=1)
WEEKS = (
    "deadlines in week {}",
    "échéances semaine {} ?",
    "échéances S{}",
    "prazos na semana {}",
    "الآجال في الأسبوع {}",
)
QUARTERS = ("deadlines in Q{}", "échéances au T{}", "prazos no T{}")


def asked(text: str) -> tuple[date | None, date | None]:
    said = said_in_full(text)
    days = days_asked(said, TODAY, spotted(said))
    return days.since, days.until


@pytest.mark.parametrize("text", WEEKS)
def test_a_week_by_its_number_is_the_coming_one_of_the_calendar(text: str) -> None:
    for ahead in range(51):
        monday = TODAY + 7 * ahead * DAY
        assert asked(text.format(monday.isocalendar().week)) == (monday, monday + 6 * DAY), monday


@pytest.mark.parametrize("text", [*WEEKS, "deadlines in week {} of"])
@pytest.mark.parametrize("year", [2025, 2026, 2028])
def test_a_week_is_that_of_the_year_that_is_named(text: str, year: int) -> None:
    for number in (1, 10, 52):
        monday = date.fromisocalendar(year, number, 1)
        assert asked(f"{text.rstrip(' ?').format(number)} {year}") == (monday, monday + 6 * DAY), number


def test_a_year_without_a_53rd_week_has_none() -> None:
    assert asked("deadlines in week 53") == (date(2026, 12, 28), date(2027, 1, 3))
    assert asked("deadlines in week 54") == (None, None)


@pytest.mark.parametrize(
    "text", ["next week 2 meetings", "la semaine prochaine 2 réunions", "this week 3 deadlines"]
)
def test_a_number_behind_this_or_the_next_week_is_not_that_of_a_week(text: str) -> None:
    since, until = asked(text)
    assert since in (TODAY, TODAY + 7 * DAY)
    assert until is not None
    assert since is not None
    assert until - since == 6 * DAY


@pytest.mark.parametrize("text", QUARTERS)
def test_a_quarter_is_the_coming_one_or_that_of_its_year(text: str) -> None:
    for number, months in ((1, (1, 3)), (2, (4, 6)), (3, (7, 9))):
        first = date(2027, months[0], 1)
        last = (date(2027, months[1], 28) + 7 * DAY).replace(day=1) - DAY
        assert asked(text.format(number)) == (first, last)
        later = asked(f"{text.format(number)} 2029")
        assert later == (first.replace(year=2029), last.replace(year=2029))
    assert asked(text.format(4)) == (date(2026, 10, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    "text", ["when are the third-quarter invoices due", "les factures du troisième trimestre"]
)
def test_a_quarter_in_a_title_names_no_days(text: str) -> None:
    assert asked(text) == (None, None)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("what's planned 14-18 december", (date(2026, 12, 14), date(2026, 12, 18))),
        ("what's planned 4-8 december", (date(2026, 12, 4), date(2026, 12, 8))),
        ("o que temos 28 dez a 2 jan", (date(2026, 12, 28), date(2027, 1, 2))),
        ("on a quoi 28 déc - 2 janv", (date(2026, 12, 28), date(2027, 1, 2))),
        ("في حاجة بعد بكرة؟", (date(2026, 12, 2), date(2026, 12, 2))),
        ("qu'est-ce qu'on a dans les quinze jours", (TODAY, date(2026, 12, 15))),
    ],
)
def test_days_that_a_dash_joins_are_all_of_them(text: str, days: tuple[date, date]) -> None:
    assert asked(text) == days


@pytest.mark.parametrize(
    "text",
    [
        "deadlines on 29 February",
        "échéances du 29 février",
        "prazos de 29 de fevereiro",
        "الآجال في 29 فبراير",
    ],
)
def test_the_29th_of_february_is_that_of_the_coming_leap_year(text: str) -> None:
    assert asked(text) == (date(2028, 2, 29), date(2028, 2, 29))
