"""PostgreSQL as the store's database: what is said where it cannot be opened, and what becomes of a restart."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.core.errors import StoreError
from community.description.data_folder import DataFolder
from community.description.settings import Settings
from community.jobs.invitations import RoomInvitation
from community.jobs.job import Job, JobState
from community.jobs.worker import JobHandler, JobWorker
from community.storage import Store, open_store
from community.storage.transactions import bump
from tests.lib.postgres import LOOPBACK, PASSWORD, PostgresServer, make_certificate, running_postgres

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
JOBS = 30


@pytest.fixture
def name(postgres_server: PostgresServer) -> Iterator[str]:
    """A database without tables."""
    made = postgres_server.create()
    yield made
    postgres_server.drop(made)


async def refused(url: str, password: str | None = None) -> str:
    with pytest.raises(StoreError) as raised:
        await Store.open(url, password=None if password is None else lambda: password)
    assert PASSWORD not in str(raised.value)
    return str(raised.value)


async def test_the_password_comes_from_a_file_that_the_settings_name(
    postgres_server: PostgresServer, name: str, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    data = DataFolder(tmp_path / "data")
    data.prepare()
    settings = Settings(store_url=postgres_server.tcp_url(name), store_password_file=str(file))
    async with await open_store(settings, data) as store:
        assert await store.people.all() == ()
    file.unlink()
    with pytest.raises(StoreError, match=r"store's password, .*password, cannot be read"):
        await open_store(settings, data)


@pytest.mark.parametrize("password", [None, "another"])
async def test_a_wrong_password_is_one_sentence(
    postgres_server: PostgresServer, name: str, password: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("PGPASSWORD", "PGPASSFILE"):
        monkeypatch.delenv(variable, raising=False)
    said = await refused(postgres_server.tcp_url(name), password)
    assert "does not let “postgres” in: password authentication failed" in said
    assert "store_password_file" in said


async def test_a_user_who_may_make_no_tables_is_one_sentence(
    postgres_server: PostgresServer, name: str
) -> None:
    postgres_server.run_sql(f"CREATE ROLE guest_{name} LOGIN")
    said = await refused(postgres_server.url_of(name).replace("postgres@", f"guest_{name}@"))
    assert "may not make tables in the database" in said
    postgres_server.run_sql(f"DROP ROLE guest_{name}")


async def test_a_database_that_is_not_there_says_how_it_is_made(postgres_server: PostgresServer) -> None:
    said = await refused(postgres_server.url_of("nowhere"))
    assert "has no database “nowhere”. Make one: sudo -u postgres createdb" in said
    assert "--encoding=UTF8 --locale=C --template=template0 nowhere" in said


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://palabre@{LOOPBACK}:1/palabre",
        "postgresql://palabre@nowhere.invalid/palabre",
        "postgresql+asyncpg://palabre@/palabre?host=/nowhere",
    ],
)
async def test_a_server_that_is_away_is_one_sentence_at_once(url: str) -> None:
    said = await refused(url)
    assert "does not take a connection" in said
    assert "Look whether it runs" in said


async def test_another_encoding_or_order_is_refused_before_anything_is_made(
    postgres_server: PostgresServer,
) -> None:
    latin = postgres_server.create(encoding="LATIN1")
    said = await refused(postgres_server.url_of(latin))
    assert "the encoding LATIN1 and the collation C; it takes UTF8 and C" in said
    assert not postgres_server.run_sql("SELECT 1 FROM pg_tables WHERE schemaname = 'public'", database=latin)
    postgres_server.drop(latin)


@pytest.mark.parametrize("mode", ["require", "nonsense"])
async def test_a_connection_that_cannot_be_encrypted_as_asked_is_refused(
    postgres_server: PostgresServer, name: str, mode: str
) -> None:
    said = await refused(postgres_server.tcp_url(name, options=f"?sslmode={mode}"), PASSWORD)
    assert ("does not encrypt the connection" if mode == "require" else "sslmode") in said


async def test_tls_is_verified_by_the_certificate_that_the_address_names(tmp_path: Path) -> None:
    with running_postgres() as server:
        trusted = make_certificate(server, tmp_path)
        server.run_sql("ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()")
        server.restart()
        name = server.create()
        options = f"?sslmode=verify-full&sslrootcert={trusted}"
        async with await Store.open(
            server.tcp_url(name, options=options), password=lambda: PASSWORD
        ) as store:
            assert await store.people.all() == ()
        (tmp_path / "another").mkdir()
        make_certificate(server, tmp_path / "another")
        server.restart()
        said = await refused(server.tcp_url(name, options=options), PASSWORD)
        assert "does not encrypt the connection as the address asks for" in said


async def test_several_that_open_an_empty_database_at_once_make_its_tables_once(
    postgres_server: PostgresServer, name: str
) -> None:
    url = postgres_server.url_of(name)
    stores = await asyncio.gather(*(Store.open(url) for _ in range(4)))
    for store in stores:
        await store.close()
    assert postgres_server.run_sql("SELECT count(*) FROM alembic_version", database=name) == "1"


async def test_no_process_has_more_connections_than_it_may(
    postgres_server: PostgresServer, name: str
) -> None:
    counted = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608
    async with await Store.open(postgres_server.url_of(name), connections=2) as store:
        await asyncio.gather(*(store.people.all() for _ in range(20)))
        assert int(postgres_server.run_sql(counted)) == 2


class Counting(JobHandler[RoomInvitation]):
    """Notes what it carries out, and has the server restarted now and then while it does."""

    kind = RoomInvitation

    def __init__(self, server: PostgresServer, how: signal.Signals) -> None:
        self.done: Counter[str] = Counter()
        self._server, self._how = server, how

    async def carry_out(self, job: Job, payload: RoomInvitation) -> None:  # noqa: ARG002
        if sum(self.done.values()) % 10 == 5:
            await asyncio.to_thread(self._server.restart, self._how)
        self.done[job.idempotency_key] += 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_restarts_of_the_server_lose_no_job_and_do_none_twice(how: signal.Signals) -> None:
    with running_postgres() as server:
        async with await Store.open(server.url_of(server.create())) as store:
            for number in range(JOBS):
                await store.jobs.file(RoomInvitation("!r", "lobby", f"@p{number}:x"), at=NOW)
            handler, stop = Counting(server, how), asyncio.Event()
            worker = JobWorker(store.jobs, [handler], holder="one", now=lambda: NOW, counts=Counter())
            await worker.turn(stop)
            assert len(await store.jobs.of_state(RoomInvitation.KIND, JobState.DONE)) == JOBS
            assert set(handler.done.values()) == {1}


async def test_a_transaction_waits_until_the_server_is_back() -> None:
    with running_postgres() as server:
        async with await Store.open(server.url_of(server.create())) as store:
            server.stop()
            filing = asyncio.create_task(store.jobs.file(RoomInvitation("!r", "lobby", "@p:x"), at=NOW))
            reading = asyncio.create_task(store.jobs.revision())
            await asyncio.sleep(0.5)
            assert not filing.done()
            await asyncio.to_thread(server.start)
            assert await filing
            assert await reading in {0, 1}
            assert len(await store.jobs.pending(RoomInvitation.KIND)) == 1


async def test_what_breaks_in_the_middle_is_not_kept_and_is_said(
    postgres_server: PostgresServer, name: str
) -> None:
    end_all = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608

    async def break_off(store: Store) -> None:
        async with store.transaction() as connection:
            await bump(connection, "numbers")
            postgres_server.run_sql(end_all)
            await connection.exec_driver_sql("SELECT 1")

    async with await Store.open(postgres_server.url_of(name)) as store:
        with pytest.raises(StoreError, match="The store failed"):
            await break_off(store)
        assert await store.numbers.take() == 1


async def test_a_server_that_stays_away_is_said_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("community.storage.connections.PATIENCE", 0.3)
    with running_postgres() as server:
        async with await Store.open(server.url_of(server.create())) as store:
            server.stop()
            with pytest.raises(StoreError, match="The store failed"):
                await store.people.all()
            server.start()
            assert await store.people.all() == ()
