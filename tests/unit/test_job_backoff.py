"""When a job is tried again, and when it is looked at: the parts that are pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.errors import StoreError
from community.core.messages import msg
from community.jobs.backoff import MOST_STUMBLES, Backoff, JobFailure, Retry, free_from, next_look, verdict
from community.jobs.errors import JobError, NotYet, PermanentError, TemporaryError
from community.jobs.job import Job, JobState

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SECOND, EVERY = timedelta(seconds=1), timedelta(seconds=30)
BACKOFF = Backoff(2 * SECOND, 120 * SECOND)
JOB = Job(1, "invite", {}, "k", JobState.PENDING, NOW, 0, None, None, None, NOW, None)

FAILED = "The store failed: x."

backoffs = st.builds(
    lambda first, more: Backoff(first, first + more),
    st.timedeltas(timedelta(milliseconds=1), timedelta(minutes=5)),
    st.timedeltas(timedelta(0), timedelta(days=2)),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def waiting(draw: st.DrawFn) -> Job:
    if draw(st.booleans()):
        return replace(JOB, run_after=draw(moments))
    return replace(
        JOB, state=JobState.RUNNING, run_after=draw(moments), leased_by="one", leased_until=draw(moments)
    )


@given(backoffs, st.integers(1, 10_000))
def test_delays_grow_from_the_first_to_the_most_and_never_beyond(backoff: Backoff, attempts: int) -> None:
    assert backoff.delay(1) == backoff.first
    delay, longer = backoff.delay(attempts), backoff.delay(attempts + 1)
    assert backoff.first <= delay <= longer <= backoff.most
    assert longer in (2 * delay, backoff.most)
    assert backoff.delay(10_000) == backoff.most


def test_delays_double() -> None:
    seconds = [BACKOFF.delay(attempts) / SECOND for attempts in range(1, 9)]
    assert seconds == [2, 4, 8, 16, 32, 64, 120, 120]


@pytest.mark.parametrize(
    ("error", "attempts", "becomes"),
    [
        (TemporaryError("M_UNKNOWN"), 3, Retry(NOW + 8 * SECOND, "M_UNKNOWN")),
        (TemporaryError("M_UNKNOWN"), 1000, Retry(NOW + 120 * SECOND, "M_UNKNOWN")),
        (PermanentError("M_FORBIDDEN"), 1, JobFailure("M_FORBIDDEN")),
        (NotYet("no room yet", EVERY), 1000, Retry(NOW + EVERY, "no room yet")),
        (
            StoreError(msg("The store failed: {reason}.", reason="x")),
            1,
            Retry(NOW + 2 * SECOND, FAILED),
        ),
        (
            KeyError("somebody's words"),
            MOST_STUMBLES - 1,
            Retry(NOW + BACKOFF.delay(MOST_STUMBLES - 1), "KeyError"),
        ),
        (KeyError("somebody's words"), MOST_STUMBLES, JobFailure("KeyError")),
    ],
)
def test_what_becomes_of_a_job(error: Exception, attempts: int, becomes: Retry | JobFailure) -> None:
    assert verdict(error, attempts, NOW, BACKOFF) == becomes


@given(st.integers(1, 10_000), moments, backoffs)
def test_what_passes_by_itself_is_never_given_up(attempts: int, at: datetime, backoff: Backoff) -> None:
    errors: list[JobError] = [TemporaryError("x"), NotYet("x", EVERY)]
    for error in errors:
        becomes = verdict(error, attempts, at, backoff)
        assert isinstance(becomes, Retry)
        assert becomes.run_after > at


@given(st.lists(waiting()), moments)
def test_the_next_look_is_when_the_first_is_due_and_not_at_once_again(jobs: list[Job], at: datetime) -> None:
    look = next_look(jobs, at, EVERY)
    if not jobs:
        assert look is None
        return
    assert look is not None
    assert look > at
    coming = [free_from(job) for job in jobs if free_from(job) > at]
    assert all(look <= moment for moment in coming)
    if len(coming) < len(jobs):
        assert look <= at + EVERY
    else:
        assert look == min(coming)
