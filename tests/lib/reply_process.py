"""A process for the tests to kill: a bot that answers messages, each reply taking a moment to be sent.

    python reply_process.py URL NAME SECONDS FILE LEASE COUNT

It hears messages that nobody has noted as heard, up to COUNT, and finishes what others have left. It notes in FILE:
``NAME begin TRANSACTION`` and ``NAME done TRANSACTION`` for each sending, ``NAME heard EVENT`` when one is answered.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bots.encryption import Reacted, Received
from bots.features.registry import FEATURES
from community.jobs.worker import JobWorker
from community.storage import Store
from matrix.ids import EventId, RoomId
from tests.lib.bot_runtime import Homeserver, batch, process, said, take


class SlowHomeserver(Homeserver):
    """Takes its time over each message."""

    def __init__(self, name: str, seconds: float, path: Path) -> None:
        super().__init__()
        self.device_id = name
        self.seconds, self.path = seconds, path

    async def done(self, message: Received | Reacted) -> None:
        self.note("heard", message.event_id)

    def note(self, what: str, key: str) -> None:
        with self.path.open("a") as file:
            file.write(f"{self.device_id} {what} {key}\n")

    async def send(
        self, room_id: RoomId, content: Mapping[str, Any], transaction_id: str, **in_clear: Any
    ) -> EventId:
        self.note("begin", transaction_id)
        await asyncio.sleep(self.seconds)
        event_id = await super().send(room_id, content, transaction_id, **in_clear)
        self.note("done", transaction_id)
        return event_id


def now() -> datetime:
    return datetime.now(UTC)


async def work(homeserver: SlowHomeserver, url: str, lease: timedelta, count: int) -> None:
    async with await Store.open(url) as store:
        bot, answers = process(
            homeserver, store, homeserver.path.parent / homeserver.device_id, features=FEATURES, clock=now
        )
        answers.replies._lease = lease
        worker = JobWorker(
            store.jobs,
            [answers.unfinished],
            holder=homeserver.device_id,
            now=now,
            counts=Counter(),
            lease=lease,
        )
        working = asyncio.create_task(worker.run(asyncio.Event()))
        noted = homeserver.path.read_text()
        for number in range(count):
            if f"heard ${number}\n" not in noted:
                await take(bot, batch(said("export my data", f"${number}")))
        await working


if __name__ == "__main__":
    _, address, device, duration, notes, leased_for, heard = sys.argv
    slow = SlowHomeserver(device, float(duration), Path(notes))
    asyncio.run(work(slow, address, timedelta(seconds=float(leased_for)), int(heard)))
