"""Hands on a room's earlier keys to somebody whom we have invited (spec, "Sharing historical room keys", MSC4268).

The person's own client takes a bundle only from whoever has invited them, and only on the device on which they have
joined. So a bundle goes to each of their devices, after the join: before it, what others have said could not be read.

Each step may be done again: a device that is sent a second bundle ignores it.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Collection, Sequence
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
from bots.errors import HistoryNotUploaded, HistoryNotWritten
from matrix.client_api import ClientApi
from matrix.errors import MatrixRequestError
from matrix.ids import RoomId, UserId
from matrix.lookups import Lookups

log = structlog.get_logger()

BUNDLE_TYPES = ("m.room_key_bundle", "io.element.msc4268.room_key_bundle")
"""matrix-js-sdk 43 reads both, Element 1.12 the second alone. A device that has taken one ignores the other."""
AFTER_JOINING = timedelta(seconds=5)
"""How long after somebody was seen to have joined their devices are given the keys: by then their client knows the
devices of the room, without which a strict one refuses what it could decrypt."""
DEVICES_FOR = timedelta(days=1)
"""How long after that devices are given them that are signed later: so long a client waits for them."""
REUSED_FOR = timedelta(hours=1)
"""How long a file is given to further people, while nothing is added to it."""
LARGEST_BUNDLE = 50_000_000
"""The most bytes of a bundle, where the homeserver does not take less: some 94,000 sessions."""
_AT_ONCE = 500
"""How many people are looked at in one call: nothing else is encrypted meanwhile."""
_NO_ROOM = frozenset(
    {"M_USER_LIMIT_EXCEEDED", "M_TOO_LARGE", "M_LIMIT_EXCEEDED", "M_RESOURCE_LIMIT_EXCEEDED"}
)
"""Refusals of an upload that end when the account's allowance or the disk has room again."""


@dataclass(frozen=True, slots=True)
class InvitedPerson:
    """Somebody whom we have invited at ``invited`` and who is in the room.

    ``master`` is the master key under which their devices are signed, as it is pinned.
    """

    room_id: RoomId
    user_id: UserId
    master: str
    invited: datetime


@dataclass(frozen=True, slots=True, repr=False)
class UploadedBundle:
    """A file in the media repository with a room's keys as they were at ``mark``, and what is needed to read it."""

    room_id: RoomId
    mark: SessionsMark
    at: datetime
    file: Json


class HistorySharing:
    """Builds, uploads and sends bundles. May be used while the client syncs and sends.

    ``readers`` gives those who are given the keys of what is said in a room now: nobody else is given earlier ones.
    """

    def __init__(
        self,
        client: ClientApi,
        device: OpenDevice,
        sharing: KeySharing,
        readers: Callable[[RoomId], Awaitable[Collection[UserId]]],
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._machine = device.machine
        self._crypto = device.worker.run
        self._sharing = sharing
        self._readers = readers
        self._now = now
        self._uploaded: dict[str, UploadedBundle] = {}
        self._building: dict[str, asyncio.Lock] = {}

    # --- to whom --------------------------------------------------------------------------------------------

    async def due(self, people: Sequence[InvitedPerson]) -> list[InvitedPerson]:
        """Return those for whom something is to be done: a device is owed the keys, or their time is over.

        Raises:
            CryptoStoreUnwritable: it cannot be noted that they have joined.
            MatrixError: the homeserver does not answer or refuses.
        """
        await self._sharing.know({person.user_id for person in people})
        found: list[InvitedPerson] = []
        for start in range(0, len(people), _AT_ONCE):
            found += await self._crypto(self._due, people[start : start + _AT_ONCE])
        return found

    def _due(self, people: Sequence[InvitedPerson]) -> list[InvitedPerson]:
        return [person for person in people if self._is_over(person) or self._owed(person)]

    async def is_over(self, person: InvitedPerson) -> bool:
        """Whether somebody has joined so long ago that no device waits for keys any more; then that is forgotten.

        Raises:
            CryptoStoreUnwritable: it cannot be noted.
        """
        if not await self._crypto(self._is_over, person):
            return False
        await self._crypto(self._machine.store.history.forget, person.room_id, person.user_id)
        return True

    def _joined(self, person: InvitedPerson) -> HistoryShare:
        records = self._machine.store.history
        return records.joined(person.room_id, person.user_id, person.invited, self._now())

    def _is_over(self, person: InvitedPerson) -> bool:
        return self._now() - self._joined(person).joined >= DEVICES_FOR

    def _owed(self, person: InvitedPerson) -> list[Device]:
        """Return the devices signed under the pinned identity that were not given the keys yet, once it is time."""
        share = self._joined(person)
        if self._now() - share.joined < AFTER_JOINING:
            return []
        devices = self._machine.devices.of(person.user_id)
        return [d for d in devices if person.master in d.vouched and d.device_id not in share.given]

    # --- giving ---------------------------------------------------------------------------------------------

    async def give(self, person: InvitedPerson) -> int:
        """Send the room's earlier keys to the devices that are owed them; return to how many they were sent.

        A device to which there is no secure channel now is left out. Where there is nothing to hand on, all count as
        sent.

        Raises:
            HistoryNotUploaded: the homeserver takes no file of this size now.
            HistoryNotWritten: there is no room for the file on this machine.
            CryptoStoreUnwritable: the disk is full.
            MatrixError: the homeserver does not answer or refuses.
        """
        if not await self._may_have(person):
            return 0
        bundle = await self._bundle(person.room_id)
        # To make the file and upload it may take minutes: whoever was taken out of the room meanwhile gets nothing.
        devices = await self._may_have(person)
        if not devices:
            return 0
        given = devices if bundle is None else await self._sent(bundle, devices)
        note = self._machine.store.history.note_given
        await self._crypto(note, person.room_id, person.user_id, [device.device_id for device in given])
        return len(given)

    async def _may_have(self, person: InvitedPerson) -> list[Device]:
        """Return the devices that may be sent the keys at this moment."""
        devices = await self._crypto(self._owed, person)
        if not devices or person.user_id not in await self._readers(person.room_id):
            return []
        return devices

    async def _sent(self, bundle: UploadedBundle, devices: Sequence[Device]) -> list[Device]:
        await self._sharing.have_sessions(devices)
        content = {"room_id": bundle.room_id, "file": bundle.file}
        given = list(devices)
        for event_type in BUNDLE_TYPES:
            messages = await self._crypto(self._messages, given, event_type, content)
            given = [device for device in given if device.device_id in messages.get(device.user_id, {})]
            if given:
                await self._sharing.to_devices("m.room.encrypted", messages)
        return given

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

    # --- the file -------------------------------------------------------------------------------------------

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
            bundle = UploadedBundle(room_id, mark, self._now(), await self._upload(store, room_id))
            self._uploaded[room_id] = bundle
            return bundle

    async def _upload(self, store: StoreCopy, room_id: RoomId) -> Json:
        most = await Lookups(self._client.http).largest_upload()
        most = LARGEST_BUNDLE if most is None else min(most, LARGEST_BUNDLE)
        if not most:
            raise HistoryNotUploaded("M_TOO_LARGE")
        sealer, own = FileSealer(os.urandom), self._machine.own.device_id
        try:
            with tempfile.NamedTemporaryFile(prefix="palabre-keys-") as into:
                contents = await asyncio.to_thread(
                    write_bundle, store, room_id, own, into=into.file, sealer=sealer, most=most
                )
                into.flush()
                url = await self._uploaded_to(Path(into.name))
        except OSError as error:
            raise HistoryNotWritten(tempfile.gettempdir(), error.strerror or "") from error
        log.info("history_uploaded", sessions=contents.shared, withheld=contents.withheld)
        return encrypted_file(url, secret=sealer.secret, iv=sealer.iv, sha256=sealer.sha256)

    async def _uploaded_to(self, path: Path) -> str:
        try:
            return await self._client.upload_media(path)
        except MatrixRequestError as error:
            if error.errcode in _NO_ROOM:
                raise HistoryNotUploaded(error.errcode) from error
            raise
