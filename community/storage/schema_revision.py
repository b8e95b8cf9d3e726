"""Which revision of the schema a store has, found out without changing it."""

from __future__ import annotations

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from community.storage.connections import Connections, engine_for
from community.storage.database import migration_scripts
from community.storage.postgresql import Password


async def revision_of(url: str, password: Password | None = None) -> str | None:
    """Return the revision of the store at ``url`` (SQLAlchemy's form); None where nothing was migrated yet.

    ``password`` is PostgreSQL's.
    An SQLite file that is not there would be made: look first.

    Raises:
        StoreError: it cannot be read.
    """
    connections = Connections(engine_for(url, password))
    try:
        async with connections.reading() as connection:
            return await connection.run_sync(_revision)
    finally:
        await connections.close()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def known_revisions() -> tuple[str, ...]:
    """Return the revisions that this version can read, the newest first."""
    scripts, _config = migration_scripts()
    return tuple(script.revision for script in scripts.walk_revisions())
