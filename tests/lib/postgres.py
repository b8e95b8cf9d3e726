"""A PostgreSQL server for the tests, a child process on a free port of 127.0.0.1 and a socket; Debian's programs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from palabre_cli import tether as tether_module
from palabre_cli.installers import postgresql_programs

OWNER, LOOPBACK = "postgres", "127.0.0.1"
PASSWORD = "a word: with \\ and @ in it"
"""The superuser's, over TCP. Over the socket, nobody is asked for one."""
SECONDS_TO_START = 60


@dataclass
class PostgresServer:
    """A running server. ``folder`` is its data and its socket."""

    programs: Path
    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def is_running(self) -> bool:
        return self._process is not None

    @property
    def own_url(self) -> str:
        """The address of its first database, over the socket: no password is asked for."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql+asyncpg://{OWNER}@/{database}?host={self.folder}&port={self.port}"

    def tcp_url(self, database: str, user: str = OWNER, options: str = "") -> str:
        """Return an address without the password that is asked for there."""
        return f"postgresql://{user}@{LOOPBACK}:{self.port}/{database}{options}"

    def create(self, *, encoding: str = "UTF8", locale: str = "C") -> str:
        """Make a database; return its name."""
        name = f"palabre_test_{uuid4().hex}"
        self.run_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE '{locale}'")
        return name

    def drop(self, name: str) -> None:
        self.run_sql(f"DROP DATABASE {name} WITH (FORCE)")

    def run_sql(self, *statements: str, database: str = "postgres") -> str:
        """Carry out statements; return what they say, a row a line."""
        asked = [word for statement in statements for word in ("-c", statement)]
        where = ["-h", str(self.folder), "-p", str(self.port), "-U", OWNER, "-d", database]
        words = [str(self.programs / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", *where, *asked]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()

    def own(self, *paths: Path) -> None:
        """Give files to the server's user."""
        _give(*paths)

    def start(self) -> None:
        """Start it, and wait until it answers; it ends with this process, however that ends."""
        tether = (sys.executable, str(Path(tether_module.__file__)), str(os.getpid()), "--")
        settings = {
            "port": str(self.port),
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "shared_buffers": "32MB",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder.parent / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*tether, *_as_owner(), str(self.programs / "postgres"), "-D", str(self.folder), *words],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + SECONDS_TO_START
        ready = [str(self.programs / "pg_isready"), "-q", "-h", str(self.folder), "-p", str(self.port)]
        while subprocess.run(ready, check=False).returncode != 0:
            assert self._process.poll() is None, "PostgreSQL has ended"
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends every connection, SIGQUIT as if it had crashed."""
        assert self._process is not None
        os.kill(int((self.folder / "postmaster.pid").read_text().split()[0]), how)
        self._process.wait(60)
        self._process = None

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        self.stop(how)
        self.start()


def make_certificate(server: PostgresServer, folder: Path) -> Path:
    """Give the server a certificate for 127.0.0.1, signed by itself; return what a client trusts."""
    key, certificate = server.folder / "server.key", server.folder / "server.crt"
    subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run(
        [*words, "-days", "2", *subject, "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    trusted = folder / "ca.pem"
    trusted.write_bytes(certificate.read_bytes())
    server.own(key, certificate)
    return trusted


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Make a server and run it until the block ends."""
    programs = postgresql_programs()
    assert programs is not None, "PostgreSQL is missing: sudo apt-get install postgresql"
    # Not in a folder of pytest: the socket's path would be too long, and its owner could not get there.
    root = Path(tempfile.mkdtemp(prefix="palabre-pg-"))
    try:
        data = root / "data"
        data.mkdir(mode=0o700)
        (root / "password").write_text(PASSWORD)
        root.chmod(0o755)
        _give(data, root / "password")
        _initialise(programs, data, root / "password")
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            server = PostgresServer(programs, data, probe.getsockname()[1])
        server.start()
        try:
            yield server
        finally:
            if server.is_running:
                server.stop(signal.SIGQUIT)
    finally:
        shutil.rmtree(root)


def _initialise(programs: Path, data: Path, password: Path) -> None:
    ways = ("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}")
    form = ("--encoding=UTF8", "--locale=C", "--no-sync", f"--username={OWNER}")
    words = [*_as_owner(), str(programs / "initdb"), *ways, *form, "-D", str(data)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def _as_owner() -> Sequence[str]:
    """Return what runs a program as the server's owner: PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return ()
    # What ends it with its parent is undone where a process changes its user: said here once more.
    return ("setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", "--pdeathsig=KILL", "--")


def _give(*paths: Path) -> None:
    if os.geteuid() == 0:
        for path in paths:
            shutil.chown(path, OWNER, OWNER)
