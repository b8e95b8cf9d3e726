"""A real Synapse as `palabre up` configures it, started for the tests and ended with them."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from community.description.data_folder import DataFolder, write_private
from community.description.settings import Settings
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import UserId, user_id
from palabre_cli import tether as tether_module
from palabre_cli.embedded import LOOPBACK, PostgreSQL, SynapseFiles, choose_port, write_configuration
from palabre_cli.installers import install_synapse, needs_synapse, synapse_python, synapse_venv
from palabre_cli.options import shipped
from provisioning.accounts import bootstrap_accounts, provisioner_client
from provisioning.snapshot import OwnAccounts
from provisioning.topology import own_accounts
from tests.lib.quick_synapse import CONFIGURATION
from tests.lib.templates import copy_template

SECONDS_TO_START = 240
SETTINGS = Settings()
PASSWORD = "a-long-enough-password"


@dataclass(frozen=True)
class SynapseServer:
    """A running Synapse with Palabre's own accounts. Tests that share it use communities of their own."""

    url: str
    data: DataFolder
    settings: Settings

    @property
    def own(self) -> OwnAccounts:
        return own_accounts(self.settings)

    @asynccontextmanager
    async def provisioner(self) -> AsyncIterator[HomeserverClient]:
        """Give a client with the admin token."""
        async with provisioner_client(self.url, self.own.provisioner, self.data) as http:
            yield http

    @asynccontextmanager
    async def person(self, name: str) -> AsyncIterator[HomeserverClient]:
        """Give a client signed in as an ordinary account, made where it is missing."""
        user = self.user(name)
        async with self.provisioner() as http:
            if await AdminApi(http).find_account(user) is None:
                await AdminApi(http).create_account(user, PASSWORD, name)
        async with HomeserverClient(self.url) as http:
            session = await ClientApi(http).login(user, PASSWORD, device_name="test")
            http.use_token(session.access_token)
            yield http

    def user(self, name: str) -> UserId:
        return user_id(name, self.settings.homeserver.server_name)


@contextmanager
def running_synapse(
    folder: Path,
    *,
    postgresql: PostgreSQL | None = None,
    driver: Path | None = None,
    accounts: bool = True,
    port: int = 0,
    more: str = CONFIGURATION,
    settings: Settings = SETTINGS,
) -> Iterator[SynapseServer]:
    """Start a Synapse whose data are in ``folder``; it ends with the block, or with this process.

    With ``postgresql`` its database is there; ``driver`` is the folder of psycopg2. Without ``accounts`` it has none.
    On SQLite it begins with a copy of what one has that was made for all tests, in a folder that has none yet.
    It listens on ``port``, 0 for any free one. ``more`` is configuration beside that of the template. With other
    ``settings`` it begins from nothing.
    """
    from_nothing = postgresql is not None or settings != SETTINGS
    if not from_nothing and not folder.joinpath("synapse").exists():
        copy_template(f"synapse-{accounts}", folder, lambda made: _make_template(made, accounts=accounts))
    with _running(folder, postgresql, driver, port, more, settings) as server:
        # In a thread: the fixture may be asked for while a test's event loop runs.
        if accounts and from_nothing:
            with ThreadPoolExecutor(1) as thread:
                thread.submit(_make_own_accounts, server.url, server.settings, server.data).result()
        yield server


def _make_template(folder: Path, *, accounts: bool) -> None:
    with _running(folder) as server, ThreadPoolExecutor(1) as thread:
        if accounts:
            thread.submit(_make_own_accounts, server.url, server.settings, server.data).result()
        _until_prepared(server.data.synapse / "homeserver.db")


def _until_prepared(database: Path) -> None:
    """Wait until a new Synapse has prepared its database; until then it can't activate an account.

    Its admin API shows only what it does at this moment, so nothing between two steps.
    """
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        while connection.execute("SELECT 1 FROM background_updates").fetchone() is not None:
            time.sleep(0.05)


@contextmanager
def _running(
    folder: Path,
    postgresql: PostgreSQL | None = None,
    driver: Path | None = None,
    wanted: int = 0,
    more: str = CONFIGURATION,
    settings: Settings = SETTINGS,
) -> Iterator[SynapseServer]:
    data = DataFolder(folder)
    data.prepare()
    venv, constraints = synapse_venv(), shipped("synapse") / "constraints.txt"
    if needs_synapse(venv, constraints):
        asyncio.run(install_synapse(venv, constraints, folder / "install.log"))
    port = choose_port(wanted, data)
    url = f"http://{LOOPBACK}:{port}"
    files = SynapseFiles(
        folder=data.synapse,
        log_file=data.logs / "synapse.log",
        public_url=settings.public_address or url,
        bind_address=LOOPBACK,
        port=port,
        behind_proxy=settings.public_address is not None,
        postgresql=postgresql,
    )
    configuration = write_configuration(files, settings, data, shipped("synapse"))
    added = data.synapse / "tests.yaml"
    added.write_text(more)
    write_private(data.embedded_url, f"{url}\n".encode())
    tether = (sys.executable, str(Path(tether_module.__file__)), str(os.getpid()), "--")
    configurations = ("-c", str(configuration), "-c", str(added))
    synapse = (str(synapse_python(venv)), "-m", "synapse.app.homeserver", *configurations)
    environment = {**os.environ, **({} if driver is None else {"PYTHONPATH": str(driver)})}
    with (data.logs / "synapse-process.log").open("ab") as output:
        process = subprocess.Popen(
            [*tether, *synapse], stdout=output, stderr=output, cwd=data.synapse, env=environment
        )
    try:
        wait_for(url, process)
        yield SynapseServer(url, data, settings)
    finally:
        process.terminate()
        process.wait(30)


def _make_own_accounts(url: str, settings: Settings, data: DataFolder) -> None:
    secret = data.secret("registration-shared-secret").read_text()
    own = own_accounts(settings)
    asyncio.run(bootstrap_accounts(url, own, data, shared_secret=secret, draw=lambda: PASSWORD))


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        assert process.poll() is None, "Synapse has ended"
        assert time.monotonic() < deadline, "Synapse did not start"
        try:
            address = f"{url}/_matrix/client/versions"
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own http address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
