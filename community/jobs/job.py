"""A job as it stands in the table, and one that is to be filed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JobState(StrEnum):
    """Where a job stands."""

    PENDING = "pending"
    """It waits: for its moment, for a worker, or for somebody's word."""
    RUNNING = "running"
    """A worker has leased it."""
    DONE = "done"
    FAILED = "failed"
    """It cannot be done, and is not tried again; the reason says why."""
    WITHDRAWN = "withdrawn"
    """Whoever filed it no longer wants it."""


OPEN = (JobState.PENDING, JobState.RUNNING)
"""The states of what has not ended."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job."""

    id: int
    """Its number, never given again: messages that show a job name it."""
    kind: str
    """What is to be done: `community.jobs.payload.JobPayload.KIND` of its class."""
    payload: Mapping[str, str]
    """With what, as it is stored; its kind's class reads it. Whoever can write to the database can write anything."""
    idempotency_key: str
    """What is asked for under the same key is the same job."""
    state: JobState
    run_after: datetime
    """No worker leases it before this moment."""
    attempts: int
    """How often it was leased. With `leased_by` it names one lease: an older one cannot end the job."""
    leased_by: str | None
    """The worker that has it, None unless it is running."""
    leased_until: datetime | None
    """From then on another worker may take it."""
    reason: str | None
    """Why it failed, was withdrawn, or was put off the last time."""
    filed_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job that is to be filed. ``reopen_done``: also where the same one is done, which has been undone since."""

    kind: str
    payload: Mapping[str, str]
    idempotency_key: str
    reopen_done: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """Who leases jobs, and until when."""

    holder: str
    until: datetime
