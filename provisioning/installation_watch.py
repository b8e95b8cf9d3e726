"""What the metrics say of the whole installation: its database, the jobs in it, its disks, its restarts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from community.core.disk import free_bytes
from community.core.errors import DataFolderError, PalabreError, place_of
from community.description.backups import newest_backup
from community.description.current_settings import CurrentSettings
from community.description.data_folder import DataFolder, read_private_json
from community.description.settings import Settings
from community.jobs.findings import SHOWN_FOR
from community.jobs.job import WaitingJobs
from community.jobs.kinds import KINDS
from community.storage import Store, open_store
from provisioning.health import ServiceHealth
from provisioning.weekly_line import concerns, due_since, line_of

log = structlog.get_logger()

LOOK_EVERY = 10.0
"""Seconds between two looks at the database."""
PROCESSES: Mapping[str, str] = {"Synapse": "synapse", "palabre bots": "bots", "palabre serve": "serve"}
"""The children of `palabre up`, and what their restarts are counted under."""


@dataclass
class Installation:
    """What was seen at the last look. ``waiting``: jobs that have not ended, by kind; ``failed``: of seven days."""

    is_database_there: bool = False
    waiting: Mapping[str, WaitingJobs] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    least_free: int = 0
    """Bytes that the settings ask for on the disk."""
    newest_backup: datetime | None = None
    """When it was made; None where the service sees none."""


class InstallationWatch:
    """Looks at the database of the installation now and then, whatever becomes of the homeserver meanwhile."""

    def __init__(self, config: Path, data: DataFolder, health: ServiceHealth) -> None:
        self._settings = CurrentSettings(config, data)
        self._data = data
        self._health = health
        self._now = health.now
        self.seen = Installation()

    async def run(self, stop: asyncio.Event) -> None:
        """Look until ``stop``; a database that does not answer is opened anew at the next look."""
        while not stop.is_set():
            try:
                await self._look_while_open(stop)
            except PalabreError as error:
                log.warning("installation_not_seen", reason=str(error))
            except (
                Exception
            ) as error:  # a mistake of ours: the metrics say that nothing is seen, and it goes on
                log.error("installation_not_seen", kind=type(error).__name__, at=place_of(error))  # noqa: TRY400
            self.seen.is_database_there = False
            await _pause(stop)

    async def _look_while_open(self, stop: asyncio.Event) -> None:
        settings = self._settings.read()
        self.seen.least_free = settings.homeserver.least_free
        async with await open_store(settings, self._data) as store:
            while not stop.is_set():
                await self._look(store, self._now())
                await _pause(stop)

    async def _look(self, store: Store, now: datetime) -> None:
        self.seen.waiting = await store.jobs.waiting()
        self.seen.failed = await store.jobs.failures(now - SHOWN_FOR)
        self.seen.is_database_there = True
        settings = self._settings.read()
        self.seen.least_free = settings.homeserver.least_free
        self.seen.newest_backup = await asyncio.to_thread(newest_backup, settings, self._data)
        await self._tell_the_week(store, settings, now)

    async def _tell_the_week(self, store: Store, settings: Settings, now: datetime) -> None:
        """File this week's line once it is due, and the homeserver was looked at, or could not be."""
        health = self._health
        if health.looked_at is None and health.reason is None:
            return
        moment = await due_since(store, settings, now)
        if moment is not None:
            seen = self.seen
            found = concerns(
                health,
                seen.waiting,
                seen.failed,
                least_free=seen.least_free,
                newest_backup=seen.newest_backup,
                now=now,
            )
            await store.jobs.file(line_of(found, moment), at=now)


async def _pause(stop: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), LOOK_EVERY)


class InstallationMetrics(Collector):
    """The metrics of an installation; docs/operator.md lists them. A label is a kind, a folder or a process."""

    def __init__(self, seen: Installation, data: DataFolder, health: ServiceHealth) -> None:
        self._seen = seen
        self._data = data
        self._now = health.now

    def collect(self) -> Iterator[Metric]:
        """Give each metric. The disk is looked at when somebody asks."""
        seen = self._seen
        yield GaugeMetricFamily(
            "palabre_database_reachable",
            "Whether the store's database answered at the last look",
            value=seen.is_database_there,
        )
        if seen.is_database_there:
            yield from _jobs(seen, self._now())
        yield from self._disks()
        if seen.newest_backup is not None:
            yield GaugeMetricFamily(
                "palabre_backup_newest_timestamp_seconds",
                "When the newest backup was made",
                value=seen.newest_backup.timestamp(),
            )
        yield from _restarts(self._data)

    def _disks(self) -> Iterator[Metric]:
        free = GaugeMetricFamily(
            "palabre_disk_free_bytes", "Room on the disk of a folder of the data folder", labels=["folder"]
        )
        data = self._data
        for name, folder in (("data", data.root), ("synapse", data.synapse), ("logs", data.logs)):
            room = free_bytes(folder)
            if room is not None:
                free.add_metric([name], room)
        yield free
        yield GaugeMetricFamily(
            "palabre_disk_least_free_bytes",
            "Room that the settings ask for (homeserver.least_free_mb)",
            value=self._seen.least_free,
        )


def _jobs(seen: Installation, now: datetime) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("palabre_jobs_waiting", "Jobs that have not ended", labels=["kind"])
    oldest = GaugeMetricFamily(
        "palabre_jobs_oldest_seconds", "How long the oldest of these waits", labels=["kind"]
    )
    failed = GaugeMetricFamily(
        "palabre_jobs_failed", "Jobs that have failed for good in the last seven days", labels=["kind"]
    )
    for kind in sorted(KINDS):
        jobs = seen.waiting.get(kind)
        waiting.add_metric([kind], 0 if jobs is None else jobs.count)
        age = 0.0 if jobs is None else (now - jobs.oldest).total_seconds()
        oldest.add_metric([kind], max(age, 0.0))
        failed.add_metric([kind], seen.failed.get(kind, 0))
    yield from (waiting, oldest, failed)


def _restarts(data: DataFolder) -> Iterator[Metric]:
    """Give what `palabre up` has noted; nothing where it does not run."""
    counted = _counted_restarts(data)
    if counted is None:
        return
    family = CounterMetricFamily(
        "palabre_process_restarts", "How often “palabre up” has started a process again", labels=["process"]
    )
    for name, process in sorted(PROCESSES.items()):
        count = counted.get(name, 0)
        family.add_metric([process], count if isinstance(count, int) else 0)
    yield family


def _counted_restarts(data: DataFolder) -> Mapping[str, object] | None:
    try:
        kept = read_private_json(data.status_file("up"))
    except DataFolderError:
        return None
    counted = None if kept is None else kept.get("restarts")
    return counted if isinstance(counted, dict) else None
