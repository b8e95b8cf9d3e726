"""The requests behind sharing keys: queries devices, claims one-time keys, sends room keys and refusals.

A request may fail, time out or be cancelled at any moment. What has arrived is noted; the rest is tried again with the
next message.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import structlog

from bots.encryption.cross_signing import Json
from bots.encryption.devices import Device
from bots.encryption.identity import OpenDevice
from bots.encryption.protocol import ONE_TIME_KEY
from bots.encryption.room_keys import ASK_AGAIN, NO_OLM
from community.core.lanes import for_each
from matrix.client_api import ClientApi
from matrix.errors import MatrixError
from matrix.ids import RoomId, UserId

log = structlog.get_logger()
T = TypeVar("T")

A_REQUEST = 250
"""The most users in one device query, and the most devices in one claim or to-device request."""
AT_ONCE = 2
"""The most requests at once: the homeserver works on one while we encrypt for the next."""


class KeySharing:
    """Makes these requests for the machine. ``counts`` counts refused devices and keys that could not be given."""

    def __init__(
        self, client: ClientApi, device: OpenDevice, counts: Counter[str], now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._machine = device.machine
        self._crypto = device.worker.run
        self._counts = counts
        self._now = now
        self._changes: Counter[str] = Counter()
        self._asked_again = now()
        self._claims: dict[tuple[str, str], asyncio.Task[None]] = {}

    # --- devices --------------------------------------------------------------------------------------------

    async def outdate(self, users: Collection[str]) -> None:
        """Note that the devices of ``users`` have changed: they are asked for when they are next needed."""
        self._changes.update(users)
        await self._crypto(self._machine.devices.outdate, users)

    async def ask_again(self) -> None:
        """After a while, ask again for devices that their homeserver could not tell."""
        if self._machine.devices.unanswered and self._now() - self._asked_again >= ASK_AGAIN:
            self._asked_again = self._now()
            unanswered, self._machine.devices.unanswered = self._machine.devices.unanswered, set()
            await self.outdate(unanswered)

    async def know(self, users: Iterable[str]) -> None:
        """Make sure that the current devices of ``users`` are known.

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        unknown = await self._crypto(self._machine.devices.not_current, users)
        await _in_parts(self._ask, unknown)

    async def _ask(self, users: Sequence[str]) -> None:
        before = {user: self._changes[user] for user in users}
        answer = await self._client.query_keys(UserId(user) for user in users)
        refused = await self._crypto(self._machine.devices.learn, answer, users)
        if refused:
            self._counts["devices_refused"] += refused
            log.warning("devices_refused", count=refused)
        # Devices that changed during the request are asked for again.
        again = [user for user in users if self._changes[user] != before[user]]
        if again:
            await self._crypto(self._machine.devices.outdate, again)

    # --- room keys ------------------------------------------------------------------------------------------

    async def give(self, room_id: RoomId, devices: Sequence[Device], unsigned: Sequence[Device]) -> None:
        """Send a room's key to ``devices``; tell ``unsigned`` and devices without one-time keys why they get none.

        Raises:
            MatrixError: the homeserver does not answer or refuses; the next message tries the missing devices again.
        """
        self._counts["devices_unsigned"] += len(unsigned)

        async def give_part(part: Sequence[tuple[Device, bool]]) -> None:
            await self._give(room_id, [d for d, owed in part if owed], [d for d, owed in part if not owed])

        await _in_parts(give_part, [*((d, True) for d in devices), *((d, False) for d in unsigned)])

    async def _give(self, room_id: RoomId, devices: list[Device], unsigned: list[Device]) -> None:
        await self.have_sessions(devices)
        sent = await self._crypto(
            self._machine.group_sessions.room_keys, room_id, devices, unsigned, self._now()
        )
        if sent is None:
            return
        if sent.keys:
            await self.to_devices("m.room.encrypted", sent.keys)
        if sent.withheld:
            await self.to_devices("m.room_key.withheld", sent.withheld)
            self._counts["devices_without_one_time_key"] += sum(
                content["code"] == NO_OLM for by in sent.withheld.values() for content in by.values()
            )
        await self._crypto(self._machine.group_sessions.keys_given, room_id, sent, self._now())

    async def to_devices(self, event_type: str, messages: Mapping[str, Mapping[str, Json]]) -> None:
        """Send contents to devices, user → device → content.

        Raises:
            MatrixError: the homeserver does not answer or refuses.
        """
        await self._client.send_to_device(event_type, messages, uuid.uuid4().hex)

    async def refuse(self, room_id: RoomId, users: Sequence[str]) -> None:
        """Tell the devices of ``users`` that they get no key of a room.

        A failure is only logged: the next message tries again.
        """
        try:
            await self.know(users)
            sent = await self._crypto(self._machine.group_sessions.refusals, room_id, users)
            if sent is not None:
                await self.to_devices("m.room_key.withheld", sent.withheld)
                self._counts["devices_refused_keys"] += sum(map(len, sent.withheld.values()))
                await self._crypto(self._machine.group_sessions.keys_given, room_id, sent, self._now())
        except MatrixError as error:
            log.warning("refusal_not_told", reason=str(error))

    async def have_sessions(self, devices: Sequence[Device], *, anew: bool = False) -> None:
        """Make Olm sessions with the devices that have none, or stale ones only; with all of them if ``anew``.

        A claim is not cancelled with its caller, and the next caller waits for it: each claim uses up one of the few
        one-time keys of a device.
        """
        under_way = {self._claims[who] for device in devices if (who := _who(device)) in self._claims}
        if under_way:
            await asyncio.wait(under_way)
        without = devices if anew else await self._crypto(self._machine.olm.without_session, devices)
        if not without:
            return
        claim = asyncio.create_task(self._claim(without))
        self._claims.update(dict.fromkeys(map(_who, without), claim))
        claim.add_done_callback(self._claimed)
        await asyncio.shield(claim)

    def _claimed(self, claim: asyncio.Task[None]) -> None:
        for who in [who for who, other in self._claims.items() if other is claim]:
            del self._claims[who]
        if not claim.cancelled() and claim.exception() is not None:
            log.debug("claim_failed")  # the caller that waited for it got its error

    async def _claim(self, devices: Sequence[Device]) -> None:
        wanted: dict[str, dict[str, str]] = {}
        for device in devices:
            wanted.setdefault(device.user_id, {})[device.device_id] = ONE_TIME_KEY
        answer = await self._client.claim_keys(wanted)
        await self._crypto(self._machine.olm.begin, devices, answer.get("one_time_keys", {}), self._now())


def _who(device: Device) -> tuple[str, str]:
    return device.user_id, device.device_id


async def _in_parts(work: Callable[[Sequence[T]], Awaitable[None]], items: Sequence[T]) -> None:
    """Do ``work`` on parts of ``items``, several at once. All are tried, then the first failure is raised."""
    parts = [items[start : start + A_REQUEST] for start in range(0, len(items), A_REQUEST)]
    await for_each(work, parts, at_once=AT_ONCE)
