"""`palabre up` applies the first time; later it starts on what was applied and says what is not."""

from __future__ import annotations

import io
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.core.errors import DescriptionError
from community.core.messages import translator
from community.description.data_folder import DataFolder
from community.description.fields import Localized
from community.description.load import load_description, load_usable
from community.description.model import Community, Description
from community.description.settings import ProvisioningSettings, Settings
from community.storage import Store
from matrix.http import RequestCounts
from palabre_cli.terminal import Terminal
from palabre_cli.up import Up, provision
from provisioning.errors import AliasTaken
from provisioning.plan import Plan
from provisioning.provisioner import Provisioner
from provisioning.snapshot import Snapshot
from tests.lib.asking import ROOT
from tests.lib.descriptions import SETTINGS, SMALL, small
from tests.lib.memory_homeserver import MemoryHomeserver

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
WAITS = "This is not applied: everything runs on what was applied last."
APPLYING = Settings(provisioning=ProvisioningSettings(reconcile="apply"))


@dataclass
class Start:
    """Starts of `palabre up` on one data folder and homeserver."""

    data: DataFolder
    store: Store
    homeserver: MemoryHomeserver = field(default_factory=MemoryHomeserver)

    def provisioner(self, description: Description, settings: Settings = SETTINGS) -> Provisioner:
        return Provisioner(
            description, settings, self.data, self.homeserver, self.store, "http://x", RequestCounts()
        )

    async def again(self, description: Description, settings: Settings = SETTINGS) -> str:
        """Start once more; return what is said."""
        said = io.StringIO()
        terminal = Terminal(said, said, translator("en", []))
        await provision(self.provisioner(description, settings), terminal, lambda: None)
        return said.getvalue()

    async def applied(self) -> Community | None:
        found = await self.store.applied.latest()
        return None if found is None else found.community

    async def cafe(self) -> object:
        return (await self.homeserver.snapshot()).rooms["cafe"].state["m.room.name", ""]["name"]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    data = DataFolder(tmp_path / "data")
    data.prepare()
    async with await Store.open(data.store_url) as store:
        yield Start(data, store)


def renamed(name: str = "Maquis") -> Description:
    description = small()
    rooms = [r.model_copy(update={"name": Localized(name)}) for r in description.community.rooms]
    chosen = tuple(
        new if new.key == "cafe" else old for new, old in zip(rooms, description.community.rooms, strict=True)
    )
    return replace(description, community=description.community.model_copy(update={"rooms": chosen}))


async def test_the_first_start_applies_and_the_next_has_nothing_to_say(start: Start) -> None:
    assert "Plan: 59 to add" in await start.again(small())
    assert await start.applied() == small().community
    assert (await start.again(small())).strip() == "Plan: 0 to add, 0 to change, 0 to remove"


async def test_what_is_described_otherwise_later_waits_until_somebody_applies_it(start: Start) -> None:
    await start.again(small())
    said = await start.again(renamed())
    assert "Plan: 0 to add, 2 to change, 0 to remove" in said
    assert WAITS in said
    assert await start.applied() == small().community
    assert await start.cafe() == "Café"


async def test_the_files_of_another_community_change_nothing(start: Start) -> None:
    """As when somebody forgets --config."""
    await start.again(small())
    await start.again(load_description(ROOT / "config"))
    assert await start.applied() == small().community
    assert await start.cafe() == "Café"


async def test_what_somebody_did_by_hand_is_said_and_left(start: Start) -> None:
    await start.again(small())
    room = (await start.homeserver.snapshot()).rooms["cafe"]
    assert room.room_id is not None
    await start.homeserver.set_state(room.room_id, "m.room.name", "", {"name": "Bar"})
    assert WAITS in await start.again(small())
    assert await start.cafe() == "Bar"


async def test_where_the_settings_say_so_it_is_applied_at_each_start(start: Start) -> None:
    await start.again(small())
    assert WAITS not in await start.again(renamed(), APPLYING)
    assert await start.cafe() == "Maquis"
    assert await start.applied() == renamed().community


async def test_a_first_start_that_was_broken_off_is_finished_by_the_next(start: Start) -> None:
    start.homeserver.refuse = {"cafe"}
    await start.again(small())
    start.homeserver.refuse = set()
    assert WAITS not in await start.again(small())
    assert await start.cafe() == "Café"


@pytest.mark.parametrize("settings", [SETTINGS, APPLYING])
async def test_a_plan_that_is_refused_brings_nothing_down(
    start: Start, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    await start.again(small())

    async def refuse(_self: Provisioner, **_more: object) -> tuple[Plan, Snapshot]:
        raise AliasTaken("#cafe:h")

    monkeypatch.setattr(Provisioner, "plan", refuse)
    assert "#cafe:h" in await start.again(renamed(), settings)
    assert await start.applied() == small().community


async def test_files_with_mistakes_stop_the_first_start_alone(start: Start, tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(SMALL, config)
    calendar = config / "calendar.yaml"
    calendar.write_text(calendar.read_text().replace("[lobby]", "[lobbby]"))
    said = io.StringIO()
    up = Up(Terminal(said, said, translator("en", [])), config, start.data, None)
    with pytest.raises(DescriptionError):
        await up._require_usable(SETTINGS)
    await start.store.applied.replace(small().community, at=NOW)
    await up._require_usable(SETTINGS)
    await start.again(small())
    kept = await start.again(load_usable(config).over(small().community))
    assert "calendar.yaml has a mistake and stays as it was applied last" in kept
    assert "calendar.yaml:8:" in kept
