"""An installation whose store and homeserver are on PostgreSQL, each with a user of its own who has a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from community.storage import AuditOutcome, NewAuditEntry, Store
from community.storage.opening import password_of
from tests.lib.backups import NOW, SmallInstallation, small_installation
from tests.lib.postgres import LOOPBACK, PostgresServer

WORD = "the store's: word \\ @ 'quoted'"
OTHER_WORD = "the homeserver's"
MARKS = "SELECT relname FROM pg_class WHERE relname LIKE 'palabre_restore%'"


@dataclass(frozen=True)
class Databases:
    """A store and a homeserver's database, each with a user of its own who has a password."""

    server: PostgresServer
    store: str
    homeserver: str

    @property
    def url(self) -> str:
        return self.server.tcp_url(self.store, self.store)

    def make(self) -> None:
        """Make both anew, empty."""
        for name in (self.store, self.homeserver):
            self.server.run_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            self.server.run_sql(
                f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
            )

    def count(self, database: str, table: str) -> int:
        return self.server.run_sql(f"TABLE {table}", database=database).count("\n") + 1

    def marks(self, database: str) -> int:
        return len(self.server.run_sql(MARKS, database=database).split())


@contextmanager
def two_databases(server: PostgresServer) -> Iterator[Databases]:
    """Make both, empty, and their users; all is gone after the block."""
    store, homeserver = (f"palabre_{what}_{uuid4().hex[:12]}" for what in ("store", "synapse"))
    for name, word in ((store, WORD), (homeserver, OTHER_WORD)):
        escaped = word.replace("\\", "\\\\").replace("'", "''")
        server.run_sql(f"CREATE ROLE {name} LOGIN PASSWORD E'{escaped}'")
    made = Databases(server, store, homeserver)
    made.make()
    yield made
    for name in (store, homeserver):
        server.run_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"DROP ROLE {name}")


async def filled(folder: Path, databases: Databases, *, in_settings: bool) -> SmallInstallation:
    """Make an installation with both databases; the store's address is in the settings, or nowhere yet."""
    place = await small_installation(folder)
    place.data.store.unlink()
    (place.data.synapse / "homeserver.db").unlink()
    word, passfile = folder / "store-password", place.data.secret("synapse_password")
    word.write_text(f"{WORD}\n")
    passfile.write_text(f"{LOOPBACK}:{databases.server.port}:*:{databases.homeserver}:{OTHER_WORD}\n")
    for path in (word, passfile):
        path.chmod(0o600)
    if in_settings:
        with (place.config / "settings.yaml").open("a") as settings:
            settings.write(f"store_url: {databases.url}?sslmode=disable\nstore_password_file: {word}\n")
    (place.data.synapse / "homeserver.yaml").write_text(
        f"database: {{name: psycopg2, args: {{host: {LOOPBACK}, port: {databases.server.port}, "
        f"user: {databases.homeserver}, dbname: {databases.homeserver}, "
        "passfile: /run/secrets/synapse_password, sslmode: disable, cp_min: 5, keepalives_idle: 10}}\n"
    )
    async with await Store.open(databases.url, password=password_of(word)) as store:
        entry = NewAuditEntry(
            at=NOW, actor="somebody", action="apply", subject="a change", outcome=AuditOutcome.DONE
        )
        await store.audit.add([entry])
    databases.server.run_sql(
        f"SET ROLE {databases.homeserver}",
        "CREATE TABLE events AS SELECT generate_series(1, 1000) AS number",
        database=databases.homeserver,
    )
    return place
