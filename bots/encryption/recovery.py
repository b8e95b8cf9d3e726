"""The requests that make messages readable again after a key was lost, on our side or on another device's.

Keys are lost where the crypto store was put back from a copy, where one of its records is damaged, and where another
client has the like.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import structlog

from bots.encryption.cross_signing import Json
from bots.encryption.devices import Device
from bots.encryption.early_sync import EarlySync
from bots.encryption.identity import OpenDevice
from bots.encryption.key_requests import KEY_REQUEST
from bots.encryption.machine import Machine
from bots.encryption.missing_keys import KeyRequest
from bots.encryption.protocol import ONE_TIME_KEY
from bots.encryption.repeated_keys import Keys
from bots.encryption.sharing import KeySharing
from matrix.client_api import ClientApi
from matrix.errors import MatrixError, MatrixRequestError

log = structlog.get_logger()

_MOST_CLAIMS = 200
"""The most one-time keys of our own that are claimed at once; a device has 50 there, as a rule."""


class KeyRecovery:
    """Renews Olm sessions, asks for lost room keys, and gives ours again.

    ``counts`` rises with ``sessions_renewed``, ``keys_asked_for``, ``keys_given_again``, ``keys_forwarded``,
    ``key_requests_refused``, ``one_time_keys_replaced``.
    """

    def __init__(
        self,
        client: ClientApi,
        device: OpenDevice,
        sharing: KeySharing,
        counts: Counter[str],
        early: EarlySync,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._machine: Machine = device.machine
        self._crypto = device.worker.run
        self._sharing = sharing
        self._counts = counts
        self._early = early
        self._now = now

    async def recover(self, writers: Collection[str]) -> None:
        """Do all that is due after a sync with messages of ``writers``.

        A failure is only logged: what is missing is tried again, after a second and ever later.
        """
        self._machine.repeated.wrote(writers, self._now())
        try:
            await self._unwedge()
            await self._give_again()
            await self._repeat()
            await self._ask()
            await self._answer()
        except MatrixError as error:
            log.warning("keys_not_recovered", reason=str(error))
            self._early.want_after_failure()
        else:
            self._early.succeeded()

    async def _unwedge(self) -> None:
        """Make new Olm sessions with devices whose messages cannot be decrypted."""
        for user_id in await self._renew(await self._crypto(self._machine.olm.to_unwedge, self._now())):
            self._machine.missing.again(user_id)

    async def _renew(self, devices: Sequence[Device]) -> Collection[str]:
        """Make new Olm sessions with devices, and send each an ``m.dummy``, so that it uses the new one.

        Return the users of the devices with which there is one now.
        """
        if not devices:
            return ()
        await self._sharing.have_sessions(devices, anew=True)
        messages = await self._crypto(self._machine.olm.dummies, devices, self._now())
        if messages:
            await self._sharing.to_devices("m.room.encrypted", messages)
            self._counts["sessions_renewed"] += sum(map(len, messages.values()))
        return messages.keys()

    async def _give_again(self) -> None:
        """Give our room keys again to devices that have begun a new Olm session: they could not read our messages."""
        renewed, self._machine.to_device.renewed = self._machine.to_device.renewed, set()
        if not renewed:
            return
        keys = await self._crypto(self._machine.repeated.renewed, renewed, self._now())
        for user_id, _device_id in keys:
            self._machine.missing.again(user_id)
        await self._send_again(keys)

    async def _repeat(self) -> None:
        """Give our room keys again to devices that may not have received them (`bots.encryption.repeated_keys`)."""
        due = await self._crypto(self._machine.repeated.due, self._now())
        if due.anew:
            await self._sharing.have_sessions(due.anew, anew=True)
        if due.keys:
            await self._send_again(due.keys)

    async def _send_again(self, keys: Keys) -> None:
        for messages in await self._crypto(self._machine.repeated.messages, keys, self._now()):
            await self._sharing.to_devices("m.room.encrypted", messages)
            self._counts["keys_given_again"] += sum(map(len, messages.values()))
        await self._crypto(self._machine.repeated.sent, keys, self._now())

    async def _ask(self) -> None:
        """Ask the devices of their senders, and our own others, for the keys of messages that cannot be read."""
        if self._machine.missing.is_noted:
            await self._sharing.know({self._machine.own.user_id})
        requests = await self._crypto(self._machine.missing.due, self._now())
        try:
            await self._send_requests(requests)
        except MatrixError:
            await self._crypto(self._machine.missing.not_sent, requests)
            raise

    async def _send_requests(self, requests: Sequence[KeyRequest]) -> None:
        devices = {device for request in requests for device in request.devices}
        # An answer in a session that is older than what its sender has used could not be decrypted.
        await self._renew(await self._crypto(self._machine.olm.stale, devices))
        for request in requests:
            messages: dict[str, dict[str, Json]] = {}
            for device in request.devices:
                messages.setdefault(device.user_id, {})[device.device_id] = request.content
            await self._sharing.to_devices(KEY_REQUEST, messages)
            self._counts["keys_asked_for"] += not request.is_over

    async def _answer(self) -> None:
        """Give keys to other devices of our account that have asked for them (`bots.encryption.key_requests`)."""
        requests = self._machine.key_requests
        if not requests.waiting:
            return
        # A device that was withdrawn meanwhile gets nothing.
        await self._sharing.outdate({self._machine.own.user_id})
        await self._sharing.know({self._machine.own.user_id})
        devices, dropped = await self._crypto(requests.devices, self._now())
        self._counts["key_requests_refused"] += dropped
        if not devices:
            return
        await self._sharing.have_sessions(devices)
        answers = await self._crypto(requests.answers, self._now())
        for answer in answers:
            if answer.message is not None:
                device = answer.device
                await self._sharing.to_devices(
                    "m.room.encrypted", {device.user_id: {device.device_id: answer.message}}
                )
                self._counts["keys_forwarded"] += 1
            await self._crypto(requests.answered, (answer,), self._now())

    # --- our own one-time keys ------------------------------------------------------------------------------

    async def upload(self, one_time_keys: int, *, fallback: bool) -> None:
        """Upload the one-time and fallback keys that the homeserver lacks: it has ``one_time_keys``.

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        body = await self._crypto(
            self._machine.own.to_upload, one_time_keys, fallback=fallback, now=self._now()
        )
        if body is None:
            return
        try:
            await self._client.upload_keys(body)
        except MatrixRequestError as error:
            if error.status != 400 or "one_time_keys" not in body:
                raise
            # It has other keys under the same ids: the crypto store is older than they are. The fallback key that is
            # there is not in the store either.
            await self.replace_keys()
        else:
            await self._crypto(self._machine.own.uploaded, self._now())

    async def replace_keys(self) -> None:
        """Put new one-time keys and a new fallback key in place of those that the homeserver has.

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        body = await self._crypto(self._machine.own.to_replace, self._now())
        await self._claim_own()
        await self._client.upload_keys(body)
        await self._crypto(self._machine.own.uploaded, self._now())

    async def _claim_own(self) -> None:
        """Claim our own one-time keys until the homeserver has none."""
        me, device_id = self._machine.own.user_id, self._machine.own.device_id
        for _ in range(_MOST_CLAIMS):
            answer = await self._client.claim_keys({me: {device_id: ONE_TIME_KEY}})
            claimed = answer.get("one_time_keys", {}).get(me, {}).get(device_id, {})
            # The fallback key comes when there is no other.
            if not claimed or any("fallback" in key for key in claimed.values()):
                break
            self._counts["one_time_keys_replaced"] += 1
