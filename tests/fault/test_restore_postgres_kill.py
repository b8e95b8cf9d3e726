"""A restore into PostgreSQL is killed at drawn steps: nothing is lost or half there, and a second one comes through."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lib.backups import SmallInstallation, content_of
from tests.lib.forked import fork
from tests.lib.peer_client import until
from tests.lib.postgres import OWNER, PostgresServer
from tests.lib.postgres_installation import Databases, filled, two_databases

pytestmark = [pytest.mark.fault, pytest.mark.timeout(3600)]

RESTORING = Path(__file__).parent / "restoring.py"
SEED = 14
EVENTS = 20_000
"""So many rows that the program that fills the homeserver's database runs for a while."""
PROGRAMS = {"psql", "pg_restore"}


@pytest.fixture
def databases(postgres_server: PostgresServer) -> Iterator[Databases]:
    with two_databases(postgres_server) as made:
        yield made


async def restore(place: SmallInstallation, archive: Path, to: Path, *asked: object) -> tuple[int, str]:
    """Put it back in a process of its own; return how that ended, and what it said."""
    arguments = (RESTORING, archive, place.key.path, to, *asked)
    process = await fork(*arguments, environment={}, stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 300)
    assert process.returncode is not None
    return process.returncode, out.decode()


def rows_in(databases: Databases) -> list[int | None]:
    """Return how many rows the store's audit and the homeserver's events have; None where there is no such table."""

    def count(database: str, table: str) -> int | None:
        there = databases.server.run_sql(f"SELECT to_regclass('public.{table}')", database=database)
        return databases.count(database, table) if there else None

    return [count(databases.store, "audit"), count(databases.homeserver, "events")]


def drawn(steps: list[str], kills: int | None) -> list[tuple[int, str]]:
    """Return at which steps it is killed, and whether the program that begins there is running by then."""
    programs = [number for number, name in enumerate(steps, 1) if name in PROGRAMS]
    every = [(number, "") for number in range(1, len(steps) + 1)]
    every += [(number, "running") for number in programs]
    if kills is None:
        return every
    first = programs[0]
    # A few of the many files that are written before a database is met, of what follows most.
    draw = random.Random(SEED)  # noqa: S311 - no secret
    before = [each for each in every if each[0] < first]
    after = [each for each in every if each[0] >= first]
    filling = [each for each in after if steps[each[0] - 1] == "pg_restore"]
    chosen = {*draw.sample(before, kills // 4), *draw.sample(after, kills - kills // 4), *filling}
    return sorted(chosen)


@pytest.mark.parametrize(
    "kills", [5, pytest.param(None, marks=pytest.mark.soak)], ids=["sample", "every step"]
)
async def test_killed_at_any_step_the_folder_and_the_databases_are_whole_or_not_there(
    tmp_path: Path, databases: Databases, kills: int | None
) -> None:
    place = await filled(tmp_path / "place", databases, in_settings=True)
    databases.server.run_sql(
        f"SET ROLE {databases.homeserver}",
        f"INSERT INTO events SELECT generate_series(1001, {EVENTS})",
        database=databases.homeserver,
    )
    archive, to = await place.back_up(), tmp_path / "new"
    whole: list[int | None] = [1, EVENTS]
    assert rows_in(databases) == whole
    databases.make()
    ended, said = await restore(place, archive, to)
    assert ended == 0
    steps = json.loads(said)
    assert steps.count("pg_restore") == 2
    wanted, outcomes = content_of(to), set()
    to.rename(tmp_path / "first")
    for number, (step, running) in enumerate(drawn(steps, kills)):
        case = (step, running, steps[step - 1])
        databases.make()
        assert (await restore(place, archive, to, step, *running.split()))[0] == -signal.SIGKILL, case
        found = rows_in(databases)
        assert all(rows in (None, full) for rows, full in zip(found, whole, strict=True)), case
        outcomes.add((to.exists(), *(rows is not None for rows in found)))
        if to.exists():
            assert found == whole, case
        else:
            # At once: a program that the killed one has left behind may be filling a database.
            assert (await restore(place, archive, to))[0] == 0, case
            assert databases.marks(databases.store) == databases.marks(databases.homeserver) == 0, case
        token = to / "data" / "run" / "restore.token"
        token.unlink(missing_ok=True)
        assert rows_in(databases) == whole, case
        assert content_of(to) == wanted, case
        to.rename(tmp_path / f"done{number}")
    assert {(False, False, False), (False, True, False)} <= outcomes
    assert list(tmp_path.glob(".*")) == []


@contextmanager
def held_up(databases: Databases, table: str) -> Iterator[None]:
    """Keep a program that fills the store from going on at a table, until the block ends."""
    server = databases.server
    command = [
        "psql",
        "--no-psqlrc",
        "--quiet",
        "-h",
        str(server.folder),
        "-p",
        str(server.port),
        "-U",
        OWNER,
    ]
    holder = subprocess.Popen([*command, databases.store], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdin.write(f"BEGIN;\nCREATE TABLE public.{table} ();\n\\echo held\n".encode())
    holder.stdin.flush()
    assert holder.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        # What was not committed is gone with it.
        holder.communicate()


async def waiting(databases: Databases, programs: int) -> None:
    """Wait until so many programs that fill the store wait for one another."""
    asked = "SELECT datname FROM pg_stat_activity WHERE application_name = 'pg_restore' AND wait_event_type = 'Lock'"

    async def are_waiting() -> bool:
        return databases.server.run_sql(asked).split() == [databases.store] * programs

    await until(are_waiting, 60, f"{programs} programs to wait")


async def test_a_program_that_outlives_its_restore_and_the_next_one_do_not_spoil_each_other(
    tmp_path: Path, databases: Databases
) -> None:
    place = await filled(tmp_path / "place", databases, in_settings=True)
    archive, to = await place.back_up(), tmp_path / "new"
    databases.make()
    _, said = await restore(place, archive, tmp_path / "first")
    step = json.loads(said).index("pg_restore") + 1
    databases.make()
    with held_up(databases, "people"):
        assert (await restore(place, archive, to, step, "running"))[0] == -signal.SIGKILL
        # Nobody is left who would end it.
        await waiting(databases, 1)
        # What it fills is not taken for what another restore has put back.
        other = await place.restore(archive, tmp_path / "other", None, "--fill-databases")
        assert (other.code, "Another restore is still filling" in other.err) == (1, True), other
        assert databases.marks(databases.store) == 1
        again = asyncio.create_task(restore(place, archive, to))
        await waiting(databases, 2)
    assert (await again)[0] == 0
    assert rows_in(databases) == [1, 1000]
    assert databases.marks(databases.store) == databases.marks(databases.homeserver) == 0
    assert content_of(to) == content_of(tmp_path / "first")
