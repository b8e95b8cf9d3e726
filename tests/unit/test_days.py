"""Days: a year of two digits is refused everywhere, and so is a day that cannot be meant."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.messages import translator
from community.core.problems import problem_line
from community.description.days import EARLIEST, past_fault, period_fault, short_year
from community.description.load import check, load_description
from community.exchange.incoming import misfits, read_files
from community.exchange.plan import plan_import
from tests.lib.descriptions import read
from tests.lib.reading import HEADER, SMALL, rewritten

ENGLISH = translator("en", [])
TODAY = date(2026, 11, 29)
DESCRIPTION = read(SMALL)


def lines(config: Path) -> list[str]:
    return [problem_line(problem, ENGLISH).replace(f"{config}/", "") for problem in check(config, TODAY)]


def imported(day: str) -> list[str]:
    """Return what an import says of a table with a contact confirmed on that day."""
    row = f"ines;N;F;kigali;waste;{day}\n"
    incoming = read_files(
        [("c.csv", f"{HEADER}{row}".encode())], DESCRIPTION.directory, DESCRIPTION.community
    )
    plan = plan_import(DESCRIPTION.directory, incoming.directory, remove_missing=False, kinds=incoming.kinds)
    found = misfits(DESCRIPTION.community, DESCRIPTION.directory, plan.changes, incoming, TODAY)
    return [problem_line(problem, ENGLISH) for problem in (*incoming.problems, *found)]


@pytest.mark.parametrize("day", ["14.10.26", "14/10/26", "14-10-26", "١٤.١٠.٢٦"])
def test_a_year_of_two_digits_is_refused_alike_with_how_to_write_it(tmp_path: Path, day: str) -> None:
    why = "has a year of two digits: write all four of it, such as 2026-10-14"
    (line,) = lines(rewritten(tmp_path, "directory.yaml", "confirmed: 2026-09-02", f"confirmed: {day}"))
    assert why in line
    (line,) = imported(day)
    assert why in line


@pytest.mark.parametrize(
    ("day", "examples"),
    [
        ("26-12-15", "2026-12-15 or 2015-12-26"),
        ("14-10-26", "2026-10-14 or 2014-10-26"),
        ("26-12-26", "2026-12-26"),
        ("26-10-41", "2041-10-26"),
        ("14.10.26", "2026-10-14"),
        ("12/14/26", "2026-10-14"),
    ],
)
def test_a_year_of_two_digits_may_stand_first_where_there_are_hyphens(day: str, examples: str) -> None:
    found = short_year(f"documents since {day}")
    assert found is not None
    assert ENGLISH(found) == (f"“{day}” has a year of two digits: write all four of it, such as {examples}")


@pytest.mark.parametrize("hyphen", ["\u2010", "\u2011", "\u2013", "\u2212"])
@pytest.mark.parametrize(
    ("file", "old"),
    [
        ("directory.yaml", "confirmed: 2026-09-02"),
        ("directory.yaml", "updated: 2026-10-12"),
        ("community.yaml", "from: 2026-01-01"),
        ("calendar.yaml", "start: 2026-12-03 10:00"),
        ("calendar.yaml", "due: 2026-12-15"),
    ],
)
def test_a_day_with_other_hyphens_is_told_which_one(tmp_path: Path, file: str, old: str, hyphen: str) -> None:
    new = old.replace("-", hyphen, 2).replace(hyphen, "-", 1)
    (line,) = lines(rewritten(tmp_path, file, old, new))
    said = f"has a character that cannot stand here: number 8 is “{hyphen}” (U+{ord(hyphen):04X})"
    assert line.endswith(f"“{new.partition(': ')[2]}” {said}")


def test_a_day_with_other_hyphens_is_refused_in_a_table_too() -> None:
    for day in ("2026\u201110\u201114", "14\u201110\u20112026"):
        (line,) = imported(day)
        assert line.endswith(f"number {day.index(chr(0x2011)) + 1} is “\u2011” (U+2011)")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("community.yaml", "from: 2026-01-01", "from: 01/01/26"),
        ("calendar.yaml", "start: 2026-12-03 10:00", "start: 03.12.26 10:00"),
        ("calendar.yaml", "due: 2026-12-15", "due: 15/12/26"),
        ("directory.yaml", "date: 2026-03-01", "date: 01.03.26"),
        ("directory.yaml", "updated: 2026-10-12", "updated: 12-10-26"),
    ],
)
def test_wherever_a_day_is_read_its_year_has_four_digits(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    (line,) = lines(rewritten(tmp_path, file, old, new))
    assert "has a year of two digits" in line


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("directory.yaml", "confirmed: 2026-09-02", "confirmed: 2026-12-24", "2026-12-24 is still to come"),
        ("directory.yaml", "confirmed: 2026-09-02", "confirmed: 2126-09-02", "more than 30 years away"),
        ("directory.yaml", "confirmed: 2026-09-02", "confirmed: 1989-12-31", "1989-12-31 is before 1990"),
        ("directory.yaml", "confirmed: 2026-09-02", "confirmed: 0026-09-02", "0026-09-02 is before 1990"),
        ("directory.yaml", "updated: 2026-10-12", "updated: 2027-10-12", "is still to come"),
        ("directory.yaml", "date: 2026-03-01", "date: 2027-03-01", "is still to come"),
        ("directory.yaml", "date: 2026-03-01", "date: 1026-03-01", "1026-03-01 is before 1900"),
        ("community.yaml", "until: 2027-12-31", "until: 2127-12-31", "more than 30 years away"),
        ("community.yaml", "from: 2026-01-01", "from: 1926-01-01", "is before 1990"),
        ("calendar.yaml", "due: 2026-12-15", "due: 2126-12-15", "more than 30 years away"),
        ("calendar.yaml", "due: 2026-12-15", "due: 2062-12-15", "more than 30 years away"),
        ("calendar.yaml", "start: 2026-12-03 10:00", "start: 1926-12-03 10:00", "1926-12-03 is before 1990"),
    ],
)
def test_a_day_that_cannot_be_meant_is_a_problem(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    (line,) = lines(rewritten(tmp_path, file, old, new))
    assert said in line


@pytest.mark.parametrize(
    ("day", "said"),
    [("24/12/2026", "is still to come"), ("2126-10-14", "years away"), ("14.10.1026", "is before 1990")],
)
def test_a_table_is_asked_the_same(day: str, said: str) -> None:
    (line,) = imported(day)
    assert said in line


@pytest.mark.parametrize("new", ["date: 1985-03-01", "date: 2026-11-30"])
def test_an_old_document_and_a_day_that_has_begun_elsewhere_are_right(tmp_path: Path, new: str) -> None:
    assert lines(rewritten(tmp_path, "directory.yaml", "date: 2026-03-01", new)) == []


def test_what_is_right_once_stays_so_whatever_the_clock_says(tmp_path: Path) -> None:
    config = rewritten(tmp_path, "directory.yaml", "confirmed: 2026-09-02", "confirmed: 2026-12-24")
    assert load_description(config).directory.contacts[0].confirmed == date(2026, 12, 24)
    assert check(config, date(2026, 12, 24)) == ()


@given(st.dates(EARLIEST, TODAY), st.integers(0, 4000))
def test_a_day_of_the_past_is_right_and_stays_right(day: date, later: int) -> None:
    assert past_fault(day, TODAY + timedelta(days=later)) is None
    assert period_fault(day, TODAY + timedelta(days=later)) is None


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from("./-"))
def test_no_day_with_two_digits_of_a_year_is_let_through(day: date, mark: str) -> None:
    for order in ("%d{0}%m{0}%y", "%m{0}%d{0}%y", "%y{0}%m{0}%d"):
        assert short_year(day.strftime(order.format(mark))) is not None
    assert short_year(day.isoformat()) is None
    assert short_year(day.strftime("%d{0}%m{0}%Y".format(mark))) is None  # noqa: UP032 - percents are no names


@pytest.mark.parametrize(
    "text", ["version 1.10.3", "+223 20-10-26-14", "192.168.10.26", "10/12", "2026-10-14"]
)
def test_other_numbers_are_no_days(text: str) -> None:
    assert short_year(text) is None
