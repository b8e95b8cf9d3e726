"""The crypto store: whole transactions, one device, bounded; a disk that fails leaves what was there."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from nio.crypto import OlmAccount, OutboundGroupSession, OutboundSession

from bots.encryption.devices import Device, KnownUser
from bots.encryption.store import (
    MOST_WAITING,
    OLM_SESSIONS_A_DEVICE,
    WAITING_AT_MOST,
    CryptoStore,
    OlmWith,
    OutboundGroup,
    is_readable,
)
from bots.errors import CryptoStoreDamaged, CryptoStoreForeign, CryptoStoreUnwritable
from tests.lib.machines import KEY, NOW

USER = "@palabre:example.org"


def opened(folder: Path, device: str = "BOT", now_plus: timedelta = timedelta()) -> CryptoStore:
    return CryptoStore.open(folder / "crypto.sqlite", USER, device, KEY, NOW + now_plus)


def a_session() -> OlmWith:
    other = OlmAccount()
    other.generate_one_time_keys(1)
    key = next(iter(other.one_time_keys["curve25519"].values()))
    return OlmWith(OutboundSession(OlmAccount(), other.identity_keys["curve25519"], key), NOW, NOW)


def waiting(event_id: str) -> dict[str, object]:
    return {"event_id": event_id, "sender": USER, "content": {}}


def test_only_its_owner_can_read_the_file_and_no_key_is_in_it_in_clear(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.put_olm("sender", a_session())
    store.commit(NOW, token="t")
    pickle = store._olm["sender"][0].session.pickle("")
    assert (tmp_path / "crypto.sqlite").stat().st_mode & 0o777 == 0o600
    store.close()
    assert pickle not in (tmp_path / "crypto.sqlite").read_bytes()


def test_what_was_committed_is_there_again(tmp_path: Path) -> None:
    store = opened(tmp_path)
    devices = {
        "D": Device(USER, "D", "ed", "curve", signed=True),
        "E": Device(USER, "E", "e", "c", False, True),
    }
    store.put_user(KnownUser(USER, devices, current=True))
    session = a_session()
    store.put_olm("sender", session)
    store.put_index("!r", "s", 3, "$e", 5)
    store.wait("!r", waiting("$w"))
    store.commit(NOW, token="t", rooms={"!r": {"a": 1}, "!gone": None})
    store.close()
    again = opened(tmp_path)
    assert again.user(USER) == KnownUser(USER, devices, current=True)
    assert [s.session.id for s in again.olm_sessions("sender")] == [session.session.id]
    assert again.heard_as("!r", "s", 3) == ("$e", 5)
    assert again.waiting() == [("!r", waiting("$w"))]
    assert (again.sync_token, again.rooms()) == ("t", {"!r": {"a": 1}})


def test_what_is_not_dealt_with_is_there_again_and_what_is_is_not(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(3):
        store.put_unhandled("!r", waiting(f"${number}"))
    store.put_invitation("!a", {"room_id": "!a"})
    store.put_invitation("!b", {"room_id": "!b"})
    store.commit(NOW, token="t")
    store.handled("$1")
    store.put_invitation("!a", None)
    store.commit(NOW)
    store.close()
    again = opened(tmp_path)
    assert again.unhandled() == [("!r", waiting("$0")), ("!r", waiting("$2"))]
    assert again.unhandled_invitations() == [{"room_id": "!b"}]


def test_another_devices_store_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with pytest.raises(CryptoStoreForeign):
        opened(tmp_path, device="OTHER")


@pytest.mark.parametrize("content", [b"not a database, at all. " * 50, b"SQLite format 3\0" + b"x" * 5000])
def test_a_damaged_file_is_said_to_be(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "crypto.sqlite"
    path.write_bytes(content)
    assert not is_readable(path)
    with pytest.raises(CryptoStoreDamaged):
        opened(tmp_path)
    assert path.read_bytes() == content


def test_a_full_disk_leaves_the_file_as_it_was_and_the_changes_pending(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.commit(NOW, token="before")
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    for number in range(200):
        store.wait("!r", waiting(f"${number}" + "x" * 500))
    with pytest.raises(CryptoStoreUnwritable, match="full"):
        store.commit(NOW, token="after")
    assert (store.sync_token, store.count_waiting()) == ("before", 200)
    store._connection.execute("PRAGMA max_page_count = 100000")
    store.commit(NOW, token="after")
    assert (store.sync_token, store.count_waiting()) == ("after", 200)


def test_a_write_that_is_locked_out_changes_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store._connection.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(tmp_path / "crypto.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CryptoStoreUnwritable, match="locked"):
        store.commit(NOW, token="t")
    other.execute("ROLLBACK")
    other.close()
    store.commit(NOW, token="t")
    assert store.sync_token == "t"


def test_of_many_olm_sessions_with_one_device_those_used_last_stay(tmp_path: Path) -> None:
    store = opened(tmp_path)
    ids = []
    for number in range(OLM_SESSIONS_A_DEVICE + 3):
        session = a_session()
        session.used = NOW + timedelta(seconds=number)
        store.put_olm("sender", session)
        ids.append(session.session.id)
    store.commit(NOW, token="t")
    store.close()
    kept = [s.session.id for s in opened(tmp_path).olm_sessions("sender")]
    assert kept == ids[: -OLM_SESSIONS_A_DEVICE - 1 : -1]


def test_after_a_long_sleep_it_speaks_under_new_sessions(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.put_outbound(OutboundGroup("!r", OutboundGroupSession(), NOW, 0, {}))
    store.commit(NOW, token="t", rooms={"!r": {}})
    store.close()
    soon = opened(tmp_path, now_plus=timedelta(minutes=59))
    assert soon.outbound("!r") is not None
    soon.close()
    for other_time in (timedelta(hours=1), -timedelta(days=1)):
        assert opened(tmp_path, now_plus=other_time).outbound("!r") is None


def test_waiting_events_are_bounded_in_number_and_in_time(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(MOST_WAITING + 10):
        store.wait("!r", waiting(f"${number}"))
    store.commit(NOW, token="t")
    assert store.count_waiting() == MOST_WAITING
    assert store.waiting()[0][1]["event_id"] == "$10"
    store.close()
    assert opened(tmp_path, now_plus=WAITING_AT_MOST + timedelta(days=1)).count_waiting() == 0
