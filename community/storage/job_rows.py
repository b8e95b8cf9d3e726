"""The rows of the table of jobs: how they are read, and what is written into them as a job goes its way."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from sqlalchemy import ColumnElement, Row, Text, and_, cast, or_

from community.jobs.job import Job, JobState, Lease, NewJob
from community.jobs.kinds import KINDS
from community.storage.tables import jobs

PAYLOAD = cast(jobs.c.payload, Text).label("payload")
"""The payload as it is written: one row that is no JSON must not keep the others from being read."""
READ = (*(column for column in jobs.c if column.name != "payload"), PAYLOAD)
"""The columns that `job_of` reads."""

_PORTION = 200


def job_of(row: Row[tuple[object, ...]]) -> Job:
    """Return the job of a row of `READ`."""
    values = dict(row._mapping)
    read = {"payload": texts_of(str(values["payload"])), "state": JobState(values["state"])}
    return Job(**{**values, **read})


def texts_of(payload: str) -> dict[str, str]:
    """Return the payload that is written, empty where whoever has written it was not Palabre."""
    try:
        values = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    is_texts = isinstance(values, dict) and all(isinstance(value, str) for value in values.values())
    return values if is_texts else {}


def needed(kind: str, payload: Mapping[str, str]) -> dict[str, str]:
    """Return what is kept of the payload of a job that has ended."""
    dropped = KINDS[kind].dropped(payload) if kind in KINDS else ()
    return {name: text for name, text in payload.items() if name not in dropped}


def with_keys(keys: Collection[str]) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that together choose the jobs with one of these idempotency keys, by their index."""
    for some in _portions(keys):
        yield jobs.c.idempotency_key.in_(some)


def with_texts(texts: Collection[str]) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that together choose the jobs with one of these texts in the payload: each row is read."""
    for some in _portions(texts):
        yield or_(*(PAYLOAD.element.contains(text, autoescape=True) for text in some))


def _portions(texts: Collection[str]) -> Iterator[list[str]]:
    """Yield the texts, as many at once as any database takes in one query."""
    ordered = sorted(texts)
    for first in range(0, len(ordered), _PORTION):
        yield ordered[first : first + _PORTION]


def as_filed(new: NewJob, at: datetime, *, run_after: datetime) -> dict[str, object]:
    """Return what is written for a job that is filed."""
    return {
        "kind": new.kind,
        "idempotency_key": new.idempotency_key,
        "payload": dict(new.payload),
        "reason": None,
        "filed_at": at,
        "attempts": 0,
        **as_waiting(run_after),
    }


def as_waiting(run_after: datetime) -> dict[str, object]:
    """Return what is written for a job that waits to be leased, from ``run_after`` on."""
    return {"state": JobState.PENDING, "run_after": run_after, "leased_by": None, "leased_until": None}


def as_leased(lease: Lease) -> dict[str, object]:
    """Return what is written for a job that is leased."""
    return {
        "state": JobState.RUNNING,
        "leased_by": lease.holder,
        "leased_until": lease.until,
        "attempts": jobs.c.attempts + 1,
    }


def job_leased(job: Job, lease: Lease) -> Job:
    """Return a job as `as_leased` makes it."""
    return replace(
        job,
        state=JobState.RUNNING,
        leased_by=lease.holder,
        leased_until=lease.until,
        attempts=job.attempts + 1,
    )


def as_ended(state: JobState, at: datetime, reason: str | None) -> dict[str, object]:
    """Return what is written for a job that ends."""
    return {"state": state, "reason": reason, "ended_at": at, "leased_by": None, "leased_until": None}


def due_jobs(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the two conditions of which a job that can be leased at ``at`` meets one."""
    return (
        and_(jobs.c.state == JobState.RUNNING, jobs.c.leased_until <= at),
        and_(jobs.c.state == JobState.PENDING, jobs.c.run_after <= at),
    )


def is_still_leased(job: Job) -> ColumnElement[bool]:
    """Whether the lease that ``job`` was claimed with is the one that stands."""
    return and_(
        jobs.c.id == job.id,
        jobs.c.state == JobState.RUNNING,
        jobs.c.leased_by == job.leased_by,
        jobs.c.attempts == job.attempts,
    )


def is_free(job: Job, holder: str, at: datetime) -> bool:
    """Whether ``holder`` may lease a job at once, put off or not."""
    match job.state:
        case JobState.PENDING:
            return True
        case JobState.RUNNING:
            return job.leased_by == holder or job.leased_until is None or job.leased_until <= at
        case JobState.DONE | JobState.FAILED | JobState.WITHDRAWN:
            return False
    assert_never(job.state)
