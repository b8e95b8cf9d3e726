"""Inbound Megolm sessions as they stand in the key backup (spec, "Server-side key backups"). Runs in the crypto thread.

Beside what the specification has, each session says in which room it is and whose devices made it, as far as we knew
and believed that then, and for each whether it allows that the key is handed on. All of it is encrypted and has our
code (`backup_key`), so it can be believed later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from nio.crypto import InboundGroupSession

from bots.encryption.cross_signing import Json, at
from bots.encryption.crypto_records import RestoredSession
from bots.encryption.key_backup.backup_key import BackupSecret, BackupWriter
from bots.encryption.machine import Machine
from bots.encryption.protocol import HOSTILE_ERRORS, MEGOLM, Refused
from bots.encryption.room_session import SHARED_HISTORY, RoomSession

_MADE_BY = "org.palabre.made_by"
_ROOM = "org.palabre.room_id"


def for_backup(
    machine: Machine, writer: BackupWriter, names: Iterable[tuple[str, str]]
) -> dict[str, dict[str, Json]]:
    """Return sessions, given by room and id, as the homeserver takes them: room → session id → ``KeyBackupData``."""
    rooms: dict[str, dict[str, Json]] = {}
    for room_id, session_id in names:
        data = _backed_up(machine, writer, room_id, session_id)
        if data is not None:
            rooms.setdefault(room_id, {})[session_id] = data
    return rooms


def _backed_up(machine: Machine, writer: BackupWriter, room_id: str, session_id: str) -> Json | None:
    sessions = machine.store.inbound(room_id, session_id)
    if not sessions:
        return None
    # Usually one; of several, which devices claim as theirs, one whose owner we know comes first. Each has a key of its
    # own: what a device has given us as another's need not be that one's.
    sessions = sorted(sessions, key=lambda one: (_maker(machine, one) is None, one.first_known_index))
    plain = {
        "algorithm": MEGOLM,
        "forwarding_curve25519_key_chain": [],
        "sender_key": sessions[0].sender_key,
        "sender_claimed_keys": {"ed25519": sessions[0].ed25519},
        "session_key": sessions[0].exported(),
        SHARED_HISTORY: sessions[0].shared_history,
        _ROOM: room_id,
        _MADE_BY: [
            [each.sender_key, each.ed25519, _maker(machine, each), each.shared_history, each.exported()]
            for each in sessions
        ],
    }
    return {
        "first_message_index": sessions[0].first_known_index,
        "forwarded_count": 0,
        "is_verified": _maker(machine, sessions[0]) is not None,
        "session_data": writer.sealed(plain),
    }


def _maker(machine: Machine, session: RoomSession) -> str | None:
    """Return whose device has made a session, as far as its messages are read; None where that is not known."""
    if session.sender_key == machine.own.identity_keys["curve25519"]:
        return machine.own.user_id
    restored = machine.store.backups.restored(session)
    if restored is not None and restored.user_id is not None:
        return restored.user_id
    return machine.devices.maker_of(session.sender_key, session.ed25519)


def in_parts(sessions: dict[str, Any], most: int) -> Iterator[dict[str, Any]]:
    """Give at most so many sessions at a time; they are taken out, so that memory has each once and not for long."""
    while sessions:
        yield {name: sessions.pop(name) for name in list(islice(sessions, most))}


def restore(
    machine: Machine, key: BackupSecret, version: str, room_id: str, sessions: Mapping[str, Any]
) -> tuple[int, int]:
    """Take in the sessions of a room, by id, from a version of the backup; return how many, and how many were refused.

    What was restored before may be restored again.
    """
    refused = 0
    for session_id, data in sessions.items():
        try:
            _restore_one(machine, key.opened(at(data, "session_data")), version, room_id, session_id)
        except (Refused, *HOSTILE_ERRORS):
            refused += 1
    return len(sessions) - refused, refused


def _restore_one(machine: Machine, plain: Json, version: str, room_id: str, session_id: str) -> None:
    if plain.get("algorithm") != MEGOLM or plain.get(_ROOM) != room_id:
        raise Refused("another room's")
    for sender_key, ed25519, user_id, shared, session_key in plain[_MADE_BY]:
        imported = InboundGroupSession.import_session(session_key, ed25519, sender_key, room_id)
        session = RoomSession(imported, shared is True)
        if session.id != session_id:
            raise Refused("another session's key")
        known = _restored(machine, session, user_id)
        machine.store.put_inbound(session)
        machine.store.backups.note_restored(session, known, version)


def _restored(machine: Machine, session: RoomSession, user_id: str | None) -> RestoredSession:
    """Return what is to be known of a session. What its device has given us itself stays so."""
    before = machine.store.backups.restored(session)
    if before is not None:
        return before
    there = machine.store.inbound(session.room_id, session.id)
    index = next((s.first_known_index for s in there if s.sender_key == session.sender_key), None)
    return RestoredSession(user_id, index)
