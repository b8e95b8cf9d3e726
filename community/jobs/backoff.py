"""When a job that was not done is tried again, and when it is looked at next. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.core.errors import PalabreError
from community.jobs.errors import JobError, NotYet, PermanentError
from community.jobs.job import Job, JobState

MOST_STUMBLES = 5
"""Times that a job is tried over which our own code stumbles: a restart, or an entry that changes, may help."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays that double from ``first`` to ``most``."""

    first: timedelta
    most: timedelta

    def delay(self, attempts: int) -> timedelta:
        """Return how long to wait after so many attempts, 1 or more."""
        # Beyond 2^32 any first delay that is not nothing has passed any most.
        return min(self.most, self.first * (1 << min(attempts - 1, 32)))


@dataclass(frozen=True, slots=True)
class Retry:
    """Try it again from ``run_after`` on."""

    run_after: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class JobFailure:
    """It has failed for good."""

    reason: str


def verdict(error: Exception, attempts: int, at: datetime, backoff: Backoff) -> Retry | JobFailure:
    """Return what becomes of a job that ended its turn with ``error`` at the moment ``at``."""
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
            # Its text may quote a message: the kind alone is kept.
            return JobFailure(type(error).__name__)
        case _:
            return Retry(later, type(error).__name__)


def free_from(job: Job) -> datetime:
    """Return from when on a job that has not ended may be leased."""
    if job.state is JobState.RUNNING and job.leased_until is not None:
        return job.leased_until
    return job.run_after


def next_look(waiting: Iterable[Job], at: datetime, every: timedelta) -> datetime | None:
    """Return when jobs that have not ended are to be looked at again, None where there are none.

    That is when the first of them is due; ``every`` so often where one is due and was not ready.
    """
    moments = [max(free_from(job), at + every) if free_from(job) <= at else free_from(job) for job in waiting]
    return min(moments, default=None)
