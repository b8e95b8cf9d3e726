"""The contract of the table of jobs, on the databases of conftest.py: each job done once, or taken over, none lost."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text, update
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import create_async_engine

from community.core.errors import PalabreError, StoreError
from community.core.messages import msg
from community.jobs.backoff import MOST_STUMBLES
from community.jobs.errors import PermanentError, TemporaryError
from community.jobs.invitations import RoomInvitation
from community.jobs.job import NewJob
from community.jobs.payload import JobPayload
from community.jobs.planned_replies import PlannedReplyJob
from community.jobs.removals import SafeRemoval
from community.jobs.room_posts import TOO_LATE, RoomPost
from community.jobs.worker import PRUNE_EVERY, JobHandler, JobWorker
from community.storage import Job, JobState, Lease, Store
from community.storage.begun_jobs import BegunJob
from community.storage.database import migrate
from community.storage.tables import jobs
from tests.lib.forked import ForkedProcess, fork
from tests.lib.jobs import file_raw, fill_jobs
from tests.lib.store_work import statements, whole_tables_read

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SOON = NOW + timedelta(seconds=30)
LEASE = Lease("one", SOON)
STOP = asyncio.Event()
OTHER = Lease("other", SOON + timedelta(seconds=30))


async def filed(store: Store, key: str, kind: str = "invite", *, at: datetime = NOW) -> bool:
    return await file_raw(store, NewJob(kind, {"room": "!r"}, key), at=at)


async def claimed(
    store: Store, lease: Lease = LEASE, *, at: datetime = NOW, limit: int = 10
) -> tuple[Job, ...]:
    return await store.jobs.claim(["invite"], lease, at=at, limit=limit)


# --- filing ------------------------------------------------------------------------------------------------------


async def test_a_job_is_filed_once_under_its_key(store: Store) -> None:
    assert await filed(store, "k")
    assert not await filed(store, "k")
    (job,) = await store.jobs.pending("invite")
    assert (job.payload, job.filed_at, job.run_after, job.attempts) == ({"room": "!r"}, NOW, NOW, 0)
    assert await store.jobs.pending("other") == ()


async def test_filing_moves_the_revision_and_nothing_else_does(store: Store) -> None:
    assert await store.jobs.revision() == 0
    await filed(store, "k")
    assert await store.jobs.revision() == 1
    await filed(store, "k")
    (job,) = await claimed(store)
    await store.jobs.fail(job, "refused", at=NOW)
    assert await store.jobs.revision() == 1
    await filed(store, "k")
    assert await store.jobs.revision() == 2


async def test_a_done_job_stays_done_and_a_failed_one_may_be_asked_again(store: Store) -> None:
    await filed(store, "done")
    await filed(store, "failed")
    done, failed = await store.jobs.pending("invite")
    assert await store.jobs.end(done.id, JobState.DONE, at=NOW)
    assert not await store.jobs.end(done.id, JobState.FAILED, at=NOW)
    assert await store.jobs.end(failed.id, JobState.FAILED, at=NOW, reason="no such room")
    assert not await filed(store, "done")
    assert await filed(store, "failed", at=SOON)
    (again,) = await store.jobs.pending("invite")
    assert again == replace(failed, filed_at=SOON, run_after=SOON)


async def test_a_done_job_is_opened_again_for_who_says_so(store: Store) -> None:
    later = NOW + timedelta(days=30)

    async def file(room: str, key: str = "k", *, reopen: bool = True) -> bool:
        payload = {"room": room}
        return await file_raw(store, NewJob("invite", payload, key, reopen), at=later)

    await filed(store, "k")
    (first,) = await store.jobs.pending("invite")
    assert not await file("!s")
    await store.jobs.end(first.id, JobState.DONE, at=NOW)
    assert not await file("!s", reopen=False)
    assert await file("!s")
    (again,) = await store.jobs.pending("invite")
    assert again == replace(first, payload={"room": "!s"}, filed_at=later, run_after=later)
    assert not await file("!s")
    assert await file("!s", "new")


async def test_a_job_that_is_worked_on_is_not_opened_again(store: Store) -> None:
    await filed(store, "k")
    (job,) = await claimed(store)
    assert not await file_raw(store, NewJob("invite", {}, "k", True), at=NOW)
    assert await store.jobs.pending("invite") == (job,)


async def test_two_processes_that_file_at_once_file_one_job(url: str) -> None:
    async with await Store.open(url) as one, await Store.open(url) as other:

        def file(n: int) -> Coroutine[object, object, bool]:
            return filed((one, other)[n % 2], "k")

        assert sorted(await asyncio.gather(*(file(n) for n in range(20)))) == [False] * 19 + [True]
        assert len(await one.jobs.pending("invite")) == 1


async def test_a_naive_time_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="naive"):
        await filed(store, "k", at=NOW.replace(tzinfo=None))


async def test_a_number_is_never_given_again(store: Store) -> None:
    await filed(store, "a")
    await filed(store, "b")
    first, second = await claimed(store)
    await store.jobs.done(second, at=NOW)
    assert await store.jobs.prune("invite", before=SOON) == 1
    await filed(store, "c")
    assert [job.id for job in await store.jobs.pending("invite")][1] > second.id > first.id


# --- leases ------------------------------------------------------------------------------------------------------


async def test_what_is_claimed_is_leased_and_no_other_gets_it(store: Store) -> None:
    for key in "abc":
        await filed(store, key)
    await filed(store, "d", "notice")
    first = await claimed(store, limit=2)
    assert [(j.idempotency_key, j.state, j.leased_by, j.leased_until, j.attempts) for j in first] == [
        (key, JobState.RUNNING, "one", SOON, 1) for key in "ab"
    ]
    assert [job.idempotency_key for job in await claimed(store, OTHER)] == ["c"]
    assert await claimed(store, OTHER) == ()
    # Who asks what waits sees all that has not ended, worked on or not.
    assert [job.idempotency_key for job in await store.jobs.pending("invite")] == ["a", "b", "c"]


async def test_those_that_wait_longest_come_first_and_only_those_asked_for(store: Store) -> None:
    await filed(store, "late", at=NOW)
    await filed(store, "early", at=NOW - timedelta(hours=1))
    late, early = await store.jobs.pending("invite")
    assert [job.id for job in await claimed(store, limit=1)] == [early.id]
    assert await store.jobs.claim(["invite"], LEASE, at=NOW, limit=5, among=[early.id]) == ()
    (got,) = await store.jobs.claim(["notice", "invite"], LEASE, at=NOW, limit=5, among=[late.id])
    assert got.id == late.id


async def test_a_lease_that_has_run_out_is_taken_over_and_its_holder_can_no_longer_end_the_job(
    store: Store,
) -> None:
    await filed(store, "k")
    (slow,) = await claimed(store)
    assert await claimed(store, OTHER, at=SOON - timedelta(seconds=1)) == ()
    (taken,) = await claimed(store, OTHER, at=SOON)
    assert (taken.id, taken.leased_by, taken.attempts) == (slow.id, "other", 2)
    assert not await store.jobs.extend(slow, OTHER.until)
    assert not await store.jobs.done(slow, at=SOON)
    assert not await store.jobs.fail(slow, "x", at=SOON)
    assert not await store.jobs.retry(slow, SOON)
    assert await store.jobs.pending("invite") == (taken,)
    assert await store.jobs.done(taken, at=SOON)
    assert not await store.jobs.done(taken, at=SOON)


async def test_a_lease_of_the_same_holder_before_is_another_lease(store: Store) -> None:
    await filed(store, "k")
    (slow,) = await claimed(store)
    (again,) = await claimed(store, replace(LEASE, until=OTHER.until), at=SOON)
    assert not await store.jobs.done(slow, at=SOON)
    assert await store.jobs.done(again, at=SOON)


async def test_a_lease_that_is_extended_is_kept(store: Store) -> None:
    await filed(store, "k")
    (job,) = await claimed(store)
    assert await store.jobs.extend(job, OTHER.until)
    assert await claimed(store, OTHER, at=SOON) == ()
    assert await store.jobs.done(job, at=SOON)


async def test_what_is_put_off_is_claimed_when_it_is_due(store: Store) -> None:
    await filed(store, "k")
    (job,) = await claimed(store)
    assert await store.jobs.retry(job, SOON, reason="no answer")
    (waiting,) = await store.jobs.pending("invite")
    assert (waiting.state, waiting.reason, waiting.leased_by) == (JobState.PENDING, "no answer", None)
    assert await claimed(store, OTHER, at=SOON - timedelta(seconds=1)) == ()
    (again,) = await claimed(store, OTHER, at=SOON)
    assert again.attempts == 2


async def test_a_new_process_takes_back_what_its_forerunner_had(store: Store) -> None:
    for key in "ab":
        await filed(store, key)
    (mine,) = await claimed(store, limit=1)
    (theirs,) = await claimed(store, OTHER, limit=1)
    assert await store.jobs.take_back("one") == 1
    assert [job.id for job in await claimed(store)] == [mine.id]
    assert await store.jobs.done(theirs, at=NOW)


async def test_what_a_clock_that_was_ahead_has_put_off_is_brought_forward(store: Store) -> None:
    ahead = NOW + timedelta(days=2)
    await filed(store, "filed", at=ahead)
    await filed(store, "leased")
    await filed(store, "waiting")
    await store.jobs.claim(["invite"], Lease("gone", ahead), at=NOW, limit=1)
    (waiting,) = await claimed(store, limit=1)
    assert await store.jobs.retry(waiting, NOW + timedelta(minutes=2))
    assert await store.jobs.bring_forward(NOW) == 2
    assert len(await claimed(store, limit=9)) == 2
    # What is put off for as long as jobs are is left as it is.
    (left,) = [job for job in await store.jobs.pending("invite") if job.state is JobState.PENDING]
    assert left.id == waiting.id


async def test_two_processes_that_claim_at_once_get_different_jobs(url: str) -> None:
    async with await Store.open(url) as one, await Store.open(url) as other:
        for n in range(40):
            await filed(one, f"{n}")
        got = await asyncio.gather(
            *(claimed((one, other)[n % 2], Lease(f"{n % 2}", SOON), limit=3) for n in range(20))
        )
        ids = [job.id for each in got for job in each]
        assert len(ids) == len(set(ids))
        # On PostgreSQL a claim passes over what another is taking at that moment: what it left is there for the next.
        ids += [job.id for job in await claimed(one, limit=40)]
        assert sorted(ids) == [job.id for job in await one.jobs.pending("invite")]


# --- jobs that their filer carries out ---------------------------------------------------------------------------

POST = RoomPost("deadline/report", "lobby", "!room", "txn", "DEVICE", NOW, NOW)


async def begun(
    store: Store, holder: str = "one", *, at: datetime = NOW, payload: JobPayload = POST
) -> BegunJob:
    return await store.jobs.begin(payload, Lease(holder, at + timedelta(seconds=30)), at=at, due=NOW)


async def test_what_is_begun_is_filed_and_leased_as_one(store: Store) -> None:
    first = await begun(store)
    assert first.is_leased
    assert (first.job.state, first.job.leased_by, first.job.attempts) == (JobState.RUNNING, "one", 1)
    assert RoomPost.read(first.job) == POST
    assert await store.jobs.find(POST.idempotency_key) == first.job
    assert await store.jobs.find("post/other") is None
    assert await store.jobs.done(first.job, at=SOON, result={"event_id": "$e"})
    again = await begun(store)
    assert (again.is_leased, again.job.state) == (False, JobState.DONE)
    assert RoomPost.read(again.job) == replace(POST, event_id="$e")


async def test_what_another_has_begun_is_left_to_it_until_its_lease_ends(store: Store) -> None:
    first = await begun(store)
    other = await begun(store, "other", payload=replace(POST, transaction_id="another"))
    assert other == BegunJob(first.job, is_leased=False)
    taken = await begun(store, "other", at=SOON, payload=replace(POST, transaction_id="another"))
    assert (taken.is_leased, taken.job.leased_by, taken.job.attempts) == (True, "other", 2)
    assert RoomPost.read(taken.job) == POST
    assert not await store.jobs.done(first.job, at=SOON)
    assert await store.jobs.done(taken.job, at=SOON)


async def test_what_the_same_holder_had_begun_is_its_at_once_and_so_is_what_waits(store: Store) -> None:
    first = await begun(store)
    again = await begun(store)
    assert (again.is_leased, again.job.attempts) == (True, 2)
    assert not await store.jobs.done(first.job, at=NOW)
    assert await store.jobs.retry(again.job, SOON)
    assert (await begun(store, "other")).is_leased


async def test_two_processes_that_begin_at_once_agree(url: str) -> None:
    async with await Store.open(url) as one, await Store.open(url) as other:
        posts = [replace(POST, transaction_id=f"txn{n}") for n in range(20)]
        all_begun = await asyncio.gather(
            *(begun((one, other)[n % 2], f"holder {n}", payload=post) for n, post in enumerate(posts))
        )
    assert sum(each.is_leased for each in all_begun) == 1
    assert len({each.job.payload["transaction_id"] for each in all_begun}) == 1


async def test_what_ended_of_late_is_found_by_when_it_was_due_without_reading_the_rest(store: Store) -> None:
    await fill_jobs(store, 5000, JobState.DONE, at=NOW - timedelta(days=9))
    for key, state in (("a", JobState.DONE), ("b", JobState.WITHDRAWN), ("c", None)):
        job = (await begun(store, payload=replace(POST, occurrence_key=key))).job
        if state is not None:
            await store.jobs.end(job.id, state, at=SOON)
    await filed(store, "another kind")
    with statements(store) as sent:
        ended = await store.jobs.ended_since("post", NOW)
        assert await store.jobs.ended_since("invite", NOW) == ()
    assert {job.payload["occurrence_key"] for job in ended} == {"a", "b"}
    assert await store.jobs.ended_since("post", NOW + timedelta(seconds=1)) == ()
    assert await whole_tables_read(store, sent) == []
    assert len(sent) == 2


REPLY = PlannedReplyJob("$e", ("@awa:x",), "{}")


@pytest.mark.parametrize("end", ["done", "failed", "withdrawn"])
async def test_what_is_not_kept_is_deleted_however_it_ends(store: Store, end: str) -> None:
    job = (await begun(store, payload=REPLY)).job
    match end:
        case "done":
            assert await store.jobs.done(job, at=NOW)
        case "failed":
            assert await store.jobs.fail(job, "refused", at=NOW)
        case _:
            assert await store.jobs.end(job.id, JobState.WITHDRAWN, at=NOW)
    assert await store.jobs.of_state(REPLY.KIND, *JobState) == ()
    assert not await store.jobs.done(job, at=NOW)
    assert (await begun(store, payload=REPLY)).is_leased


# --- ends --------------------------------------------------------------------------------------------------------


async def test_what_nobody_needs_is_taken_out_at_the_end(store: Store) -> None:
    for key in "ab":
        await file_raw(store, NewJob("notice", {"value.name": "Awa", "kind": "x"}, key), at=NOW)
    done, failed = await store.jobs.claim(["notice"], LEASE, at=NOW, limit=2)
    assert await store.jobs.done(done, at=NOW)
    assert await store.jobs.fail(failed, "nobody", at=NOW)
    for state in (JobState.DONE, JobState.FAILED):
        (job,) = await store.jobs.of_state("notice", state)
        assert (job.payload, job.leased_by, job.leased_until) == ({"kind": "x"}, None, None)


async def invite(store: Store, room: str, person: str) -> None:
    payload = {"room_id": room, "user_id": person}
    await file_raw(store, NewJob("invite", payload, f"{room}/{person}"), at=NOW)


async def test_what_waits_for_somebody_is_withdrawn_and_nothing_else(store: Store) -> None:
    for room, person in (("!r", "@awa:x"), ("!s", "@awa:x"), ("!r", "@ben:x"), ("!t", "@awa:x")):
        await invite(store, room, person)
    await file_raw(store, NewJob("remind", {"user_id": "@awa:x"}, "other kind"), at=NOW)
    running = (await claimed(store, limit=1))[0]
    done = (await store.jobs.pending("invite"))[3]
    await store.jobs.end(done.id, JobState.DONE, at=NOW)
    assert await store.jobs.withdraw("invite", {"user_id": "@awa:x"}, at=NOW, reason="has left") == 2
    assert not await store.jobs.done(running, at=NOW)
    assert [r.payload["user_id"] for r in await store.jobs.pending("invite")] == ["@ben:x"]
    assert len(await store.jobs.pending("remind")) == 1
    assert await store.jobs.withdraw("invite", {"user_id": "@awa:x"}, at=NOW) == 0
    assert await store.jobs.withdraw("invite", {"user_id": "@ben:x", "room_id": "!s"}, at=NOW) == 0
    assert await store.jobs.withdraw("invite", {"user_id": "@ben:x", "room_id": "!r"}, at=NOW) == 1


async def test_a_row_that_is_no_json_keeps_no_other_from_being_withdrawn(file_url: str) -> None:
    async with await Store.open(file_url) as store:
        await filed(store, "x")
        async with store.transaction() as connection:
            await connection.execute(text("UPDATE jobs SET payload = '{broken'"))
        await invite(store, "!r", "@awa:x")
        assert await store.jobs.withdraw("invite", {"user_id": "@awa:x"}, at=NOW) == 1
        assert [job.idempotency_key for job in await store.jobs.pending("invite")] == ["x"]
        assert await store.jobs.revoke("invite", {"user_id": "@awa:x"}, at=NOW) == 0


async def test_a_withdrawn_job_says_why_and_may_be_filed_again(store: Store) -> None:
    await invite(store, "!r", "@awa:x")
    (job,) = await store.jobs.pending("invite")
    assert await store.jobs.withdraw("invite", {}, at=NOW, reason="no longer described") == 1
    assert not await store.jobs.end(job.id, JobState.DONE, at=NOW)
    (row,) = await store.jobs.of_state("invite", JobState.WITHDRAWN)
    assert (row.reason, row.ended_at) == ("no longer described", NOW)
    await invite(store, "!r", "@awa:x")
    assert await store.jobs.pending("invite") == (job,)


async def test_what_ended_long_ago_is_pruned_and_nothing_else(store: Store) -> None:
    for key in "abc":
        await filed(store, key)
    await filed(store, "other kind", "notice")
    old, new, _waiting = await store.jobs.pending("invite")
    await store.jobs.end(old.id, JobState.FAILED, at=NOW)
    await store.jobs.end(new.id, JobState.DONE, at=SOON)
    (notice,) = await store.jobs.pending("notice")
    await store.jobs.end(notice.id, JobState.DONE, at=NOW)
    assert await store.jobs.prune("invite", before=SOON) == 1
    left = await store.jobs.of_state("invite", *JobState)
    assert [job.idempotency_key for job in left] == ["b", "c"]
    assert len(await store.jobs.of_state("notice", *JobState)) == 1


async def test_what_waits_is_found_without_reading_what_has_ended(store: Store) -> None:
    await fill_jobs(store, 5000, JobState.DONE, at=NOW)
    await invite(store, "!r", "@awa:x")
    with statements(store) as sent:
        assert len(await store.jobs.pending("invite")) == 1
    assert await whole_tables_read(store, sent) == []


# --- the worker --------------------------------------------------------------------------------------------------


class Inviting(JobHandler[RoomInvitation]):
    """Notes what it carries out, and fails with the errors that it is given."""

    kind = RoomInvitation

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.invited: list[str] = []
        self.apologies: list[str] = []
        self.waits_for: set[str] = set()
        self.done = asyncio.Event()

    async def ready(self, waiting: Mapping[int, RoomInvitation]) -> Collection[int]:
        return [number for number, to in waiting.items() if to.user_id not in self.waits_for]

    async def carry_out(self, job: Job, payload: RoomInvitation) -> None:  # noqa: ARG002
        if self.errors:
            raise self.errors.pop(0)
        self.invited.append(payload.user_id)
        self.done.set()

    async def failed(self, job: Job, payload: RoomInvitation, reason: str) -> None:  # noqa: ARG002
        self.apologies.append(reason)


@dataclass
class Clock:
    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


def worker(
    store: Store,
    *handlers: JobHandler[Any],
    clock: Clock,
    counts: Counter[str] | None = None,
    halting: tuple[type[Exception], ...] = (),
) -> JobWorker:
    found: Counter[str] = Counter() if counts is None else counts
    return JobWorker(store.jobs, handlers, holder="one", now=clock, counts=found, halting=halting)


async def test_while_the_clock_is_not_believed_nothing_is_deleted_for_its_age(store: Store) -> None:
    clock, handler = Clock(), Inviting()
    working = worker(store, handler, clock=clock)
    await ask(store, "@awa:x")
    await working.turn(STOP)
    # The clock is a year ahead.
    clock.at += timedelta(days=365)
    working.is_clock_believed = lambda: False
    await working.turn(STOP)
    assert len(await store.jobs.of_state("invite", JobState.DONE)) == 1
    working.is_clock_believed = lambda: True
    await working.turn(STOP)
    assert await store.jobs.of_state("invite", JobState.DONE) == ()


async def test_when_the_clock_is_put_back_jobs_do_not_wait_for_the_day_it_showed(store: Store) -> None:
    clock, handler = Clock(NOW + timedelta(days=2)), Inviting(TemporaryError("away"))
    working = worker(store, handler, clock=clock)
    await ask(store, "@awa:x", at=clock.at)
    await working.turn(STOP)
    clock.at = NOW
    await working.turn(STOP)
    assert handler.invited == ["@awa:x"]


def asked(*people: str) -> list[RoomInvitation]:
    return [RoomInvitation("!r", "cafe", person) for person in people]


async def ask(store: Store, *people: str, at: datetime = NOW) -> None:
    for each in asked(*people):
        assert await store.jobs.file(each, at=at)


async def test_what_passes_by_itself_is_tried_again_when_the_backoff_says(store: Store) -> None:
    handler, clock, counts = Inviting(*[TemporaryError("away")] * 4), Clock(), Counter[str]()
    working = worker(store, handler, clock=clock, counts=counts)
    await ask(store, "@awa:x")
    for attempts in range(1, 5):
        await working.turn(STOP)
        (job,) = await store.jobs.pending("invite")
        assert (job.attempts, job.reason) == (attempts, "away")
        assert job.run_after == clock.at + handler.backoff.delay(attempts)
        clock.at = job.run_after - timedelta(seconds=1)
        await working.turn(STOP)
        assert await store.jobs.pending("invite") == (job,)
        clock.at = job.run_after
    await working.turn(STOP)
    assert handler.invited == ["@awa:x"]
    assert len(await store.jobs.of_state("invite", JobState.DONE)) == 1
    assert counts == {"put_off": 4, "done": 1}


async def test_what_has_failed_for_good_is_handed_to_its_handler_and_counted(store: Store) -> None:
    handler, clock, counts = Inviting(PermanentError("M_FORBIDDEN")), Clock(), Counter[str]()
    working = worker(store, handler, clock=clock, counts=counts)
    await ask(store, "@awa:x", "@ben:x")
    await working.turn(STOP)
    assert (handler.apologies, handler.invited) == (["M_FORBIDDEN"], ["@ben:x"])
    assert counts == {"failed": 1, "done": 1}
    (failed,) = await store.jobs.of_state("invite", JobState.FAILED)
    assert (failed.reason, failed.ended_at) == ("M_FORBIDDEN", NOW)
    assert await store.jobs.failures(NOW) == {"invite": 1}
    assert await store.jobs.failures(NOW + timedelta(seconds=1)) == {}


async def test_a_row_that_says_nothing_fails_and_stops_no_other(store: Store) -> None:
    handler = Inviting()
    await filed(store, "k")
    await ask(store, "@awa:x")
    await worker(store, handler, clock=Clock()).turn(STOP)
    assert (handler.apologies, handler.invited) == ([], ["@awa:x"])
    (failed,) = await store.jobs.of_state("invite", JobState.FAILED)
    assert failed.reason == "malformed"


@pytest.mark.parametrize(
    "payload", ["[]", "null", '"text"', '{"room_id": 5}', '{"user_id": ["@awa:x"]}', '{"a": {"b": "c"}}']
)
async def test_a_row_whose_payload_is_no_texts_by_name_fails_and_hides_no_other(
    store: Store, payload: str
) -> None:
    await filed(store, "x")
    async with store.transaction() as connection:
        await connection.execute(update(jobs).values(payload=json.loads(payload)))
    await fails_and_hides_no_other(store)


async def test_a_row_that_is_no_json_fails_and_hides_no_other(file_url: str) -> None:
    async with await Store.open(file_url) as store:
        await filed(store, "x")
        async with store.transaction() as connection:
            await connection.execute(text("UPDATE jobs SET payload = '{broken'"))
        await fails_and_hides_no_other(store)


async def fails_and_hides_no_other(store: Store) -> None:
    handler = Inviting()
    await ask(store, "@awa:x")
    assert [to.user_id for _, to in RoomInvitation.each(await store.jobs.pending("invite"))] == ["@awa:x"]
    await worker(store, handler, clock=Clock()).turn(STOP)
    assert (handler.apologies, handler.invited) == ([], ["@awa:x"])
    (failed,) = await store.jobs.of_state("invite", JobState.FAILED)
    assert (failed.idempotency_key, failed.reason, failed.payload) == ("x", "malformed", {})


async def test_our_own_mistake_is_tried_again_and_then_given_up_without_its_text(store: Store) -> None:
    handler, clock = Inviting(*[ValueError("somebody's words")] * MOST_STUMBLES), Clock()
    working = worker(store, handler, clock=clock)
    await ask(store, "@awa:x")
    for _ in range(MOST_STUMBLES):
        await working.turn(STOP)
        clock.at += timedelta(hours=1)
    assert handler.apologies == ["ValueError"]


async def test_what_nothing_can_be_done_about_halts_all_and_leaves_the_job(store: Store) -> None:
    handler, clock = Inviting(ConnectionError()), Clock()
    working = worker(store, handler, clock=clock, halting=(ConnectionError,))
    await ask(store, "@awa:x", "@ben:x")
    with pytest.raises(ConnectionError):
        await working.turn(STOP)
    assert [job.state for job in await store.jobs.pending("invite")] == [JobState.PENDING] * 2
    clock.at += handler.look_every
    await working.turn(STOP)
    assert sorted(handler.invited) == ["@awa:x", "@ben:x"]


async def test_what_is_not_ready_waits_unclaimed_until_a_look_or_a_word(store: Store) -> None:
    handler, clock = Inviting(), Clock()
    handler.waits_for = {"@awa:x"}
    working = worker(store, handler, clock=clock)
    await ask(store, "@awa:x")
    await working.turn(STOP)
    handler.waits_for = set()
    await working.turn(STOP)
    (job,) = await store.jobs.pending("invite")
    assert (handler.invited, job.attempts) == ([], 0)
    working.wake(RoomInvitation)
    await working.turn(STOP)
    assert handler.invited == ["@awa:x"]
    handler.waits_for = {"@ben:x"}
    await ask(store, "@ben:x")
    await working.turn(STOP)
    handler.waits_for = set()
    clock.at += handler.look_every
    await working.turn(STOP)
    assert handler.invited == ["@awa:x", "@ben:x"]


class Stumbling(JobHandler[SafeRemoval]):
    """Cannot say what is ready."""

    kind = SafeRemoval

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def ready(self, waiting: Mapping[int, SafeRemoval]) -> Collection[int]:  # noqa: ARG002
        raise self.error

    async def carry_out(self, job: Job, payload: SafeRemoval) -> None:  # noqa: ARG002
        raise AssertionError("nothing was ready")


@pytest.mark.parametrize("error", [KeyError("words"), PalabreError(msg("The homeserver is away."))])
async def test_a_kind_that_cannot_be_looked_at_keeps_no_other_from_its_turn(
    store: Store, error: Exception
) -> None:
    handler, clock = Inviting(), Clock()
    await store.jobs.file(SafeRemoval("talk", "@awa:x", "@ben:x"), at=NOW)
    await ask(store, "@awa:x")
    await worker(store, Stumbling(error), handler, clock=clock).turn(STOP)
    assert handler.invited == ["@awa:x"]
    assert [job.attempts for job in await store.jobs.pending(SafeRemoval.KIND)] == [0]


async def test_what_its_kind_no_longer_keeps_is_pruned_once_a_day(store: Store) -> None:
    handler, clock = Inviting(), Clock()
    working = worker(store, handler, clock=clock)
    await ask(store, "@awa:x")
    await working.turn(STOP)
    assert RoomInvitation.KEPT_FOR is not None
    clock.at += RoomInvitation.KEPT_FOR
    await working.turn(STOP)
    assert len(await store.jobs.of_state("invite", JobState.DONE)) == 1
    clock.at += PRUNE_EVERY
    await working.turn(STOP)
    assert await store.jobs.of_state("invite", *JobState) == ()


async def test_nothing_but_the_revision_is_read_where_nothing_was_filed(store: Store) -> None:
    working = worker(store, Inviting(), clock=Clock())
    await working.turn(STOP)
    with statements(store) as sent:
        await working.turn(STOP)
    assert len([statement for statement, _ in sent if statement.startswith("SELECT")]) == 1
    assert not [statement for statement, _ in sent if statement.startswith("UPDATE")]


async def test_the_loop_is_woken_by_what_this_process_files(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("community.jobs.worker.REVISION_EVERY", 3600.0)
    await until_invited(store, store)


async def test_the_loop_finds_what_another_process_files(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("community.jobs.worker.REVISION_EVERY", 0.01)
    async with await Store.open(url) as one, await Store.open(url) as other:
        await until_invited(one, other)


async def until_invited(store: Store, filing: Store) -> None:
    """Run a worker on one store that has found nothing to do, file a job on the other, wait until it is done."""
    handler, stop = Inviting(), asyncio.Event()
    await ask(store, "@awa:x")
    running = asyncio.create_task(worker(store, handler, clock=Clock()).run(stop))
    await asyncio.wait_for(handler.done.wait(), 60)
    handler.done.clear()
    await ask(filing, "@ben:x")
    await asyncio.wait_for(handler.done.wait(), 60)
    stop.set()
    await running
    assert handler.invited == ["@awa:x", "@ben:x"]


# --- processes that are killed -----------------------------------------------------------------------------------

PROCESS = Path(__file__).parents[1] / "lib" / "job_process.py"
KILLS, COUNT = 3, 14


@asynccontextmanager
async def process(url: str, name: str, noted: Path) -> AsyncIterator[ForkedProcess]:
    """Run a worker of 0.3 seconds a job and leases of 15 seconds; kill it at the end."""
    started = await fork(PROCESS, url, name, "0.3", noted, "15", environment={})
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


@pytest.mark.fault
async def test_two_processes_with_kills_in_between_do_each_job_and_lose_none(
    url: str, tmp_path: Path
) -> None:
    noted = tmp_path / "noted"
    noted.touch()

    def lines(start: str) -> list[str]:
        return [line for line in noted.read_text().splitlines() if line.startswith(start)]

    async with await Store.open(url) as store:
        now = datetime.now(UTC)
        await ask(store, *(f"@p{n}:x" for n in range(COUNT)), at=now)
        async with process(url, "b", noted):
            for _ in range(KILLS):
                before = len(lines("a begin"))
                async with process(url, "a", noted) as killed:
                    while len(lines("a begin")) == before:
                        assert killed.returncode is None
                        await asyncio.sleep(0.01)
            # What the last one had is taken over when its lease has ended.
            while await store.jobs.pending("invite"):
                await asyncio.sleep(0.1)
        done = await store.jobs.of_state("invite", JobState.DONE)
        assert len(done) == COUNT
        begun = Counter(line.split()[2] for line in (*lines("a begin"), *lines("b begin")))
        ended = Counter(line.split()[2] for line in (*lines("a done"), *lines("b done")))
        assert begun.keys() == ended.keys() == {job.idempotency_key for job in done}
        # Done again is only what a process had that was killed.
        assert sum(job.attempts for job in done) - COUNT <= KILLS
        assert max(begun.total(), ended.total()) - COUNT <= KILLS
        assert lines("b done")


# --- old data ----------------------------------------------------------------------------------------------------

COLUMNS = "id, idempotency_key, kind, payload, state, reason, filed_at, ended_at"
OLD = (
    (1, "invite", '{"room_id": "!r", "user_id": "@awa:x"}', "pending", None, None),
    (2, "notice", '{"kind": "let-in", "value.room": "é"}', "done", None, NOW),
    (4, "safe-removal", "{}", "failed", "the last keeper", NOW),
    (5, "proposal", "{}", "failed", "declined", NOW),
    (7, "question", '{"question": "?"}', "withdrawn", "gone", NOW),
)


async def fill_old(url: str) -> None:
    """Make a database of the version before, with requests in every state."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: migrate(sync, to="0008"))
    moment = NOW.isoformat(sep=" ") if engine.dialect.name == "postgresql" else "2026-11-23 09:30:00.000000"
    async with engine.begin() as connection:
        for number, kind, payload, state, reason, end in OLD:
            values = (number, f"key {number}", kind, payload, state, reason, moment, end and moment)
            quoted = ", ".join("NULL" if v is None else f"'{v}'" for v in values)
            await connection.exec_driver_sql(
                f"INSERT INTO requests ({COLUMNS}) VALUES ({quoted})"  # noqa: S608 - our own values
            )
    await engine.dispose()


async def open_cut_off(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a store's migration fail at its end, before it is written down."""

    def cut_off(connection: Connection) -> None:
        migrate(connection)
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr("community.storage.database.migrate", cut_off)
        with pytest.raises(StoreError, match="no space left"):
            await Store.open(url)


@pytest.mark.from_nothing
async def test_a_migration_that_is_cut_off_leaves_the_requests_to_the_next(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_old(url)
    await open_cut_off(url, monkeypatch)
    async with await Store.open(url) as store:
        assert [job.id for job in await store.jobs.pending("invite")] == [1]


@pytest.mark.from_nothing
async def test_the_requests_of_the_version_before_are_jobs(url: str) -> None:
    await fill_old(url)
    async with await Store.open(url) as store:
        (invite,) = await claimed(store)
        assert invite == Job(
            id=1,
            kind="invite",
            payload={"room_id": "!r", "user_id": "@awa:x"},
            idempotency_key="key 1",
            state=JobState.RUNNING,
            run_after=NOW,
            attempts=1,
            leased_by="one",
            leased_until=SOON,
            reason=None,
            filed_at=NOW,
            ended_at=None,
        )
        ended = [
            (job.id, job.kind, job.payload, job.state, job.reason, job.ended_at)
            for kind in ("notice", "safe-removal", "proposal", "question")
            for job in await store.jobs.of_state(kind, *JobState)
        ]
        assert ended == [
            (2, "notice", {"kind": "let-in", "value.room": "é"}, JobState.DONE, None, NOW),
            (4, "safe-removal", {}, JobState.FAILED, "the last keeper", NOW),
            (5, "proposal", {}, JobState.DONE, "declined", NOW),
            (7, "question", {"question": "?"}, JobState.WITHDRAWN, "gone", NOW),
        ]
        assert not await file_raw(store, NewJob("notice", {}, "key 2"), at=NOW)
        await filed(store, "new")
        assert (await store.jobs.pending("invite"))[-1].id > 7


OUTBOX = (
    # occurrence, state, event, ended
    ("deadline/a", "sending", None, None),
    ("notice/7/2026-11-23T09:30:00+00:00", "sent", "$e", NOW),
    ("deadline/b", "dropped", None, NOW),
)


async def fill_outbox(url: str) -> None:
    """Make a database of the version before, with scheduled messages in every state."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: migrate(sync, to="0009"))
    is_file = engine.dialect.name == "sqlite"
    moment, begun = (
        ("'2026-11-23 09:30:00.000000'", "'2026-11-23 09:30:01.000000'")
        if is_file
        else (
            "'2026-11-23 10:30:00+01'",
            "'2026-11-23 10:30:01+01'",
        )
    )
    async with engine.begin() as connection:
        for number, (occurrence, state, event_id, ended) in enumerate(OUTBOX):
            event = "NULL" if event_id is None else f"'{event_id}'"
            end = "NULL" if ended is None else moment
            await connection.exec_driver_sql(
                f"INSERT INTO outbox VALUES ('{occurrence}', 'lobby', '!room', 'txn{number}', 'DEVICE', {moment}, "  # noqa: S608 - our own values
                f"'{state}', {event}, {begun}, {end})"
            )
    await engine.dispose()


@pytest.mark.from_nothing
async def test_the_scheduled_messages_of_the_version_before_are_jobs(url: str) -> None:
    await fill_outbox(url)
    began = NOW + timedelta(seconds=1)
    async with await Store.open(url) as store:
        posts = await store.jobs.of_state("post", *JobState)
        assert [(job.state, job.reason, job.ended_at) for job in posts] == [
            (JobState.PENDING, None, None),
            (JobState.DONE, None, NOW),
            (JobState.WITHDRAWN, TOO_LATE, NOW),
        ]
        assert [(job.run_after, job.filed_at, job.attempts) for job in posts] == [(NOW, began, 0)] * 3
        for number, (job, (occurrence, _state, event_id, _ended)) in enumerate(
            zip(posts, OUTBOX, strict=True)
        ):
            post = RoomPost(occurrence, "lobby", "!room", f"txn{number}", "DEVICE", NOW, began, event_id)
            assert RoomPost.read(job) == post
            assert job.idempotency_key == post.idempotency_key
            # What was sent or dropped is not begun again; what was being sent goes on as it was begun.
            again = await begun(store, "other", payload=replace(post, transaction_id="new", device_id="NEW"))
            assert (again.is_leased, RoomPost.read(again.job)) == (number == 0, post)
        ended = await store.jobs.ended_since("post", NOW)
        assert {job.payload["occurrence_key"] for job in ended} == {OUTBOX[1][0], OUTBOX[2][0]}
        async with store.transaction() as connection:
            tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        assert "outbox" not in tables


@pytest.mark.from_nothing
async def test_a_migration_that_is_cut_off_leaves_the_scheduled_messages_to_the_next(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_outbox(url)
    await open_cut_off(url, monkeypatch)
    async with await Store.open(url) as store:
        assert len(await store.jobs.of_state("post", *JobState)) == len(OUTBOX)
