"""What the bot does now and then goes on, whatever one round stumbles over."""

from __future__ import annotations

import asyncio

import structlog

from bots.periodic import repeat
from community.core.errors import StoreError
from community.core.messages import msg


async def test_what_stumbles_goes_on_and_says_where_and_nothing_of_the_text() -> None:
    stop = asyncio.Event()
    rounds: list[int] = []

    async def work() -> None:
        rounds.append(len(rounds))
        match rounds[-1]:
            case 0:
                raise ValueError("what somebody has said")
            case 1:
                raise StoreError(msg("The store is away."))
            case _:
                stop.set()

    with structlog.testing.capture_logs() as logs:
        await asyncio.wait_for(repeat(work, stop, every=0, failed="it_failed"), 10)
    assert rounds == [0, 1, 2]
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("it_failed", "error"),
        ("it_failed", "warning"),
    ]
    assert logs[0]["kind"] == "ValueError"
    assert logs[0]["at"].startswith("test_bots_periodic.py:")
    assert "somebody" not in str(logs)
