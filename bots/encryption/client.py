"""An encrypted Matrix client for bots: reads what is new, in order and once; sends, never in clear."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import structlog

from bots.encryption import generation
from bots.encryption.batch import Batch, Invitation, Reacted, Received, invitations, received, said_of
from bots.encryption.cross_signing import Json
from bots.encryption.health import Health
from bots.encryption.health_watch import HealthWatch
from bots.encryption.identity import OpenDevice
from bots.encryption.machine import Machine
from bots.encryption.protocol import ONE_TIME_KEY, REACTION
from bots.encryption.recipients import Recipients
from bots.encryption.room_view import RoomView
from bots.encryption.sending import EventSender
from bots.encryption.sharing import KeySharing
from bots.encryption.timeline import TimelineEvent
from bots.encryption.wellformed import is_event
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, MatrixError, NotFound, UnknownToken
from matrix.ids import EventId, RoomId, UserId

log = structlog.get_logger()

BACKFILL_PAGE = 100
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


async def _all_readers(room: RoomView) -> Recipients:
    """Give keys to whoever the room's rules let read."""
    return Recipients(tuple(room.entitled))


class EncryptedClient:
    """One device, one account. Not for use by several tasks at once, except `send`, `done`, `read_back`, `health`.

    ``recipients`` says who of a room's readers gets its keys.

    ``counts`` rises with what was refused: ``to_device_refused``, ``events_refused``, ``devices_refused``,
    ``devices_without_one_time_key``, ``devices_unsigned``, ``devices_refused_keys``, ``sessions_renewed``; and
    ``events_malformed``, ``gaps_unreadable``.
    """

    def __init__(
        self,
        client: ClientApi,
        device: OpenDevice,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        recipients: Callable[[RoomView], Awaitable[Recipients]] = _all_readers,
    ) -> None:
        self.user_id = device.user_id
        self.device_id = device.device_id
        self.rooms: dict[RoomId, RoomView] = {}
        self.counts: Counter[str] = Counter()
        self._client = client
        self._device = device
        self._machine: Machine = device.machine
        self._worker = device.worker
        self._crypto = device.worker.run
        self._now = now
        self._told = now()
        self._token: str | None = None
        self._opened = self._wants_state = False
        self._changed_rooms: set[RoomId] = set()
        self._sharing = KeySharing(client, device, self.counts, now)
        self._sender = EventSender(
            client,
            device,
            self._sharing,
            self._room,
            recipients=recipients,
            now=now,
        )
        self._health = HealthWatch(client, device, self._told)

    def _room(self, room_id: RoomId) -> RoomView | None:
        return self.rooms.get(room_id)

    # --- reading --------------------------------------------------------------------------------------------

    async def batches(self, stop: asyncio.Event) -> AsyncIterator[Batch]:
        """Give what is new, sync by sync, until ``stop``. A homeserver that goes away is waited for.

        Raises:
            UnknownToken: the session was ended by somebody else; a new start signs in again, as a new device.
            ForeignIdentity: somebody has replaced the account's cross-signing keys.
            IdentityRefused: the homeserver shows other keys for the device, or does not take its signature.
            DeviceElsewhere: a copy of the crypto store is in use.
            CryptoStoreUnwritable: the disk is full.
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
                await self.confirm(batch)

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

    async def done(self, message: Received | Reacted) -> None:
        """Note that one thing of a batch is dealt with: a process killed before the rest is not does not do it again.

        Raises:
            CryptoStoreUnwritable: the disk is full; it will be read again.
        """
        await self._crypto(self._machine.timeline.handled, [message.event_id], [], self._now())

    async def confirm(self, batch: Batch) -> None:
        """Note that a batch is dealt with.

        Raises:
            CryptoStoreUnwritable: the disk is full; the batch will be read again.
        """
        events = [each.event_id for each in batch.said]
        rooms = [invitation.room_id for invitation in batch.invitations]
        if events or rooms:
            await self._crypto(self._machine.timeline.handled, events, rooms, self._now())
        await self._look_at_itself()

    async def _look_at_itself(self) -> None:
        """Once an hour: the identity is still ours, the device signed, no copy of it elsewhere."""
        if self._now() - self._told < generation.EVERY:
            return
        try:
            await self._device.require_own_identity(self._client)
            await self._device.sign(self._client)
            self._health.verified = self._now()
            await generation.tell(
                self._client, self._worker, self._machine.store, self.user_id, self.device_id
            )
        except MatrixError as error:
            # The next batch tries again; meanwhile a copy put back would be noticed by the one told before.
            log.warning("not_looked_at_itself", reason=str(error))
        else:
            self._told = self._now()

    async def _open(self) -> None:
        """Go on from where the last batch was dealt with: no room's state need be asked for again."""
        store = self._machine.store
        self._token = await self._crypto(lambda: store.sync_token)
        kept = await self._crypto(store.rooms)
        self.rooms = {RoomId(room_id): RoomView.from_json(room_id, state) for room_id, state in kept.items()}
        # Kept by a Palabre that did not note who has invited whom: the homeserver is asked for all of it once.
        self._wants_state = any("invited_by" not in state for state in kept.values())
        self._opened = True

    async def _sync(self) -> Batch:
        first = not self._opened
        if first:
            await self._open()
        await self._sharing.ask_again()
        answer = await self._client.sync(
            since=self._token,
            full_state=self._wants_state,
            filter_json=_FILTER,
            patience=0.0 if first else PATIENCE,
        )
        self._wants_state = False
        await self._take_to_device(answer.get("to_device", {}).get("events", ()))
        changed = await self._note_devices(answer.get("device_lists", {}))
        await self._replenish(answer)
        rooms = answer.get("rooms", {})
        for room_id in rooms.get("leave", {}):
            self.rooms.pop(RoomId(room_id), None)
            self._changed_rooms.add(RoomId(room_id))
            await self._crypto(self._machine.group_sessions.forget, room_id)
        events: list[tuple[str, Json]] = []
        for room_id, room in rooms.get("join", {}).items():
            events += [(room_id, event) for event in await self._take_room(RoomId(room_id), room)]
        # What was said before the bot's first start was not said to it, and no key for it will come.
        readings = await self._read(events if self._token is not None else [])
        said = [reading for reading in readings if reading.is_for_us]
        invited = list(invitations(rooms.get("invite", {}), self.user_id))
        if first:
            before, invited_before = await self._crypto(self._machine.timeline.unhandled)
            kept = [reading for reading in before if reading.is_for_us]
            # One that has waited for its key may be among both.
            ids = {reading.event["event_id"] for reading in kept}
            said = kept + [reading for reading in said if reading.event["event_id"] not in ids]
            invited = [Invitation(**kept) for kept in invited_before] + invited
        readers_changed = first or bool(changed or self._changed_rooms)
        await self._keep(answer["next_batch"], said, invited)
        changed_rooms = frozenset(RoomId(r) for r in (*rooms.get("join", {}), *rooms.get("leave", {})))
        await self._health.note(answer, self.rooms, self._now(), readers_changed=readers_changed)
        return Batch(
            said=tuple(map(said_of, said)),
            invitations=tuple(invited),
            # At the start each room is looked at: what had changed before the end may not have been dealt with.
            changed_rooms=frozenset(self.rooms) if first else changed_rooms,
            changed_devices=changed,
        )

    async def _keep(self, token: str, said: Sequence[TimelineEvent], invited: Sequence[Invitation]) -> None:
        """Write in one transaction: the sync token, all keys and rooms learnt with it, and what is to be dealt with."""
        rooms: dict[str, Json | None] = {
            r: self.rooms[r].to_json() if r in self.rooms else None for r in sorted(self._changed_rooms)
        }
        await self._crypto(self._machine.timeline.keep_unhandled, said, [asdict(each) for each in invited])
        await self._crypto(self._machine.timeline.commit, self._now(), token=token, rooms=rooms)
        self._token = token
        self._changed_rooms.clear()

    async def _take_to_device(self, events: Sequence[Json]) -> None:
        if not events:
            return
        taken = await self._crypto(self._machine.to_device.take, events, self._now())
        self._count_refused("to_device_refused", Counter(taken.refused))
        try:
            await self._sharing.unwedge()
        except MatrixError as error:
            # The next message that cannot be read tries again; what else has come is dealt with.
            log.warning("session_not_renewed", reason=str(error))

    async def _note_devices(self, lists: Json) -> frozenset[UserId]:
        changed = frozenset(UserId(user) for user in lists.get("changed", ()))
        outdated = changed | {UserId(user) for user in lists.get("left", ())}
        if outdated:
            await self._sharing.outdate(outdated)
        if self.user_id in changed:
            await self._device.require_own_identity(self._client)
        return changed

    async def _replenish(self, answer: Json) -> None:
        left = answer.get("device_one_time_keys_count", {}).get(ONE_TIME_KEY, 0)
        fallback = ONE_TIME_KEY not in answer.get("device_unused_fallback_key_types", (ONE_TIME_KEY,))
        body = await self._crypto(self._machine.own.to_upload, left, fallback=fallback, now=self._now())
        if body is not None:
            await self._client.upload_keys(body)
            await self._crypto(self._machine.own.uploaded, self._now())

    async def _take_room(self, room_id: RoomId, room: Json) -> list[Json]:
        """Take in a room's state; return what others have said in order, what a limited sync has left out too."""
        timeline = room.get("timeline", {})
        events, state = self._events(timeline), self._events(room.get("state", {}))
        gap: list[Json] = []
        if timeline.get("limited") and self._token is not None:
            gap = await self._gap(room_id, timeline.get("prev_batch"))
        view = self.rooms.get(room_id, RoomView(room_id))
        # With the room's whole state, what was known of it is over: we may have been out, and others have left.
        anew = any(event["type"] == "m.room.create" for event in (*state, *events))
        if anew:
            view = RoomView(room_id)
        due = anew and room_id in self.rooms
        # A gap is before the state that the homeserver gives, which is before the timeline.
        for event in (*gap, *state, *events):
            if "state_key" in event:
                self._changed_rooms.add(room_id)
                due |= view.apply(event)
        self.rooms[room_id] = view
        if due:
            await self._crypto(self._machine.group_sessions.forget, room_id)
        return [e for e in (*gap, *events) if "state_key" not in e and self._is_for_us(e)]

    def _events(self, container: Json, name: str = "events") -> list[Json]:
        """Return the events in a part of an answer; what is none is counted and left out."""
        listed = container.get(name, ())
        events = [event for event in listed if is_event(event)]
        if len(events) < len(listed):
            self.counts["events_malformed"] += len(listed) - len(events)
            log.warning("events_malformed", count=len(listed) - len(events))
        return events

    def _is_for_us(self, event: Json) -> bool:
        """Whether it is an encrypted event or a reaction of somebody else's; a redacted reaction has no content."""
        if event["sender"] == self.user_id:
            return False
        return event["type"] == "m.room.encrypted" or (event["type"] == REACTION and bool(event["content"]))

    async def _gap(self, room_id: RoomId, start: str | None) -> list[Json]:
        """Return, oldest first, what a limited sync has left out."""
        events: list[Json] = []
        try:
            while start is not None:
                page = await self._client.messages(room_id, limit=BACKFILL_PAGE, start=start, end=self._token)
                events += self._events(page, "chunk")
                start = page.get("end") if page.get("chunk") else None
        except (Forbidden, NotFound) as error:
            # It will not be said tomorrow either, and the other rooms must not wait for it.
            self.counts["gaps_unreadable"] += 1
            log.warning("gap_unreadable", reason=str(error))
        return events[::-1]

    async def _read(self, events: list[tuple[str, Json]]) -> list[TimelineEvent]:
        """Read the events, and those that have waited for a key or a device that came now."""
        await self._sharing.know({event["sender"] for _room_id, event in events if event["type"] != REACTION})
        readings = await self._crypto(self._machine.timeline.read, events) if events else []
        if self._machine.timeline.has_due:
            waiting = await self._crypto(self._machine.timeline.waiting_senders)
            await self._sharing.know(waiting)
            new = {id(event) for _room_id, event in events}
            readings += [
                r for r in await self._crypto(self._machine.timeline.read_waiting) if id(r.event) not in new
            ]
        refused = Counter(reading.refused for reading in readings if reading.refused is not None)
        self._count_refused("events_refused", refused)
        return readings

    def _count_refused(self, name: str, refused: Counter[str]) -> None:
        """Count, and log once a sync: whoever sends a thousand does not fill the disk."""
        if refused:
            self.counts[name] += refused.total()
            log.warning(name, reasons=dict(refused))

    async def read_back(self, room_id: RoomId, event_id: EventId) -> Received | None:
        """Return a message that was said in a room, ours too; None where there is none or it cannot be read.

        Raises:
            HomeserverUnreachable: the homeserver does not answer.
        """
        try:
            event = await self._client.event(room_id, event_id)
        except (Forbidden, NotFound):
            return None
        if not is_event(event) or (event["type"], event["event_id"]) != ("m.room.encrypted", event_id):
            return None
        await self._sharing.know({UserId(event["sender"])} - {self.user_id})
        plain = await self._crypto(self._machine.timeline.read_again, room_id, event)
        if plain is None or plain["type"] != "m.room.message":
            return None
        return received(room_id, event, plain)

    async def with_signed_device(self, users: Iterable[UserId]) -> frozenset[UserId]:
        """Return those of ``users`` who have a device that they have signed."""
        wanted = set(users)
        # A user we share no encrypted room with is in no device list: ask anew.
        # Nor is one who is only invited: device lists tell of joined members (spec, "Tracking the device list").
        shared = {user for room in self.rooms.values() if room.algorithm for user in room.joined}
        await self._sharing.outdate(wanted - shared)
        await self._sharing.know(wanted)
        signed = await self._crypto(self._machine.devices.with_signed_device, wanted)
        return frozenset(UserId(user) for user in signed)

    async def know(self, users: Iterable[UserId]) -> None:
        """Make sure that the devices of ``users`` are known as they are now.

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        await self._sharing.know(users)

    async def identities_shown(self) -> dict[UserId, str]:
        """Return whose identity was learnt since the last call, with the master keys; at first, all that are known."""
        shown = await self._crypto(self._machine.devices.take_shown)
        return {UserId(user): key for user, key in shown.items()}

    async def use_pins(self, pins: Mapping[str, str]) -> None:
        """Take these as the pinned master keys, by user (see `Machine`)."""
        await self._crypto(self._machine.devices.use_pins, pins)

    # --- health ---------------------------------------------------------------------------------------------

    def health(self) -> Health:
        """Return how the device was after the last sync."""
        return self._health.current

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
        """Encrypt and send an event: see `EventSender.send`."""
        return await self._sender.send(room_id, content, transaction_id, event_type=event_type, outer=outer)
