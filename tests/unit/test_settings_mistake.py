"""A mistake in settings.yaml: nothing is begun by it, what runs goes on with the settings of before and says so."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from community.core.errors import DescriptionError
from community.core.messages import Message, translator
from community.description.current_settings import CurrentSettings, settings_of_before
from community.description.data_folder import DataFolder
from community.description.known_community import KnownCommunity, OtherCommunity, note_community
from community.description.load import file_stamps, load_community, load_description, load_settings
from community.storage import Store
from matrix.http import RequestCounts
from palabre_cli import disk_watch
from palabre_cli.disk_watch import DiskWatch
from palabre_cli.embedded import SynapseFiles
from palabre_cli.supervisor import Supervisor
from palabre_cli.terminal import Terminal
from palabre_cli.up import SYNAPSE, Up
from provisioning.health import ServiceHealth
from provisioning.provisioner import ApplyOptions, Provisioner
from provisioning.service import Service
from tests.lib.commands import palabre
from tests.lib.descriptions import SMALL
from tests.lib.memory_homeserver import MemoryHomeserver

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
RIGHT = "version: 1\nprovisioning: {reconcile: apply, every: 7min}\n"
WRONG = "version: 1\nprovisioning: {reconcile: aply, every: 7min}\n"


@dataclass(frozen=True)
class Place:
    """A description, a data folder, a homeserver."""

    config: Path
    data: DataFolder
    store: Store
    homeserver: MemoryHomeserver

    def settings(self, text: str) -> None:
        (self.config / "settings.yaml").write_text(text)

    def provisioner(self) -> Provisioner:
        return Provisioner(
            load_description(self.config),
            load_settings(self.config),
            self.config,
            self.data,
            self.homeserver,
            self.store,
            "http://x",
            RequestCounts(),
        )


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    config, data = Path(shutil.copytree(SMALL, tmp_path / "config")), DataFolder(tmp_path / "data")
    data.prepare()
    async with await Store.open(data.store_url) as store:
        found = Place(config, data, store, MemoryHomeserver())
        found.settings(RIGHT)
        yield found


async def test_up_says_in_one_sentence_where_it_is_and_begins_nothing(place: Place) -> None:
    place.settings(WRONG)
    ran = await palabre("up", "--config", place.config, "--data", place.data.root)
    place_of, count = ran.err.strip().splitlines()
    assert (ran.code, count) == (1, "The description has 1 problem.")
    assert place_of.startswith(f"{place.config}/settings.yaml:2:27: provisioning.reconcile: ")
    assert not list(place.data.synapse.iterdir())


async def test_the_service_goes_on_with_the_settings_of_before_and_says_so(place: Place) -> None:
    health, stop = ServiceHealth(lambda: NOW), asyncio.Event()
    await place.provisioner().apply(ApplyOptions("test"))
    service, provisioner = Service(place.config, place.data, health, stop), place.provisioner()
    read = file_stamps(place.config)
    place.settings(WRONG)
    path = place.config / "community.yaml"
    path.write_text(path.read_text().replace("may: [announce, moderate]", "may: [announce, moderate, edit]"))
    with capture_logs() as logs:
        task = asyncio.create_task(service.attend(provisioner, read))
        async with asyncio.timeout(60):
            while health.looked_at is None:
                assert not task.done()
                await asyncio.sleep(0.02)
        stop.set()
        await task
    # Applied, as the settings of before say.
    kept = await place.store.applied.readable()
    assert kept is not None
    assert kept.community == load_community(place.config)
    (line,) = [line for line in logs if line["event"] == "file_kept"]
    assert (line["file"], line["line"]) == ("settings.yaml", "2")
    notices = [job.payload for job in await place.store.jobs.pending("notice")]
    (told,) = [payload for payload in notices if payload["kind"] == "file-kept"]
    assert (told["audience"], told["value.file"], told["value.line"]) == (
        "coordinators",
        "settings.yaml",
        "2",
    )
    # A session that is opened anew is one by these settings too.
    assert service._settings.read() == provisioner.settings


def test_a_mistake_is_over_when_it_is_mended_and_at_the_start_it_is_refused(place: Place) -> None:
    current = CurrentSettings(place.config, place.data)
    before = current.read()
    place.settings(WRONG)
    assert current.read() == before
    assert f"goes on with the settings of before: {place.config}/settings.yaml:2:27: " in str(current.mistake)
    with pytest.raises(DescriptionError):
        CurrentSettings(place.config, place.data)
    place.settings(RIGHT.replace("7min", "8min"))
    assert current.read() != before
    assert current.mistake is None


OTHER = "version: 1\nhomeserver: {server_name: other.localhost}\n"


def test_the_name_of_another_homeserver_is_such_a_mistake(place: Place) -> None:
    note_community(place.data, KnownCommunity("small", "palabre.localhost"))
    current = CurrentSettings(place.config, place.data)
    before = current.read()
    place.settings(OTHER)
    assert current.read() == before
    assert "settings.yaml:2:27: it was “palabre.localhost” until now" in str(current.mistake)
    with pytest.raises(OtherCommunity):
        CurrentSettings(place.config, place.data)


async def test_no_homeserver_is_written_under_another_name_when_the_disk_fills(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_community(place.data, KnownCommunity("small", "palabre.localhost"))
    current = CurrentSettings(place.config, place.data)
    said, restarted = list[Message](), asyncio.Event()

    class Children(Supervisor):
        def restart(self, name: str) -> None:
            assert name == SYNAPSE
            restarted.set()

    monkeypatch.setattr(disk_watch, "LOOK_EVERY", 0.001)
    monkeypatch.setattr(disk_watch, "free_bytes", lambda _folder: 1)
    place.settings(OTHER)
    up = Up(Terminal(io.StringIO(), io.StringIO(), translator("en", [])), place.config, place.data, None)
    files = SynapseFiles(place.data.synapse, place.data.logs / "synapse.log", "http://x", "127.0.0.1", 1)
    task = asyncio.create_task(up._watch_disk(Children(said.append), files, current))
    await asyncio.wait_for(restarted.wait(), 30)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    written = (place.data.synapse / "homeserver.yaml").read_text()
    assert "palabre.localhost" in written
    assert "other.localhost" not in written


async def doctor(place: Place) -> tuple[int, dict[str, dict[str, str]], str]:
    """Return the exit code, the findings by name, and what is said besides."""
    ran = await palabre("doctor", "--json", "--config", place.config, "--data", place.data.root)
    found = json.loads(ran.out)["findings"] if ran.out else []
    # How much room the disk has moves all the time.
    return ran.code, {each["name"]: each for each in found if each["name"] != "disk"}, ran.err


@pytest.mark.parametrize("wrong", [WRONG, OTHER])
async def test_the_doctor_goes_on_with_the_settings_of_before_and_says_all_else(
    place: Place, wrong: str
) -> None:
    note_community(place.data, KnownCommunity("small", "palabre.localhost"))
    _, before, _ = await doctor(place)
    CurrentSettings(place.config, place.data).note()
    place.settings(wrong)
    code, found, _ = await doctor(place)
    assert (code, found.keys() - before.keys()) == (1, {"settings/file"})
    assert {name: found[name] for name in before} == before
    assert found["settings/file"]["sentence"].startswith(
        f"settings.yaml has a mistake, so what runs goes on with the settings of before: {place.config}/"
    )


@pytest.mark.parametrize("noted", [None, "{", '{"version": 9}'])
async def test_where_nothing_that_can_be_read_was_noted_the_doctor_names_the_mistake(
    place: Place, noted: str | None
) -> None:
    if noted is not None:
        place.data.settings.write_text(noted)
    place.settings(WRONG)
    code, found, said = await doctor(place)
    assert (code, found) == (1, {})
    assert "settings.yaml:2:27: provisioning.reconcile: " in said


async def test_the_service_notes_what_it_goes_by(place: Place) -> None:
    health, stop = ServiceHealth(lambda: NOW), asyncio.Event()
    task = asyncio.create_task(Service(place.config, place.data, health, stop).run())
    async with asyncio.timeout(60):
        while not place.data.settings.exists():
            assert not task.done()
            await asyncio.sleep(0.02)
    stop.set()
    await task
    place.settings(WRONG)
    settings, (problem,) = settings_of_before(place.config, place.data)
    assert (settings.provisioning.reconcile, problem.path) == ("apply", "provisioning.reconcile")
    assert oct(place.data.settings.stat().st_mode & 0o777) == "0o600"


async def test_the_service_says_once_that_the_port_of_its_health_waits_for_a_new_start(place: Place) -> None:
    service = Service(place.config, place.data, ServiceHealth(lambda: NOW), asyncio.Event())
    with capture_logs() as logs:
        for port in (None, 9000, 9000, None, None):
            service._note_port(port)
    (line,) = logs
    assert (line["event"], line["settings"]) == ("settings_wait_for_restart", ["provisioning.http_port"])


async def test_up_says_it_once_while_it_runs(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_watch, "LOOK_EVERY", 0.001)
    said: list[Message] = []
    looks = asyncio.Event()

    class Watch(DiskWatch):
        count = 0

        async def look(self, settings: object, free: int | None) -> None:  # noqa: ARG002
            Watch.count += 1
            if Watch.count == 5:
                looks.set()

    async def switch(_uploads: bool) -> None:
        pass

    current = CurrentSettings(place.config, place.data)
    place.settings(WRONG)
    task = asyncio.create_task(Watch(current, place.data, switch, said.append, uploads=True).run())
    await asyncio.wait_for(looks.wait(), 30)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [str(message).partition(":")[0] for message in said] == [
        "settings.yaml has a mistake, so what runs goes on with the settings of before"
    ]
