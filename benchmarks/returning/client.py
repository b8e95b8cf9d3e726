"""Our encrypted client alone, without what the bot does in its rooms."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bots.encryption import EncryptedClient, open_device
from community.description.data_folder import DataFolder, write_private_json
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient


async def start(url: str, account: str, password: str, folder: Path) -> int:
    """Start until the first sync is dealt with; return how many rooms are known."""
    data = DataFolder(folder)
    data.prepare()
    if not data.secret("bot.json").exists():
        write_private_json(data.secret("bot.json"), {"user_id": account, "password": password})
    async with HomeserverClient(url) as http:
        device = await open_device(http, data)
        client = EncryptedClient(ClientApi(http), device)
        async for batch in client.batches(asyncio.Event()):
            await client.confirm(batch)
            break
        await device.close()
        return len(client.rooms)
