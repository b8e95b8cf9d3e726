"""What each reproduction begins with: two clients of matrix-nio 0.26.0 in one encrypted room.

    pip install "matrix-nio[e2e]==0.26.0"
    python NAME.py URL USER_A USER_B PASSWORD     (two accounts of a homeserver, of no use for anything else)

Each prints what it sees and ends with "SEEN" where the fault is there, with "NOT SEEN" where it is not.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine
from typing import Any

from nio import (
    AsyncClient,
    AsyncClientConfig,
    KeyVerificationAccept,
    KeyVerificationKey,
    KeyVerificationStart,
    RoomMessagesResponse,
    ToDeviceMessage,
)
from nio.crypto import OlmDevice, Sas

URL, USER_A, USER_B, PASSWORD = sys.argv[1:5]
CONFIG = AsyncClientConfig(store_sync_tokens=True)
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
TEXT = {"msgtype": "m.text", "body": "x"}


class Client(AsyncClient):
    """A client with a store of its own. ``trouble`` may hold up or fail a request, given its path."""

    trouble: Callable[[str], Coroutine[Any, Any, None]] | None = None

    async def send(self, method: str, path: str, *args: Any, **more: Any) -> Any:
        """Send a request, unless there is trouble."""
        if self.trouble is not None:
            await self.trouble(path)
        return await super().send(method, path, *args, **more)


def new_client(user: str, folder: str | None = None) -> Client:
    """Return a client that is not signed in."""
    return Client(URL, user, store_path=folder or tempfile.mkdtemp(), config=CONFIG)


async def signed_in(user: str) -> Client:
    """Return a client that is signed in, has uploaded its keys and has synced."""
    client = new_client(user)
    await client.login(PASSWORD)
    await client.keys_upload()
    await client.sync(full_state=True)
    return client


async def again(client: Client) -> Client:
    """Return a client that goes on with the session and the store of another, as after a restart."""
    restarted = new_client(client.user_id, client.store_path)
    restarted.restore_login(client.user_id, client.device_id, client.access_token)
    return restarted


async def room_of(a: Client, b: Client, *state: dict[str, Any], encrypted: bool = True) -> str:
    """Make a room of both."""
    initial = [*([ENCRYPTION] if encrypted else []), *state]
    room_id: str = (await a.room_create(invite=[b.user_id], initial_state=initial)).room_id
    await b.join(room_id)
    for client in (a, b):
        await client.sync(full_state=True)
        await learn(client)
    return room_id


async def learn(client: Client) -> None:
    """Ask for the devices of others, where the client would."""
    if client.should_query_keys:
        await client.keys_query()


async def say(client: Client, room_id: str, body: str = "x") -> Any:
    """Send a message."""
    content = TEXT | {"body": body}
    return await client.room_send(room_id, "m.room.message", content, ignore_unverified_devices=True)


async def last(client: Client, room_id: str) -> Any:
    """Return the last event of a room as ``client`` reads it: a ``MegolmEvent`` where it cannot."""
    page = await client.room_messages(room_id, limit=1)
    assert isinstance(page, RoomMessagesResponse)
    return page.chunk[0]


def verification(a: Client, b: Client) -> tuple[Sas, Sas]:
    """Return both sides of a verification by emoji that A has begun, once they have each other's ephemeral keys."""
    devices = [OlmDevice(c.user_id, c.device_id, dict(c.olm.account.identity_keys)) for c in (a, b)]
    sides = [(c.user_id, c.device_id, c.olm.account.identity_keys["ed25519"]) for c in (a, b)]
    starting = Sas(*sides[0], devices[1])
    start = starting.start_verification()
    event = KeyVerificationStart.from_dict(received(a, start))
    answering = Sas.from_key_verification_start(*sides[1], devices[0], event)
    accept = KeyVerificationAccept.from_dict(received(b, answering.accept_verification()))
    starting.receive_accept_event(accept)
    answering.receive_key_event(KeyVerificationKey.from_dict(received(a, starting.share_key())))
    starting.receive_key_event(KeyVerificationKey.from_dict(received(b, answering.share_key())))
    return starting, answering


def received(sender: Client, message: ToDeviceMessage) -> dict[str, Any]:
    """Return the event that a message of ``sender`` is to whoever gets it."""
    return {"sender": sender.user_id, "type": message.type, "content": message.content}


def run(main: Callable[[Client, Client], Coroutine[Any, Any, bool]]) -> None:
    """Run a reproduction, and say whether its fault was seen."""

    async def both() -> bool:
        a, b = await signed_in(USER_A), await signed_in(USER_B)
        try:
            return await main(a, b)
        finally:
            for client in (a, b):
                client.trouble = None
                await client.logout()
                await client.close()

    print("SEEN" if asyncio.run(both()) else "NOT SEEN")
