"""An encrypted Matrix client for bots: reads what is new, in order and once; sends, never in clear."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from bots.encryption.cross_signing import Json, signed_devices
from bots.encryption.identity import OpenDevice
from bots.encryption.machine import FALLBACK_TYPE, Machine, NoKeyYet, Refused, SessionKey
from bots.errors import NotEncrypted
from community.data_folder import read_private_json, write_private_json
from matrix.client_api import ClientApi
from matrix.errors import MatrixError, UnknownToken
from matrix.ids import EventId, RoomId, UserId
from matrix.locator import LOCATOR_TYPE

log = structlog.get_logger()

DEVICES_A_REQUEST = 250
"""Devices that one to-device request carries a key to."""
BACKFILL_PAGE = 100
MOST_WAITING = 2000
"""Events kept until their key comes; beyond it the oldest are given up."""
PATIENCE = 25.0
"""Seconds that the homeserver holds a sync open."""

_FILTER = json.dumps(
    {
        "presence": {"not_types": ["*"]},
        "account_data": {"not_types": ["*"]},
        "room": {
            "account_data": {"not_types": ["*"]},
            "ephemeral": {"not_types": ["*"]},
            "timeline": {"limit": 50},
        },
    }
)
_HISTORY_FOR_INVITED = ("invited", "shared", "world_readable")


@dataclass
class RoomView:
    """A room as the bot sees it. ``members`` has joined and invited users with their membership."""

    room_id: RoomId
    create_sender: str = ""
    create_content: Mapping[str, Any] = field(default_factory=dict)
    locator: Mapping[str, Any] = field(default_factory=dict)
    algorithm: str | None = None
    history_visibility: str = "shared"
    members: dict[UserId, str] = field(default_factory=dict)

    @property
    def joined(self) -> list[UserId]:
        """The joined members, sorted."""
        return sorted(user for user, membership in self.members.items() if membership == "join")


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody asks the bot into a room. ``encrypted`` and ``is_direct`` are what the invitation says."""

    room_id: RoomId
    sender: UserId
    is_direct: bool
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Received:
    """A message that the bot has read. Times are in milliseconds since the epoch, by the sender's server."""

    room_id: RoomId
    event_id: EventId
    sender: UserId
    content: Mapping[str, Any]
    origin_server_ts: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What one sync brought. ``confirm`` it once all of it is dealt with: only then is it not read again."""

    messages: tuple[Received, ...]
    invitations: tuple[Invitation, ...]
    changed_rooms: frozenset[RoomId]
    changed_devices: frozenset[UserId]
    token: str


class EncryptedClient:
    """One device, one account. Not for use by several tasks at once, except `send`."""

    def __init__(self, client: ClientApi, device: OpenDevice) -> None:
        self._client = client
        self._machine: Machine = device.machine
        self._token_file = device.folder / f"{device.device_id}.sync.json"
        self._token: str | None = (read_private_json(self._token_file) or {}).get("token")
        self._knows_rooms = False
        self._fresh: set[UserId] = set()
        self._device_changes: Counter[UserId] = Counter()
        self._signed: dict[UserId, frozenset[str]] = {}
        self._waiting: dict[SessionKey, list[Json]] = {}
        self._worth_retrying = False
        self._sending: dict[RoomId, asyncio.Lock] = {}
        self.user_id = device.user_id
        self.device_id = device.device_id
        self.rooms: dict[RoomId, RoomView] = {}
        self.counts: Counter[str] = Counter()

    # --- reading --------------------------------------------------------------------------------------------

    async def batches(self, stop: asyncio.Event) -> AsyncIterator[Batch]:
        """Give what is new, sync by sync, until ``stop``. A homeserver that goes away is waited for.

        Raises:
            UnknownToken: the session was ended by somebody else; a new start signs in again, as a new device.
        """
        pause = 1.0
        while not stop.is_set():
            try:
                batch = await self._until(stop, self._sync())
            except UnknownToken:
                raise
            except MatrixError as error:
                log.warning("sync_failed", reason=str(error))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause)
                pause = min(pause * 2, 30.0)
                continue
            pause = 1.0
            if batch is not None:
                yield batch
                self.confirm(batch)

    @staticmethod
    async def _until(stop: asyncio.Event, work: Any) -> Batch | None:
        """Return the work's batch, None where ``stop`` came first."""
        task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                batch: Batch = task.result()
                return batch
            return None
        finally:
            for each in (task, stopped):
                each.cancel()
            await asyncio.gather(task, stopped, return_exceptions=True)

    def confirm(self, batch: Batch) -> None:
        """Note that a batch is dealt with."""
        self._token = batch.token
        write_private_json(self._token_file, {"token": batch.token})

    async def _sync(self) -> Batch:
        first = not self._knows_rooms
        answer = await self._client.sync(
            since=self._token, full_state=first, filter_json=_FILTER, patience=0.0 if first else PATIENCE
        )
        for event in answer.get("to_device", {}).get("events", ()):
            self._take_to_device(event)
        changed = self._note_devices(answer.get("device_lists", {}))
        await self._replenish(answer)
        rooms = answer.get("rooms", {})
        for room_id in rooms.get("leave", {}):
            self.rooms.pop(RoomId(room_id), None)
            self._machine.forget_group_session(room_id)
        messages: list[Received] = []
        for room_id, room in rooms.get("join", {}).items():
            messages += await self._read_room(RoomId(room_id), room)
        messages += await self._retry_waiting()
        self._knows_rooms = True
        # What was said before the bot's first start was not said to it.
        new = tuple(messages) if self._token is not None else ()
        return Batch(
            messages=new,
            invitations=tuple(_invitations(rooms.get("invite", {}), self.user_id)),
            changed_rooms=frozenset(RoomId(r) for r in (*rooms.get("join", {}), *rooms.get("leave", {}))),
            changed_devices=changed,
            token=answer["next_batch"],
        )

    def _take_to_device(self, event: Json) -> None:
        try:
            if self._machine.take_to_device(event) is not None:
                self._worth_retrying = True
        except Refused as refused:
            self.counts["to_device_refused"] += 1
            log.warning("to_device_refused", reason=str(refused))

    def _note_devices(self, lists: Json) -> frozenset[UserId]:
        changed = frozenset(UserId(user) for user in lists.get("changed", ()))
        self._device_changes.update(changed)
        self._worth_retrying |= bool(changed)
        self._fresh -= changed
        self._fresh -= {UserId(user) for user in lists.get("left", ())}
        return changed

    async def _replenish(self, answer: Json) -> None:
        left = answer.get("device_one_time_keys_count", {}).get("signed_curve25519", 0)
        fallback = FALLBACK_TYPE not in answer.get("device_unused_fallback_key_types", (FALLBACK_TYPE,))
        body = self._machine.keys_to_upload(left, fallback=fallback)
        if body is not None:
            self._machine.keys_uploaded(await self._client.upload_keys(body))

    async def _read_room(self, room_id: RoomId, room: Json) -> list[Received]:
        view = self.rooms.setdefault(room_id, RoomView(room_id))
        timeline = room.get("timeline", {})
        events = list(timeline.get("events", ()))
        if timeline.get("limited") and self._token is not None:
            events = [*await self._gap(room_id, timeline.get("prev_batch")), *events]
        for event in (*room.get("state", {}).get("events", ()), *events):
            if "state_key" in event:
                self._apply_state(view, event)
        received = [await self._read(room_id, event) for event in events if "state_key" not in event]
        return [message for message in received if message is not None]

    async def _gap(self, room_id: RoomId, start: str | None) -> list[Json]:
        """Return, oldest first, what a limited sync has left out."""
        events: list[Json] = []
        while start is not None:
            page = await self._client.messages(room_id, limit=BACKFILL_PAGE, start=start, end=self._token)
            events += page.get("chunk", ())
            start = page.get("end") if page.get("chunk") else None
        return events[::-1]

    def _apply_state(self, view: RoomView, event: Json) -> None:
        content = event.get("content", {})
        match event["type"]:
            case "m.room.create":
                view.create_sender, view.create_content = event["sender"], content
            case "m.room.encryption" if isinstance(content.get("algorithm"), str):
                # Encryption is never turned off (spec, "m.room.encryption").
                view.algorithm = content["algorithm"]
            case "m.room.history_visibility":
                view.history_visibility = str(content.get("history_visibility", "shared"))
            case "m.room.member":
                self._apply_member(view, UserId(event["state_key"]), str(content.get("membership")))
            case other if other == LOCATOR_TYPE and event["state_key"] == "":
                view.locator = content
            case _:
                pass

    def _apply_member(self, view: RoomView, user_id: UserId, membership: str) -> None:
        if membership in ("join", "invite"):
            view.members[user_id] = membership
        elif view.members.pop(user_id, None) is not None:
            self._machine.forget_group_session(view.room_id)

    async def _read(self, room_id: RoomId, event: Json) -> Received | None:
        """Return a message in clear form; None where there is nothing to read (yet)."""
        if event.get("type") != "m.room.encrypted" or event.get("sender") == self.user_id:
            return None
        await self._know([UserId(event["sender"])])
        return self._decrypted(room_id, event)

    def _decrypted(self, room_id: RoomId, event: Json) -> Received | None:
        try:
            plain = self._machine.decrypt(event, room_id)
        except NoKeyYet:
            self._wait_for_key(room_id, event)
            return None
        except Refused as refused:
            self.counts["events_refused"] += 1
            log.warning("event_refused", reason=str(refused))
            return None
        if plain.get("type") != "m.room.message":
            return None
        return Received(
            room_id,
            EventId(event["event_id"]),
            UserId(event["sender"]),
            plain["content"],
            event.get("origin_server_ts", 0),
        )

    def _wait_for_key(self, room_id: RoomId, event: Json) -> None:
        session_id = str(event.get("content", {}).get("session_id"))
        self._waiting.setdefault(SessionKey(room_id, session_id), []).append(event)
        while sum(map(len, self._waiting.values())) > MOST_WAITING:
            self._waiting.pop(next(iter(self._waiting)))

    async def _retry_waiting(self) -> list[Received]:
        """Read the events that have waited, where a key or a device has come that they may have waited for."""
        if not self._worth_retrying:
            return []
        await self._know({UserId(event["sender"]) for events in self._waiting.values() for event in events})
        # Nothing that can fail stands between taking them out and reading them: none is lost.
        waiting, self._waiting = self._waiting, {}
        self._worth_retrying = False
        found = [
            self._decrypted(RoomId(key.room_id), event) for key, events in waiting.items() for event in events
        ]
        return [message for message in found if message is not None]

    # --- devices --------------------------------------------------------------------------------------------

    async def _know(self, users: Iterable[UserId]) -> None:
        """Make sure that the devices of ``users`` are known as they are now."""
        unknown = sorted(set(users) - self._fresh)
        if not unknown:
            return
        before = {user: self._device_changes[user] for user in unknown}
        answer = await self._client.query_keys(unknown)
        for user in unknown:
            devices = signed_devices(answer, user)
            self._signed[user] = frozenset(devices)
            self._machine.learn_devices({user: devices})
        # Devices that changed while the question was under way are asked for again.
        self._fresh |= {user for user in unknown if self._device_changes[user] == before[user]}

    async def with_signed_device(self, users: Iterable[UserId]) -> frozenset[UserId]:
        """Return those of ``users`` who have a device that they have signed."""
        wanted = set(users)
        # A user we share no encrypted room with is in no device list: ask anew.
        shared = {user for room in self.rooms.values() if room.algorithm for user in room.members}
        self._fresh -= wanted - shared
        await self._know(wanted)
        return frozenset(user for user in wanted if self._signed.get(user))

    # --- sending --------------------------------------------------------------------------------------------

    async def send(
        self,
        room_id: RoomId,
        content: Mapping[str, Any],
        transaction_id: str,
        *,
        event_type: str = "m.room.message",
        outer: Mapping[str, Any] | None = None,
    ) -> EventId:
        """Encrypt and send an event; ``outer`` is added to it in clear.

        The same ``transaction_id`` from the same device is the same event for a day.

        Raises:
            NotEncrypted: the room is not known to be encrypted; nothing was sent.
            MatrixError: the homeserver does not answer or refuses.
        """
        async with self._sending.setdefault(room_id, asyncio.Lock()):
            room = self.rooms.get(room_id)
            if room is None or room.algorithm != "m.megolm.v1.aes-sha2":
                raise NotEncrypted(room_id)
            await self._share_session(room)
            encrypted = self._machine.encrypt(room_id, event_type, content)
            if "m.relates_to" in content:
                encrypted["m.relates_to"] = content["m.relates_to"]
            return await self._client.send_event(
                room_id, "m.room.encrypted", {**encrypted, **(outer or {})}, transaction_id
            )

    async def _share_session(self, room: RoomView) -> None:
        """Give the room's key to each signed device of its members that does not have it yet.

        While a request is under way the sync goes on: somebody may leave (the session is then another) or come.
        So it looks again until nobody is left out; between that look and the encryption nothing is awaited.
        """
        tried: set[tuple[str, str, str]] = set()
        while True:
            members = _entitled(room)
            await self._know(members)
            session = self._machine.group_session(room.room_id)
            devices = [
                device
                for user in members
                for device in self._machine.devices(user)
                if device.id in self._signed.get(user, ())
                and (user, device.id) not in session.users_shared_with
                and (session.id, user, device.id) not in tried
            ]
            if not devices:
                return
            tried |= {(session.id, device.user_id, device.id) for device in devices}
            await self._begin_sessions(devices)
            for start in range(0, len(devices), DEVICES_A_REQUEST):
                await self._send_keys(room.room_id, session, devices[start : start + DEVICES_A_REQUEST])

    async def _begin_sessions(self, devices: list[Any]) -> None:
        missing = self._machine.without_session(devices)
        if not missing:
            return
        wanted: dict[str, dict[str, str]] = {}
        for device in missing:
            wanted.setdefault(device.user_id, {})[device.id] = "signed_curve25519"
        answer = await self._client.claim_keys(wanted)
        self._machine.begin_sessions(answer.get("one_time_keys", {}))

    async def _send_keys(self, room_id: RoomId, session: Any, devices: list[Any]) -> None:
        messages: dict[str, dict[str, Json]] = {}
        withheld: dict[str, dict[str, Json]] = {}
        for device in devices:
            room_key = self._machine.room_key_for(device, room_id, session)
            if room_key is None:
                withheld.setdefault(device.user_id, {})[device.id] = self._no_olm()
            else:
                messages.setdefault(device.user_id, {})[device.id] = room_key
        if messages:
            await self._client.send_to_device("m.room.encrypted", messages, uuid.uuid4().hex)
        session.users_shared_with |= {(user, device) for user, by in messages.items() for device in by}
        if withheld:
            self.counts["devices_without_one_time_key"] += sum(map(len, withheld.values()))
            await self._client.send_to_device("m.room_key.withheld", withheld, uuid.uuid4().hex)

    def _no_olm(self) -> Json:
        """Say that no secure channel could be made (spec, "m.room_key.withheld")."""
        return {
            "algorithm": "m.megolm.v1.aes-sha2",
            "code": "m.no_olm",
            "reason": "Unable to establish a secure channel.",
            "sender_key": self._machine.identity_keys["curve25519"],
        }


def _entitled(room: RoomView) -> list[UserId]:
    """Return the users who may read what is said in a room, sorted."""
    invited_too = room.history_visibility in _HISTORY_FOR_INVITED
    return sorted(u for u, m in room.members.items() if m == "join" or (m == "invite" and invited_too))


def _invitations(rooms: Mapping[str, Json], me: UserId) -> Iterable[Invitation]:
    for room_id, room in rooms.items():
        events = room.get("invite_state", {}).get("events", ())
        own = next((e for e in events if e.get("type") == "m.room.member" and e.get("state_key") == me), None)
        if own is None:
            continue
        yield Invitation(
            RoomId(room_id),
            UserId(str(own.get("sender"))),
            is_direct=own.get("content", {}).get("is_direct") is True,
            encrypted=any(e.get("type") == "m.room.encryption" for e in events),
        )
