"""The client's device is signed by nobody, and there is no call that would: clients that follow MSC4153 (part of the
spec since 1.18) give it no keys and do not show what it says.
"""

import json

from nio import AsyncClient, KeysQueryResponse
from two_clients import Client, run


async def main(a: Client, b: Client) -> bool:
    """Ask the homeserver for A's keys, and the client for a way to sign them."""
    body = json.dumps({"device_keys": {a.user_id: []}})
    path = f"/_matrix/client/v3/keys/query?access_token={a.access_token}"
    answer = await (await a.send("POST", path, body)).json()
    calls = [name for name in dir(AsyncClient) if "cross" in name or "signature" in name]
    mine = answer["device_keys"][a.user_id][a.device_id]["signatures"][a.user_id]
    print("signed by:", list(mine), "- master key:", answer.get("master_keys", {}), "- calls:", calls)
    print("what the response class keeps:", sorted(KeysQueryResponse.__annotations__))
    return list(mine) == [f"ed25519:{a.device_id}"] and not calls


run(main)
