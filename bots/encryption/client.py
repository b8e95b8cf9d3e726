"""An encrypted Matrix client for bots: delivers new messages in order and once; never sends in clear."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from bots.encryption import generation
from bots.encryption.batch import Batch, Reacted, Received, received
from bots.encryption.health import Health
from bots.encryption.health_watch import HealthWatch
from bots.encryption.history_sharing import HistorySharing
from bots.encryption.identity import OpenDevice
from bots.encryption.machine import Machine
from bots.encryption.own_sends import OwnSends
from bots.encryption.recipients import Recipients
from bots.encryption.room_view import RoomView
from bots.encryption.send_times import SendTimes
from bots.encryption.sending import EventSender
from bots.encryption.sharing import KeySharing
from bots.encryption.sync_reader import SyncReader
from bots.encryption.verification_channel import VerificationChannel
from bots.encryption.visibility import could_read
from bots.encryption.wellformed import is_event
from community.core.errors import PalabreError
from community.core.grouped import Grouped
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, MatrixError, MatrixRequestError, NotFound, UnknownToken
from matrix.ids import EventId, RoomId, UserId

log = structlog.get_logger()


async def _all_readers(room: RoomView) -> Recipients:
    """Give the room's keys to everybody who may read it by the room's rules."""
    return Recipients(tuple(room.entitled))


class EncryptedClient:
    """One device of one account.

    Only `send`, `done`, `read_back`, `could_read`, `health` and `history` may be used by several tasks at once.

    ``recipients`` decides who of a room's readers gets its keys. ``clock`` gives seconds, for how long sending takes.

    ``counts`` counts what was refused: ``to_device_refused``, ``events_refused``, ``devices_refused``,
    ``devices_without_one_time_key``, ``devices_unsigned``, ``devices_refused_keys``, ``events_malformed``,
    ``gaps_unreadable``, ``sync_tokens_refused``, ``records_unreadable``, ``key_requests_refused``;
    ``verifications_mismatched`` (by `bots.verifying`); and what was made good again: ``sessions_renewed``,
    ``keys_asked_for``, ``keys_given_again``, ``keys_forwarded``, ``one_time_keys_replaced``, ``store_put_back``.
    """

    def __init__(
        self,
        client: ClientApi,
        device: OpenDevice,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        recipients: Callable[[RoomView], Awaitable[Recipients]] = _all_readers,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.user_id = device.user_id
        self.device_id = device.device_id
        self.counts: Counter[str] = Counter()
        self.send_times = SendTimes()
        self._client = client
        self._device = device
        self._machine: Machine = device.machine
        self._worker = device.worker
        self._crypto = device.worker.run
        self._now = now
        self._clock = clock
        self._told = now()
        self._own_sends = OwnSends()
        self._sharing = KeySharing(client, device, self.counts, now)
        self._recipients = recipients
        self.history = HistorySharing(client, device, self._sharing, self._readers, now)
        """Hands on a room's earlier keys."""
        self._sender = EventSender(
            client,
            device,
            self._sharing,
            self._room,
            recipients=recipients,
            now=now,
        )
        self._health = HealthWatch(client, device, self._told)
        self._handled = Grouped(self._note_handled)
        self._syncs = SyncReader(client, device, self._sharing, self._health, self.counts, now)
        self.verification = VerificationChannel(client, device, self._sharing, self._sender, now)

    @property
    def rooms(self) -> dict[RoomId, RoomView]:
        """The rooms of the account with their state, as it was after the last sync."""
        return self._syncs.rooms

    @property
    def joined_before(self) -> Mapping[RoomId, frozenset[UserId]]:
        """Who was in each room when the bot was stopped: empty where it has never run with this device."""
        return self._syncs.joined_before

    def _room(self, room_id: RoomId) -> RoomView | None:
        return self.rooms.get(room_id)

    async def _readers(self, room_id: RoomId) -> Collection[UserId]:
        room = self._room(room_id)
        return () if room is None else (await self._recipients(room)).given

    # --- reading --------------------------------------------------------------------------------------------

    async def batches(
        self, stop: asyncio.Event, *, waiting: Callable[[], Collection[EventId]] = tuple
    ) -> AsyncIterator[Batch]:
        """Yield one batch for each sync until ``stop``; while the homeserver cannot be reached, try again.

        ``waiting`` gives the events of earlier batches that are not dealt with yet: each stays to be read again after
        a crash until it is `done`, and while there are any the next sync does not wait for something new.

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
                batch = await self._until(stop, self._syncs.next_batch(waits=not waiting()))
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
                await self.confirm(batch, but=waiting())
                if not batch.is_of_others and not waiting():
                    await self._own_sends.let_pass(stop)
                # Its words are not kept until the next one comes.
                batch = None

    @staticmethod
    async def _until(stop: asyncio.Event, work: Any) -> Batch | None:
        """Return the batch that ``work`` returns, None where ``stop`` is set first."""
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
        """Note that one message of a batch is dealt with, so that it is not delivered again after a crash.

        Raises:
            CryptoStoreUnwritable: the disk is full; it will be read again.
        """
        await self._handled(message.event_id)

    async def _note_handled(self, events: Sequence[EventId]) -> Sequence[None]:
        await self._crypto(self._machine.timeline.handled, events, [], self._now())
        return [None] * len(events)

    async def confirm(self, batch: Batch, *, but: Collection[EventId] = ()) -> None:
        """Note that all of a batch is dealt with, but for these events.

        Raises:
            CryptoStoreUnwritable: the disk is full; the batch will be read again.
        """
        events = [each.event_id for each in (*batch.said, *batch.redacted) if each.event_id not in but]
        rooms = [invitation.room_id for invitation in batch.invitations]
        if events or rooms:
            await self._crypto(self._machine.timeline.handled, events, rooms, self._now())
        await self._look_at_itself()

    async def _look_at_itself(self) -> None:
        """Check once an hour that the identity is still ours, the device signed, and no copy of the store in use."""
        if self._now() - self._told < generation.EVERY:
            return
        try:
            await self._device.require_own_identity(self._client)
            await self._device.sign(self._client)
            self._health.verified = self._now()
            await generation.raise_generation(
                self._client, self._worker, self._machine.store, self.user_id, self.device_id
            )
        except MatrixError as error:
            # The next batch tries again. Until then the generation told before still reveals a restored copy.
            log.warning("not_looked_at_itself", reason=str(error))
        else:
            self._told = self._now()

    async def read_back(self, room_id: RoomId, event_id: EventId) -> Received | None:
        """Return an earlier message of a room, also one of ours; None where it does not exist or cannot be decrypted.

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
        if plain is None and self._machine.missing.is_noted:
            self._syncs.early.want()  # its key is asked for now, and not when something new comes
        if plain is None or plain["type"] != "m.room.message":
            return None
        return received(room_id, event, plain)

    async def could_read(self, room_id: RoomId, event_id: EventId, user_id: UserId) -> bool:
        """Whether somebody could read an event when it was said; False where that is not known.

        Raises:
            HomeserverUnreachable: the homeserver does not answer.
        """
        try:
            # What everybody may read asks for nobody's membership.
            for members in (False, True):
                if could_read(await self._client.state_at(room_id, event_id, members=members), user_id):
                    return True
        except MatrixRequestError:
            # Whatever the homeserver has against the question: the answer is not known.
            pass
        return False

    async def with_signed_device(self, users: Iterable[UserId], *, at_least: int = 1) -> frozenset[UserId]:
        """Return those of ``users`` who have at least so many devices that they have signed."""
        wanted = set(users)
        # The server reports changed devices only of joined members of our encrypted rooms (spec, "Tracking the device
        # list for a user"): the devices of anybody else are asked for anew.
        shared = {user for room in self.rooms.values() if room.algorithm for user in room.joined}
        await self._sharing.outdate(wanted - shared)
        await self._sharing.know(wanted)
        signed = await self._crypto(self._machine.devices.with_signed_device, wanted, at_least)
        return frozenset(UserId(user) for user in signed)

    async def know(self, users: Iterable[UserId]) -> None:
        """Make sure that the current devices of ``users`` are known.

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        await self._sharing.know(users)

    async def identities_shown(self) -> dict[UserId, str]:
        """Return the master keys, by user, learnt since the last call; at the first call all known ones."""
        shown = await self._crypto(self._machine.devices.take_shown)
        return {UserId(user): key for user, key in shown.items()}

    async def shown_identity(self, user_id: UserId) -> str | None:
        """Return the master key that the homeserver last showed of somebody, None where there is none."""
        known = await self._crypto(self._machine.store.user, user_id)
        return None if known is None else known.master

    async def use_pins(self, pins: Mapping[str, str]) -> None:
        """Use these as the pinned master keys, by user (see `KnownDevices`)."""
        await self._crypto(self._machine.devices.use_pins, pins)

    async def give_keys(self, *, signed_only: bool, pinned_only: bool) -> None:
        """Give keys to these devices from now on (see `KnownDevices`); a session that another one has is over."""
        await self._crypto(self._machine.devices.trust, signed_only, pinned_only)

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
        began = self._clock()
        try:
            with self._own_sends.one():
                sent = await self._sender.send(
                    room_id, content, transaction_id, event_type=event_type, outer=outer
                )
        except PalabreError:
            self.send_times.failed += 1
            raise
        self.send_times.note(self._clock() - began)
        return sent
