"""Rules of repetition mean what they say: each moment is a day of its rule, and ``UNTIL`` includes its day."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.agenda.occurrences import occurrences
from community.core.zones import ZoneInfo
from community.description.calendar_model import Event
from community.description.repetition import read_repetition
from community.description.repetition_faults import repetition_fault
from community.description.repetition_notes import repetition_notes
from community.description.repetition_parts import part_fault

ZONES = ("Africa/Bamako", "Africa/Casablanca", "Europe/Paris", "Africa/Cairo", "America/Sao_Paulo", "UTC")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PARIS = ZoneInfo("Europe/Paris")


def event(start: str, repeat: str, zone: str = "Europe/Paris") -> Event:
    return Event.model_validate(
        {
            "key": "call",
            "title": "Call",
            "start": start,
            "lasts": "1h",
            "timezone": zone,
            "repeat": repeat,
            "rooms": ["lobby"],
        }
    )


def found(start: str, repeat: str, zone: str = "Europe/Paris", days: int = 800) -> list[datetime]:
    call, begin = event(start, repeat, zone), datetime.fromisoformat(start).replace(tzinfo=UTC)
    there = occurrences(call, ZoneInfo(zone), begin - timedelta(days=3), begin + timedelta(days=days))
    return [one.start for one in there]


@pytest.mark.parametrize(
    ("until", "days"),
    [
        ("20261217", ["03", "10", "17"]),
        ("20261217T100000", ["03", "10", "17"]),
        ("20261217T095959", ["03", "10"]),
        # 23:59:59 in Paris, as Google writes a last day.
        ("20261217T225959Z", ["03", "10", "17"]),
        # 10:00 in Paris.
        ("20261217T090000Z", ["03", "10", "17"]),
        ("20261217T085959Z", ["03", "10"]),
    ],
)
def test_until_includes_its_day_and_is_understood_in_utc(until: str, days: list[str]) -> None:
    assert [f"{m:%d}" for m in found("2026-12-03 10:00", f"FREQ=WEEKLY;UNTIL={until}")] == days


@pytest.mark.parametrize("zone", ["Africa/Kigali", "America/Cayenne"])
@pytest.mark.parametrize("year", ["0001", "1899", "2200", "9999"])
def test_a_rule_until_the_end_of_the_calendar_goes_on_and_one_until_its_beginning_is_none(
    year: str, zone: str
) -> None:
    text = f"FREQ=WEEKLY;UNTIL={year}1231T235959Z"
    start = datetime(2026, 12, 3, 10)  # noqa: DTZ001 - local time
    fault = repetition_fault(text, start, ZoneInfo(zone))
    notes = list(repetition_notes(text, start, ZoneInfo(zone)))
    assert (fault is None, notes) == (year > "2026", [])


@pytest.mark.parametrize(
    "written",
    [
        "RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=TH",
        "BYDAY=TH;COUNT=3;FREQ=WEEKLY",
        "freq=weekly;count=3;byday=th;",
        " FREQ=WEEKLY;COUNT=3;BYDAY=TH ",
        "FREQ=WEEKLY; COUNT=03; BYDAY=TH",
        "FREQ=WEEKLY;\u00a0COUNT=3;BYDAY=TH\u200b",
    ],
)
def test_what_calendar_programs_copy_out_means_the_same(written: str) -> None:
    plain = found("2026-12-03 10:00", "FREQ=WEEKLY;COUNT=3;BYDAY=TH")
    assert len(plain) == 3
    assert found("2026-12-03 10:00", written) == plain


STARTS = st.integers(0, 3 * 365 * 24 * 4).map(
    lambda quarters: datetime(2026, 1, 1) + timedelta(minutes=15 * quarters)  # noqa: DTZ001 - local time
)


@given(STARTS, st.sampled_from(ZONES), st.integers(1, 4), st.sets(st.sampled_from(DAYS)), st.integers(0, 90))
def test_each_week_of_the_interval_has_each_named_day_until_the_last_day(
    start: datetime, zone: str, interval: int, days: set[str], lasting: int
) -> None:
    named = sorted({*days, DAYS[start.weekday()]}, key=DAYS.index)
    last = (start + timedelta(days=lasting)).date()
    rule = f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={','.join(named)};UNTIL={last:%Y%m%d}"
    monday = start.date() - timedelta(days=start.weekday())
    meant = [
        day
        for day in (start.date() + timedelta(days=n) for n in range(lasting + 1))
        if DAYS[day.weekday()] in named and ((day - monday).days // 7) % interval == 0
    ]
    there = found(start.isoformat(sep=" "), rule, zone)
    assert [_day(moment, start) for moment in there] == meant


@given(STARTS, st.sampled_from(ZONES), st.integers(1, 5), st.sampled_from(DAYS))
def test_the_nth_weekday_of_each_month_is_the_nth(start: datetime, zone: str, number: int, day: str) -> None:
    for moment in found(start.isoformat(sep=" "), f"FREQ=MONTHLY;BYDAY={number}{day}", zone):
        on = _day(moment, start)
        assert (DAYS[on.weekday()], (on.day - 1) // 7 + 1) == (day, number)


@given(STARTS, st.sampled_from(ZONES), st.integers(1, 31))
def test_a_day_of_each_month_is_there_in_each_month_that_has_it(
    start: datetime, zone: str, number: int
) -> None:
    there = {
        _day(m, start) for m in found(start.isoformat(sep=" "), f"FREQ=MONTHLY;BYMONTHDAY={number}", zone)
    }
    months = [divmod(start.year * 12 + start.month - 1 + n, 12) for n in range(24)]
    meant = {
        date(year, month + 1, number) for year, month in months if number <= monthrange(year, month + 1)[1]
    }
    assert there >= {day for day in meant if day >= start.date()}
    assert {day.day for day in there} == {number}


@given(STARTS, st.sampled_from(ZONES), st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
def test_it_is_at_the_same_time_of_day_all_year_but_where_that_time_is_skipped(
    start: datetime, zone: str, frequency: str
) -> None:
    for moment in found(start.isoformat(sep=" "), f"FREQ={frequency}", zone):
        local = datetime.combine(_day(moment, start), start.time())
        exists = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
        assert (moment.replace(tzinfo=None) == local) == (exists.replace(tzinfo=None) == local)
        assert moment == exists


def _day(moment: datetime, start: datetime) -> date:
    """Return the day that is meant: a time that was skipped at the end of a day moves to the next one."""
    return (
        moment.replace(tzinfo=None) - (timedelta(hours=1) if moment.hour < start.hour else timedelta())
    ).date()


@pytest.mark.parametrize(
    ("start", "rule", "said"),
    [
        (
            "2026-12-31 10:00",
            "FREQ=MONTHLY",
            (
                "it is left out in 2027-02, which has no such day, and wherever else that is so: "
                "the last one of each month is BYMONTHDAY=-1"
            ),
        ),
        (
            "2026-12-30 10:00",
            "FREQ=MONTHLY;BYMONTHDAY=30",
            (
                "it is left out in 2027-02, which has no such day, and wherever else that is so: "
                "the last one of each month is BYMONTHDAY=-1"
            ),
        ),
        (
            "2026-12-31 10:00",
            "FREQ=MONTHLY;BYDAY=5TH",
            (
                "it is left out in 2027-01, which has no such day, and wherever else that is so: "
                "the last one of each month is BYDAY=-1TH"
            ),
        ),
        (
            "2026-12-01 10:00",
            "FREQ=MONTHLY;BYMONTHDAY=-31",
            (
                "it is left out in 2027-02, which has no such day, and wherever else that is so: "
                "the first one of each month is BYMONTHDAY=1"
            ),
        ),
        (
            "2026-12-03 10:00",
            "FREQ=MONTHLY;BYDAY=-5TH",
            (
                "it is left out in 2027-01, which has no such day, and wherever else that is so: "
                "the first one of each month is BYDAY=1TH"
            ),
        ),
        (
            "2028-02-29 10:00",
            "FREQ=YEARLY",
            "it is left out in 2029, and in each other year that has no such day",
        ),
        (
            "2026-12-03 10:00",
            "FREQ=MONTHLY;BYDAY=TH",
            "this is each TH of the month: for the first one alone write BYDAY=1TH",
        ),
        # Of several days each is looked at alone.
        (
            "2026-12-03 10:00",
            "FREQ=MONTHLY;BYMONTHDAY=3,31",
            (
                "BYMONTHDAY=31: it is left out in 2027-02, which has no such day, and wherever else that is so: "
                "the last one of each month is BYMONTHDAY=-1"
            ),
        ),
        (
            "2026-12-03 10:00",
            "FREQ=MONTHLY;BYDAY=1TH,5TH",
            (
                "BYDAY=5TH: it is left out in 2027-01, which has no such day, and wherever else that is so: "
                "the last one of each month is BYDAY=-1TH"
            ),
        ),
        (
            "2026-12-31 10:00",
            "FREQ=MONTHLY;BYDAY=TH;BYSETPOS=5",
            (
                "it is left out in 2027-01, which has no such day, and wherever else that is so: "
                "the last one of each month is BYSETPOS=-1"
            ),
        ),
        (
            "2026-12-03 10:00",
            "FREQ=MONTHLY;BYDAY=TH;BYSETPOS=1,5",
            (
                "BYSETPOS=5: it is left out in 2027-01, which has no such day, and wherever else that is so: "
                "the last one of each month is BYSETPOS=-1"
            ),
        ),
        (
            "2027-01-04 10:00",
            "FREQ=MONTHLY;BYDAY=1MO,5MO",
            (
                "BYDAY=5MO: it is left out in 2027-01, which has no such day, and wherever else that is so: "
                "the last one of each month is BYDAY=-1MO"
            ),
        ),
        (
            "2027-06-01 10:00",
            "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=1,31",
            (
                "BYMONTHDAY=31: it is left out in 2027-06, which has no such day, and wherever else that is so: "
                "the last one of each month is BYMONTHDAY=-1"
            ),
        ),
        (
            "2027-02-28 10:00",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29",
            "BYMONTH=2;BYMONTHDAY=29: it is left out in 2027, and in each other year that has no such day",
        ),
        (
            "2027-01-30 10:00",
            "FREQ=YEARLY;BYMONTH=1,2;BYMONTHDAY=30",
            "BYMONTH=2;BYMONTHDAY=30: it is left out in 2027, and in each other year that has no such day",
        ),
        (
            "2026-12-31 10:00",
            "FREQ=YEARLY;BYWEEKNO=53;BYDAY=TH",
            "it is left out in 2027, and in each other year that has no such day",
        ),
        (
            "2025-12-29 10:00",
            "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO",
            "BYWEEKNO=53: it is left out in 2027, and in each other year that has no such day",
        ),
        (
            "2028-12-31 10:00",
            "FREQ=YEARLY;BYYEARDAY=366",
            "it is left out in 2029, and in each other year that has no such day",
        ),
        (
            "2027-06-03 10:00",
            "FREQ=YEARLY;BYMONTH=6;BYDAY=TH",
            "this is each TH of the month: for the first one alone write BYDAY=1TH",
        ),
        (
            "2026-12-01 10:00",
            "FREQ=MONTHLY;BYDAY=TU,TH",
            "this is each TU,TH of the month: for the first one alone write BYDAY=1TU",
        ),
        (
            "2026-12-03 10:00",
            "FREQ=WEEKLY;COUNT=1",
            "with COUNT=1 it takes place once, on 2026-12-03: change that, or leave out “repeat”",
        ),
        (
            "2026-12-03 10:00",
            "FREQ=WEEKLY;UNTIL=20261209",
            "with UNTIL=20261209 it takes place once, on 2026-12-03: change that, or leave out “repeat”",
        ),
        (
            "2026-12-03 10:00",
            "FREQ=DAILY;INTERVAL=999",
            "after 2026-12-03 it comes next on 2029-08-28: INTERVAL=999 counts days",
        ),
        (
            "2026-12-03 10:00",
            "FREQ=WEEKLY;INTERVAL=104",
            "after 2026-12-03 it comes next on 2028-11-30: INTERVAL=104 counts weeks",
        ),
        (
            "2026-12-03 10:00",
            "FREQ=MONTHLY;INTERVAL=18",
            "after 2026-12-03 it comes next on 2028-06-03: INTERVAL=18 counts months",
        ),
        (
            "2026-12-03 10:00",
            "FREQ=YEARLY;INTERVAL=8",
            "after 2026-12-03 it comes next on 2034-12-03: INTERVAL=8 counts years",
        ),
        (
            "2026-12-03 10:00",
            "FREQ=WEEKLY;INTERVAL=999",
            "after 2026-12-03 it does not come again in ten years",
        ),
        (
            "2026-12-03 10:00",
            "FREQ=WEEKLY;INTERVAL=999;UNTIL=21501231",
            "after 2026-12-03 it does not come again in ten years",
        ),
        (
            "2026-12-03 10:00",
            "FREQ=WEEKLY;UNTIL=20261217T000000Z",
            (
                "the event of 2026-12-17 is left out, because UNTIL ends earlier on that day: "
                "write UNTIL=20261217 to have it too"
            ),
        ),
    ],
)
def test_what_its_author_may_not_expect_of_a_rule_is_noted(start: str, rule: str, said: str) -> None:
    local = datetime.fromisoformat(start)
    assert repetition_fault(rule, local, PARIS) is None
    assert [str(note) for note in repetition_notes(rule, local, PARIS)] == [said]


@pytest.mark.parametrize(
    ("start", "rule"),
    [
        ("2026-12-31 10:00", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("2026-12-31 10:00", "FREQ=MONTHLY;COUNT=2"),
        ("2026-12-31 10:00", "FREQ=MONTHLY;BYMONTH=1,3,12"),
        ("2026-12-28 10:00", "FREQ=MONTHLY"),
        ("2026-12-03 10:00", "FREQ=MONTHLY;BYDAY=1TH;UNTIL=20271231"),
        ("2026-12-03 10:00", "FREQ=WEEKLY;UNTIL=20261217T225959Z"),
        ("2026-12-03 10:00", "FREQ=YEARLY;BYMONTH=12;BYDAY=1TH"),
        # Each Friday the 13th: most months have none, as it says.
        ("2026-11-13 10:00", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"),
        ("2026-12-03 10:00", "FREQ=DAILY;BYMONTH=12"),
        # The days that a month lacks come after the end.
        ("2026-12-03 10:00", "FREQ=MONTHLY;BYMONTHDAY=3,31;COUNT=3"),
        ("2026-12-31 10:00", "FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20270215"),
        ("2026-12-15 10:00", "FREQ=MONTHLY;BYMONTHDAY=1,15"),
        ("2026-12-17 10:00", "FREQ=MONTHLY;BYDAY=1TH,3TH,-1TH"),
        ("2026-12-31 10:00", "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"),
        ("2026-12-01 10:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1"),
        ("2026-12-03 10:00", "FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=3,30"),
        # The first week of 2030 begins in 2029.
        ("2027-01-04 10:00", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO"),
        ("2025-12-29 10:00", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO"),
        ("2025-12-29 10:00", "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO"),
        ("2026-12-03 10:00", "FREQ=MONTHLY;INTERVAL=12"),
        ("2026-12-03 10:00", "FREQ=YEARLY;INTERVAL=5"),
        ("2026-12-03 10:00", "FREQ=WEEKLY;COUNT=2"),
    ],
)
def test_of_a_plain_rule_there_is_nothing_to_note(start: str, rule: str) -> None:
    local = datetime.fromisoformat(start)
    assert repetition_fault(rule, local, PARIS) is None
    assert list(repetition_notes(rule, local, PARIS)) == []


START, FIRST, LAST = (datetime.fromisoformat(f"2026-12-{day} 10:00") for day in ("03", "01", "09"))


@given(st.text(alphabet="FREQ=DAILYWKMNTHUB;:,0123456789-+Zé \n", max_size=40))
def test_any_text_is_a_rule_or_none(text: str) -> None:
    rule = read_repetition(text)
    there = [] if rule is None else rule.between(START, PARIS, FIRST, LAST)
    assert all(START <= moment <= LAST for moment in there)
    # What is not read is told why.
    assert rule is not None or part_fault(text) is not None
