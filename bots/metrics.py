"""The bot's health for Prometheus: the only importer of prometheus_client here. Served on 127.0.0.1 alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bots.encryption import EncryptedClient
from bots.errors import MetricsPortTaken
from community.core.probe_server import serving_pages


class _Health(Collector):
    """Reads the client's health whenever somebody asks."""

    def __init__(self, client: EncryptedClient, jobs: Mapping[str, int], answers: Mapping[str, int]) -> None:
        self._client = client
        self._jobs = jobs
        self._answers = answers

    def collect(self) -> Iterator[Metric]:
        """Give each metric; docs/operator.md lists them."""
        health = self._client.health()
        gauges: tuple[tuple[str, str, float | None], ...] = (
            (
                "palabre_bot_last_sync_timestamp_seconds",
                "When the last sync was dealt with",
                health.synced_at.timestamp() if health.synced_at is not None else None,
            ),
            ("palabre_bot_one_time_keys", "One-time keys left on the homeserver", health.one_time_keys),
            (
                "palabre_bot_fallback_key_unused",
                "Whether an unused fallback key is on the homeserver",
                health.fallback_key_unused,
            ),
            ("palabre_bot_waiting_events", "Messages whose key has not come", health.waiting_events),
            (
                "palabre_bot_people_without_signed_device",
                "People who may read encrypted rooms but have no device that they have verified",
                len(health.without_signed_device),
            ),
            ("palabre_bot_rooms", "Rooms that the bot is in", len(self._client.rooms)),
            (
                "palabre_bot_identity_verified_timestamp_seconds",
                "When the bot's identity and signature on the homeserver were last found to be ours",
                health.verified_at.timestamp() if health.verified_at is not None else None,
            ),
            (
                "palabre_bot_clock_difference_seconds",
                "How far ahead the homeserver's clock is",
                health.clock.total_seconds() if health.clock is not None else None,
            ),
        )
        for name, text, value in gauges:
            if value is not None:
                yield GaugeMetricFamily(name, text, value=value)
        counters = (
            ("palabre_bot_encryption", "What was refused or could not be given", self._client.counts),
            ("palabre_bot_jobs", "What became of jobs", self._jobs),
            ("palabre_bot_answers", "What became of messages not answered at once", self._answers),
        )
        for name, text, counts in counters:
            family = CounterMetricFamily(name, text, labels=["what"])
            for what, count in sorted(counts.items()):
                family.add_metric([what], count)
            yield family


@contextmanager
def serving_metrics(
    client: EncryptedClient, jobs: Mapping[str, int], answers: Mapping[str, int], port: int | None
) -> Iterator[int | None]:
    """Serve the metrics on a port of 127.0.0.1 (0: any that is free) and give it; none where ``port`` is None.

    Raises:
        MetricsPortTaken: something else listens there.
    """
    if port is None:
        yield None
        return
    registry = CollectorRegistry()
    registry.register(_Health(client, jobs, answers))
    with ExitStack() as stack:
        try:
            served = stack.enter_context(serving_pages(make_wsgi_app(registry), port))
        except OSError as error:
            raise MetricsPortTaken(port) from error
        yield served
