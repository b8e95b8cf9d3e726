"""deploy/databases.sh on a real PostgreSQL: roles and databases, run again too, and no password in the server's log."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.lib.postgres import LOOPBACK, PostgresServer, running_postgres

SCRIPT = Path(__file__).parents[2] / "deploy" / "databases.sh"
PASSWORDS = {"synapse": "one: it's \\ a secret", "palabre": "another-secret"}


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server that writes into its log each statement that changes something, takes long or fails."""
    with running_postgres() as server:
        server.run_sql("ALTER SYSTEM SET log_statement = 'ddl'")
        server.run_sql("ALTER SYSTEM SET log_min_duration_statement = 0")
        server.restart()
        yield server


def run(
    server: PostgresServer, secrets: Path, passwords: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    for name, password in passwords.items():
        (secrets / f"{name}_password").write_text(f"{password}\n")
    where = {"PGHOST": str(server.folder), "PGPORT": str(server.port), "PGUSER": "postgres"}
    environment = {**os.environ, **where, "PALABRE_SECRETS": str(secrets)}
    return subprocess.run(["sh", SCRIPT], env=environment, capture_output=True, text=True, check=False)


def signs_in(server: PostgresServer, role: str, password: str) -> bool:
    where = ["-h", LOOPBACK, "-p", str(server.port), "-U", role, "-d", role]
    done = subprocess.run(
        ["psql", "-XAtq", *where, "-c", "SELECT 1"],
        env={**os.environ, "PGPASSWORD": password},
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def log_of(server: PostgresServer) -> str:
    return (server.folder.parent / "log").read_text()


def shown(text: str) -> list[str]:
    """Return what of the passwords is in a text, as they are or as SQL writes them."""
    return [part for part in ("it's", "it''s", "a secret", "another-secret") if part in text]


def test_run_again_each_role_has_the_password_of_its_file_and_the_log_has_none(
    server: PostgresServer, tmp_path: Path
) -> None:
    others = {name: f"{password} 2" for name, password in PASSWORDS.items()}
    for passwords in (PASSWORDS, PASSWORDS, others):
        done = run(server, tmp_path, passwords)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert all(signs_in(server, role, password) for role, password in passwords.items())
    assert not signs_in(server, "synapse", PASSWORDS["synapse"])
    server.run_sql("CREATE ROLE seen PASSWORD 'in the log'")
    assert "in the log" in log_of(server)
    assert shown(log_of(server)) == []


def test_a_statement_that_fails_is_not_in_the_log_either(server: PostgresServer, tmp_path: Path) -> None:
    run(server, tmp_path, PASSWORDS)
    server.run_sql("ALTER SYSTEM SET default_transaction_read_only = on")
    server.restart()
    done = run(server, tmp_path, PASSWORDS)
    assert done.returncode != 0
    assert "read-only transaction" in log_of(server)
    assert shown(log_of(server) + done.stdout + done.stderr) == []
