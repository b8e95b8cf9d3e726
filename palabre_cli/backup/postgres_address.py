"""Where a database of PostgreSQL's is, as libpq's variables name it: for psql, pg_dump and pg_restore.

Addresses and passwords go to these programs through their environment: a list of processes shows neither.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from community.core.messages import msg
from community.description.settings import Settings
from community.storage.opening import password_of
from palabre_cli.backup.errors import BackupError
from palabre_cli.backup.homeserver_file import options_of

_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "database": "PGDATABASE",
    "passfile": "PGPASSFILE",
    "application_name": "PGAPPNAME",
    "channel_binding": "PGCHANNELBINDING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "gssencmode": "PGGSSENCMODE",
    "gsslib": "PGGSSLIB",
    "krbsrvname": "PGKRBSRVNAME",
    "options": "PGOPTIONS",
    "require_auth": "PGREQUIREAUTH",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "sslcert": "PGSSLCERT",
    "sslcrl": "PGSSLCRL",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslrootcert": "PGSSLROOTCERT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""libpq's options, and the variables by which its programs are given each."""
_OF_A_POOL = re.compile(r"cp_\w+|keepalives\w*|tcp_user_timeout|client_encoding")
"""What of Synapse's options says nothing of where the database is: those of Twisted's pool, and of connections."""
_ELSEWHERE = frozenset({"PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE"})
"""Variables that would lead to another server than the one that PGHOST names."""
_SERVER = re.compile(r"(?:\[([^\]]*)\]|([^:\[\]]*))(?::(\d*))?")


@dataclass(frozen=True)
class PostgresAddress:
    """Where a database is. ``has_passfile``: its passwords are in a file of its own, wherever that is now."""

    variables: Mapping[str, str]
    has_passfile: bool = False

    @classmethod
    def of_store(cls, settings: Settings, secrets: Path) -> Self | None:
        """Return where the settings have the store; None where it is an SQLite file.

        A file of its password that is no longer where the settings say is looked for in ``secrets``.

        Raises:
            BackupError: its address has options that are not known here.
            StoreError: the file of its password cannot be read.
        """
        url = settings.store_url or ""
        if not url.startswith("postgresql"):
            return None
        options = _options_of_url(url)
        named = settings.store_password_file
        is_there = named is None or Path(named).exists()
        password = password_of(named if is_there else _now_at(named, secrets))
        if password is not None:
            options["password"] = password()
        return cls(_variables(options, "store_url"), "passfile" in options)

    @classmethod
    def of_homeserver(cls, configuration: Path, secrets: Path) -> Self | None:
        """Return where Synapse's configuration has its database; None where it is an SQLite file or there is none.

        ``secrets`` is where the file of passwords that it names is now.

        Raises:
            BackupError: the configuration cannot be read, or has options that are not known here.
        """
        database = options_of(configuration).get("database")
        if not isinstance(database, dict) or database.get("name") != "psycopg2":
            return None
        args: Any = database.get("args")
        given = args.items() if isinstance(args, dict) else ()
        options = {
            str(name): str(value)
            for name, value in given
            if value is not None and not _OF_A_POOL.fullmatch(str(name))
        }
        passfile = options.pop("passfile", None)
        now = _now_at(passfile, secrets)
        if now is not None and now.exists():
            options["passfile"] = str(now)
        return cls(_variables(options, configuration.name), passfile is not None)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of PostgreSQL's programs; what the address says goes before what is set already.

        A password that is set is meant for another database where this one has a file of its own for them.
        """
        not_taken = {*_ELSEWHERE, *(("PGPASSWORD",) if self.has_passfile else ())}
        inherited = {name: value for name, value in os.environ.items() if name not in not_taken}
        return {**inherited, **self.variables, "LC_ALL": "C"}

    @property
    def name(self) -> str:
        """The name of the database."""
        found = self.environment
        return found.get("PGDATABASE") or found.get("PGUSER", "")

    @property
    def server(self) -> str:
        """The server, for people."""
        found = self.environment
        host, port = found.get("PGHOST") or "localhost", found.get("PGPORT")
        return f"{host}:{port}" if port else host


def _now_at(path: str | None, secrets: Path) -> Path | None:
    """Return where a file of a password is: as it is named, else among the secrets."""
    if path is None:
        return None
    moved = secrets / Path(path).name
    return moved if moved.exists() else Path(path)


def _options_of_url(url: str) -> dict[str, str]:
    """Return libpq's options of an address; what is before its ? goes before what is behind it, as for asyncpg."""
    parts = urlsplit(url)
    user, _, servers = parts.netloc.rpartition("@")
    hosts, ports = _servers(servers)
    options = dict(parse_qsl(parts.query))
    # Given more than once, servers are tried one after another.
    for name in ("host", "port"):
        several = [value for option, value in parse_qsl(parts.query) if option == name]
        options |= {name: ",".join(several)} if several else {}
    before = {
        "host": hosts,
        "port": ports,
        "user": unquote(user),
        "dbname": unquote(parts.path.removeprefix("/")),
    }
    return options | {name: value for name, value in before.items() if value}


def _servers(servers: str) -> tuple[str, str]:
    """Return hosts and ports, as libpq takes more than one."""
    found = [_SERVER.fullmatch(server) for server in servers.split(",")]
    hosts = [unquote(match[1] or match[2] or "") for match in found if match is not None]
    ports = [match[3] or "" for match in found if match is not None]
    if len(hosts) < len(found):
        raise BackupError(
            msg("“{server}” in store_url is no server's name and port.", server=servers),
            msg("Write it as in postgresql://palabre@localhost:5432/palabre."),
        )
    return ",".join(hosts) if any(hosts) else "", ",".join(ports) if any(ports) else ""


def _variables(options: Mapping[str, str], place: str) -> dict[str, str]:
    _require_known(options, place)
    return {_VARIABLES[name]: value for name, value in options.items() if value}


def _require_known(options: Iterable[str], place: str) -> None:
    unknown = sorted(set(options) - _VARIABLES.keys())
    if unknown:
        raise BackupError(
            msg(
                "The address of the database in {place} has the option “{option}”, "
                "which PostgreSQL's programs cannot be given.",
                place=place,
                option=unknown[0],
            ),
            msg("Say the same in a way that PostgreSQL's variables know (PGSSLMODE, PGOPTIONS, …)."),
        )
