"""The bot's health for Prometheus: no name of a person or of a room is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from bots.encryption import EncryptedClient
from bots.errors import MetricsPortTaken
from community.core.listening import ListeningAddress
from community.core.probe_server import serving_pages

_ENCRYPTION = (
    "devices_refused",
    "devices_refused_keys",
    "devices_unsigned",
    "devices_without_one_time_key",
    "events_malformed",
    "events_refused",
    "gaps_unreadable",
    "key_requests_refused",
    "keys_asked_for",
    "keys_forwarded",
    "keys_given_again",
    "one_time_keys_replaced",
    "records_unreadable",
    "sessions_renewed",
    "store_put_back",
    "sync_tokens_refused",
    "to_device_refused",
    "verifications_mismatched",
)
_JOBS = ("done", "failed", "put_off")
_ANSWERS = ("apologised", "failed", "tried_again")
_POSTS = ("dropped", "in_time", "late")


@dataclass(frozen=True, slots=True)
class BotCounts:
    """What rises while the bot works: what became of jobs, of messages not answered at once, and of posts."""

    posts: Counter[str] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)


class _Health(Collector):
    """Reads the client's health whenever somebody asks."""

    def __init__(self, client: EncryptedClient, counts: BotCounts) -> None:
        self._client = client
        self._counts = counts

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
            (
                "palabre_bot_encryption",
                "What was refused or could not be given",
                _ENCRYPTION,
                self._client.counts,
            ),
            ("palabre_bot_jobs", "What became of jobs", _JOBS, self._counts.jobs),
            (
                "palabre_bot_answers",
                "What became of messages not answered at once",
                _ANSWERS,
                self._counts.answers,
            ),
            (
                "palabre_bot_posts",
                "What became of messages that the bot posts by itself",
                _POSTS,
                self._counts.posts,
            ),
        )
        for name, text, known, counts in counters:
            family = CounterMetricFamily(name, text, labels=["what"])
            # All from the start on: Prometheus sees no increase of what was not there before.
            for what in sorted({*known, *counts}):
                family.add_metric([what], counts[what])
            yield family
        yield from _sends(self._client)


def _sends(client: EncryptedClient) -> Iterator[Metric]:
    times = client.send_times
    sends = HistogramMetricFamily("palabre_bot_send_seconds", "How long it took to send an event")
    sends.add_metric([], list(times.up_to()), times.seconds)
    yield sends
    yield CounterMetricFamily("palabre_bot_sends_failed", "Events that could not be sent", value=times.failed)


@contextmanager
def serving_metrics(
    client: EncryptedClient, counts: BotCounts, at: ListeningAddress | None
) -> Iterator[int | None]:
    """Serve the metrics at an address and give the port; nothing is served where ``at`` is None.

    Raises:
        MetricsPortTaken: something else listens there.
    """
    if at is None:
        yield None
        return
    registry = CollectorRegistry()
    registry.register(_Health(client, counts))
    ProcessCollector(registry=registry)
    with ExitStack() as stack:
        try:
            served = stack.enter_context(serving_pages(make_wsgi_app(registry), at))
        except OSError as error:
            raise MetricsPortTaken(at.port) from error
        yield served
