"""nio as it is: a plain client, which knows its rooms after a sync with their full state."""

from __future__ import annotations

import json
from pathlib import Path

from nio import AsyncClient, AsyncClientConfig


async def start(url: str, account: str, password: str, folder: Path) -> int:
    """Start until the first sync is dealt with; return how many rooms are known."""
    session = folder / "session.json"
    client = AsyncClient(
        url, account, store_path=str(folder), config=AsyncClientConfig(store_sync_tokens=True)
    )
    try:
        if session.exists():
            kept = json.loads(session.read_text())
            client.restore_login(account, kept["device_id"], kept["access_token"])
        else:
            await client.login(password)
            kept = {"device_id": client.device_id, "access_token": client.access_token}
            session.write_text(json.dumps(kept))
        await client.sync(full_state=True)
        return len(client.rooms)
    finally:
        await client.close()
