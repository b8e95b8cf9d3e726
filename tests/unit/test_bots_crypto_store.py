"""The crypto store: whole transactions, one device, bounded; a disk that fails leaves what was there."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from nio.crypto import InboundGroupSession, OlmAccount, OutboundGroupSession, OutboundSession

from bots.encryption.crypto_file import is_readable
from bots.encryption.crypto_pruning import MOST_WAITING, WAITING_AT_MOST
from bots.encryption.crypto_records import OlmSessionEntry, OutboundGroup
from bots.encryption.devices import Device, KnownUser
from bots.encryption.room_session import RoomSession
from bots.encryption.store import OLM_SESSIONS_A_DEVICE, CryptoStore
from bots.errors import CryptoStoreDamaged, CryptoStoreForeign, CryptoStoreUnwritable
from tests.lib.machines import KEY, NOW

USER = "@palabre:example.org"
WITHOUT_SHARED_HISTORY = (
    "ALTER TABLE inbound_group_session DROP COLUMN shared_history; DROP TABLE history_share;"
    "DROP TABLE session_backup; DROP TABLE restored_session;"
)


def opened(folder: Path, device: str = "BOT", now_plus: timedelta = timedelta()) -> CryptoStore:
    return CryptoStore.open(folder / "crypto.sqlite", USER, device, KEY, NOW + now_plus)


def a_session() -> OlmSessionEntry:
    other = OlmAccount()
    other.generate_one_time_keys(1)
    key = next(iter(other.one_time_keys["curve25519"].values()))
    return OlmSessionEntry(OutboundSession(OlmAccount(), other.identity_keys["curve25519"], key), NOW, NOW)


def waiting(event_id: str, sender: str = USER) -> dict[str, object]:
    return {"event_id": event_id, "sender": sender, "content": {"session_id": "s"}}


def test_only_its_owner_can_read_the_file_and_no_key_is_in_it_in_clear(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.put_olm("sender", a_session())
    store.commit(NOW, token="t")
    pickle = store._olm["sender"][0].session.pickle("")
    assert (tmp_path / "crypto.sqlite").stat().st_mode & 0o777 == 0o600
    store.close()
    assert pickle not in (tmp_path / "crypto.sqlite").read_bytes()


def test_what_was_deleted_is_not_left_in_the_file(tmp_path: Path) -> None:
    store, mark = opened(tmp_path), "marked-7f3a9c41"
    store.events.wait("!r", {**waiting("$w"), "mark": mark * 2000})
    store.commit(NOW)
    store.events.stop_waiting("$w")
    store.commit(NOW)
    store.close()
    assert [path.name for path in tmp_path.iterdir() if mark.encode() in path.read_bytes()] == []


@pytest.mark.parametrize(("server", "left"), [(timedelta(), 1), (timedelta(days=1000), 0)])
def test_nothing_is_deleted_for_its_age_that_is_not_old_by_the_homeservers_clock_too(
    tmp_path: Path, server: timedelta, left: int
) -> None:
    store = opened(tmp_path)
    store.put_olm("sender", a_session())
    store.events.wait("!r", waiting("$w"))
    store.commit(NOW, token="t")
    store.close()
    later = NOW + timedelta(days=999)
    again = CryptoStore.open(tmp_path / "crypto.sqlite", USER, "BOT", KEY, later, NOW + server)
    assert (len(again.olm_sessions("sender")), len(again.events.waiting())) == (left, left)


def test_what_was_committed_is_there_again(tmp_path: Path) -> None:
    store = opened(tmp_path)
    devices = {
        "D": Device(USER, "D", "ed", "curve", signed=True),
        "E": Device(USER, "E", "e", "c", False, True),
    }
    store.put_user(KnownUser(USER, devices, current=True))
    session = a_session()
    store.put_olm("sender", session)
    store.events.put_index("!r", "s", 3, "$e", 5)
    store.events.wait("!r", waiting("$w"))
    store.commit(NOW, token="t", rooms={"!r": {"a": 1}, "!gone": None})
    store.close()
    again = opened(tmp_path)
    assert again.user(USER) == KnownUser(USER, devices, current=True)
    assert [s.session.id for s in again.olm_sessions("sender")] == [session.session.id]
    assert again.events.heard_as("!r", "s", 3) == ("$e", 5)
    assert again.events.waiting() == [("!r", waiting("$w"))]
    assert (again.sync_token, again.rooms()) == ("t", {"!r": {"a": 1}})


def test_what_is_not_dealt_with_is_there_again_and_what_is_is_not(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(3):
        store.events.put_unhandled("!r", waiting(f"${number}"))
    store.events.put_invitation("!a", {"room_id": "!a"})
    store.events.put_invitation("!b", {"room_id": "!b"})
    store.commit(NOW, token="t")
    store.events.handled("$1")
    store.events.put_invitation("!a", None)
    store.commit(NOW)
    store.close()
    again = opened(tmp_path)
    assert again.events.unhandled() == [("!r", waiting("$0")), ("!r", waiting("$2"))]
    assert again.events.unhandled_invitations(dict) == [{"room_id": "!b"}]


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
        store.events.wait("!r", waiting(f"${number}" + "x" * 500))
    with pytest.raises(CryptoStoreUnwritable, match="full"):
        store.commit(NOW, token="after")
    assert (store.sync_token, store.events.count_waiting()) == ("before", 200)
    store._connection.execute("PRAGMA max_page_count = 100000")
    store.commit(NOW, token="after")
    assert (store.sync_token, store.events.count_waiting()) == ("after", 200)


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


def test_outbound_sessions_are_in_no_file_but_how_often_they_were_used_is(tmp_path: Path) -> None:
    store, group = opened(tmp_path), OutboundGroupSession()
    store.put_outbound(OutboundGroup("!r", group, NOW, 7, {}))
    store.commit(NOW, token="t", rooms={"!r": {}})
    store.close()
    again = opened(tmp_path, now_plus=timedelta(seconds=1))
    assert (again.outbound("!r"), again.sent_before) == (None, {group.id: 7})


@pytest.mark.parametrize(
    ("later", "stale"),
    [(timedelta(seconds=29), False), (timedelta(seconds=30), True), (-timedelta(seconds=1), True)],
)
def test_after_a_gap_olm_sessions_are_stale_for_good(tmp_path: Path, later: timedelta, stale: bool) -> None:
    """The file may be a copy that was put back; a device that runs writes more often."""
    store = opened(tmp_path)
    store.put_olm("sender", a_session())
    store.commit(NOW, token="t")
    store.close()
    for moment in (later, later + timedelta(seconds=1)):
        again = opened(tmp_path, now_plus=moment if stale else later)
        assert [session.is_stale for session in again.olm_sessions("sender")] == [stale]
        again.commit(NOW + moment, token="t")
        again.close()


def test_a_store_of_the_version_before_has_sessions_that_are_not_shared(tmp_path: Path) -> None:
    store = opened(tmp_path)
    session = InboundGroupSession(OutboundGroupSession().session_key, "ed", "key", "!r")
    store.put_inbound(RoomSession(session, shared_history=True))
    store.commit(NOW)
    store.close()
    connection = sqlite3.connect(tmp_path / "crypto.sqlite")
    connection.executescript(WITHOUT_SHARED_HISTORY + "PRAGMA user_version = 3;")
    connection.close()
    for _start in range(2):
        store = opened(tmp_path)
        assert [kept.shared_history for kept in store.inbound("!r", session.id)] == [False]
        store.close()


def test_a_store_of_an_older_version_is_brought_over(tmp_path: Path) -> None:
    opened(tmp_path).close()
    connection = sqlite3.connect(tmp_path / "crypto.sqlite")
    connection.executescript(WITHOUT_SHARED_HISTORY)
    connection.executescript(
        """
        DROP TABLE sent_messages;
        ALTER TABLE device DROP COLUMN olm_since;
        CREATE TABLE outbound_group_session (room_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, pickle BLOB NOT NULL,
            created REAL NOT NULL, messages INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE key_given (room_id TEXT, user_id TEXT, device_id TEXT);
        INSERT INTO outbound_group_session VALUES ('!r', 's', x'00', 0, 5);
        INSERT INTO room VALUES ('!r', '{}');
        PRAGMA user_version = 2;
        """
    )
    connection.close()
    assert opened(tmp_path).sent_before == {"s": 5}
    store = opened(tmp_path)
    tables = {name for (name,) in store._connection.execute("SELECT name FROM sqlite_master")}
    assert tables.isdisjoint({"outbound_group_session", "key_given"})


def test_waiting_events_are_bounded_in_number_and_in_time(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(MOST_WAITING + 10):
        store.events.wait("!r", waiting(f"${number}"))
    store.commit(NOW, token="t")
    assert store.events.count_waiting() == MOST_WAITING
    assert store.events.waiting()[0][1]["event_id"] == "$10"
    store.close()
    assert opened(tmp_path, now_plus=WAITING_AT_MOST + timedelta(days=1)).events.count_waiting() == 0


def test_whoever_sends_many_that_cannot_be_read_loses_their_own(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.events.wait("!r", waiting("$patient", "@awa:example.org"))
    for number in range(2 * MOST_WAITING):
        store.events.wait("!r", waiting(f"${number}", "@flood:example.org"))
    store.commit(NOW, token="t")
    kept = [event["event_id"] for _, event in store.events.waiting()]
    assert kept[0] == "$patient"
    assert len(kept) == MOST_WAITING
    assert kept[-1] == f"${2 * MOST_WAITING - 1}"


def test_of_the_events_that_wait_those_are_given_that_may_be_readable(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(3):
        event = waiting(f"${number}", f"@{number}:example.org")
        store.events.wait("!r", {**event, "content": {"session_id": f"s{number}"}})
    store.commit(NOW, token="t")
    store.events.wait("!r", waiting("$new"))

    def given(sessions: set[str], senders: set[str]) -> list[object]:
        return [event["event_id"] for _, event in store.events.waiting(sessions, senders)]

    assert given({"s1"}, set()) == ["$1"]
    assert given(set(), {"@2:example.org"}) == ["$2"]
    assert given({"s", "s0"}, set()) == ["$0", "$new"]
    assert given(set(), set()) == []


def test_of_the_sessions_that_strangers_make_us_keep_the_oldest_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.encryption.crypto_pruning.MOST_OF_STRANGERS", 3)
    monkeypatch.setattr("bots.encryption.store.LOOK_AFTER", 10)
    store = opened(tmp_path)
    friend = Device(USER, "D", "ed", "friend", signed=True)
    store.put_user(KnownUser(USER, {"D": friend}, current=True))
    store.commit(NOW, token="t", rooms={"!ours": {}})
    keys = ["friend", *(f"stranger {number}" for number in range(6))]
    for age, key in enumerate(keys):
        session = a_session()
        session.used = NOW + timedelta(seconds=age)
        store.put_olm(key, session)
        group = OutboundGroupSession()
        room = "!ours" if key == "friend" else f"!{key}"
        session = InboundGroupSession(group.session_key, "ed", key, room)
        store.put_inbound(RoomSession(session))
        store.commit(NOW + timedelta(seconds=age))
    held = {key: (len(store.olm_sessions(key)), group_sessions(store, key)) for key in keys}
    store.close()
    again = opened(tmp_path)
    assert {key for key in keys if again.olm_sessions(key)} == {"friend", *keys[-3:]}
    assert {key for key in keys if group_sessions(again, key)} == {"friend", *keys[-3:]}
    # At the tenth new session, without a restart too: four strangers were there then.
    assert held["stranger 0"] == (0, 0)
    assert held["friend"] == held["stranger 5"] == (1, 1)


def group_sessions(store: CryptoStore, sender_key: str) -> int:
    rows = store._connection.execute(
        "SELECT count(*) FROM inbound_group_session WHERE sender_key = ?", (sender_key,)
    )
    return int(rows.fetchone()[0])


def test_who_has_a_devices_keys_is_known_of_those_learnt_before_and_since(tmp_path: Path) -> None:
    def user(name: str, key: str) -> KnownUser:
        return KnownUser(name, {"D": Device(name, "D", f"ed {key}", key, signed=True)}, current=True)

    store = opened(tmp_path)
    store.put_user(user("@a:x", "one"))
    store.commit(NOW)
    store.put_user(user("@b:x", "one"))
    assert store.owners_of("one", "ed one") == {"@a:x", "@b:x"}
    store.put_user(user("@a:x", "two"))
    assert store.owners_of("one", "ed one") == {"@b:x"}
    assert store.owners_of("two", "ed two") == {"@a:x"}
    assert store.owners_of("two", "ed one") == set()
