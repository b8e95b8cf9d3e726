"""A bot that answers each message with "heard: …", once, and notes on its disk what it has heard: for killing.

    python tests/fault/talking_bot.py DATA URL [TIMES]

With TIMES its store is taken for a copy that was put back so many times sooner than after half a minute, and keys that
may be lost are given again, and asked for again, four times as many times sooner than after 1, 5 and 15 minutes.

What it notes it notes before it answers; each answer goes out under a transaction id named for the message, so that
reading a message again after a crash is no second answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from pathlib import Path

from bots.encryption import (
    EncryptedClient,
    Received,
    crypto_repair,
    olm_sessions,
    open_device,
)
from community.description.data_folder import DataFolder
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from tests.lib.hurry import hurry_keys

HEARD = "heard.txt"


def note(data: DataFolder, message: Received) -> None:
    """Write down that a message was heard, on the disk when this returns."""
    with (data.root / HEARD).open("a") as file:
        # The line before may have been cut off by a kill.
        file.write(f"\n{message.event_id}\t{message.content['body']}\n")
        file.flush()
        os.fsync(file.fileno())


async def main(data: DataFolder, url: str) -> None:
    """Hear and answer until killed."""
    async with HomeserverClient(url) as http:
        device = await open_device(http, data)
        client, api = EncryptedClient(ClientApi(http), device), ClientApi(http)
        async for batch in client.batches(asyncio.Event()):
            data.ready_file("talking").write_text(str(os.getpid()))
            for invitation in batch.invitations:
                await api.join(invitation.room_id)
            for message in batch.messages:
                note(data, message)
                answer = {"msgtype": "m.notice", "body": f"heard: {message.content['body']}"}
                transaction_id = hashlib.sha256(message.event_id.encode()).hexdigest()[:40]
                await client.send(message.room_id, answer, transaction_id)


def hurry(times: int) -> None:
    """Divide the times after which a store counts as put back, and keys are given again, which is after a sync."""
    crypto_repair.GAP /= times
    olm_sessions.IN_DOUBT_EVERY /= times
    hurry_keys(4 * times)


if __name__ == "__main__":
    if len(sys.argv) > 3:
        hurry(int(sys.argv[3]))
    asyncio.run(main(DataFolder(Path(sys.argv[1])), sys.argv[2]))
