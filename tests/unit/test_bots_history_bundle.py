"""The file with a room's earlier keys: only those that may be handed on, of that room, in the specification's form."""

from __future__ import annotations

import base64
import io
import json
import os
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import vodozemac
from Crypto.Cipher import AES
from nio.crypto import InboundGroupSession, OutboundGroupSession

from bots.encryption.history_bundle import StoreCopy, sessions_mark, write_bundle
from bots.encryption.media import FileSealer
from bots.encryption.room_session import RoomSession
from bots.encryption.store import CryptoStore
from bots.errors import CryptoStoreUnwritable
from tests.lib.machines import KEY, NOW, ROOM

SENDER = "s" * 43
ROOMY = 10_000_000


class Sessions:
    """A crypto store, and what is put into it; each a second after the one before."""

    def __init__(self, folder: Path) -> None:
        self.store = CryptoStore.open(folder / "crypto.sqlite", "@palabre:x", "BOT", KEY, NOW)
        self._now = NOW

    def put(
        self,
        shared: bool,
        *,
        room: str = ROOM,
        sender: str = SENDER,
        group: OutboundGroupSession | None = None,
        key: str | None = None,
    ) -> OutboundGroupSession:
        group = OutboundGroupSession() if group is None else group
        session = InboundGroupSession(key or group.session_key, "e" * 43, sender, room)
        self.store.put_inbound(RoomSession(session, shared))
        self._now += timedelta(seconds=1)
        self.store.commit(self._now)
        return group

    def copy(self) -> StoreCopy:
        return self.store.copy(self._now)

    def bundle(self, most: int = ROOMY) -> dict[str, Any]:
        """Write the bundle, and read it as its recipient does."""
        into, sealer = io.BytesIO(), FileSealer(os.urandom)
        write_bundle(self.copy(), ROOM, "BOT", into=into, sealer=sealer, most=most)
        assert len(into.getvalue()) <= most
        key = base64.urlsafe_b64decode(sealer.secret + "=")
        iv = base64.b64decode(sealer.iv + "==")
        plain = AES.new(key, AES.MODE_CTR, nonce=iv[:8], initial_value=0).decrypt(into.getvalue())
        read: dict[str, Any] = json.loads(plain)
        return read


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path)


def ids(entries: list[dict[str, Any]]) -> list[str]:
    return sorted(entry["session_id"] for entry in entries)


def test_a_session_that_may_be_handed_on_is_in_it_from_its_first_known_message_on(sessions: Sessions) -> None:
    group = sessions.put(True)
    (entry,) = sessions.bundle()["room_keys"]
    key = entry.pop("session_key")
    assert entry == {
        "algorithm": "m.megolm.v1.aes-sha2",
        "room_id": ROOM,
        "sender_key": SENDER,
        "session_id": group.id,
        "sender_claimed_keys": {"ed25519": "e" * 43},
    }
    imported = vodozemac.InboundGroupSession.import_session(vodozemac.ExportedSessionKey(key))
    assert (imported.session_id, imported.first_known_index) == (group.id, 0)


def test_any_other_is_named_with_the_reason_and_without_its_key(sessions: Sessions) -> None:
    group = sessions.put(False)
    bundle = sessions.bundle()
    assert bundle["room_keys"] == []
    (entry,) = bundle["withheld"]
    assert isinstance(entry.pop("reason"), str)
    assert entry == {
        "algorithm": "m.megolm.v1.aes-sha2",
        "code": "m.history_not_shared",
        "room_id": ROOM,
        "session_id": group.id,
        "sender_key": SENDER,
        "from_device": "BOT",
    }


def test_without_any_session_both_lists_are_there(sessions: Sessions) -> None:
    assert sessions.bundle() == {"room_keys": [], "withheld": []}


def test_other_rooms_are_no_part_of_it(sessions: Sessions) -> None:
    for shared in (True, False):
        sessions.put(shared, room="!other")
    assert sessions.bundle() == {"room_keys": [], "withheld": []}


def test_who_claims_anothers_session_cannot_have_it_handed_on(sessions: Sessions) -> None:
    """A member passes the key of a session that is not shared off as their own."""
    group = sessions.put(False)
    sessions.put(True, sender="m" * 43, group=group)
    bundle = sessions.bundle()
    assert (ids(bundle["room_keys"]), ids(bundle["withheld"])) == ([], [group.id])


def test_who_claims_anothers_session_cannot_keep_it_from_newcomers(sessions: Sessions) -> None:
    """A member passes the key of a session that is shared off as their own, as one that is not."""
    group = sessions.put(True)
    sessions.put(False, sender="m" * 43, group=group)
    bundle = sessions.bundle()
    assert [(entry["session_id"], entry["sender_key"]) for entry in bundle["room_keys"]] == [
        (group.id, SENDER)
    ]
    assert bundle["withheld"] == []
    assert sessions_mark(sessions.copy(), ROOM).shared == 1


def test_who_gives_an_earlier_key_later_stays_the_first(sessions: Sessions) -> None:
    """The creator gives the key from a message on, a member claims the session, then the creator gives all of it."""
    group = OutboundGroupSession()
    whole = group.session_key
    group.mark_as_shared()
    group.encrypt("the first message")
    sessions.put(False, group=group)
    sessions.put(True, sender="m" * 43, group=group)
    sessions.put(False, group=group, key=whole)
    assert [
        s.first_known_index for s in sessions.store.inbound(ROOM, group.id) if s.sender_key == SENDER
    ] == [0]
    bundle = sessions.bundle()
    assert (ids(bundle["room_keys"]), ids(bundle["withheld"])) == ([], [group.id])


@pytest.mark.parametrize("shared", [True, False])
def test_of_those_that_came_together_all_must_allow_it(sessions: Sessions, shared: bool) -> None:
    """As from the backup: which of them came first is not known any more."""
    group = sessions.put(True)
    sessions.put(shared, sender="m" * 43, group=group)
    with sqlite3.connect(sessions.copy().path) as connection:
        connection.execute("UPDATE inbound_group_session SET received = 0")
    bundle = sessions.bundle()
    found = ids(bundle["room_keys"]), ids(bundle["withheld"])
    assert found == (([group.id], []) if shared else ([], [group.id]))


def test_of_several_who_claim_a_session_the_first_is_named(sessions: Sessions) -> None:
    group = sessions.put(True)
    sessions.put(True, sender="m" * 43, group=group)
    bundle = sessions.bundle()
    assert [(entry["session_id"], entry["sender_key"]) for entry in bundle["room_keys"]] == [
        (group.id, SENDER)
    ]


def test_where_there_is_no_room_for_all_the_latest_are_in_it(sessions: Sessions) -> None:
    groups = [sessions.put(True) for _ in range(10)]
    withheld = [sessions.put(False) for _ in range(3)]
    whole = sessions.bundle()
    assert (len(whole["room_keys"]), ids(whole["withheld"])) == (10, sorted(g.id for g in withheld))
    bundle = sessions.bundle(most=3_000)
    count = len(bundle["room_keys"])
    assert 3 <= count < 10
    assert ids(bundle["room_keys"]) == sorted(group.id for group in groups[-count:])


def test_nothing_fits_into_a_very_small_one(sessions: Sessions) -> None:
    sessions.put(True)
    assert sessions.bundle(most=100) == {"room_keys": [], "withheld": []}


def test_a_record_that_cannot_be_read_is_left_out(sessions: Sessions) -> None:
    kept, damaged = sessions.put(True), sessions.put(True)
    with sqlite3.connect(sessions.copy().path) as connection:
        connection.execute(
            "UPDATE inbound_group_session SET pickle = x'00' WHERE session_id = ?", (damaged.id,)
        )
    assert ids(sessions.bundle()["room_keys"]) == [kept.id]


def test_the_mark_moves_when_something_is_added_and_stays_otherwise(sessions: Sessions) -> None:
    marks = []
    for shared in (True, False, True):
        sessions.put(shared)
        marks.append(sessions_mark(sessions.copy(), ROOM))
        assert sessions_mark(sessions.copy(), ROOM) == marks[-1]
    assert [(mark.sessions, mark.shared) for mark in marks] == [(1, 1), (2, 1), (3, 2)]
    sessions.put(True, room="!other")
    assert sessions_mark(sessions.copy(), ROOM) == marks[-1]


def test_what_is_not_committed_yet_is_in_it_too(sessions: Sessions) -> None:
    group = OutboundGroupSession()
    session = InboundGroupSession(group.session_key, "e" * 43, SENDER, ROOM)
    sessions.store.put_inbound(RoomSession(session, shared_history=True))
    assert ids(sessions.bundle()["room_keys"]) == [group.id]


def test_a_store_that_is_not_there_is_said_to_be_unreadable(tmp_path: Path) -> None:
    with pytest.raises(CryptoStoreUnwritable):
        sessions_mark(StoreCopy(tmp_path / "none.sqlite", KEY), ROOM)


def test_the_key_to_the_store_shows_in_no_log(sessions: Sessions) -> None:
    assert KEY not in repr(sessions.copy())
