"""The row of a job in the table, and a new job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JobState(StrEnum):
    """The state of a job."""

    PENDING = "pending"
    """It waits: for its time, for a worker, or for somebody's answer."""
    RUNNING = "running"
    """A worker has leased it."""
    DONE = "done"
    FAILED = "failed"
    """It has failed permanently; the reason says why."""
    WITHDRAWN = "withdrawn"
    """Whoever filed it has taken it back."""


OPEN = (JobState.PENDING, JobState.RUNNING)
"""The states of jobs that have not ended."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job."""

    id: int
    """Its number, never given again: messages that show a job name it."""
    kind: str
    """What is to be done: `community.jobs.payload.JobPayload.KIND` of its class."""
    payload: Mapping[str, str]
    """The stored payload, which the class of its kind decodes. It may be invalid: anything may have written the row."""
    idempotency_key: str
    """Jobs with the same key are one job."""
    state: JobState
    run_after: datetime
    """No worker leases it before this moment."""
    attempts: int
    """How often it was leased. Together with `leased_by` it identifies a lease: an older one cannot end the job."""
    leased_by: str | None
    """The worker that has leased it, None unless it is running."""
    leased_until: datetime | None
    """From then on another worker may take it."""
    reason: str | None
    """Why it failed, was withdrawn, or was last postponed."""
    filed_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to file. ``reopen_done``: file it again if the same job is done, because its result was undone since."""

    kind: str
    payload: Mapping[str, str]
    idempotency_key: str
    reopen_done: bool = False


@dataclass(frozen=True, slots=True)
class WaitingJobs:
    """How many jobs of a kind have not ended, and when the oldest of them was filed."""

    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """Who leases jobs, and until when."""

    holder: str
    until: datetime
