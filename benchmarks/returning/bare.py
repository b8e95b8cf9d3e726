"""The floor: one bare request for what is new since a token that was kept, its answer parsed."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp

FILTER = '{"presence": {"not_types": ["*"]}, "account_data": {"not_types": ["*"]}}'


async def start(url: str, account: str, password: str, folder: Path) -> int:
    """Ask once; return how many rooms there were the first time."""
    kept = folder / "kept.json"
    api = f"{url}/_matrix/client/v3"
    async with aiohttp.ClientSession() as session:
        if kept.exists():
            state = json.loads(kept.read_text())
        else:
            who = {"type": "m.id.user", "user": account}
            body = {"type": "m.login.password", "identifier": who, "password": password}
            async with session.post(f"{api}/login", json=body) as answer:
                state = {"token": (await answer.json())["access_token"]}
        query = {"timeout": "0", "filter": FILTER, **({"since": state["since"]} if "since" in state else {})}
        headers = {"Authorization": f"Bearer {state['token']}"}
        async with session.get(f"{api}/sync", params=query, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            new = json.loads(await answer.read())
    rooms = state.get("rooms", len(new.get("rooms", {}).get("join", {})))
    kept.write_text(json.dumps({**state, "since": new["next_batch"], "rooms": rooms}))
    return int(rooms)
