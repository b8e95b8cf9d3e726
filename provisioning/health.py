"""How the provisioning service is, for a monitoring system: ``/healthz``, ``/readyz``, ``/metrics``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from community.accounts.faults import FaultKind
from community.core.probe_server import ListeningAddress, serving_pages
from provisioning.errors import HealthPortTaken
from provisioning.plan import Plan

HANGS = timedelta(minutes=10)
"""A service whose loop has shown no life for so long is not healthy: an apply shows life with each change."""
LATE = 3
"""Looks that may be missed before the service is not ready."""


@dataclass
class ServiceHealth:
    """What the service knows of itself. Times are aware; ``every`` is the time between two looks.

    ``differences``: what the last plan would change, by sign. ``faults``: of accounts, by kind. ``bot_missing``: rooms
    where the bot belongs and is not, after the last look. ``jobs``: what became
    of jobs. ``reason``: why the last look failed, None if it did not. ``free``: bytes that the data folder's disk has
    left.
    """

    now: Callable[[], datetime]
    every: timedelta = timedelta(minutes=5)
    alive_at: datetime | None = None
    looked_at: datetime | None = None
    reason: str | None = None
    differences: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    bot_missing: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)
    free: Callable[[], int | None] = lambda: None

    def beat(self) -> None:
        """Show life."""
        self.alive_at = self.now()

    def looked(self, plan: Plan, every: timedelta) -> None:
        """Note a look that succeeded, and what it found."""
        self.every, self.looked_at, self.reason = every, self.now(), None
        self.bot_missing = len(plan.absent)
        self.differences = Counter({sign: plan.count(sign) for sign in "+~-"})
        self.counts["looks"] += 1
        self.beat()

    def failed(self, reason: str) -> None:
        """Note a look that failed."""
        self.reason = reason
        self.counts["failed looks"] += 1
        self.beat()

    @property
    def is_healthy(self) -> bool:
        """Whether the loop goes on."""
        return self.alive_at is not None and self.now() - self.alive_at < HANGS

    @property
    def is_ready(self) -> bool:
        """Whether the last look succeeded, and not too long ago."""
        fresh = self.looked_at is not None and self.now() - self.looked_at < LATE * self.every + HANGS
        return self.is_healthy and fresh and self.reason is None


class _Metrics(Collector):
    def __init__(self, health: ServiceHealth) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """Give each metric; docs/operator.md lists them."""
        health = self._health
        if health.looked_at is not None:
            yield GaugeMetricFamily(
                "palabre_provisioning_last_look_timestamp_seconds",
                "When the homeserver was last compared with the description",
                value=health.looked_at.timestamp(),
            )
        yield GaugeMetricFamily("palabre_provisioning_ready", "Whether /readyz is 200", value=health.is_ready)
        differences = GaugeMetricFamily(
            "palabre_provisioning_differences", "Changes that the last plan had", labels=["sign"]
        )
        names = {"+": "add", "~": "change", "-": "remove"}
        for sign, name in names.items():
            differences.add_metric([name], health.differences[sign])
        yield differences
        faults = GaugeMetricFamily(
            "palabre_provisioning_account_faults", "Faults of accounts that stand", labels=["kind"]
        )
        for kind in FaultKind:
            faults.add_metric([kind.value], health.faults[kind.value])
        yield faults
        yield GaugeMetricFamily(
            "palabre_provisioning_rooms_without_bot",
            "Rooms where the bot belongs and is not",
            value=health.bot_missing,
        )
        counts = CounterMetricFamily("palabre_provisioning_events", "What has happened", labels=["what"])
        for what, count in sorted(health.counts.items()):
            counts.add_metric([what], count)
        yield counts
        jobs = CounterMetricFamily("palabre_provisioning_jobs", "What became of jobs", labels=["what"])
        for what, count in sorted(health.jobs.items()):
            jobs.add_metric([what], count)
        yield jobs


@contextmanager
def serving_health(
    health: ServiceHealth, at: ListeningAddress | None, *others: Collector
) -> Iterator[int | None]:
    """Serve the three pages at an address and give the port; nothing is served where ``at`` is None.

    ``others`` are metrics besides those of the service itself.

    Raises:
        HealthPortTaken: something else listens there.
    """
    if at is None:
        yield None
        return
    with ExitStack() as stack:
        try:
            served = stack.enter_context(serving_pages(_app(health, others), at))
        except OSError as error:
            raise HealthPortTaken(at.port) from error
        yield served


def _app(
    health: ServiceHealth, others: Iterable[Collector]
) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    registry = CollectorRegistry()
    for collector in (_Metrics(health), *others):
        registry.register(collector)
    ProcessCollector(registry=registry)
    metrics = make_wsgi_app(registry)

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        match environ.get("PATH_INFO"):
            case "/metrics":
                return list(metrics(environ, start_response))
            case "/healthz":
                status = HTTPStatus.OK if health.is_healthy else HTTPStatus.SERVICE_UNAVAILABLE
                answer: dict[str, object] = {"healthy": health.is_healthy}
            case "/readyz":
                status = HTTPStatus.OK if health.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
                answer = {"ready": health.is_ready, "reason": health.reason}
            case _:
                status, answer = HTTPStatus.NOT_FOUND, {"error": "not found"}
        start_response(f"{status.value} {status.phrase}", [("Content-Type", "application/json")])
        return [json.dumps(answer, ensure_ascii=False).encode()]

    return app
