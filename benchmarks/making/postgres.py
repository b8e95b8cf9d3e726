"""A PostgreSQL cluster for one run of a benchmark, on a free port of 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from palabre_cli.embedded import PostgreSQL

USER = "postgres"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Cluster:
    """A running cluster; its user needs no password. ``driver`` is a folder with psycopg2."""

    binaries: Path
    port: int
    folder: Path
    driver: Path

    def _run(self, program: str, *arguments: str) -> None:
        own = ("--host", LOOPBACK, "--port", str(self.port), "--username", USER)
        subprocess.run([str(self.binaries / program), *own, *arguments], check=True, stdout=sys.stderr)

    @contextmanager
    def database(self) -> Iterator[PostgreSQL]:
        """Make a database as Synapse wants it, and drop it at the end."""
        name = f"synapse_{uuid4().hex[:8]}"
        locale = ("--encoding", "UTF8", "--locale", "C", "--template", "template0")
        self._run("createdb", *locale, name)
        try:
            yield PostgreSQL(LOOPBACK, self.port, USER, name, self.folder / "no-passwords")
        finally:
            self._run("dropdb", "--force", name)


@contextmanager
def running_postgres(folder: Path) -> Iterator[Cluster]:
    """Make a cluster in ``folder`` and run it; Debian's package postgresql has the programs."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    if binaries is None:
        raise SystemExit("PostgreSQL is missing: sudo apt-get install postgresql")
    folder.mkdir(parents=True)
    driver = folder / "driver"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", str(driver), "psycopg2-binary"], check=True, stdout=sys.stderr)
    (folder / "no-passwords").write_text("")
    data = folder / "data"
    data.mkdir()
    as_owner = _as_owner(folder, data)
    subprocess.run(
        [*as_owner, str(binaries / "initdb"), "--auth", "trust", "--username", USER, "-D", str(data)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = probe.getsockname()[1]
    settings = f"-p {port} -c listen_addresses={LOOPBACK} -c unix_socket_directories={data}"
    control = [*as_owner, str(binaries / "pg_ctl"), "-D", str(data), "-w"]
    log = str(data / "log")
    subprocess.run([*control, "-l", log, "-o", settings, "start"], check=True, stdout=subprocess.DEVNULL)
    try:
        yield Cluster(binaries, port, folder, driver)
    finally:
        subprocess.run([*control, "-m", "fast", "stop"], check=True, stdout=subprocess.DEVNULL)


def _as_owner(folder: Path, data: Path) -> list[str]:
    """Return what runs a program as the cluster's owner: PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return []
    shutil.chown(data, USER)
    for parent in (folder, *folder.parents):
        if parent.stat().st_mode & 0o005 != 0o005:
            parent.chmod(parent.stat().st_mode | 0o005)
    return ["runuser", "-u", USER, "--"]
