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
from matrix.errors import HomeserverUnreachable
from matrix.http import RequestCounts
from matrix.ids import RoomId, UserId
from palabre_cli.terminal import Terminal
from palabre_cli.up import Up, provision
from provisioning.errors import AliasTaken, ChangesFailed
from provisioning.plan import Plan
from provisioning.plan_notes import example_notes
from provisioning.provisioner import ApplyOptions, Provisioner
from provisioning.snapshot import Snapshot
from tests.lib.asking import ROOT
from tests.lib.descriptions import SETTINGS, SMALL, small
from tests.lib.memory_homeserver import MemoryHomeserver
from tests.lib.unreadable import make_unreadable

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NOTHING = "\n".join(
    (*(f"! {note}" for note in example_notes(small().community)), "Plan: 0 to add, 0 to change, 0 to remove")
)
WAITS = "This is not applied: everything runs on what was applied last."
APPLYING = Settings(provisioning=ProvisioningSettings(reconcile="apply"))


class GoesAway(MemoryHomeserver):
    """A homeserver that can be away from the moment on that people are to come in."""

    is_away = False

    async def join(self, room_id: RoomId, user_id: UserId) -> None:
        if self.is_away:
            raise HomeserverUnreachable("http://x")
        await super().join(room_id, user_id)


@dataclass
class Start:
    """Starts of `palabre up` on one data folder and homeserver."""

    data: DataFolder
    store: Store
    homeserver: GoesAway = field(default_factory=GoesAway)

    def provisioner(self, description: Description, settings: Settings = SETTINGS) -> Provisioner:
        return Provisioner(
            description, settings, SMALL, self.data, self.homeserver, self.store, "http://x", RequestCounts()
        )

    async def again(self, description: Description, settings: Settings = SETTINGS) -> str:
        """Start once more; return what is said."""
        said = io.StringIO()
        terminal = Terminal(said, said, translator("en", []))
        await provision(self.provisioner(description, settings), terminal, lambda: None)
        return said.getvalue()

    async def applied(self) -> Community | None:
        found = await self.store.applied.readable()
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
    assert (await start.again(small())).strip() == NOTHING


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


async def begun(start: Start) -> None:
    """Start the first time, on a homeserver that goes away as soon as people are to come in."""
    start.homeserver.is_away = True
    with pytest.raises(ChangesFailed):
        await start.again(small())
    start.homeserver.is_away = False


async def test_a_first_start_that_was_broken_off_is_finished_by_the_next(start: Start) -> None:
    await begun(start)
    assert WAITS not in await start.again(small())
    assert (await start.again(small())).strip() == NOTHING


async def test_what_was_begun_is_finished_as_it_was_begun_whatever_the_files_say_by_then(
    start: Start,
) -> None:
    await begun(start)
    said = await start.again(renamed())
    assert "Plan: 0 to add, 2 to change, 0 to remove" in said
    assert WAITS in said
    assert await start.cafe() == "Café"
    assert await start.applied() == small().community
    awa = UserId("@awa.diallo:palabre.localhost")
    assert start.homeserver.membership(start.homeserver.room_id("lobby"), awa) == "join"


async def test_what_could_not_be_made_the_first_time_waits_until_somebody_applies_it(start: Start) -> None:
    start.homeserver.refuse = {"cafe"}
    assert "room cafe: The homeserver refused create_room" in await start.again(small())
    writes = start.homeserver.writes
    for described in (small(), renamed()):
        assert WAITS in await start.again(described)
    assert start.homeserver.writes == writes
    assert await start.applied() == small().community
    assert await start.store.people.find("@awa.diallo:palabre.localhost")
    start.homeserver.refuse = set()
    assert WAITS in await start.again(small())
    assert "cafe" not in (await start.homeserver.snapshot()).rooms
    await start.provisioner(small()).apply(ApplyOptions("test"))
    assert (await start.again(small())).strip() == NOTHING


async def test_much_that_could_not_be_made_the_first_time_is_made_without_force(start: Start) -> None:
    rooms = [
        {
            "key": f"more-{n}",
            "for": "community",
            "policy": "closed",
            "name": "More",
            "topic": "T",
            "roles": ["coordinator"],
        }
        for n in range(12)
    ]
    described = small(
        rooms=[*(r.model_dump(mode="json", by_alias=True) for r in small().community.rooms), *rooms]
    )
    start.homeserver.refuse = {f"more-{n}" for n in range(12)}
    await start.again(described)
    start.homeserver.refuse = set()
    made, _ = await start.provisioner(described).plan()
    assert (made.growth is not None, made.excess) == (True, None)


async def test_what_was_applied_and_cannot_be_read_is_not_applied_unasked(start: Start) -> None:
    await start.again(small())
    await make_unreadable(start.store)
    writes = start.homeserver.writes
    said = await start.again(renamed())
    assert "~ What was applied last cannot be read; Palabre goes by this description from now on" in said
    assert WAITS in said
    assert start.homeserver.writes == writes
    await start.provisioner(renamed()).apply(ApplyOptions("test"))
    assert await start.applied() == renamed().community


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
