"""Since when somebody has missed something: since the visit before the present one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from community.storage.visits import PAUSE, STEP, Visit, rounded

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FRIDAY = MONDAY + timedelta(days=4)
MINUTE = timedelta(minutes=1)


def after(*moments: datetime) -> Visit:
    """Return the visit of somebody who has written at these moments."""
    visit = Visit(moments[0])
    for moment in moments[1:]:
        visit = visit.continued(moment)
    return visit


def test_the_question_itself_does_not_count_whether_it_is_noted_before_or_after_the_answer() -> None:
    assert after(MONDAY).missed_since(FRIDAY) == MONDAY
    assert after(MONDAY, FRIDAY).missed_since(FRIDAY) == MONDAY


def test_who_asks_again_and_again_gets_the_same_until_they_are_silent_for_a_while() -> None:
    asked = [FRIDAY + number * timedelta(hours=1) for number in range(9)]
    assert after(MONDAY, *asked).missed_since(asked[-1] + MINUTE) == MONDAY
    assert after(MONDAY, *asked).missed_since(asked[-1] + PAUSE) == MONDAY
    assert after(MONDAY, *asked).missed_since(asked[-1] + PAUSE + MINUTE) == asked[-1]


def test_of_who_writes_for_the_first_time_nothing_is_known() -> None:
    assert after(MONDAY).missed_since(MONDAY + MINUTE) is None
    assert after(MONDAY, MONDAY + PAUSE).missed_since(MONDAY + PAUSE) is None


def test_what_is_read_late_changes_nothing() -> None:
    assert after(MONDAY, FRIDAY, MONDAY + timedelta(days=1)) == after(MONDAY, FRIDAY)


def test_moments_are_kept_to_ten_minutes() -> None:
    assert timedelta(minutes=10) == STEP
    assert rounded(MONDAY + 9 * MINUTE + timedelta(seconds=59)) == MONDAY
    assert rounded(MONDAY + 10 * MINUTE) == MONDAY + STEP
