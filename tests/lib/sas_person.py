"""The other side of a verification, written from the specification alone: X25519, HKDF and HMAC, and no vodozemac.

So a mistake of ours in what is agreed on, shown or authenticated is not made on both sides.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from Crypto.Protocol.DH import import_x25519_public_key, key_agreement
from Crypto.PublicKey import ECC

from bots.encryption.sas import Party
from bots.encryption.verification_events import Kind, Outgoing, VerificationEvent, VerificationId

Json = dict[str, Any]
BOT = Party("@palabre:h", "BOT", "bots+ed25519", "bots+master")
AWA = Party("@awa:h", "PHONE", "awas+ed25519", "awas+master")
ROOM = "!direct"


@dataclass
class Person:
    """Awa's phone. ``shown`` is what it shows; ``sees`` are the keys of the bot that it knows, and verifies."""

    me: Party = AWA
    bot: Party = BOT
    room_id: str = ROOM
    transaction_id: str = "$request"
    methods: tuple[str, ...] = ("m.sas.v1", "m.qr_code.scan.v1", "m.reciprocate.v1")
    key: Any = field(default_factory=lambda: ECC.generate(curve="Curve25519"))
    shown: tuple[int, ...] = ()
    decimal: tuple[int, ...] = ()
    verified: tuple[str, ...] = ()
    received: list[Outgoing] = field(default_factory=list)
    secret: bytes = b""
    start: Json | None = None
    is_starter: bool = True
    their_key: str = ""
    committed: str = ""

    @property
    def id(self) -> VerificationId:
        return VerificationId(self.me.user_id, self.transaction_id, self.room_id)

    @property
    def public(self) -> str:
        return _unpadded(self.key.public_key().export_key(format="raw"))

    def says(self, kind: Kind, **content: Any) -> VerificationEvent:
        whole = {**content, **self._belonging()}
        return VerificationEvent(self.id, kind, json.loads(json.dumps(whole)))

    def _belonging(self) -> Json:
        if not self.room_id:
            return {"transaction_id": self.transaction_id}
        return {"m.relates_to": {"rel_type": "m.reference", "event_id": self.transaction_id}}

    def requests(self) -> VerificationEvent:
        content = {"from_device": self.me.device_id, "methods": list(self.methods)}
        return VerificationEvent(self.id, Kind.REQUEST, content)

    def starts(self, **changed: Any) -> VerificationEvent:
        content = {
            "from_device": self.me.device_id,
            "method": "m.sas.v1",
            "key_agreement_protocols": ["curve25519-hkdf-sha256", "curve25519"],
            "hashes": ["sha256"],
            "message_authentication_codes": ["hkdf-hmac-sha256.v2", "hkdf-hmac-sha256"],
            "short_authentication_string": ["decimal", "emoji"],
        }
        event = self.says(Kind.START, **{**content, **changed})
        self.start, self.is_starter = dict(event.content), True
        return event

    def accepts(self, start: Mapping[str, Any], **changed: Any) -> VerificationEvent:
        self.start, self.is_starter = dict(start), False
        content = {
            "method": "m.sas.v1",
            "key_agreement_protocol": "curve25519-hkdf-sha256",
            "hash": "sha256",
            "message_authentication_code": "hkdf-hmac-sha256.v2",
            "short_authentication_string": ["emoji", "decimal"],
            "commitment": self.commitment(self.public),
        }
        return self.says(Kind.ACCEPT, **{**content, **changed})

    def commitment(self, public: str) -> str:
        assert self.start is not None
        text = json.dumps(self.start, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return _unpadded(hashlib.sha256((public + text).encode()).digest())

    def sends_key(self) -> VerificationEvent:
        return self.says(Kind.KEY, key=self.public)

    def takes_key(self, key: str) -> None:
        """Agree on the secret, and show what people compare."""
        self.their_key = key
        theirs = import_x25519_public_key(_decoded(key))
        self.secret = key_agreement(static_priv=self.key, static_pub=theirs, kdf=lambda shared: shared)
        mine = f"{self.me.user_id}|{self.me.device_id}|{self.public}"
        bots = f"{self.bot.user_id}|{self.bot.device_id}|{key}"
        first, second = (mine, bots) if self.is_starter else (bots, mine)
        info = f"MATRIX_KEY_VERIFICATION_SAS|{first}|{second}|{self.transaction_id}"
        bits = int.from_bytes(_hkdf(self.secret, info, 6), "big")
        self.shown = tuple(bits >> 48 - 6 * (n + 1) & 63 for n in range(7))
        bits = int.from_bytes(_hkdf(self.secret, info, 5), "big")
        self.decimal = tuple((bits >> 40 - 13 * (n + 1) & 8191) + 1000 for n in range(3))

    def sends_mac(self, *keys: str, **changed: str) -> VerificationEvent:
        """Say that the two are the same. ``changed``: other keys in place of the own, by ``device`` and ``master``."""
        device = changed.get("device", self.me.ed25519)
        mine = {f"ed25519:{self.me.device_id}": device}
        if self.me.master is not None:
            mine[f"ed25519:{self.me.master}"] = changed.get("master", self.me.master)
        mine |= {f"ed25519:{key}": key for key in keys}
        codes = {key_id: self.mac(self.me, self.bot, key_id, key) for key_id, key in mine.items()}
        listed = self.mac(self.me, self.bot, "KEY_IDS", ",".join(sorted(codes)))
        return self.says(Kind.MAC, mac=codes, keys=listed)

    def mac(self, sender: Party, receiver: Party, key_id: str, text: str) -> str:
        info = "MATRIX_KEY_VERIFICATION_MAC" + "".join(
            (
                sender.user_id,
                sender.device_id,
                receiver.user_id,
                receiver.device_id,
                self.transaction_id,
                key_id,
            )
        )
        return _unpadded(hmac.digest(_hkdf(self.secret, info, 32), text.encode(), "sha256"))

    def takes_mac(self, content: Mapping[str, Any]) -> None:
        """Verify the bot's keys."""
        codes: Mapping[str, str] = content["mac"]
        assert content["keys"] == self.mac(self.bot, self.me, "KEY_IDS", ",".join(sorted(codes)))
        for key_id, code in codes.items():
            assert code == self.mac(self.bot, self.me, key_id, self.bot.keys[key_id]), key_id
        self.verified = tuple(sorted(codes))


def _hkdf(secret: bytes, info: str, length: int) -> bytes:
    """RFC 5869 with SHA-256, without salt, for at most one block."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, info.encode() + b"\x01", "sha256")[:length]


def _unpadded(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
