"""What verifications need of the device: its keys, those of others, and a way to send their events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bots.encryption.identity import OpenDevice
from bots.encryption.machine import Machine
from bots.encryption.sas import Party
from bots.encryption.sending import EventSender
from bots.encryption.sharing import KeySharing
from bots.encryption.verification_events import Outgoing, VerificationId
from matrix.client_api import ClientApi
from matrix.ids import RoomId, UserId


class VerificationChannel:
    """Sends the events of verifications, and says whose keys are verified. ``now`` gives the time."""

    def __init__(
        self,
        client: ClientApi,
        device: OpenDevice,
        sharing: KeySharing,
        sender: EventSender,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._device = device
        self._sharing = sharing
        self._sender = sender
        self._now = now

    @property
    def ours(self) -> Party:
        """Our side: this device, and the account's identity."""
        device, keys = self._device, self._device.machine.own.identity_keys
        return Party(device.user_id, device.device_id, keys["ed25519"], device.identity.master.public)

    async def theirs(self, user_id: UserId, device_id: str) -> Party | None:
        """Return the other side: somebody's device as the homeserver shows it, None where it shows none.

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        for is_new in (False, True):
            if is_new:
                # A device of today is perhaps not among those that we were told of.
                await self._sharing.outdate((user_id,))
            await self._sharing.know((user_id,))
            found = await self._device.worker.run(_party, self._device.machine, user_id, device_id)
            if found is not None:
                return found
        return None

    async def send(self, out: Outgoing, transaction_id: str) -> None:
        """Send an event: encrypted in its room, or in clear to a device, as the specification has it.

        Raises:
            NotEncrypted: the room is not known to be encrypted, or we are not in it.
            MatrixError: the homeserver does not answer or refuses.
            CryptoStoreUnwritable: the disk is full; nothing was sent.
        """
        if out.id.room_id:
            room_id = RoomId(out.id.room_id)
            await self._sender.send(room_id, out.content, transaction_id, event_type=out.type)
        else:
            messages = {out.id.user_id: {out.device_id: out.content}}
            await self._client.send_to_device(out.type, messages, transaction_id)

    async def over(self, identity: VerificationId) -> None:
        """Note that a verification is over: the next process does not cancel it. Raises CryptoStoreUnwritable."""
        await self._device.worker.run(_note_over, self._device.machine, identity, self._now())

    async def passed_over(self, identity: VerificationId) -> None:
        """Note that a verification is not begun: written with the sync token, so that many cost no write each."""
        await self._device.worker.run(self._device.machine.store.events.put_verification, identity, None)


def _party(machine: Machine, user_id: UserId, device_id: str) -> Party | None:
    known = machine.store.user(user_id)
    device = None if known is None else known.devices.get(device_id)
    if known is None or device is None or device.gone:
        return None
    return Party(user_id, device_id, device.ed25519, known.master)


def _note_over(machine: Machine, identity: VerificationId, now: datetime) -> None:
    machine.store.events.put_verification(identity, None)
    machine.store.commit(now)
