"""The cryptography of a verification by short authentication string (spec, "SAS verification").

Key agreement, commitment, what people compare, and the codes by which keys are authenticated. Of what the specification
lets devices choose it has one each: `curve25519-hkdf-sha256`, `sha256`, `hkdf-hmac-sha256.v2`. What is deprecated there
is neither offered nor accepted.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import vodozemac

from bots.encryption.cross_signing import canonical_json, unpadded

KEY_AGREEMENT = "curve25519-hkdf-sha256"
HASH = "sha256"
MAC = "hkdf-hmac-sha256.v2"
EMOJI, DECIMAL = "emoji", "decimal"
SHORT_STRINGS = (EMOJI, DECIMAL)
"""What people may compare, as the specification names it, the better first."""


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a verification: a device, and the master key of its user's identity where there is one."""

    user_id: str
    device_id: str
    ed25519: str
    master: str | None = None

    @property
    def keys(self) -> dict[str, str]:
        """The keys that the other side is to verify, by key id."""
        keys = {f"ed25519:{self.device_id}": self.ed25519}
        return keys if self.master is None else {**keys, f"ed25519:{self.master}": self.master}


@dataclass(frozen=True, slots=True)
class ShortString:
    """What both sides show their people: seven emoji by their number in the specification's table, three numbers."""

    emoji: tuple[int, ...]
    decimal: tuple[int, ...]


class EphemeralKey:
    """A key pair for one verification; it can be used once. Its ``repr`` shows nothing of it."""

    def __init__(self) -> None:
        self._sas = vodozemac.Sas()
        self.public: str = self._sas.public_key.to_base64()

    def agreed(self, their_public: str) -> SharedSecret:
        """Return the secret that both sides have then.

        Raises:
            ValueError: it is no key, or one that leads to a secret that everybody knows.
        """
        if their_public == self.public:
            raise ValueError("our own key")
        return SharedSecret(self._sas.diffie_hellman(vodozemac.Curve25519PublicKey.from_base64(their_public)))


class SharedSecret:
    """What two sides have agreed on. Its ``repr`` shows nothing of it."""

    def __init__(self, established: vodozemac.EstablishedSas) -> None:
        self._established = established

    def short_string(
        self, starter: tuple[Party, str], accepter: tuple[Party, str], transaction_id: str
    ) -> ShortString:
        """Return what people compare; each side with its ephemeral public key (spec, "SAS HKDF calculation")."""
        sides = [f"{party.user_id}|{party.device_id}|{public}" for party, public in (starter, accepter)]
        found = self._established.bytes("|".join(("MATRIX_KEY_VERIFICATION_SAS", *sides, transaction_id)))
        return ShortString(tuple(found.emoji_indices), tuple(found.decimals))

    def mac_content(self, ours: Party, theirs: Party, transaction_id: str) -> dict[str, Any]:
        """Return the content of the ``m.key.verification.mac`` that authenticates the keys of ``ours``."""
        info = _mac_info(ours, theirs, transaction_id)
        calculated = {
            key_id: self._established.calculate_mac(key, info + key_id) for key_id, key in ours.keys.items()
        }
        return {
            "mac": calculated,
            "keys": self._established.calculate_mac(_listed(calculated), info + "KEY_IDS"),
        }

    def authenticates(
        self, content: Mapping[str, str], keys: str, theirs: Party, ours: Party, transaction_id: str
    ) -> bool:
        """Whether the codes in a ``m.key.verification.mac`` are right for the keys that we know of ``theirs``.

        ``content`` has the code of each key by its id, ``keys`` is that of the list of ids. Their device must be among
        them. Keys that we do not know are passed over, as the specification has it.
        """
        info = _mac_info(theirs, ours, transaction_id)
        known = theirs.keys
        if f"ed25519:{theirs.device_id}" not in content:
            return False
        return self._is_right(_listed(content), info + "KEY_IDS", keys) and all(
            self._is_right(known[key_id], info + key_id, code)
            for key_id, code in content.items()
            if key_id in known
        )

    def _is_right(self, text: str, info: str, code: str) -> bool:
        try:
            self._established.verify_mac(text, info, code)
        except ValueError:  # vodozemac's errors, and texts that are none
            return False
        return True


def commitment(public: str, start: Mapping[str, Any]) -> str:
    """Return the commitment to an ephemeral public key, in answer to the content of ``m.key.verification.start``."""
    return unpadded(hashlib.sha256(public.encode() + canonical_json(start)).digest())


def is_committed(committed: str, public: str, start: Mapping[str, Any]) -> bool:
    """Whether a public key is the one that was committed to."""
    return hmac.compare_digest(committed.encode(), commitment(public, start).encode())


def _mac_info(sender: Party, receiver: Party, transaction_id: str) -> str:
    parts = (sender.user_id, sender.device_id, receiver.user_id, receiver.device_id, transaction_id)
    return "".join(("MATRIX_KEY_VERIFICATION_MAC", *parts))


def _listed(key_ids: Iterable[str]) -> str:
    return ",".join(sorted(key_ids))
