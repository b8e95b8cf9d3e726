"""The Olm machine of one device: encrypts, decrypts, and records which device was given which key.

It sends nothing, and the time is an argument. Every call blocks and must run in the crypto thread (`worker`). It uses
nio's Olm and Megolm sessions, but not nio's own machine (docs/upstream.md says why).

Whatever others send may be hostile: what is invalid is refused with a word for the reason, and changes nothing.
"""

from __future__ import annotations

from bots.encryption.forwarded_keys import ForwardedKeys
from bots.encryption.key_requests import KeyRequests
from bots.encryption.known_devices import KnownDevices
from bots.encryption.missing_keys import MissingKeys
from bots.encryption.olm_sessions import OlmSessions
from bots.encryption.own_devices import OwnDevices
from bots.encryption.own_keys import OwnKeys
from bots.encryption.repeated_keys import RepeatedKeys
from bots.encryption.room_keys import GroupSessions
from bots.encryption.store import CryptoStore
from bots.encryption.timeline import Timeline
from bots.encryption.to_device import ToDeviceEvents
from matrix.ids import DeviceId, UserId


class Machine:
    """The parts of the machine, one for each operation of the protocol, over one store."""

    def __init__(
        self, store: CryptoStore, user_id: UserId, device_id: DeviceId, signed_only: bool = True
    ) -> None:
        self.store = store
        self.own = OwnKeys(store, user_id, device_id)
        self.devices = KnownDevices(store, user_id, device_id, signed_only)
        self.olm = OlmSessions(store, self.own, self.devices)
        self.group_sessions = GroupSessions(store, self.own, self.devices, self.olm)
        self.repeated = RepeatedKeys(store, self.devices, self.olm)
        ours = OwnDevices(self.own, self.devices)
        self.missing = MissingKeys(self.own, self.devices, ours)
        self.key_requests = KeyRequests(store, self.own, ours, self.devices, self.olm)
        forwarded = ForwardedKeys(store, self.own, self.devices, ours, self.missing)
        self.to_device = ToDeviceEvents(
            store, self.own, self.devices, self.olm, forwarded=forwarded, requests=self.key_requests
        )
        self.timeline = Timeline(store, self.own, self.devices, self.to_device, self.missing)
