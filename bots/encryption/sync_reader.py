"""Syncs with the homeserver: takes in keys, devices and state, decrypts new events, and stores all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial

import structlog

from bots.encryption.backfill import left_out
from bots.encryption.batch import (
    Batch,
    Invitation,
    all_redacted,
    invitations,
    is_for_bot,
    redacted_by,
    said_of,
    unread_of,
    verifications_in,
)
from bots.encryption.cross_signing import Json
from bots.encryption.early_sync import EarlySync
from bots.encryption.health_watch import HealthWatch
from bots.encryption.identity import OpenDevice
from bots.encryption.left_over import LeftOver, left_over, note_open
from bots.encryption.protocol import ONE_TIME_KEY, REACTION, SYNC_FILTER
from bots.encryption.recovery import KeyRecovery
from bots.encryption.room_view import RoomView
from bots.encryption.sharing import KeySharing
from bots.encryption.timeline import TimelineEvent
from bots.encryption.verification_events import VerificationEvent
from bots.encryption.wellformed import is_event
from matrix.client_api import ClientApi
from matrix.errors import MatrixError, MatrixRequestError
from matrix.ids import RoomId, UserId

log = structlog.get_logger()

PATIENCE = 25.0
"""Seconds that the homeserver holds a sync open."""
RENEW_EVERY = timedelta(hours=1)
"""The shortest time between two renewals of everything because the store is older than what the device has sent."""


class SyncReader:
    """The device's place in the homeserver's stream of events, and the state of the rooms as it is there.

    ``rooms`` is replaced when the first sync opens the store; ``joined_before`` has who was in each of them then.
    ``counts`` rises with what was refused or malformed.
    """

    def __init__(
        self,
        client: ClientApi,
        device: OpenDevice,
        sharing: KeySharing,
        health: HealthWatch,
        counts: Counter[str],
        now: Callable[[], datetime],
    ) -> None:
        self.rooms: dict[RoomId, RoomView] = {}
        self.joined_before: Mapping[RoomId, frozenset[UserId]] = {}
        self._client = client
        self._device = device
        self._machine = device.machine
        self._crypto = device.worker.run
        self._sharing = sharing
        self._health = health
        self._counts = counts
        self._now = now
        self._user_id = device.user_id
        self._token: str | None = None
        self._opened = self._wants_state = False
        self._changed_rooms: set[RoomId] = set()
        self._redactions: list[tuple[str, Json]] = []
        self.early = EarlySync()
        self._recovery = KeyRecovery(client, device, sharing, counts, self.early, now)
        self._ours: list[tuple[str, Json]] = []
        self._renewed: datetime | None = None
        self._keys_old = False
        self._reads_after = 0
        """Where the token was lost: the time (in milliseconds) from which on messages are read; otherwise 0."""

    async def _open(self) -> None:
        """Load the sync token and the rooms' states, so that the first sync only asks for what is new."""
        store = self._machine.store
        self._token = await self._crypto(lambda: store.sync_token)
        kept = await self._crypto(store.rooms)
        for room_id, state in kept.items():
            room = store.unreadable.read("room", partial(RoomView.from_json, room_id, state))
            if room is None:
                self._changed_rooms.add(RoomId(room_id))
            else:
                self.rooms[RoomId(room_id)] = room
        self.joined_before = {room_id: frozenset(room.joined) for room_id, room in self.rooms.items()}
        # Written by a version that did not store who has invited whom, or damaged: all state is asked for once.
        is_older = any("invited_by" not in state for state in kept.values())
        self._wants_state = is_older or store.unreadable.counts["room"] > 0
        if self._token is None and kept:
            self._read_after_last_write()
        self._opened = True

    def _read_after_last_write(self) -> None:
        """Read what was said since the store was last written, and nothing older, as long as this process runs.

        Synapse answers a sync without a token from a cache, so that old events may come for some time.
        """
        written = self._machine.store.written
        self._reads_after = 0 if written is None else int(written.timestamp() * 1000)

    async def _sync(self, patience: float) -> Json:
        """Return what is new; all of it where the homeserver does not know the stored token."""
        sync = partial(self._client.sync, filter_json=SYNC_FILTER)
        try:
            return await sync(since=self._token, full_state=self._wants_state, patience=patience)
        except MatrixRequestError as error:
            if error.status != 400 or self._token is None:
                raise
            log.warning("sync_token_refused", reason=str(error))
            self._counts["sync_tokens_refused"] += 1
            self._token = None
            self._read_after_last_write()
            return await sync(since=None, full_state=False, patience=0.0)

    async def next_batch(self, *, waits: bool = True) -> Batch:
        """Sync once with the homeserver, store what came, and return it. ``waits``: until there is something new.

        Raises:
            UnknownToken: the session was ended by somebody else.
            ForeignIdentity: somebody has replaced the account's cross-signing keys.
            CryptoStoreUnwritable: the disk is full.
            MatrixError: the homeserver does not answer or refuses; the next call goes on from the same place.
        """
        first = not self._opened
        if first:
            await self._open()
        await self._sharing.ask_again()
        answer = await self.early.held(self._sync, PATIENCE if waits and not first else 0.0)
        rooms = answer.get("rooms", {})
        left = {*rooms.get("leave", {}), *await self._deleted(rooms.get("join", {}), first=first)}
        self._wants_state = False
        to_device = await self._take_to_device(answer.get("to_device", {}).get("events", ()))
        changed = await self._note_devices(answer.get("device_lists", {}))
        await self._replenish(answer)
        for room_id in sorted(left):
            self.rooms.pop(RoomId(room_id), None)
            self._changed_rooms.add(RoomId(room_id))
            await self._crypto(self._machine.group_sessions.forget, room_id)
        events: list[tuple[str, Json]] = []
        for room_id, room in rooms.get("join", {}).items():
            events += [(room_id, event) for event in await self._take_room(RoomId(room_id), room)]
        put_back = await self._renew_if_put_back()
        readings = await self._read(self._new(events))
        said = [reading for reading in readings if reading.is_for_us]
        invited = list(invitations(rooms.get("invite", {}), self._user_id))
        before = await self._crypto(left_over, self._machine) if first else LeftOver()
        said = before.and_new(said)
        invited = [*before.invitations, *invited]
        self._redactions = [*before.redactions, *self._redactions]
        verifications = (*to_device, *verifications_in(readings, self._user_id))
        if verifications:
            await self._crypto(note_open, self._machine, verifications)
        redactions, redacted = self._redactions, all_redacted(self._redactions, self._user_id)
        gone = {each.target for each in redacted}
        said = [reading for reading in said if reading.event["event_id"] not in gone]
        unread = (each for each in readings if each.plain is None and each.refused is None)
        readers_changed = first or bool(changed or self._changed_rooms)
        await self._crypto(self._machine.timeline.redacted, gone)
        await self._keep(answer["next_batch"], said, invited, redactions)
        unreadable = self._machine.store.unreadable.counts.total()
        if unreadable:
            self._counts["records_unreadable"] = unreadable
        await self._recovery.recover({str(reading.event["sender"]) for reading in readings})
        changed_rooms = frozenset(RoomId(room_id) for room_id in (*rooms.get("join", {}), *left))
        await self._health.note(answer, self.rooms, self._now(), readers_changed=readers_changed)
        return Batch(
            said=tuple(map(said_of, said)),
            invitations=tuple(invited),
            # After a start every room counts as changed: the last process may not have dealt with all changes.
            changed_rooms=frozenset(self.rooms) if first else changed_rooms,
            changed_devices=changed,
            redacted=redacted,
            unread=tuple(unread_of(each) for each in unread if each.event["event_id"] not in gone),
            put_back=put_back,
            verifications=verifications,
            unfinished=before.verifications,
        )

    async def _deleted(self, joined: Json, *, first: bool) -> set[RoomId]:
        """Return the rooms that we are not in any more without a word: so may one go that the homeserver has deleted.

        It is asked for where a room has come: another one may have been made in the place of the deleted one.
        """
        if not first and joined.keys() <= self.rooms.keys():
            return set()
        return self.rooms.keys() - joined.keys() - await self._client.joined_rooms()

    def _new(self, events: list[tuple[str, Json]]) -> list[tuple[str, Json]]:
        """Return the events that are to be read.

        Messages from before the bot's first start are not answered, and their keys will not come.
        """
        if self._token is None and not self._reads_after:
            return []
        return [each for each in events if each[1]["origin_server_ts"] > self._reads_after]

    async def _renew_if_put_back(self) -> bool:
        """Renew all keys where our own events show that the store was put back from a copy; return whether they do."""
        ours, self._ours = self._ours, []
        now = self._now()
        store = self._machine.store
        is_older = store.was_put_back or (
            # Without a token old events come, whose sessions need not be there any more.
            bool(ours)
            and self._token is not None
            and await self._crypto(self._machine.timeline.is_ahead, ours)
        )
        found = is_older and (self._renewed is None or now - self._renewed >= RENEW_EVERY)
        if found:
            log.warning("crypto_store_put_back")
            self._counts["store_put_back"] += 1
            self._renewed, self._keys_old, store.was_put_back = now, True, False
            await self._crypto(store.renew, now)
        if self._keys_old:
            try:
                await self._recovery.replace_keys()
                self._keys_old = False
            except MatrixError as error:
                # The next sync tries again.
                log.warning("one_time_keys_not_replaced", reason=str(error))
        return found

    async def _keep(
        self,
        token: str,
        said: Sequence[TimelineEvent],
        invited: Sequence[Invitation],
        redactions: Sequence[tuple[str, Json]],
    ) -> None:
        """Write in one transaction: the sync token, the new keys and rooms, and the events to be dealt with."""
        rooms: dict[str, Json | None] = {
            r: self.rooms[r].to_json() if r in self.rooms else None for r in sorted(self._changed_rooms)
        }
        invitations = [asdict(each) for each in invited]
        await self._crypto(self._machine.timeline.keep_unhandled, said, invitations, redactions)
        await self._crypto(self._machine.timeline.commit, self._now(), token=token, rooms=rooms)
        self._token = token
        self._changed_rooms.clear()
        self._redactions = []

    async def _take_to_device(self, events: Sequence[Json]) -> Sequence[VerificationEvent]:
        """Take in to-device events; return those of verifications, which are not for the machine."""
        if not events:
            return ()
        taken = await self._crypto(self._machine.to_device.take, events, self._now())
        self._count_refused("to_device_refused", Counter(taken.refused))
        return taken.verifications

    async def _note_devices(self, lists: Json) -> frozenset[UserId]:
        changed = frozenset(UserId(user) for user in lists.get("changed", ()))
        outdated = changed | {UserId(user) for user in lists.get("left", ())}
        if outdated:
            await self._sharing.outdate(outdated)
        if self._user_id in changed:
            await self._device.require_own_identity(self._client)
        return changed

    async def _replenish(self, answer: Json) -> None:
        left = answer.get("device_one_time_keys_count", {}).get(ONE_TIME_KEY, 0)
        fallback = ONE_TIME_KEY not in answer.get("device_unused_fallback_key_types", (ONE_TIME_KEY,))
        await self._recovery.upload(left, fallback=fallback)

    async def _take_room(self, room_id: RoomId, room: Json) -> list[Json]:
        """Apply a room's state events; return the messages and reactions of others in order.

        Those that a limited sync has left out are fetched too (spec, "Syncing", ``limited``).
        """
        timeline = room.get("timeline", {})
        events, state = self._events(timeline), self._events(room.get("state", {}))
        gap: list[Json] = []
        if timeline.get("limited") and self._token is not None:
            gap = await self._gap(room_id, timeline.get("prev_batch"))
        view = self.rooms.get(room_id, RoomView(room_id))
        # The whole state replaces what was known: we may have left and come back, and others may have left meanwhile.
        anew = any(event["type"] == "m.room.create" for event in (*state, *events))
        if anew:
            view = RoomView(room_id)
        due = anew and room_id in self.rooms
        # Its record was damaged: what is new is not all of its state.
        self._wants_state |= not anew and room_id not in self.rooms
        # In order of time: the gap, the state, the timeline.
        for event in (*gap, *state, *events):
            if "state_key" in event:
                self._changed_rooms.add(room_id)
                due |= view.apply(event)
        self.rooms[room_id] = view
        if due:
            await self._crypto(self._machine.group_sessions.forget, room_id)
        self._ours += [
            (room_id, event)
            for event in (*gap, *events)
            if (event["type"], event["sender"]) == ("m.room.encrypted", self._user_id)
        ]
        self._redactions += [(room_id, e) for e in (*gap, *events) if redacted_by(room_id, e, self._user_id)]
        return [e for e in (*gap, *events) if "state_key" not in e and is_for_bot(e, self._user_id)]

    def _events(self, container: Json) -> list[Json]:
        """Return the well-formed events in a part of an answer; others are counted and left out."""
        listed = container.get("events", ())
        events = [event for event in listed if is_event(event)]
        if len(events) < len(listed):
            self._counts["events_malformed"] += len(listed) - len(events)
            log.warning("events_malformed", count=len(listed) - len(events))
        return events

    async def _gap(self, room_id: RoomId, start: str | None) -> list[Json]:
        """Return the events that a limited sync has left out, oldest first."""
        events, error = await left_out(self._client, room_id, start=start, end=self._token)
        if error is not None:
            # Trying again would fail too, and the other rooms must not wait.
            self._counts["gaps_unreadable"] += 1
            log.warning("gap_unreadable", reason=str(error))
        return self._events({"events": events})

    async def _read(self, events: list[tuple[str, Json]]) -> list[TimelineEvent]:
        """Decrypt the events, and waiting ones whose key or device has arrived now."""
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
        """Count refusals and log them once for each sync, so that a flood of events does not fill the log."""
        if refused:
            self._counts[name] += refused.total()
            log.warning(name, reasons=dict(refused))
