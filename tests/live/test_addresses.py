"""Where Synapse keeps from where, and with what, people connect: docs/safety.md and docs/operator.md say so."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from uuid import uuid4

import pytest

from matrix.admin import AdminApi
from tests.lib.synapse_server import SynapseServer

pytestmark = pytest.mark.live

KEPT = {
    "user_ips": {"ip", "user_agent"},
    "devices": {"ip", "user_agent"},
    "ui_auth_sessions_ips": {"ip", "user_agent"},
    "user_daily_visits": {"user_agent"},
}


def tables(server: SynapseServer) -> dict[str, set[str]]:
    with closing(sqlite3.connect(server.data.synapse / "homeserver.db", timeout=30)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: {row[1] for row in database.execute(f"PRAGMA table_info({name})")} for name in names}


def test_addresses_and_programs_are_in_the_tables_that_are_documented(synapse_server: SynapseServer) -> None:
    found = {name: columns & {"ip", "user_agent"} for name, columns in tables(synapse_server).items()}
    assert {name: columns for name, columns in found.items() if columns} == KEPT


async def test_the_address_of_a_device_goes_with_the_device(synapse_server: SynapseServer) -> None:
    name = f"addressed-{uuid4().hex[:8]}"
    async with synapse_server.person(name):
        pass
    user = synapse_server.user(name)

    def devices() -> list[str]:
        with closing(sqlite3.connect(synapse_server.data.synapse / "homeserver.db", timeout=30)) as database:
            rows = database.execute("SELECT device_id FROM devices WHERE user_id = ? AND NOT hidden", (user,))
            return [device for (device,) in rows]

    there = devices()
    assert there
    async with synapse_server.provisioner() as http:
        await AdminApi(http).delete_devices(user)
    assert devices() == []
