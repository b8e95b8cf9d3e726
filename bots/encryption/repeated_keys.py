"""Gives our room keys again to devices that may not have received them. Sends nothing; the time is an argument.

Where the homeserver's data were put back from a copy together with ours, nothing shows it to us, and keys get lost:

- An app that knew more than the homeserver now does is given none of the to-device messages that are sent before its
  next sync: those up to its sync token count as delivered.
- The homeserver may give us a one-time key that the app has used since the copy was made and deleted: it cannot
  decrypt what is sent in a session that is begun with it.

So after each start that may be one from a copy (`CryptoStore.olm_since`), a key is given again, always from the message
index at which it was given first, until its device has encrypted something in an Olm session that we have begun since.
That shows that it receives to-device messages and decrypts them; what it was given before is then given once more.
It is given again after some time, in which the app has perhaps reached the homeserver, and a minute after its user has
written something: then it is about to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bots.encryption.cross_signing import Json
from bots.encryption.crypto_records import KeyShare, OutboundGroup
from bots.encryption.devices import Device
from bots.encryption.known_devices import KnownDevices
from bots.encryption.olm_sessions import OlmSessions
from bots.encryption.protocol import DOUBT
from bots.encryption.room_keys import room_key
from bots.encryption.store import CryptoStore

Who = tuple[str, str]
Keys = Mapping[Who, Collection[str]]
"""The rooms whose key a device, (user, device id), is given again."""

AFTER: tuple[timedelta, ...] = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=65),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""How long after a key was first given it is given again. The fourth is more than an hour: matrix-js-sdk makes a new
session with us, if it cannot decrypt ours, only where its newest is older than an hour."""
DEVICES_AT_ONCE = 250
"""The most devices that are given keys again after one sync: a sync waits for it."""
LOOK_EVERY = timedelta(seconds=10)
WRITERS_FOR = timedelta(days=7)
"""How long after a start that may be one from a copy a user who writes is given keys again: as long as a Megolm session
is used (`bots.encryption.protocol.Rotation`)."""
AFTER_WRITING = timedelta(minutes=1)
WRITING_EVERY = timedelta(hours=1)
"""How often what a user writes has keys given again at most."""
RENEWALS = 3
"""How often within `RENEWALS_IN` a device that says it has begun a new Olm session is given our keys again."""
RENEWALS_IN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DueKeys:
    """The keys that are due, and the devices with which a new Olm session is to be begun first."""

    keys: Keys
    anew: tuple[Device, ...]


class RepeatedKeys:
    """Says which keys are given again, and to whom; and makes the messages."""

    def __init__(self, store: CryptoStore, devices: KnownDevices, olm: OlmSessions) -> None:
        self._store = store
        self._devices = devices
        self._olm = olm
        self._looked: datetime | None = None
        self._wrote: dict[str, datetime] = {}
        self._renewals: dict[Who, list[datetime]] = {}

    def wrote(self, users: Collection[str], now: datetime) -> None:
        """Note that users have written something."""
        for user in users:
            if user not in self._wrote or now - self._wrote[user] >= WRITING_EVERY:
                self._wrote[user] = now

    def due(self, now: datetime) -> DueKeys:
        """Return the keys that are due, of the first devices that are waiting for one."""
        if now - self._store.olm_since >= WRITERS_FOR:
            self._wrote.clear()
            return DueKeys({}, ())
        if self._looked is not None and timedelta() <= now - self._looked < LOOK_EVERY:
            return DueKeys({}, ())
        found = self._first_due(now)
        if len(found) < DEVICES_AT_ONCE:
            self._looked = now
        return DueKeys(found, tuple(self._olm.in_doubt(self._devices.believed(found), now)))

    def _first_due(self, now: datetime) -> dict[Who, set[str]]:
        """Return the keys that are due of up to `DEVICES_AT_ONCE` devices."""
        found: dict[Who, set[str]] = {}
        for who, group, given in self._given():
            is_due = self._is_due(who, given, now)
            if is_due and (who in found or len(found) < DEVICES_AT_ONCE):
                found.setdefault(who, set()).add(group.room_id)
        return found

    def _given(self) -> Iterator[tuple[Who, OutboundGroup, KeyShare]]:
        for group in self._store.outbounds():
            for who, given in group.given.items():
                if given.withheld is None:
                    yield who, group, given

    def _is_due(self, who: Who, given: KeyShare, now: datetime) -> bool:
        known = self._store.user(who[0])
        device = None if known is None else known.devices.get(who[1])
        if device is None or not self._devices.is_believed(device):
            return False
        answered = self._olm.answered(device)
        if answered is not None:
            return given.sent < answered
        return self._is_late(given, now) or self._has_written(who[0], given, now)

    def _is_late(self, given: KeyShare, now: datetime) -> bool:
        may_be_lost = given.at - self._store.olm_since < DOUBT and given.repeated < len(AFTER)
        return may_be_lost and now - given.at >= AFTER[given.repeated]

    def _has_written(self, user_id: str, given: KeyShare, now: datetime) -> bool:
        wrote = self._wrote.get(user_id)
        return wrote is not None and given.sent < wrote <= now - AFTER_WRITING

    def renewed(self, renewed: Collection[Who], now: datetime) -> Keys:
        """Return all keys given to devices that say that they have begun a new Olm session.

        A device that says so again and again is given none for an hour.
        """
        self._renewals = {
            who: recent
            for who, times in self._renewals.items()
            if (recent := [at for at in times if now - at < RENEWALS_IN])
        }
        heard = {who for who in renewed if len(self._renewals.get(who, ())) < RENEWALS}
        for who in heard:
            self._renewals.setdefault(who, []).append(now)
        keys: dict[Who, set[str]] = {who: set() for who in heard}
        for who, group, _given in self._given():
            if who in heard:
                keys[who].add(group.room_id)
        return keys

    def messages(self, keys: Keys, now: datetime) -> list[dict[str, dict[str, Json]]]:
        """Return messages that give each device the keys that this process has given it in these rooms.

        Each key is that of the message index at which it was given then. A dictionary (user → device → content) has one
        message for a device: there is one for each room, and for each Olm session that the device may have.
        """
        devices = self._devices.believed(keys)
        made: list[dict[str, dict[str, Json]]] = []
        for group in self._store.outbounds():
            made += self._of_room(group, [d for d in devices if group.room_id in keys[_who(d)]], now)
        self._store.commit(now)
        return made

    def _of_room(
        self, group: OutboundGroup, devices: Sequence[Device], now: datetime
    ) -> list[dict[str, dict[str, Json]]]:
        by_session: list[dict[str, dict[str, Json]]] = []
        for device in devices:
            given = group.given.get(_who(device))
            if given is None or given.withheld is not None:
                continue
            content = room_key(group, given.key)
            for number, message in enumerate(self._olm.encrypt_in_all(device, "m.room_key", content, now)):
                if number == len(by_session):
                    by_session.append({})
                by_session[number].setdefault(device.user_id, {})[device.device_id] = message
        return by_session

    def sent(self, keys: Keys, now: datetime) -> None:
        """Note that the messages of `messages` have been sent."""
        for group in self._store.outbounds():
            for who in [who for who, rooms in keys.items() if group.room_id in rooms]:
                given = group.given.get(who)
                if given is not None and given.withheld is None:
                    group.given[who] = replace(given, sent=now, repeated=given.repeated + 1)


def _who(device: Device) -> Who:
    return device.user_id, device.device_id
