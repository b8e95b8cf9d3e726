"""The other devices of the bot's own account, as far as the bot itself has signed them. Pure.

There is one device as a rule. There are two after `palabre bot recover` on a new machine while the old one is still
signed in, and where somebody has opened the account in a client with the recovery key.
"""

from __future__ import annotations

from bots.encryption.devices import Device
from bots.encryption.known_devices import KnownDevices
from bots.encryption.own_keys import OwnKeys


class OwnDevices:
    """Says which devices of the account are ours: signed under the identity whose seeds we have, and not withdrawn."""

    def __init__(self, own: OwnKeys, devices: KnownDevices) -> None:
        self._own = own
        self._devices = devices

    def signed(self) -> list[Device]:
        """Return the other devices that are signed under our identity.

        A signature under a former identity does not count, nor does the homeserver's word.
        """
        known = self._own.store.user(self._own.user_id)
        if known is None or known.master is None or known.master != self._own.master:
            return []
        of_account = self._devices.of(self._own.user_id)
        return [d for d in of_account if d.signed and known.master in d.vouched]

    def by_id(self, device_id: str) -> Device | None:
        """Return the device of that id, None where it is not ours."""
        return next((device for device in self.signed() if device.device_id == device_id), None)

    def by_keys(self, ed25519: str, curve25519: str) -> Device | None:
        """Return the device with these identity keys, None where it is not ours."""
        keys = (ed25519, curve25519)
        return next((device for device in self.signed() if (device.ed25519, device.curve25519) == keys), None)
