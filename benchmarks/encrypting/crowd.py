"""Thousands of devices on a homeserver: accounts with cross-signed devices and their keys, put into its database."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vodozemac

from bots.encryption.cross_signing import Identity, SigningKey, canonical_json

ONE_EACH = 200
"""Accounts with a single device."""
MANY = 20
"""Devices of each of the other accounts."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Crowd:
    """Accounts with their number of devices, in the order in which rooms take them in."""

    devices: dict[str, int]

    def of(self, size: int) -> list[str]:
        """Return accounts who have ``size`` devices together."""
        chosen, left = [], size
        for user, count in self.devices.items():
            if 0 < count <= left:
                chosen.append(user)
                left -= count
        if left:
            raise ValueError(f"no {size} devices in this crowd")
        return chosen


def crowd_for(largest: int, server: str) -> Crowd:
    """Return the accounts for rooms of up to ``largest`` devices (a multiple of `MANY` beyond `ONE_EACH`)."""
    single = {f"@one{i}:{server}": 1 for i in range(min(ONE_EACH, largest))}
    many = {f"@many{i}:{server}": MANY for i in range(max(0, largest - ONE_EACH) // MANY)}
    return Crowd(single | many)


def populate(database: Path, crowd: Crowd, contenders: list[str], *, one_time_keys: int) -> None:
    """Write the accounts into Synapse's database, which must not be running.

    Contenders get the password of Palabre's own accounts.
    """
    connection = sqlite3.connect(database)
    with connection:
        ((password,),) = connection.execute(
            "SELECT password_hash FROM users WHERE admin = 1 LIMIT 1"
        ).fetchall()
        now = int(time.time() * 1000)
        people = [
            (user, None if user in crowd.devices else password) for user in (*crowd.devices, *contenders)
        ]
        connection.executemany(
            "INSERT INTO users (name, password_hash, creation_ts, approved) VALUES (?, ?, ?, 1)",
            [(user, hashed, now // 1000) for user, hashed in people],
        )
        connection.executemany(
            "INSERT INTO profiles (user_id, displayname, full_user_id) VALUES (?, ?, ?)",
            [(user[1:].partition(":")[0], user[1:].partition(":")[0], user) for user, _ in people],
        )
        # Nobody is held back: what is measured is not the homeserver's patience.
        connection.executemany(
            "INSERT INTO ratelimit_override (user_id, messages_per_second, burst_count) VALUES (?, 0, 0)",
            [(user,) for user, _ in people],
        )
        (stream,) = connection.execute(
            "SELECT coalesce(max(stream_id), 0) FROM e2e_cross_signing_keys"
        ).fetchone()
        for number, (user, count) in enumerate(crowd.devices.items()):
            _write_user(connection, user, count, one_time_keys, stream + 1 + 3 * number, now)
    connection.close()


def _write_user(
    connection: sqlite3.Connection, user: str, count: int, one_time_keys: int, stream: int, now: int
) -> None:
    identity = Identity(user, *(SigningKey(f"{user}{i}".encode().ljust(32, b".")[:32]) for i in range(3)))
    body = identity.upload_body()
    connection.executemany(
        "INSERT INTO e2e_cross_signing_keys (user_id, keytype, keydata, stream_id, instance_name)"
        " VALUES (?, ?, ?, ?, 'master')",
        [
            (user, usage, json.dumps(body[f"{usage}_key"]), stream + i)
            for i, usage in enumerate(("master", "self_signing", "user_signing"))
        ],
    )
    for number in range(count):
        device = f"DEVICE{number}"
        account = vodozemac.Account()
        keys = _device_keys(account, user, device)
        connection.execute("INSERT INTO devices (user_id, device_id) VALUES (?, ?)", (user, device))
        connection.execute(
            "INSERT INTO e2e_device_keys_json VALUES (?, ?, ?, ?)", (user, device, now, json.dumps(keys))
        )
        ((key_id, signature),) = identity.signed_device(keys)["signatures"][user].items()
        connection.execute(
            "INSERT INTO e2e_cross_signing_signatures VALUES (?, ?, ?, ?, ?)",
            (user, key_id, user, device, signature),
        )
        connection.executemany(
            "INSERT INTO e2e_one_time_keys_json VALUES (?, ?, 'signed_curve25519', ?, ?, ?)",
            [
                (user, device, key, now, value)
                for key, value in _one_time_keys(account, user, device, one_time_keys)
            ],
        )


def _device_keys(account: vodozemac.Account, user: str, device: str) -> Json:
    keys: Json = {
        "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
        "device_id": device,
        "user_id": user,
        "keys": {
            f"curve25519:{device}": account.curve25519_key.to_base64(),
            f"ed25519:{device}": account.ed25519_key.to_base64(),
        },
    }
    return _signed(account, keys, user, device)


def _one_time_keys(
    account: vodozemac.Account, user: str, device: str, count: int
) -> Iterator[tuple[str, str]]:
    account.generate_one_time_keys(count)
    for key_id, key in account.one_time_keys.items():
        yield key_id, json.dumps(_signed(account, {"key": key.to_base64()}, user, device))


def _signed(account: vodozemac.Account, value: Json, user: str, device: str) -> Json:
    signature = account.sign(canonical_json(value)).to_base64()
    return {**value, "signatures": {user: {f"ed25519:{device}": signature}}}
