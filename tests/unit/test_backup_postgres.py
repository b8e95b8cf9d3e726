"""Backups of databases of PostgreSQL: with a password file alone, over TCP, and put back only where one agrees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from community.description.settings import Settings
from palabre_cli.backup.errors import BackupError, DatabaseTool
from palabre_cli.backup.manifest import DatabaseOwner
from palabre_cli.backup.postgres import PostgresSnapshot
from palabre_cli.backup.postgres_address import PostgresAddress
from tests.lib.backups import SmallInstallation, content_of
from tests.lib.commands import Ran, on_a_terminal
from tests.lib.postgres import LOOPBACK, PASSWORD, PostgresServer, make_certificate, running_postgres
from tests.lib.postgres_installation import MARKS, Databases, filled, two_databases


@pytest.fixture
def databases(postgres_server: PostgresServer) -> Iterator[Databases]:
    with two_databases(postgres_server) as made:
        yield made


def by_variables(monkeypatch: pytest.MonkeyPatch, place: SmallInstallation, databases: Databases) -> None:
    monkeypatch.setenv("PALABRE_STORE_URL", databases.url)
    monkeypatch.setenv("PALABRE_STORE_PASSWORD_FILE", str(place.folder / "store-password"))


async def put_back(place: SmallInstallation, archive: Path, name: str) -> Ran:
    return await place.restore(archive, place.folder / name, None, "--fill-databases")


@pytest.mark.parametrize("in_settings", [True, False], ids=["settings", "variables"])
async def test_both_databases_are_copied_and_put_back_with_their_password_files_alone(
    tmp_path: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch, in_settings: bool
) -> None:
    place = await filled(tmp_path / "place", databases, in_settings=in_settings)
    # A password for something else: neither database may be given it.
    monkeypatch.setenv("PGPASSWORD", "something else")
    if not in_settings:
        by_variables(monkeypatch, place, databases)
    archive = await place.back_up()
    ran = await put_back(place, archive, "full")
    assert (ran.code, "has tables already" in ran.err) == (1, True)
    assert not (place.folder / "full").exists()
    databases.make()
    ran = await put_back(place, archive, "new")
    assert ran.code == 0, ran
    assert f"“{databases.store}” of PostgreSQL at {LOOPBACK}" in ran.out
    assert f"“{databases.homeserver}” of PostgreSQL at {LOOPBACK}" in ran.out
    assert databases.count(databases.homeserver, "events") == 1000
    assert databases.count(databases.store, "audit") == 1
    assert databases.marks(databases.store) == databases.marks(databases.homeserver) == 0
    assert not [name for name in content_of(place.folder / "new") if "pgdump" in name or "token" in name]
    assert "nothing to do" in (await place.palabre("upgrade")).out


async def test_an_archive_without_the_stores_address_says_what_is_missing(
    tmp_path: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await filled(tmp_path / "place", databases, in_settings=False)
    by_variables(monkeypatch, place, databases)
    archive = await place.back_up()
    monkeypatch.delenv("PALABRE_STORE_URL")
    ran = await put_back(place, archive, "new")
    assert ran.code == 1
    assert (
        "has a store of PostgreSQL, and nothing says where it goes. Say it with PALABRE_STORE_URL" in ran.err
    )


async def test_no_database_is_filled_unless_one_agrees_nor_as_somebody_who_may_do_more(
    tmp_path: Path, databases: Databases
) -> None:
    place = await filled(tmp_path / "place", databases, in_settings=True)
    archive = await place.back_up()
    databases.make()
    ran = await place.restore(archive, tmp_path / "new")
    assert (ran.code, "add --fill-databases" in ran.err) == (1, True)
    assert databases.store in ran.out
    asked = ("restore", archive, "--identity", place.key.path, "--to", tmp_path / "new")
    code, shown = await on_a_terminal(*asked, typed="n\n")
    assert (code, "is yours?" in shown) == (1, True)
    for power in ("SUPERUSER", None):
        gives, takes = (
            (f"ALTER ROLE {databases.store} {power}", f"ALTER ROLE {databases.store} NO{power}")
            if power
            else (f"GRANT pg_execute_server_program TO {databases.store}", "SELECT 1")
        )
        databases.server.run_sql(gives)
        ran = await put_back(place, archive, "new")
        databases.server.run_sql(takes)
        assert (ran.code, "may do more in PostgreSQL" in ran.err) == (1, True), ran
    databases.server.run_sql(f"REVOKE pg_execute_server_program FROM {databases.store}")
    for name in (databases.store, databases.homeserver):
        assert (
            databases.server.run_sql(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database=name
            )
            == "0"
        )
    code, shown = await on_a_terminal(*asked, typed="y\n")
    assert (code, databases.count(databases.store, "audit")) == (0, 1), shown


async def test_what_a_restore_has_filled_before_it_was_broken_off_is_known_to_it_alone(
    tmp_path: Path, databases: Databases
) -> None:
    place = await filled(tmp_path / "place", databases, in_settings=True)
    archive = await place.back_up()
    databases.make()
    # The second of the two is not empty: the first is filled by then.
    databases.server.run_sql("CREATE TABLE other ()", database=databases.homeserver)
    ran = await put_back(place, archive, "new")
    assert (ran.code, f"“{databases.homeserver}” has tables already" in ran.err) == (1, True)
    assert (databases.count(databases.store, "audit"), databases.marks(databases.store)) == (1, 1)
    mark = databases.server.run_sql(MARKS, database=databases.store)
    left = place.folder / ".new.palabre-restore"
    assert [path.name for path in left.rglob("*") if path.is_file()] == ["restore.token"]
    # Not to one into another folder, whose database it would be by then.
    ran = await put_back(place, archive, "other")
    assert (ran.code, "has tables already" in ran.err) == (1, True)
    # Of one that was killed before it had filled anything, a mark alone is there.
    mark_of_another = f"palabre_restore_{'0' * 32}"
    databases.server.run_sql(
        "DROP TABLE other",
        f"SET ROLE {databases.homeserver}",
        f"CREATE TABLE {mark_of_another} ()",
        database=databases.homeserver,
    )
    assert (await put_back(place, archive, "new")).code == 0
    assert databases.marks(databases.store) == databases.marks(databases.homeserver) == 0
    # The folder is moved away, as after a kill that has left the mark: the database is in use by then.
    assert not left.exists()
    databases.server.run_sql(f"CREATE TABLE {mark} ()", database=databases.store)
    (place.folder / "new").rename(place.folder / "moved")
    ran = await put_back(place, archive, "new")
    assert (ran.code, "has tables already" in ran.err) == (1, True)


def test_the_server_is_known_by_the_certificate_that_the_address_names(tmp_path: Path) -> None:
    (tmp_path / "word").write_text(PASSWORD)
    with running_postgres() as server:
        trusted = make_certificate(server, tmp_path)
        server.run_sql("ALTER SYSTEM SET ssl = on")
        server.restart()
        url = server.tcp_url("postgres", options=f"?sslmode=verify-full&sslrootcert={trusted}")
        settings = Settings.model_validate({"store_url": url, "store_password_file": str(tmp_path / "word")})
        address = PostgresAddress.of_store(settings, tmp_path)
        assert address is not None
        snapshot = PostgresSnapshot.take(DatabaseOwner.STORE, address)
        snapshot.copy_to(tmp_path / "dump")
        snapshot.close()
        assert (tmp_path / "dump").read_bytes().startswith(b"PGDMP")
        (tmp_path / "another").mkdir()
        make_certificate(server, tmp_path / "another")
        server.restart()
        with pytest.raises(DatabaseTool, match="certificate"):
            PostgresSnapshot.take(DatabaseOwner.STORE, address)


def address_of(url: str) -> dict[str, str]:
    settings = Settings.model_validate({"store_url": url})
    found = PostgresAddress.of_store(settings, Path("/nowhere"))
    assert found is not None
    return dict(found.variables)


@pytest.mark.parametrize(
    ("url", "variables"),
    [
        (
            "postgresql://palabre@db.example.org/palabre?sslmode=verify-full&sslrootcert=/ca&sslcert=/c&sslkey=/k",
            {
                "PGHOST": "db.example.org",
                "PGUSER": "palabre",
                "PGDATABASE": "palabre",
                "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": "/ca",
                "PGSSLCERT": "/c",
                "PGSSLKEY": "/k",
            },
        ),
        (
            "postgresql+asyncpg://a%40b@/p?host=/run/postgresql&port=5433",
            {"PGHOST": "/run/postgresql", "PGPORT": "5433", "PGUSER": "a@b", "PGDATABASE": "p"},
        ),
        ("postgresql://[::1]:5/p", {"PGHOST": "::1", "PGPORT": "5", "PGDATABASE": "p"}),
        ("postgresql://a:1,b:2/p", {"PGHOST": "a,b", "PGPORT": "1,2", "PGDATABASE": "p"}),
    ],
)
def test_all_that_an_address_says_is_passed_on(url: str, variables: dict[str, str]) -> None:
    assert address_of(url) == variables


@pytest.mark.parametrize(
    "url", ["postgresql://h/p?sslpassword=x", "postgresql://h/p?service=x", "postgresql://h:x/p"]
)
def test_what_is_not_known_of_an_address_is_refused(url: str) -> None:
    with pytest.raises(BackupError):
        address_of(url)


def test_a_variable_of_somebody_else_leads_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOSTADDR", "PGSERVICE", "PGPASSWORD"):
        monkeypatch.setenv(name, "of somebody else")
    given = PostgresAddress({"PGHOST": "h"}, has_passfile=True).environment
    assert not {"PGHOSTADDR", "PGSERVICE", "PGPASSWORD"} & given.keys()
    assert PostgresAddress({"PGHOST": "h"}).environment["PGPASSWORD"] == "of somebody else"
