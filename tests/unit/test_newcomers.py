"""Newcomers: in spaces alone until they have signed in; then no plan changes its mind about them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.storage import Store
from matrix.ids import user_id
from provisioning.apply import Applier
from provisioning.passwords import PasswordBook
from provisioning.plan import Plan
from provisioning.planner import plan
from provisioning.quiet_rooms import with_quiet
from provisioning.snapshot import Snapshot
from provisioning.topology import topology
from tests.lib.descriptions import SETTINGS, changed, small
from tests.lib.memory_homeserver import SERVER, MemoryHomeserver

NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
AWA, MOUSSA = user_id("awa.diallo", SERVER), user_id("moussa.keita", SERVER)


class Network:
    """A network that comes to be, and whose plans are applied."""

    def __init__(self, store: Store, folder: Path, signed_in: set[str], *, example: bool = False) -> None:
        self.homeserver = MemoryHomeserver()
        self.signed_in = signed_in
        self._community = changed(small().community, {"example": example})
        self._store = store
        self._book = PasswordBook(folder / "sign-in.json", "http://127.0.0.1:8008", lambda: "drawn")

    async def planned(self) -> tuple[Plan, Snapshot]:
        desired = topology(self._community, SETTINGS, self.signed_in)
        actual = await with_quiet(desired, await self.homeserver.snapshot(), self.homeserver)
        return plan(desired, actual), actual

    async def applied(self) -> Plan:
        made, actual = await self.planned()
        applier = Applier(
            self.homeserver,
            self._store,
            self._book,
            actor="test",
            now=lambda: NOW,
            progress=lambda _change, _error: None,
        )
        (await applier.apply(made, actual)).require_whole()
        return made

    def rooms_of(self, user: str) -> set[str]:
        """Return the keys of the rooms that somebody is in."""
        keys = topology(self._community, SETTINGS).rooms
        return {
            key
            for key in keys
            if self.homeserver.membership(self.homeserver.room_id(key), user_id(user, SERVER)) == "join"
        }


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        yield opened


async def test_nobody_is_in_any_room_before_a_signed_device_was_seen(store: Store, tmp_path: Path) -> None:
    network = Network(store, tmp_path, set())
    await network.applied()
    assert network.rooms_of("awa.diallo") == {"space", "space.theme.mobility", "space.theme.waste"}
    assert await store.jobs.pending("invite") == ()
    assert (await network.planned())[0].is_empty


async def test_who_signs_in_is_in_all_rooms_of_a_new_network_and_stays_there_when_they_are_talked_in(
    store: Store, tmp_path: Path
) -> None:
    network = Network(store, tmp_path, set())
    await network.applied()
    network.signed_in |= {AWA, MOUSSA}
    await network.applied()
    assert network.rooms_of("awa.diallo") >= {
        "lobby",
        "announcements",
        "cafe",
        "exchange.waste",
        "exchange.mobility",
    }
    assert (await network.planned())[0].is_empty
    for room_id in network.homeserver.rooms:
        network.homeserver.said[room_id] = 1
    assert (await network.planned())[0].is_empty


async def test_nobody_is_put_where_they_would_see_lines_that_they_cannot_read(
    store: Store, tmp_path: Path
) -> None:
    network = Network(store, tmp_path, {MOUSSA})
    await network.applied()
    for key in ("announcements", "cafe", "exchange.waste", "exchange.mobility", "lobby"):
        network.homeserver.said[network.homeserver.room_id(key)] = 2_000_000_000_000
    network.signed_in |= {AWA}
    await network.applied()
    assert network.rooms_of("awa.diallo") == {"lobby", "space", "space.theme.mobility", "space.theme.waste"}
    asked = {job.payload["room_key"] for job in await store.jobs.pending("invite")}
    assert asked == {"announcements", "cafe", "exchange.waste", "exchange.mobility"}


async def test_in_an_example_network_everything_is_there_at_once(store: Store, tmp_path: Path) -> None:
    network = Network(store, tmp_path, set(), example=True)
    await network.applied()
    assert "lobby" in network.rooms_of("awa.diallo")
    assert len(await store.jobs.pending("invite")) > 4
