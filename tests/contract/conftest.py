"""An empty store for each test of its contract, on SQLite in a file (several processes share it) as in an installation.

And on PostgreSQL: a server that is started for the tests, or the one whose address is in PALABRE_TEST_POSTGRES
(``postgresql+asyncpg://user@host/postgres``), where databases may be made.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import NullPool, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.sql import text

from community.storage import Store
from provisioning.synapse_homeserver import SynapseHomeserver
from provisioning.topology import topology
from tests.lib.account_asking import DeskBench
from tests.lib.descriptions import SETTINGS, small
from tests.lib.homeserver_bench import Bench, InMemory, OnSynapse
from tests.lib.memory_homeserver import SERVER, MemoryHomeserver
from tests.lib.synapse_server import SynapseServer

POSTGRESQL = os.environ.get("PALABRE_TEST_POSTGRES")
DATABASES = ("sqlite", "postgresql")
RUN = uuid4().hex


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/palabre.db"


@pytest.fixture(params=DATABASES)
async def url(request: pytest.FixtureRequest, file_url: str) -> AsyncIterator[str]:
    """The address of a database without rows; with the mark ``from_nothing`` one without tables."""
    if request.param == "sqlite":
        yield file_url
        return
    address = POSTGRESQL or request.getfixturevalue("postgres_server").own_url
    form = "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
    if request.node.get_closest_marker("from_nothing") is None:
        form = f"TEMPLATE {await _template(address, form)}"
    name = f"palabre_test_{uuid4().hex}"
    async with _server(address) as server:
        await server.execute(text(f"CREATE DATABASE {name} {form}"))
        try:
            yield _database(address, name)
        finally:
            await server.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


async def _template(address: str, form: str) -> str:
    """Return the name of a database that has our tables; the first test of this process makes it."""
    name = f"palabre_template_{RUN}"
    async with _server(address) as server:
        known = text("SELECT 1 FROM pg_database WHERE datname = :name")
        if (await server.execute(known, {"name": name})).one_or_none() is None:
            await server.execute(text(f"CREATE DATABASE {name} {form}"))
            await (await Store.open(_database(address, name))).close()
    return name


@asynccontextmanager
async def _server(address: str) -> AsyncIterator[AsyncConnection]:
    server = create_async_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with server.connect() as connection:
        yield connection
    await server.dispose()


def _database(address: str, name: str) -> str:
    return make_url(address).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with await Store.open(url) as opened:
        yield opened


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[DeskBench]:
    """A desk where people ask for accounts, with a homeserver in memory."""
    async with DeskBench(store).open() as opened:
        yield opened


@pytest.fixture(params=["memory", pytest.param("synapse", marks=pytest.mark.live)])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    community = f"c{uuid4().hex[:8]}"
    desired = topology(small(key=community).community, SETTINGS)
    if request.param == "memory":
        memory = MemoryHomeserver(community)
        memory.clock = datetime.now(UTC)
        yield Bench(memory, InMemory(memory), community, desired)
        return
    server: SynapseServer = request.getfixturevalue("synapse_server")
    async with server.provisioner() as http:
        homeserver = SynapseHomeserver(
            http, server.own, community=community, server_name=SERVER, patience=1.0
        )
        yield Bench(homeserver, OnSynapse(server, http), community, desired)
