"""Decides when a failed job is tried again, and when the table of jobs is read next. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.core.errors import PalabreError
from community.jobs.errors import JobError, NotYet, PermanentError
from community.jobs.job import Job, JobState

MOST_STUMBLES = 5
"""How often a job is tried that fails by a bug of ours: a restart, or a changed entry, may help."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays that double from ``first`` to ``most``."""

    first: timedelta
    most: timedelta

    def delay(self, attempts: int) -> timedelta:
        """Return how long to wait after ``attempts`` attempts (1 or more)."""
        # The exponent is bounded: after 2^32 every first delay has passed the longest one.
        return min(self.most, self.first * (1 << min(attempts - 1, 32)))


@dataclass(frozen=True, slots=True)
class Retry:
    """The job is tried again from ``run_after`` on."""

    run_after: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class JobFailure:
    """The job has failed permanently."""

    reason: str


def verdict(error: Exception, attempts: int, at: datetime, backoff: Backoff) -> Retry | JobFailure:
    """Return whether a job that ended with ``error`` at the moment ``at`` is tried again."""
    later = at + backoff.delay(attempts)
    match error:
        case PermanentError():
            return JobFailure(error.reason)
        case NotYet():
            return Retry(at + error.after, error.reason)
        case JobError():
            return Retry(later, error.reason)
        case PalabreError():
            return Retry(later, str(error))
        case _ if attempts >= MOST_STUMBLES:
            # The error's text may quote a message: only its class is stored.
            return JobFailure(type(error).__name__)
        case _:
            return Retry(later, type(error).__name__)


def free_from(job: Job) -> datetime:
    """Return from when on a job that has not ended may be leased."""
    if job.state is JobState.RUNNING and job.leased_until is not None:
        return job.leased_until
    return job.run_after


def next_look(waiting: Iterable[Job], at: datetime, every: timedelta) -> datetime | None:
    """Return when open jobs are to be read again, None where there are none.

    That is when the first of them is due; after ``every`` where one is due and was not ready.
    """
    moments = [max(free_from(job), at + every) if free_from(job) <= at else free_from(job) for job in waiting]
    return min(moments, default=None)
