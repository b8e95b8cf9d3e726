"""Beginning and ending jobs: what the table of jobs does most, so several at once in one transaction.

For a connection of `Transactions.run`. Jobs of a group are locked in the order of their keys, whoever asked first: two
processes that begin the same ones do not wait for each other for ever (PostgreSQL).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from community.jobs.job import Job, JobState, Lease, NewJob
from community.jobs.kinds import is_kept
from community.storage.job_rows import (
    PAYLOAD,
    READ,
    as_ended,
    as_filed,
    as_leased,
    is_free,
    job_leased,
    job_of,
    needed,
    texts_of,
)
from community.storage.tables import jobs
from community.storage.transactions import Subject, bump_on

SUBJECT: Subject = "jobs"
"""The subject of `revisions` that moves when a job is filed."""


@dataclass(frozen=True, slots=True)
class JobToBegin:
    """A job that somebody wants to carry out at once, ``at`` that moment. ``run_after``: when it was due."""

    new: NewJob
    lease: Lease
    at: datetime
    run_after: datetime


@dataclass(frozen=True, slots=True)
class BegunJob:
    """A job that somebody wants to carry out at once, as it stands: leased by them, or ended, or another's."""

    job: Job
    is_leased: bool


@dataclass(frozen=True, slots=True)
class JobToEnd:
    """A job that ends in ``state`` if it still is as ``one`` says; ``result`` is noted in its payload."""

    one: ColumnElement[bool]
    state: JobState
    at: datetime
    reason: str | None = None
    result: Mapping[str, str] = field(default_factory=dict)


def begin_on(connection: Connection, jobs_to_begin: Sequence[JobToBegin]) -> list[BegunJob | None]:
    """Do what `Jobs.begin` does for each; None for one that was deleted in between. Payloads are as written."""
    in_order = sorted(enumerate(jobs_to_begin), key=lambda each: each[1].new.idempotency_key)
    begun: dict[int, BegunJob | None] = {}
    is_any_new = False
    for number, wanted in in_order:
        row = _filed_leased(connection, wanted)
        is_any_new = is_any_new or row is not None
        begun[number] = _as_it_stands(connection, wanted) if row is None else BegunJob(job_of(row), True)
    if is_any_new:
        bump_on(connection, SUBJECT)
    return [begun[number] for number in range(len(jobs_to_begin))]


def _filed_leased(connection: Connection, wanted: JobToBegin) -> Row[Any] | None:
    """File a job, leased from the start; return its row, None where it was filed before."""
    values = {
        **as_filed(wanted.new, wanted.at, run_after=wanted.run_after),
        "state": JobState.RUNNING,
        "leased_by": wanted.lease.holder,
        "leased_until": wanted.lease.until,
        "attempts": 1,
    }
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(jobs).values(values).on_conflict_do_nothing(index_elements=["idempotency_key"])
    return connection.execute(new.returning(*READ)).one_or_none()


def _as_it_stands(connection: Connection, wanted: JobToBegin) -> BegunJob | None:
    """Return a job that was filed before, leased if it is free."""
    one = jobs.c.idempotency_key == wanted.new.idempotency_key
    row = connection.execute(select(*READ).where(one).with_for_update()).one_or_none()
    if row is None:
        return None
    job, lease = job_of(row), wanted.lease
    if not is_free(job, lease.holder, wanted.at):
        return BegunJob(job, False)
    connection.execute(update(jobs).where(one).values(**as_leased(lease)))
    return BegunJob(job_leased(job, lease), True)


def end_on(connection: Connection, wanted: JobToEnd) -> bool:
    """End a job, or delete it where its kind keeps none; return False where it is not as expected."""
    found = connection.execute(select(jobs.c.kind, PAYLOAD).where(wanted.one)).one_or_none()
    if found is None:
        return False
    if not is_kept(found.kind):
        return connection.execute(delete(jobs).where(wanted.one)).rowcount == 1
    payload = needed(found.kind, {**texts_of(found.payload), **wanted.result})
    values = {**as_ended(wanted.state, wanted.at, wanted.reason), "payload": payload}
    return connection.execute(update(jobs).where(wanted.one).values(**values)).rowcount == 1


def in_states(connection: Connection, kind: str, states: Sequence[JobState]) -> list[Row[Any]]:
    """Return the rows of jobs of ``kind`` in one of ``states``."""
    found: list[Row[Any]] = []
    # One after the other: for several states at once a database may read the many jobs that have ended.
    for state in states:
        wanted = select(*READ).where(jobs.c.kind == kind, jobs.c.state == state).order_by(jobs.c.id)
        found += connection.execute(wanted).all()
    return found
