"""Copies Synapse's SQLite database to PostgreSQL with Synapse's own tool, and compares what arrived.

The file itself is only read: the tool gets a snapshot. Synapse's configuration names PostgreSQL only once both have the
same rows. Whoever is killed in the middle begins again: what was copied by then is deleted first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from community.core.messages import msg
from community.description.data_folder import DataFolder, write_private
from community.storage.copied_database import (
    CopiedDatabase,
    CopyState,
    copied_database,
    digest_of_snapshot,
    highest,
    rows_of,
    snapshot,
)
from community.storage.postgresql import Password
from palabre_cli.embedded import PostgreSQL, remember_database
from palabre_cli.errors import CommandError
from palabre_cli.installers import synapse_python
from palabre_cli.tethered import run_tethered

_PENDING = "Pending background updates exist"
"""What the tool says where Synapse has not finished preparing its SQLite file."""
_QUICKLY = "background_updates: {sleep_duration_ms: 1}\n"
"""The tool prepares the new database by some seventy updates, and would sleep a second before each, for the sake of a
Synapse that runs meanwhile: none does."""
_DATABASE = re.compile(r"^database:.*\n(?:[ \t]+.*\n|\n(?=[ \t]))*", re.MULTILINE)
NOT_COPIED = re.compile(
    r"user_directory|users_who_share_private_rooms|users_in_public_rooms|ui_auth_sessions|worker_read_write_locks"
    r"|event_search|sent_transactions|background_updates|schema_|applied_"
)
"""How the names of tables begin that the tool leaves out or makes anew (its list), and those of the schema."""
_SEQUENCES = {
    "account_data": "account_data_sequence",
    "caches": "cache_invalidation_stream_seq",
    "device_lists_stream": "device_lists_sequence",
    "e2e_cross_signing_keys": "e2e_cross_signing_keys_sequence",
    "events": "events_stream_seq",
    "presence_stream": "presence_stream_sequence",
    "profile_updates": "profile_updates_sequence",
    "push_rules_stream": "push_rules_stream_sequence",
    "pushers": "pushers_sequence",
    "receipts": "receipts_sequence",
    "sticky_events": "sticky_events_sequence",
    "thread_subscriptions": "thread_subscriptions_sequence",
    "to_device": "device_inbox_sequence",
    "un_partial_stated_event_stream": "un_partial_stated_event_stream_sequence",
    "un_partial_stated_room_stream": "un_partial_stated_room_stream_sequence",
}
"""The sequence of each of Synapse's streams. Its tool (1.163) has them begin after the rows that are left: those of
``to_device`` are deleted once they are delivered, and Synapse then refuses to start."""


@dataclass(frozen=True)
class SynapseCopy:
    """One copy. ``venv`` has Synapse and psycopg2; ``password`` is the database's, for us."""

    data: DataFolder
    database: PostgreSQL
    password: Password | None
    venv: Path

    @property
    def url(self) -> str:
        """The address of the database."""
        to = self.database
        where = f"host={quote(to.host, safe='')}&port={to.port}"
        return f"postgresql://{quote(to.user, safe='')}@/{quote(to.dbname, safe='')}?{where}"

    async def make(self) -> dict[str, int]:
        """Copy, compare, have the configuration name PostgreSQL; return how many rows each table has there.

        Raises:
            StoreError: a database cannot be opened, or is not empty.
            CommandError: the tool failed, or not all arrived; the homeserver stays on SQLite.
            DataFolderError: the configuration cannot be written.
        """
        copy, configuration = self._beside("moving.db"), self._beside("moving.yaml")
        try:
            async with copied_database(self.url, self.password) as database:
                snapshot(self.data.homeserver, copy)
                source = digest_of_snapshot(copy)
                if await database.begin(source) is not CopyState.WHOLE:
                    write_private(configuration, f"{self._configuration()}{_QUICKLY}".encode())
                    await self._run_tool(copy, configuration)
                    await database.raise_sequences(sequences_of(copy))
                rows = await self._compare(database, copy)
                await database.note_whole(source)
                remember_database(self.data, self.database)
                write_private(self.data.synapse / "homeserver.yaml", self._configuration().encode())
                await database.end()
                return rows
        finally:
            for path in self.data.synapse.glob("homeserver.moving.*"):
                path.unlink()

    def _beside(self, name: str) -> Path:
        return self.data.synapse / f"homeserver.{name}"

    def _configuration(self) -> str:
        """Return Synapse's configuration with the new database. Raises CommandError."""
        path = self.data.synapse / "homeserver.yaml"
        try:
            text = path.read_text()
        except OSError as error:
            raise CommandError(
                msg("The file {path} cannot be read: {reason}.", path=path, reason=error.strerror)
            ) from error
        # JSON is YAML, on one line.
        block = f"database: {json.dumps(synapse_database(self.database))}\n"
        changed, count = _DATABASE.subn(lambda _: block, text, count=1)
        if not count:
            raise CommandError(
                msg("{path} names no database.", path=path),
                msg("Write it anew with “palabre synapse-config”, then try again."),
            )
        return changed

    async def _run_tool(self, copy: Path, configuration: Path) -> None:
        """Run Synapse's tool, which ends with us. Raises CommandError."""
        log = self.data.logs / "synapse-port.log"
        tool = [str(synapse_python(self.venv)), "-P", "-m", "synapse._scripts.synapse_port_db"]
        files = ["--sqlite-database", str(copy), "--postgres-config", str(configuration)]
        with log.open("wb") as output:
            code = await run_tethered([*tool, *files], output)
        if code != 0:
            raise _tool_failed(log)

    async def _compare(self, database: CopiedDatabase, copy: Path) -> dict[str, int]:
        """Return how many rows there are. Raises CommandError where there were others."""
        before = {name: count for name, count in rows_of(copy).items() if not NOT_COPIED.match(name)}
        after = await database.rows(before)
        differing = differences(before, after)
        if differing:
            raise CommandError(
                msg(
                    "Not all of it arrived: there are other numbers of rows in {names}.",
                    names=", ".join(differing),
                ),
                msg(
                    "The homeserver stays on SQLite. If it ran meanwhile, make the new database anew and try again."
                ),
            )
        return after


def sequences_of(copy: Path) -> dict[str, int]:
    """Return the number after which each sequence goes on: no position that a client has is given again."""
    given = highest(copy, "stream_positions", "stream_name", "stream_id")
    return {_SEQUENCES[stream]: number for stream, number in given.items() if stream in _SEQUENCES}


def differences(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """Return the tables that have other numbers of rows; an empty one need not be there."""
    return sorted(name for name, count in before.items() if after.get(name, 0) != count)


def synapse_database(to: PostgreSQL) -> dict[str, object]:
    """Return the part ``database`` of Synapse's configuration, as its template has it."""
    args = {
        "host": to.host,
        "port": to.port,
        "user": to.user,
        "dbname": to.dbname,
        "passfile": str(to.passfile),
    }
    return {"name": "psycopg2", "args": {**args, "cp_min": 5, "cp_max": 10}}


def _tool_failed(log: Path) -> CommandError:
    if _PENDING in log.read_text(errors="replace"):
        return CommandError(
            msg("Synapse has not finished preparing its SQLite database."),
            msg("Start it again, leave it running for some minutes, stop it, and try again."),
        )
    return CommandError(
        msg("Synapse's tool could not copy the database; the homeserver stays on SQLite."),
        msg("Its words are in {log}.", log=log),
    )
