"""The independent client (tests/peer/peer.mjs) as Python tests drive it."""

from __future__ import annotations

import asyncio
import atexit
import base64
import json
import platform
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

PEER = Path(__file__).parent.parent / "peer"
_ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}
NODE = PEER / "node_modules" / f"node-linux-{_ARCHITECTURES[platform.machine()]}" / "bin" / "node"

Message = dict[str, Any]

ON_A_BUSY_MACHINE = 4
"""Times the patience that a machine needs which does nothing else. Only what fails waits so long."""


class PeerError(Exception):
    """What the client said had gone wrong."""


class Peer:
    """One signed-in client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._next = 0
        self._turn = asyncio.Lock()
        self.user_id = ""

    async def call(self, method: str, **params: Any) -> Any:
        """Call a method of peer.mjs."""
        async with self._turn:
            self._next += 1
            request = {"id": self._next, "method": method, "params": params}
            self._writer.write(json.dumps(request).encode() + b"\n")
            await self._writer.drain()
            line = await asyncio.wait_for(self._reader.readline(), 60 * ON_A_BUSY_MACHINE)
        if not line:
            raise PeerError(f"the client has ended during {method}")
        answer = json.loads(line)
        if "error" in answer:
            raise PeerError(f"{method}: {answer['error']}")
        return answer["result"]

    async def login(
        self,
        homeserver: str,
        user: str,
        secret: str,
        *,
        sign: bool = True,
        strict: bool = True,
        kept: bool = False,
    ) -> None:
        """Sign in, and sign the own device. ``strict``: as Element will be, signed devices only.

        ``kept``: it may be closed and opened again.
        """
        answer = await self.call(
            "login", homeserver=homeserver, user=user, secret=secret, sign=sign, strict=strict, kept=kept
        )
        self.user_id = answer["userId"]

    async def rooms(self) -> list[dict[str, Any]]:
        """Return the rooms with our membership."""
        rooms: list[dict[str, Any]] = await self.call("rooms")
        return rooms

    async def ask(self, room_id: str, text: str, **more: Any) -> str:
        """Send a text; return its event id."""
        event_id: str = await self.call(
            "send", roomId=room_id, content={"msgtype": "m.text", "body": text, **more}
        )
        return event_id

    async def reply(self, room_id: str, to: str, text: str, *, thread: str | None = None, **more: Any) -> str:
        """Send a text that replies to an event; with ``thread``, as a message of that thread. Return its event id."""
        relation: dict[str, Any] = {"m.in_reply_to": {"event_id": to}}
        if thread is not None:
            relation |= {"rel_type": "m.thread", "event_id": thread, "is_falling_back": True}
        return await self.ask(room_id, text, **{"m.relates_to": relation, **more})

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        """React to an event; return the reaction's event id."""
        reaction: str = await self.call("react", roomId=room_id, eventId=event_id, key=key)
        return reaction

    async def send_file(self, room_id: str, name: str, media_type: str, content: bytes, **more: Any) -> str:
        """Send an encrypted file; return its event id."""
        encoded = base64.b64encode(content).decode()
        event_id: str = await self.call(
            "sendFile", roomId=room_id, name=name, type=media_type, bytes=encoded, content=more
        )
        return event_id

    async def download(self, message: Message) -> bytes:
        """Return what is in the file of a message."""
        return base64.b64decode(await self.call("download", file=message["content"]["file"]))

    async def request(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        """Send any request with the client's token; return status and body."""
        answer = await self.call("request", verb=method, path=path, body=body, query=query)
        return answer["status"], answer["body"]

    async def messages(self, room_id: str) -> list[Message]:
        """Return the room's timeline as the client sees it."""
        events: list[Message] = await self.call("timeline", roomId=room_id)
        return events

    async def reply_to(
        self, room_id: str, event_id: str, *, patience: float = 30, withheld: bool = False
    ) -> Message:
        """Wait for the reply to an event, and for its key: an event may be seen before it can be read.

        ``withheld``: wait for one that this client is told it gets no key of.
        """
        seen: Message | None = None

        async def look() -> Message | None:
            nonlocal seen
            for message in await self.call("timeline", roomId=room_id, repliesTo=event_id):
                seen = message
                failure = message["failure"]
                is_due = "WITHHELD" in str(failure) if withheld else failure is None
                return message if is_due else None
            return None

        try:
            found: Message = await until(look, patience, f"a reply to {event_id}")
        except AssertionError as error:
            raise AssertionError(f"{error}; seen: {seen}") from error
        return found


async def until(look: Callable[[], Any], patience: float, what: str) -> Any:
    """Return the first thing that ``look`` finds; fail when it has found nothing for long.

    ``patience``: seconds that a machine needs at most which does nothing else; a busy one gets more.
    """
    patience *= ON_A_BUSY_MACHINE
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        found = await look()
        if found:
            return found
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"waited {patience} s for {what}")
        await asyncio.sleep(0.2)


async def until_all(count: Callable[[], Awaitable[int]], wanted: int, patience: float, what: str) -> None:
    """Wait until there are ``wanted``, however long it takes, as long as there are more and more.

    ``patience``: seconds that a machine needs at most for one more which does nothing else.
    """
    there = await count()
    while there < wanted:

        async def more(before: int = there) -> bool:
            return await count() > before

        await until(more, patience, f"more than {there} of {wanted}: {what}")
        there = await count()


@asynccontextmanager
async def open_peer() -> AsyncIterator[Peer]:
    """Give a new client; it ends with the block."""
    reader, writer = await asyncio.open_unix_connection(_server(), limit=64 * 1024 * 1024)
    try:
        yield Peer(reader, writer)
    finally:
        writer.close()


@cache
def _server() -> str:
    """Start the process that all clients of this one are in; return the path of its socket."""
    folder = tempfile.TemporaryDirectory(prefix="palabre-peers-")
    path = f"{folder.name}/socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        server = subprocess.Popen(
            [NODE, "peer.mjs", str(listener.fileno())],
            cwd=PEER,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
        )

    @atexit.register
    def end() -> None:
        server.communicate()
        folder.cleanup()

    return path


async def heard_again(peers: Sequence[Peer], room_id: str, words: str, sender: str) -> None:
    """Wait until each client hears from ``sender`` again, who replies to these words, after the homeserver was away.

    One that has seen more than a homeserver that was put back from a copy now knows is given nothing of what is sent
    before its next sync; and a reply that it is not given never comes. So it asks again and again.
    """
    for peer in peers:
        await peer.call("retry")
        asked: list[str] = []

        async def hears(peer: Peer = peer, asked: list[str] = asked) -> bool:
            asked.append(await peer.ask(room_id, words))
            await asyncio.sleep(1)
            relations = [
                m["outer"].get("m.relates_to", {})
                for m in await peer.messages(room_id)
                if m["sender"] == sender
            ]
            return any(each.get("m.in_reply_to", {}).get("event_id") in asked for each in relations)

        await until(hears, 60, f"{peer.user_id} to hear from the homeserver again")


async def direct_message(peer: Peer, bot: str) -> str:
    """Begin an encrypted direct message with the bot; return its room once the bot has accepted."""
    encryption = {"algorithm": "m.megolm.v1.aes-sha2"}
    body = {
        "preset": "trusted_private_chat",
        "is_direct": True,
        "invite": [bot],
        "initial_state": [{"type": "m.room.encryption", "state_key": "", "content": encryption}],
    }
    room_id = str(await peer.call("createRoom", body=body))

    async def arrived() -> bool:
        return bot in await peer.call("members", roomId=room_id)

    await until(arrived, 20, "the bot to accept")
    return room_id
