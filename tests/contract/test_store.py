"""The store's contract, on SQLite in a file (several processes share it) as in an installation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.sql import text

from community.errors import StoreError
from community.fields import Localized
from community.model import Calendar, Contact, Deadline, Directory
from community.store import OutboxRow, OutboxState, Person, RequestState, Store
from community.store.tables import metadata

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/palabre.db"


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with await Store.open(url) as opened:
        yield opened


def contact(key: str) -> Contact:
    return Contact(
        key=key, name=Localized("Awa"), function=Localized({"fr": "Déchets"}), confirmed=date(2026, 9, 1)
    )


DEADLINE = Deadline(
    key="report",
    title=Localized({"fr": "Rapport", "en": "Report"}),
    due=datetime(2026, 12, 1, 18, 0),  # noqa: DTZ001 - wall-clock time, its zone is the entry's
    rooms=("lobby",),
    remind=(timedelta(days=3), timedelta(0)),
)
ROW = OutboxRow("deadline/report", "lobby", "!room", "txn", "DEVICE", NOW, NOW)


async def test_migrations_make_exactly_the_tables_of_the_code(url: str, tmp_path: Path) -> None:
    await (await Store.open(url)).close()
    migrated = create_engine(f"sqlite:///{tmp_path}/palabre.db")
    declared = create_engine("sqlite://")
    metadata.create_all(declared)
    try:
        for table in metadata.tables:
            seen, wanted = inspect(migrated), inspect(declared)
            assert str(seen.get_columns(table)) == str(wanted.get_columns(table))
            assert str(seen.get_indexes(table)) == str(wanted.get_indexes(table))
            assert str(seen.get_unique_constraints(table)) == str(wanted.get_unique_constraints(table))
            assert seen.get_pk_constraint(table) == wanted.get_pk_constraint(table)
    finally:
        migrated.dispose()
        declared.dispose()


async def test_a_store_of_a_newer_version_is_refused_with_a_sentence(url: str) -> None:
    await (await Store.open(url)).close()
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(StoreError, match="newer version"):
        await Store.open(url)


async def test_a_store_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        await Store.open(f"sqlite+aiosqlite:///{tmp_path}/missing/palabre.db")


async def test_a_damaged_file_is_one_sentence(url: str, tmp_path: Path) -> None:
    (tmp_path / "palabre.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="cannot be opened: file is not a database"):
        await Store.open(url)


async def test_entries_come_back_as_they_were_seeded(store: Store) -> None:
    directory = Directory(version=1, contacts=(contact("b"), contact("a")))
    calendar = Calendar(version=1, deadlines=(DEADLINE,))
    assert await store.entries.seed(directory, calendar)
    assert await store.entries.directory() == directory
    assert await store.entries.calendar() == calendar


async def test_seeding_the_same_again_changes_nothing(store: Store) -> None:
    directory = Directory(version=1, contacts=(contact("a"),))
    await store.entries.seed(directory, Calendar(version=1))
    before = await store.entries.revision()
    assert not await store.entries.seed(directory, Calendar(version=1))
    assert await store.entries.revision() == before


async def test_an_entry_gone_from_the_files_is_gone(store: Store) -> None:
    await store.entries.seed(Directory(version=1, contacts=(contact("a"), contact("b"))), Calendar(version=1))
    await store.entries.seed(Directory(version=1, contacts=(contact("b"),)), Calendar(version=1))
    assert [c.key for c in (await store.entries.directory()).contacts] == ["b"]


async def test_people_are_found_by_matrix_id_only(store: Store) -> None:
    awa = Person("@awa:x", "awa", "Awa", "city-lead", "bamako", ("waste",), ("fr",))
    assert await store.people.replace([awa])
    assert not await store.people.replace([awa])
    assert await store.people.find("@awa:x") == awa
    assert await store.people.find("awa") is None
    assert await store.people.all() == (awa,)


async def test_a_request_is_filed_once_under_its_key(store: Store) -> None:
    assert await store.requests.file("invite", {"room": "!r"}, idempotency_key="k", at=NOW)
    assert not await store.requests.file("invite", {"room": "!r"}, idempotency_key="k", at=NOW)
    (request,) = await store.requests.pending("invite")
    assert (request.payload, request.filed_at) == ({"room": "!r"}, NOW)
    assert await store.requests.pending("other") == ()


async def test_a_done_request_stays_done_and_a_failed_one_may_be_asked_again(store: Store) -> None:
    await store.requests.file("invite", {}, idempotency_key="done", at=NOW)
    await store.requests.file("invite", {}, idempotency_key="failed", at=NOW)
    done, failed = await store.requests.pending("invite")
    assert await store.requests.end(done.id, RequestState.DONE, at=NOW)
    assert not await store.requests.end(done.id, RequestState.FAILED, at=NOW)
    assert await store.requests.end(failed.id, RequestState.FAILED, at=NOW, reason="no such room")
    assert not await store.requests.file("invite", {}, idempotency_key="done", at=NOW)
    assert await store.requests.file("invite", {}, idempotency_key="failed", at=NOW)
    (again,) = await store.requests.pending("invite")
    assert (again.id, again.reason, again.ended_at) == (failed.id, None, None)


async def test_an_occurrence_begins_once_in_a_room(store: Store) -> None:
    assert await store.outbox.begin(ROW) == ROW
    later = replace(ROW, transaction_id="other", begun_at=NOW + timedelta(minutes=1))
    assert await store.outbox.begin(later) == ROW
    assert await store.outbox.sending() == (ROW,)
    await store.outbox.end(ROW, OutboxState.SENT, at=NOW, event_id="$e")
    assert await store.outbox.sending() == ()
    assert await store.outbox.ended_since(NOW) == {("deadline/report", "lobby")}
    assert await store.outbox.ended_since(NOW + timedelta(seconds=1)) == frozenset()


async def test_two_processes_that_begin_at_once_agree(url: str) -> None:
    async with await Store.open(url) as one, await Store.open(url) as other:
        rows = [replace(ROW, transaction_id=f"txn{n}") for n in range(20)]
        stands = await asyncio.gather(*((one, other)[n % 2].outbox.begin(row) for n, row in enumerate(rows)))
    assert len({row.transaction_id for row in stands}) == 1


async def test_a_naive_time_is_refused(store: Store) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="naive"):
        await store.requests.file("invite", {}, idempotency_key="k", at=naive)


async def test_a_mark_is_noted_once(store: Store) -> None:
    assert await store.marks.first("bot", NOW) == NOW
    assert await store.marks.first("bot", NOW + timedelta(days=1)) == NOW
