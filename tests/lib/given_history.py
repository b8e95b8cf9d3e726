"""A bot that hands on a room's earlier keys to people, with real keys and no homeserver."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar, cast

from Crypto.Cipher import AES
from nio.crypto import InboundGroupSession, OutboundGroupSession

from bots.encryption.history_sharing import HistorySharing, InvitedPerson
from bots.encryption.identity import OpenDevice
from bots.encryption.machine import Machine
from bots.encryption.room_session import RoomSession
from bots.encryption.sharing import KeySharing
from bots.encryption.worker import Worker
from community.description.data_folder import DataFolder
from matrix.client_api import ClientApi
from matrix.http import Call
from matrix.ids import DeviceId, RoomId, UserId
from tests.lib.machines import NOW, ROOM, Directory, identity_of, introduce, open_machine

P = ParamSpec("P")
T = TypeVar("T")

BOT = UserId("@palabre:x")
AWA = UserId("@awa:x")


@dataclass
class Homeserver:
    """What the requests behind sharing reach.

    ``failures`` are raised by the next uploads; ``meanwhile`` is what happens during each.
    """

    directory: Directory
    machines: dict[tuple[str, str], Machine] = field(default_factory=dict)
    sent: list[Mapping[str, Mapping[str, Any]]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    largest: int | None = None
    failures: list[Exception] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    async def query_keys(self, users: Iterable[UserId]) -> dict[str, Any]:
        return self.directory.query(list(users))

    async def claim_keys(self, wanted: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        keys: dict[str, Any] = {}
        for user, devices in wanted.items():
            for device in devices:
                machine = self.machines[user, device]
                keys.setdefault(user, {}).update(self.directory.claim(machine)[user])
        return {"one_time_keys": keys}

    async def send_to_device(
        self, _kind: str, messages: Mapping[str, Mapping[str, Any]], _transaction_id: str
    ) -> None:
        self.sent.append(messages)

    @property
    def http(self) -> Self:
        return self

    async def send(self, _call: Call) -> dict[str, Any]:
        return {} if self.largest is None else {"m.upload.size": self.largest}

    async def upload_media(self, content: Path) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.meanwhile()
        url = f"mxc://x/{len(self.files)}"
        self.files[url] = content.read_bytes()
        return url


class SameThread(Worker):
    """Runs each call where it is made, so that tests may use the machine too."""

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return work(*args, **kwargs)


class GivingBot:
    """The bot, and people whose devices it knows. ``now`` is its clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW
        self.readers: set[UserId] = {BOT, AWA}
        self.directory = Directory()
        self.server = Homeserver(self.directory)
        self.machine = open_machine(folder, BOT, "BOT")
        own = self.directory.publish(self.machine)["device_keys"]
        self.machine.own.use_signed_device_keys(identity_of(BOT).signed_device(own))
        device = OpenDevice(
            BOT,
            DeviceId("BOT"),
            self.machine,
            SameThread(),
            identity_of(BOT),
            cast(DataFolder, None),
            ExitStack(),
        )
        api = cast(ClientApi, self.server)
        sharing = KeySharing(api, device, Counter(), self.time)
        self.history = HistorySharing(api, device, sharing, self.given_now, self.time)

    def time(self) -> datetime:
        return self.now

    async def given_now(self, _room_id: RoomId) -> set[UserId]:
        return self.readers

    def device(self, device_id: str, *, user: UserId = AWA, signed: bool = True) -> Machine:
        """Return a new device of somebody, which the bot is told of."""
        machine = open_machine(self.folder, user, device_id)
        self.directory.publish(machine, signed=signed)
        self.server.machines[user, device_id] = machine
        self.told(user)
        return machine

    def sign(self, device_id: str, user: UserId = AWA) -> None:
        """Let somebody sign a device; the bot is told of it."""
        self.directory.signed.add((user, device_id))
        self.told(user)

    def told(self, user: UserId) -> None:
        introduce(self.directory, self.machine)
        self.machine.devices.learn(self.directory.query([user]), [user])

    def said(self, *, shared: bool = True) -> str:
        """Have a session in the room; return its id."""
        session = InboundGroupSession(OutboundGroupSession().session_key, "e" * 43, "s" * 43, ROOM)
        self.machine.store.put_inbound(RoomSession(session, shared))
        self.machine.store.commit(self.now)
        return str(session.id)

    def person(self, user: UserId = AWA, *, reset: int = 0, invited: datetime = NOW) -> InvitedPerson:
        """Return somebody as pinned: with the identity after so many resets."""
        master = identity_of(user, reset).public_keys["master"]
        return InvitedPerson(RoomId(ROOM), user, master, invited)

    async def is_due(self, person: InvitedPerson) -> bool:
        return await self.history.due([person]) == [person]

    def passes(self, time: timedelta) -> None:
        self.now += time

    def received(self, machine: Machine) -> list[tuple[str, dict[str, Any]]]:
        """Return the bundles that a device was sent since the last call, with their types, and the payloads."""
        found = []
        for messages in self.server.sent:
            content = messages.get(machine.own.user_id, {}).get(machine.own.device_id)
            if content is not None:
                message = content["ciphertext"][machine.own.identity_keys["curve25519"]]
                payload = json.loads(machine.olm.decrypt(content["sender_key"], message, NOW))
                if payload["type"] != "m.dummy":
                    found.append((payload["type"], payload))
        self.server.sent.clear()
        return found

    def opened(self, file: dict[str, Any]) -> dict[str, Any]:
        """Return the bundle in an encrypted file."""
        sealed = self.server.files[file["url"]]
        assert file["hashes"]["sha256"] == base64.b64encode(hashlib.sha256(sealed).digest()).decode().rstrip(
            "="
        )
        iv = base64.b64decode(file["iv"] + "==")
        key = base64.urlsafe_b64decode(file["key"]["k"] + "=")
        read: dict[str, Any] = json.loads(
            AES.new(key, AES.MODE_CTR, nonce=iv[:8], initial_value=0).decrypt(sealed)
        )
        return read
