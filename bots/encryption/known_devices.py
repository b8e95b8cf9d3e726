"""Other people's devices as far as they are known, and which are trusted (spec, "Device keys", "Cross-signing")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bots.encryption.cross_signing import Json, at
from bots.encryption.devices import Device, KnownUser, devices_of
from bots.encryption.store import CryptoStore
from matrix.ids import DeviceId, UserId

MOST_GONE = 1_000
"""The most deleted devices of one user that are remembered."""


@dataclass
class KnownDevices:
    """The devices of everybody who shares a room with us.

    ``signed_only``: devices that their owner has not signed get no keys, and their messages are not read (MSC4153).
    ``pinned_only``: a device of somebody whose identity is pinned gets keys only if it is signed under that identity.
    """

    store: CryptoStore
    user_id: UserId
    device_id: DeviceId
    signed_only: bool = True
    pinned_only: bool = False
    pins: Mapping[str, str] = field(default_factory=dict)
    """The pinned master keys by user. A device signed under it is trusted even if the homeserver shows another
    identity now."""
    unanswered: set[str] = field(default_factory=set)
    """Users whose homeserver did not answer: their devices stay as they were known, and are asked for again."""
    learnt: int = 0
    """How many answers of ``/keys/query`` were taken in."""
    changed: set[str] = field(default_factory=set)
    """Users whose devices have changed since the waiting events were last tried."""
    _shown: dict[str, str] | None = None
    """Master keys, by user, learnt since the last `take_shown`; None before its first call."""

    def not_current(self, users: Iterable[str]) -> list[str]:
        """Return those of ``users`` whose devices must be asked for, sorted."""
        return [user for user in sorted(set(users)) if not self._is_current(user)]

    def _is_current(self, user_id: str) -> bool:
        known = self.store.user(user_id)
        return known is not None and known.current

    def outdate(self, users: Iterable[str]) -> None:
        """Note that the devices of ``users`` have changed, or that the server reports their changes no more."""
        for user_id in users:
            known = self.store.user(user_id)
            self.changed.add(user_id)
            if known is not None and known.current:
                self.store.put_user(replace(known, current=False))

    def learn(self, answer: Json, users: Sequence[str]) -> int:
        """Take in the answer of ``/keys/query`` for ``users``; return how many devices were refused.

        A device with the same id but other keys than before is refused: the known keys stay.
        """
        refused = 0
        self.learnt += 1
        self.changed.update(users)
        for user_id in users:
            known = self.store.user(user_id)
            devices = dict(known.devices) if known is not None else {}
            if _is_unanswered(answer, user_id):
                self.unanswered.add(user_id)
                master = None if known is None else known.master
                self.store.put_user(KnownUser(user_id, devices, current=True, master=master))
                continue
            shown = devices_of(answer, user_id)
            refused += shown.refused
            if shown.master is not None and self._shown is not None:
                self._shown[user_id] = shown.master
            for device in shown.devices:
                if (user_id, device.device_id) == (self.user_id, self.device_id):
                    continue
                before = devices.get(device.device_id)
                if before is not None and not before.has_keys_of(device):
                    refused += 1
                    devices[device.device_id] = before.without_trust()
                    continue
                if before is not None and before.gone and user_id == self.user_id:
                    # A device of our own that was withdrawn stays so: our signature on it is valid for ever, and
                    # whoever has its disk could have the homeserver show it again.
                    continue
                pinned = self.pins.get(user_id)
                devices[device.device_id] = (
                    device if before is None else device.with_vouched_before(before, pinned)
                )
            shown_ids = {device.device_id for device in shown.devices}
            for device_id in devices.keys() - shown_ids:
                devices[device_id] = devices[device_id].without_trust()
            self.store.put_user(KnownUser(user_id, _bounded(devices), current=True, master=shown.master))
        return refused

    def of(self, user_id: str) -> Iterator[Device]:
        """Yield the devices of a user that exist, without our own."""
        known = self.store.user(user_id)
        return (d for d in known.devices.values() if not d.gone) if known is not None else iter(())

    def with_signed_device(self, users: Iterable[str], at_least: int = 1) -> frozenset[str]:
        """Return those of ``users`` who have at least so many devices that they have signed."""

        def signed(user: str) -> int:
            return sum(self._is_vouched(d) and self.is_believed(d) for d in self.of(user))

        return frozenset(user for user in users if signed(user) >= at_least)

    def unsigned_readers(self, rooms: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
        """Return the rooms, by user, of readers (room → users) who are known to have no signed device."""
        users = {user for readers in rooms.values() for user in readers} - {self.user_id}
        without = {u for u in users if self._is_current(u)} - self.with_signed_device(users)
        found: dict[str, set[str]] = {}
        for room_id, readers in rooms.items():
            for user in without.intersection(readers):
                found.setdefault(user, set()).add(room_id)
        return found

    def _is_pinned(self, device: Device) -> bool:
        return self.pins.get(device.user_id) in device.vouched

    def _is_vouched(self, device: Device) -> bool:
        """Whether its owner's identity has signed it: the one that the homeserver shows now, or the pinned one."""
        return device.signed or self._is_pinned(device)

    def trust(self, signed_only: bool, pinned_only: bool) -> None:
        """Trust by these rules from now on."""
        self.signed_only, self.pinned_only = signed_only, pinned_only

    def is_heard(self, device: Device) -> bool:
        """Whether messages from the device are read."""
        return self._is_vouched(device) or not self.signed_only

    def is_believed(self, device: Device) -> bool:
        """Whether the device gets room keys."""
        if self.pinned_only and device.user_id in self.pins:
            return self._is_pinned(device)
        return self.is_heard(device)

    def believed(self, wanted: Iterable[tuple[str, str]]) -> list[Device]:
        """Return those of the devices, given as (user, device id), that get room keys."""
        found = (d for user, device_id in sorted(wanted) for d in self.of(user) if d.device_id == device_id)
        return [device for device in found if self.is_believed(device)]

    def device_of(self, user_id: str, sender_key: str) -> Device | None:
        """Return the user's device with the Curve25519 key ``sender_key``, None without one."""
        return next((d for d in self.of(user_id) if d.curve25519 == sender_key), None)

    def maker_of(self, sender_key: str, ed25519: str) -> str | None:
        """Return whose device has these keys, as far as its messages are read; None where that is not known."""
        for user_id in sorted(self.store.owners_of(sender_key, ed25519)):
            device = self.device_of(user_id, sender_key)
            if device is not None and self.is_heard(device):
                return user_id
        return None

    def use_pins(self, pins: Mapping[str, str]) -> None:
        """Use these as the pinned master keys, by user."""
        self.pins = dict(pins)

    def take_shown(self) -> dict[str, str]:
        """Return the master keys, by user, learnt since the last call; at the first call all known ones."""
        shown, self._shown = self._shown, {}
        if shown is not None:
            return shown
        known = (self.store.user(user_id) for user_id in self.store.user_ids())
        return {user.user_id: user.master for user in known if user is not None and user.master is not None}


def _is_unanswered(answer: Json, user_id: str) -> bool:
    """Whether the homeserver of ``user_id`` has not answered (spec, ``/keys/query``, "failures")."""
    failures = answer.get("failures")
    if not isinstance(failures, Mapping) or at(answer, "device_keys", user_id) is not None:
        return False
    return user_id.partition(":")[2] in failures


def _bounded(devices: dict[str, Device]) -> dict[str, Device]:
    """Return the devices without the oldest deleted ones beyond `MOST_GONE`."""
    gone = [device_id for device_id, device in devices.items() if device.gone]
    forgotten = set(gone[:-MOST_GONE])
    return {device_id: device for device_id, device in devices.items() if device_id not in forgotten}
