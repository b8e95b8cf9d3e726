"""What the metrics say of the installation: database, jobs, disks, restarts; and where they are served."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from bots.encryption.send_times import SendTimes
from community.core.listening import ListeningAddress, loopback
from community.core.messages import Message
from community.description.data_folder import DataFolder
from community.description.load import load_description
from community.description.settings import Settings
from community.jobs.invitations import RoomInvitation
from community.jobs.kinds import KINDS
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import open_store
from palabre_cli.bots import bots_command
from palabre_cli.restart_count import RestartCount
from provisioning.health import ServiceHealth
from provisioning.installation_watch import Installation, InstallationMetrics, InstallationWatch
from provisioning.plan import Plan
from tests.lib.descriptions import SMALL

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    return folder


@pytest.fixture
def health() -> ServiceHealth:
    return ServiceHealth(lambda: NOW)


def lines(seen: Installation, data: DataFolder, health: ServiceHealth) -> list[str]:
    registry = CollectorRegistry()
    registry.register(InstallationMetrics(seen, data, health))
    return generate_latest(registry).decode().splitlines()


async def watched(
    data: DataFolder, health: ServiceHealth, condition: Callable[[Installation], bool]
) -> list[str]:
    """Run the watch until it has seen what ``condition`` wants; return the metrics of that moment."""
    watch, stop = InstallationWatch(SMALL, data, health), asyncio.Event()
    running = asyncio.create_task(watch.run(stop))
    async with asyncio.timeout(60):
        while not condition(watch.seen):
            await asyncio.sleep(0.01)
    text = lines(watch.seen, data, health)
    stop.set()
    await running
    return text


def test_before_the_first_look_the_database_is_not_there_and_nothing_is_said_of_jobs(
    data: DataFolder, health: ServiceHealth
) -> None:
    text = lines(Installation(), data, health)
    assert "palabre_database_reachable 0.0" in text
    assert not any(line.startswith(("palabre_jobs", "palabre_process_restarts")) for line in text)
    assert any(line.startswith('palabre_disk_free_bytes{folder="data"}') for line in text)


async def test_jobs_that_wait_are_counted_by_kind_with_the_age_of_the_oldest(
    data: DataFolder, health: ServiceHealth
) -> None:
    async with await open_store(Settings(), data) as store:
        for number, age in enumerate((9, 3)):
            invitation = RoomInvitation(room_id=f"!{number}", room_key="cafe", user_id="@awa:example.org")
            await store.jobs.file(invitation, at=NOW - age * MINUTE)
    text = await watched(data, health, lambda seen: seen.is_database_there)
    assert "palabre_database_reachable 1.0" in text
    assert 'palabre_jobs_waiting{kind="invite"} 2.0' in text
    assert 'palabre_jobs_oldest_seconds{kind="invite"} 540.0' in text
    assert 'palabre_jobs_failed{kind="invite"} 0.0' in text
    # Every kind is there from the beginning: Prometheus sees no increase of what was not there.
    waiting = [line for line in text if line.startswith("palabre_jobs_waiting{")]
    assert len(waiting) == len(KINDS)
    assert "palabre_disk_least_free_bytes 1e+09" in text
    assert not any("awa" in line for line in text)


async def test_a_database_that_cannot_be_opened_is_not_there(data: DataFolder, health: ServiceHealth) -> None:
    data.store.write_bytes(b"not a database" * 1000)
    text = await watched(data, health, lambda seen: seen.least_free > 0)
    assert "palabre_database_reachable 0.0" in text


def test_restarts_are_counted_from_the_start_of_up(data: DataFolder, health: ServiceHealth) -> None:
    said: list[Message] = []
    restarts = RestartCount(data, said.append)
    restarts.write()
    assert 'palabre_process_restarts_total{process="synapse"} 0.0' in lines(Installation(), data, health)
    restarts.note("palabre bots")
    restarts.note("palabre bots")
    text = lines(Installation(), data, health)
    assert 'palabre_process_restarts_total{process="bots"} 2.0' in text
    assert 'palabre_process_restarts_total{process="serve"} 0.0' in text
    RestartCount(data, said.append).write()
    assert 'palabre_process_restarts_total{process="bots"} 0.0' in lines(Installation(), data, health)
    assert said == []


def test_what_cannot_be_written_is_said_and_stops_nothing(tmp_path: Path) -> None:
    said: list[Message] = []
    RestartCount(DataFolder(tmp_path / "nowhere"), said.append).note("palabre bots")
    assert len(said) == 1


async def test_the_service_files_the_weekly_line_once_also_when_it_is_started_again(
    data: DataFolder, health: ServiceHealth
) -> None:
    async with await open_store(Settings(), data) as store:
        await store.applied.replace(load_description(SMALL).community, at=NOW - timedelta(days=3))
        await store.marks.first("weekly-line", NOW - timedelta(days=3))
        # Until it has looked at the homeserver it does not know whether all is well.
        await watched(data, health, lambda seen: seen.is_database_there)
        assert await store.jobs.pending(Notice.KIND) == ()
        health.looked(Plan(()), timedelta(minutes=5))
        for _ in range(2):
            await watched(data, health, lambda seen: seen.is_database_there)
        health.failed("The homeserver does not answer.")
        await watched(data, health, lambda seen: seen.is_database_there)
        (job,) = await store.jobs.pending(Notice.KIND)
    notice = Notice.decoded(job.payload)
    assert (notice.kind, notice.audience, notice.values) == (NoticeKind.WEEK_WELL, COORDINATORS, {})


def test_how_long_sending_takes_is_counted_up_to_each_limit() -> None:
    times = SendTimes()
    for seconds in (0.05, 0.1, 0.4, 90.0):
        times.note(seconds)
    counted = dict(times.up_to())
    assert (counted["0.1"], counted["0.25"], counted["0.5"], counted["60"], counted["+Inf"]) == (
        2,
        2,
        3,
        3,
        4,
    )
    assert times.seconds == pytest.approx(90.55)


@pytest.mark.parametrize("wrong", ["9101", ":9101", "0.0.0.0:", "0.0.0.0:x", "0.0.0.0:70000"])
def test_another_form_of_address_is_refused(wrong: str) -> None:
    with pytest.raises(click.BadParameter, match="not an address and a port"):
        bots_command.make_context("bots", ["--metrics", wrong])


def test_an_address_for_a_containers_network_is_taken() -> None:
    context = bots_command.make_context("bots", ["--metrics", "192.0.2.1:9101"])
    assert context.params["metrics"] == ListeningAddress(9101, "192.0.2.1")
    assert loopback(9101) == ListeningAddress(9101, "127.0.0.1")
    assert loopback(None) is None
