"""Beginning and ending jobs: what the table of jobs does most, so several at once in one transaction.

For a connection of `Transactions.run`. Jobs of a group are locked in the order of their keys, whoever asked first: two
processes that begin or end the same ones do not wait for each other for ever (PostgreSQL). The statements are made
once: to make one takes longer than the database takes for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any, assert_never

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from community.jobs.job import OPEN, Job, JobState, Lease, NewJob
from community.jobs.kinds import is_begun_only, is_kept
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
from community.storage.transactions import Subject, bump_on, revision_on

SUBJECT: Subject = "jobs"
"""The subject of `revisions` that moves when a job is filed."""


@dataclass(frozen=True, slots=True)
class JobToBegin:
    """A job that somebody wants to carry out at once, ``at`` that moment. ``run_after``: when it was due.

    ``entries``: the revision of the entries from which it was made; where that is another by now it is not begun.
    """

    new: NewJob
    lease: Lease
    at: datetime
    run_after: datetime
    entries: int | None = None


@dataclass(frozen=True, slots=True)
class BegunJob:
    """A job that somebody wants to carry out at once, as it stands: leased by them, or ended, or another's."""

    job: Job
    is_leased: bool


class NotBegun(Enum):
    """Why a job was not begun."""

    DELETED = auto()
    """Another has dealt with it in between, and it was deleted."""
    OTHER_ENTRIES = auto()
    """Entries have changed since it was made from them."""


@dataclass(frozen=True, slots=True)
class JobToEnd:
    """A claimed job that ends in ``state`` if its lease still stands; ``result`` is noted in its payload."""

    job: Job
    state: JobState
    at: datetime
    reason: str | None = None
    result: Mapping[str, str] = field(default_factory=dict)


class _Ending:
    """The statements that end a job which is as a condition says. Their parameters: its, and the values `as_ended`."""

    def __init__(self, one: ColumnElement[bool]) -> None:
        self.found = select(jobs.c.kind, PAYLOAD).where(one)
        self.delete = delete(jobs).where(one)
        self.end = update(jobs).where(one).values(payload=bindparam("said"))


_WITH_ID = jobs.c.id == bindparam("of_id")
_UNENDED = _Ending(and_(_WITH_ID, jobs.c.state.in_(OPEN)))
_LEASED = _Ending(
    and_(
        _WITH_ID,
        jobs.c.state == JobState.RUNNING,
        jobs.c.leased_by == bindparam("of_holder"),
        jobs.c.attempts == bindparam("of_attempts"),
    )
)
_FILE = {
    name: dialect.insert(jobs).on_conflict_do_nothing(index_elements=["idempotency_key"]).returning(*READ)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def carry_on(
    connection: Connection, wanted: Sequence[JobToBegin | JobToEnd]
) -> list[BegunJob | NotBegun | bool]:
    """Do for each what `Jobs.begin` or `Jobs.done` does. Payloads are as written."""
    found: dict[int, BegunJob | NotBegun | bool] = {}
    news: set[str] = set()
    asks = any(isinstance(one, JobToBegin) and one.entries is not None for one in wanted)
    entries = revision_on(connection, "entries") if asks else None
    for number, one in sorted(enumerate(wanted), key=lambda each: _key(each[1])):
        match one:
            case JobToBegin() if one.entries not in (None, entries):
                found[number] = NotBegun.OTHER_ENTRIES
            case JobToBegin():
                row = _filed_leased(connection, one)
                found[number] = _as_it_stands(connection, one) if row is None else BegunJob(job_of(row), True)
                news |= set() if row is None else {one.new.kind}
            case JobToEnd():
                found[number] = end_on(connection, one)
            case _:
                assert_never(one)
    # What is only begun is no news to a worker.
    if not all(map(is_begun_only, news)):
        bump_on(connection, SUBJECT)
    return [found[number] for number in range(len(wanted))]


def _key(wanted: JobToBegin | JobToEnd) -> str:
    return wanted.new.idempotency_key if isinstance(wanted, JobToBegin) else wanted.job.idempotency_key


def _filed_leased(connection: Connection, wanted: JobToBegin) -> Row[Any] | None:
    """File a job, leased from the start; return its row, None where it was filed before."""
    values = {
        **as_filed(wanted.new, wanted.at, run_after=wanted.run_after),
        "state": JobState.RUNNING,
        "leased_by": wanted.lease.holder,
        "leased_until": wanted.lease.until,
        "attempts": 1,
    }
    return connection.execute(_FILE[connection.dialect.name], values).one_or_none()


def _as_it_stands(connection: Connection, wanted: JobToBegin) -> BegunJob | NotBegun:
    """Return a job that was filed before, leased if it is free."""
    one = jobs.c.idempotency_key == wanted.new.idempotency_key
    row = connection.execute(select(*READ).where(one).with_for_update()).one_or_none()
    if row is None:
        return NotBegun.DELETED
    job, lease = job_of(row), wanted.lease
    if not is_free(job, lease.holder, wanted.at):
        return BegunJob(job, False)
    connection.execute(update(jobs).where(one).values(**as_leased(lease)))
    return BegunJob(job_leased(job, lease), True)


def end_on(connection: Connection, wanted: JobToEnd) -> bool:
    """End a claimed job, or delete it where its kind keeps none; return False where its lease does not stand."""
    job = wanted.job
    lease = {"of_id": job.id, "of_holder": job.leased_by, "of_attempts": job.attempts}
    ended = as_ended(wanted.state, wanted.at, wanted.reason)
    return _end(connection, _LEASED, lease, ended, wanted.result)


def end_unended_on(connection: Connection, job_id: int, ended: Mapping[str, object]) -> bool:
    """End a job, whoever has it, by the values `as_ended`; return False where it has ended."""
    return _end(connection, _UNENDED, {"of_id": job_id}, ended, {})


def _end(
    connection: Connection,
    by: _Ending,
    which: Mapping[str, object],
    ended: Mapping[str, object],
    result: Mapping[str, str],
) -> bool:
    found = connection.execute(by.found, which).one_or_none()
    if found is None:
        return False
    if not is_kept(found.kind):
        return connection.execute(by.delete, which).rowcount == 1
    said = needed(found.kind, {**texts_of(found.payload), **result})
    return connection.execute(by.end, {**which, **ended, "said": said}).rowcount == 1


def in_states(connection: Connection, kind: str, states: Sequence[JobState]) -> list[Row[Any]]:
    """Return the rows of jobs of ``kind`` in one of ``states``."""
    found: list[Row[Any]] = []
    # One after the other: for several states at once a database may read the many jobs that have ended.
    for state in states:
        wanted = select(*READ).where(jobs.c.kind == kind, jobs.c.state == state).order_by(jobs.c.id)
        found += connection.execute(wanted).all()
    return found
