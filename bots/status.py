"""What only the running bot knows of itself, for `palabre doctor` and for Prometheus: numbers and account names.

The file ``run/bots.status.json`` is replaced whole every few seconds; no message, no key is in it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from bots.context.background import PeriodicWork
from bots.encryption import EncryptedClient, Health
from community.core.clock import ClockDoubt
from community.core.errors import DataFolderError
from community.description.data_folder import DataFolder, read_private_json, write_private_json

EVERY = 5.0
"""Seconds between two writings."""


@dataclass(frozen=True, slots=True)
class BotStatus:
    """Times are seconds since the epoch. ``without_signed_device`` has the rooms of each user who cannot read."""

    pid: int
    written_at: float
    device_id: str
    synced_at: float | None
    one_time_keys: int | None
    fallback_key_unused: bool | None
    waiting_events: int
    counts: Mapping[str, int]
    without_signed_device: Mapping[str, list[str]]
    metrics_port: int | None
    answers: Mapping[str, int] = field(default_factory=dict)
    clock_doubt: str | None = None
    """Why this machine's clock is not believed, None where it is."""
    settings_waiting: list[str] = field(default_factory=list)
    """Settings that were changed and hold only when the bot is started again."""
    refusing_rooms: Mapping[str, str] = field(default_factory=dict)
    """Rooms, by key, in which nothing can be posted, and why (a `RefusalReason`)."""
    compared: Sequence[Mapping[str, Any]] = ()
    """What people compare with the bot just now: ``user_id``, ``emoji`` by number, ``decimal``."""


@dataclass(frozen=True, slots=True)
class HeldUp:
    """What waits for a person: ``settings`` for a new start, ``rooms`` that nothing can be posted in, and why.

    ``compared``: see `BotStatus.compared`.
    """

    settings: Sequence[str] = ()
    rooms: Mapping[str, str] = field(default_factory=dict)
    compared: Sequence[Mapping[str, Any]] = ()


NOTHING_HELD = HeldUp()


def status_of(
    client: EncryptedClient,
    answers: Mapping[str, int],
    *,
    pid: int,
    metrics_port: int | None,
    now: datetime,
    doubt: ClockDoubt | None = None,
    held: HeldUp = NOTHING_HELD,
) -> BotStatus:
    """Return the status of a client, and of what could not be answered at once."""
    health: Health = client.health()
    return BotStatus(
        pid=pid,
        written_at=now.timestamp(),
        device_id=client.device_id,
        synced_at=health.synced_at.timestamp() if health.synced_at is not None else None,
        one_time_keys=health.one_time_keys,
        fallback_key_unused=health.fallback_key_unused,
        waiting_events=health.waiting_events,
        counts=dict(sorted(client.counts.items())),
        without_signed_device={
            user: sorted(rooms) for user, rooms in sorted(health.without_signed_device.items())
        },
        metrics_port=metrics_port,
        answers=dict(sorted(answers.items())),
        clock_doubt=None if doubt is None else doubt.value,
        settings_waiting=list(held.settings),
        refusing_rooms=dict(held.rooms),
        compared=list(held.compared),
    )


def status_writing(
    client: EncryptedClient,
    answers: Mapping[str, int],
    data: DataFolder,
    *,
    metrics_port: int | None,
    now: Callable[[], datetime],
    doubt: Callable[[], ClockDoubt | None] = lambda: None,
    held: Callable[[], HeldUp] = lambda: NOTHING_HELD,
) -> PeriodicWork:
    """Return the work of writing the status; ``now`` gives the time, ``doubt`` why it is not believed.

    ``held`` gives what waits for a person. A disk that is full does not stop the bot.
    """
    path = data.status_file("bots")

    async def write() -> None:
        status = status_of(
            client,
            answers,
            pid=os.getpid(),
            metrics_port=metrics_port,
            now=now(),
            doubt=doubt(),
            held=held(),
        )
        await asyncio.to_thread(write_private_json, path, asdict(status))

    return PeriodicWork(write, EVERY, "status_not_written")


def read_status(data: DataFolder) -> BotStatus | None:
    """Return the status written last, None where there is none that can be read."""
    try:
        kept = read_private_json(data.status_file("bots"))
        return None if kept is None else BotStatus(**kept)
    except (DataFolderError, TypeError):
        return None
