"""Hands on a room's earlier keys to somebody whom we have invited (spec, "Sharing historical room keys", MSC4268).

The person's own client takes a bundle only from whoever has invited them, and only on the device on which they have
joined. So a bundle goes to each of their devices, after the join: before it, what others have said could not be read.

Each step may be done again: a device that is sent a second bundle ignores it.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bots.encryption.cross_signing import Json
from bots.encryption.devices import Device
from bots.encryption.history_bundle import SessionsMark, StoreCopy, sessions_mark, write_bundle
from bots.encryption.history_records import HistoryShare
from bots.encryption.identity import OpenDevice
from bots.encryption.media import FileSealer, encrypted_file
from bots.encryption.sharing import KeySharing
from bots.errors import HistoryNotUploaded
from matrix.client_api import ClientApi
from matrix.errors import MatrixRequestError
from matrix.ids import RoomId, UserId

log = structlog.get_logger()

BUNDLE_TYPES = ("m.room_key_bundle", "io.element.msc4268.room_key_bundle")
"""matrix-js-sdk 43 reads both, Element 1.12 the second alone. A device that has taken one ignores the other."""
REUSED_FOR = timedelta(hours=1)
"""How long a file is given to further people, while nothing is added to it."""
LARGEST_BUNDLE = 50_000_000
"""The most bytes of a bundle, where the homeserver does not take less: some 94,000 sessions."""
_NO_ROOM = frozenset(
    {"M_USER_LIMIT_EXCEEDED", "M_TOO_LARGE", "M_LIMIT_EXCEEDED", "M_RESOURCE_LIMIT_EXCEEDED"}
)
"""Refusals of an upload that end when the account's allowance or the disk has room again."""


@dataclass(frozen=True, slots=True, repr=False)
class UploadedBundle:
    """A file in the media repository with a room's keys as they were at ``mark``, and what is needed to read it."""

    mark: SessionsMark
    at: datetime
    file: Json


class HistorySharing:
    """Builds, uploads and sends bundles. May be used while the client syncs and sends."""

    def __init__(
        self, client: ClientApi, device: OpenDevice, sharing: KeySharing, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._machine = device.machine
        self._crypto = device.worker.run
        self._sharing = sharing
        self._now = now
        self._uploaded: dict[str, UploadedBundle] = {}
        self._building: dict[str, asyncio.Lock] = {}

    async def joined(self, room_id: RoomId, user_id: UserId, invited: datetime) -> HistoryShare:
        """Return since when somebody, who was invited then, is in a room, and which of their devices were given keys.

        Raises:
            CryptoStoreUnwritable: it cannot be noted.
        """
        records = self._machine.store.history
        return await self._crypto(records.joined, room_id, user_id, invited, self._now())

    async def forget(self, room_id: RoomId, user_id: UserId) -> None:
        """Forget what was given to somebody in a room: nothing more is owed to them. Raises CryptoStoreUnwritable."""
        await self._crypto(self._machine.store.history.forget, room_id, user_id)

    async def shown_identity(self, user_id: UserId) -> str | None:
        """Return the master key that the homeserver last showed of somebody; None where there is none."""
        known = await self._crypto(self._machine.store.user, user_id)
        return None if known is None else known.master

    async def devices(self, user_id: UserId, master: str) -> tuple[Device, ...]:
        """Return the devices of somebody that are signed under this master key.

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        await self._sharing.know([user_id])
        return await self._crypto(self._signed_under, user_id, master)

    def _signed_under(self, user_id: str, master: str) -> tuple[Device, ...]:
        return tuple(device for device in self._machine.devices.of(user_id) if master in device.vouched)

    async def give(self, room_id: RoomId, devices: Sequence[Device]) -> tuple[Device, ...]:
        """Send the room's earlier keys to devices of one user; return those that were sent them.

        A device to which there is no secure channel now is left out. Where there is nothing to hand on, all count as
        sent.

        Raises:
            HistoryNotUploaded: the homeserver takes no file of this size now.
            CryptoStoreUnwritable: the disk is full.
            MatrixError: the homeserver does not answer or refuses.
        """
        bundle = await self._bundle(room_id)
        if bundle is None:
            return await self._note(room_id, devices)
        await self._sharing.have_sessions(devices)
        content = {"room_id": room_id, "file": bundle.file}
        sent: Collection[str] = ()
        for event_type in BUNDLE_TYPES:
            messages = await self._crypto(self._messages, devices, event_type, content)
            if messages:
                await self._sharing.to_devices("m.room.encrypted", messages)
            sent = {device_id for by_device in messages.values() for device_id in by_device}
        return await self._note(room_id, [device for device in devices if device.device_id in sent])

    async def _note(self, room_id: RoomId, devices: Sequence[Device]) -> tuple[Device, ...]:
        given = [device.device_id for device in devices]
        if devices:
            await self._crypto(self._machine.store.history.note_given, room_id, devices[0].user_id, given)
        return tuple(devices)

    def _messages(
        self, devices: Sequence[Device], event_type: str, content: Json
    ) -> dict[str, dict[str, Json]]:
        """Return the Olm messages, user → device → content; the sessions behind them are on the disk."""
        messages: dict[str, dict[str, Json]] = {}
        for device in devices:
            message = self._machine.olm.encrypt(device, event_type, content, self._now())
            if message is not None:
                messages.setdefault(device.user_id, {})[device.device_id] = message
        self._machine.store.commit(self._now())
        return messages

    async def _bundle(self, room_id: RoomId) -> UploadedBundle | None:
        """Return the room's bundle: the one of before if nothing was added since; None: there is nothing to give."""
        async with self._building.setdefault(room_id, asyncio.Lock()):
            store = await self._crypto(self._machine.store.copy, self._now())
            mark = await asyncio.to_thread(sessions_mark, store, room_id)
            known = self._uploaded.get(room_id)
            if known is not None and known.mark == mark and self._now() - known.at < REUSED_FOR:
                return known
            if not mark.shared:
                return None
            bundle = UploadedBundle(mark, self._now(), await self._upload(store, room_id))
            self._uploaded[room_id] = bundle
            return bundle

    async def _upload(self, store: StoreCopy, room_id: RoomId) -> Json:
        most = await self._client.largest_upload()
        most = LARGEST_BUNDLE if most is None else min(most, LARGEST_BUNDLE)
        if not most:
            raise HistoryNotUploaded("M_TOO_LARGE")
        with tempfile.NamedTemporaryFile(prefix="palabre-keys-") as into:
            sealer = FileSealer(os.urandom)
            own = self._machine.own.device_id
            contents = await asyncio.to_thread(
                write_bundle, store, room_id, own, into=into, sealer=sealer, most=most
            )
            into.flush()
            url = await self._uploaded_to(Path(into.name))
        log.info("history_uploaded", sessions=contents.shared, withheld=contents.withheld)
        return encrypted_file(url, secret=sealer.secret, iv=sealer.iv, sha256=sealer.sha256)

    async def _uploaded_to(self, path: Path) -> str:
        try:
            return await self._client.upload_media(path)
        except MatrixRequestError as error:
            if error.errcode in _NO_ROOM:
                raise HistoryNotUploaded(error.errcode) from error
            raise
