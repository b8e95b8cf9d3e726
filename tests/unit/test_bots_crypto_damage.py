"""Any value in the crypto store may be damaged: the machine starts, and messages get through both ways."""

from __future__ import annotations

import copy
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from nio.crypto import InboundGroupSession, OutboundGroupSession

from bots.encryption.batch import Invitation, kept_invitation
from bots.encryption.crypto_records import RestoredSession
from bots.encryption.machine import Machine
from bots.encryption.room_keys import UnknownDevices, UnsharedDevices
from bots.encryption.room_session import RoomSession
from bots.encryption.room_view import RoomView
from bots.encryption.store import CryptoStore
from bots.errors import CryptoStoreDamaged, CryptoStoreForeign
from matrix.ids import DeviceId, RoomId, UserId
from tests.lib.machines import (
    KEY,
    NOW,
    ROOM,
    Directory,
    event_of,
    introduce,
    keys_for,
    open_machine,
    say,
    to_device,
)

AWA, BOT = "@awa:example.org", "@palabre:example.org"
BOTH = [AWA, BOT]
LATER = NOW + timedelta(seconds=5)
FATAL = {"account", "user_id", "device_id"}
"""The columns of the device that nothing replaces: the device itself is another one then."""

Value = Any
DAMAGES: dict[str, Callable[[random.Random, Value], Value]] = {
    "a flipped bit": lambda chance, value: _changed(value, partial(_flipped, chance)),
    "truncated": lambda _chance, value: _changed(value, lambda raw: raw[: len(raw) // 2]),
    "empty": lambda _chance, value: _changed(value, lambda _raw: b""),
    "random bytes": lambda chance, _value: chance.randbytes(40),
    "another JSON value": lambda _chance, _value: "[1]",
    "a number that is no time": lambda _chance, _value: 1e300,
}


def _flipped(chance: random.Random, raw: bytes) -> bytes:
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ (1 << chance.randrange(8))]) + raw[at + 1 :]


def _changed(value: Value, change: Callable[[bytes], bytes]) -> Value:
    """Change the bytes of a value; a text stays one for SQLite, though it may be no valid UTF-8."""
    if isinstance(value, bytes):
        return change(value)
    raw = str(value).encode()
    return _Text(change(raw))


class _Text(bytes):
    """Bytes that SQLite stores as a text."""


def columns() -> list[tuple[str, str]]:
    """Return each column of each table of a new store."""
    connection = sqlite3.connect(":memory:")
    from bots.encryption.crypto_file import _SCHEMA  # noqa: PLC0415 - the test's own list would miss a new table

    connection.executescript(_SCHEMA)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [
        (table, column)
        for table in tables
        for _number, column, *_rest in connection.execute(f"PRAGMA table_info({table})")
    ]


def talk(sender: Machine, reader: Machine, directory: Directory, body: str, number: int) -> str:
    """Say something, all that is due being done first; return what the reader reads, "" where it must wait."""
    while True:
        step = say(sender, BOTH, body, now=LATER)
        if isinstance(step, UnknownDevices):
            sender.devices.learn(directory.query(step.users), list(step.users))
        elif isinstance(step, UnsharedDevices):
            sent = keys_for(sender, step, directory.claim(reader))
            reader.to_device.take([to_device(sender, content) for content in sent.values()], LATER)
        else:
            break
    unknown = reader.devices.not_current(BOTH)
    reader.devices.learn(directory.query(unknown), unknown)
    (reading,) = reader.timeline.read([(ROOM, event_of(sender, step, f"$said{number}", number))])
    return str(reading.plain["content"]["body"]) if reading.plain is not None else ""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Directory]:
    """Make a store with a record of each kind, and that of whom the bot has talked with."""
    folder = tmp_path_factory.mktemp("whole")
    awa, bot = open_machine(folder, AWA, "PHONE"), open_machine(folder, BOT, "BOT")
    directory = Directory()
    directory.publish(awa)
    directory.publish(bot)
    introduce(directory, awa, bot)
    assert talk(awa, bot, directory, "before", 1) == "before"
    assert talk(bot, awa, directory, "answer", 2) == "answer"
    store = bot.store
    events = [
        event_of(awa, say(awa, BOTH, "waits", now=LATER), f"$kept{number}", number) for number in (3, 4)
    ]
    store.events.put_unhandled(ROOM, events[0])
    unknown = {**events[1], "content": {**events[1]["content"], "session_id": "unknown"}}
    bot.timeline.read([(ROOM, unknown)])
    store.history.joined(ROOM, AWA, NOW, NOW)
    store.history.note_given(ROOM, AWA, ["PHONE"])
    store.events.put_invitation("!new", asdict(Invitation(RoomId("!new"), UserId(AWA), False, True)))
    session = RoomSession(InboundGroupSession(OutboundGroupSession().session_key, "ed", "curve", "!restored"))
    store.put_inbound(session)
    store.backups.note_restored(session, RestoredSession(BOT, 5), "1")
    room = RoomView(RoomId(ROOM), algorithm="megolm", members={UserId(AWA): "join"})
    store.commit(NOW, token="s1_2", rooms={ROOM: room.to_json()})
    store.close()
    awa.store.commit(LATER, token="a", rooms={ROOM: {}})
    awa.store.close()
    return folder, directory


@pytest.fixture
def whole(template: tuple[Path, Directory], tmp_path: Path) -> Iterator[tuple[Machine, Directory, Path]]:
    """Give a copy of these: the machine of whom the bot has talked with, and the bot's store."""
    folder, directory = template
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    awa = open_machine(tmp_path, AWA, "PHONE")
    yield awa, copy.deepcopy(directory), tmp_path / "BOT.sqlite"
    awa.store.close()


def damage(path: Path, table: str, column: str, change: Callable[[Value], Value]) -> None:
    connection = sqlite3.connect(path)
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    rows = connection.execute(f"SELECT {column} FROM {table}").fetchall()  # noqa: S608 - our own names
    assert rows, table
    (value,) = rows[0]
    new = change("x" if value is None else value)
    place = "CAST(? AS TEXT)" if isinstance(new, _Text) else "?"
    with connection:
        connection.execute(
            f"UPDATE OR REPLACE {table} SET {column} = {place} WHERE {column} IS ?",  # noqa: S608 - our own names
            (bytes(new) if isinstance(new, _Text) else new, value),
        )
    connection.close()


def start(path: Path) -> Machine:
    """Open the store as a process does, and read all of it that a process reads when it begins."""
    store = CryptoStore.open(path, BOT, "BOT", KEY, LATER)
    machine = Machine(store, UserId(BOT), DeviceId("BOT"))
    assert store.sync_token is None or isinstance(store.sync_token, str)
    assert store.generation >= 0
    for room_id, state in store.rooms().items():
        store.unreadable.read("room", partial(RoomView.from_json, room_id, state))
    readings = machine.timeline.unhandled()
    store.events.unhandled_invitations(kept_invitation)
    store.history.joined(ROOM, AWA, NOW, LATER)
    assert all(isinstance(user, str) for user in store.user_ids())
    machine.devices.take_shown()
    store.owners_of("x", "y")
    machine.timeline.waiting_senders()
    machine.timeline.read_waiting()
    machine.own.to_upload(50, fallback=True, now=LATER)
    machine.timeline.keep_unhandled([reading for reading in readings if reading.is_for_us], ())
    store.commit(LATER, token="s2_3", rooms={})
    return machine


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize(("table", "column"), columns())
def test_whatever_is_damaged_it_starts_and_messages_get_through(
    whole: tuple[Machine, Directory, Path], table: str, column: str, kind: str
) -> None:
    awa, directory, path = whole
    chance = random.Random(f"{table} {column}")  # noqa: S311 - which bit is tried, not a secret
    damage(path, table, column, partial(DAMAGES[kind], chance))
    if table == "device" and column in FATAL:
        with pytest.raises((CryptoStoreDamaged, CryptoStoreForeign)):
            CryptoStore.open(path, BOT, "BOT", KEY, LATER)
        return
    bot = start(path)
    # Awa's client begins a new session, as it does when one is over or the bot has sent an `m.dummy`.
    awa.store.renew(LATER)
    assert talk(awa, bot, directory, "after", 11) == "after"
    assert talk(bot, awa, directory, "answered", 12) == "answered"
    bot.store.close()
    # What could not be read is gone from the file: the next start finds it whole.
    again = start(path)
    assert again.store.unreadable.counts.total() == 0
    assert talk(awa, again, directory, "and on", 13) == "and on"
    again.store.close()


@pytest.mark.parametrize("table", ["olm_session", "inbound_group_session", "known_user", "waiting_event"])
def test_what_cannot_be_read_is_counted_and_logged_without_anything_of_it(
    whole: tuple[Machine, Directory, Path], table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    awa, _directory, path = whole
    with closing(sqlite3.connect(path)) as connection:
        sessions = connection.execute("SELECT room_id, session_id FROM inbound_group_session").fetchall()
    column = {"known_user": "devices", "waiting_event": "event"}.get(table, "pickle")
    damage(path, table, column, lambda _value: b"marked-7f3a9c41")
    bot = start(path)
    bot.store.olm_sessions(awa.own.identity_keys["curve25519"])
    for room_id, session_id in sessions:
        bot.store.inbound(room_id, session_id)
    assert set(bot.store.unreadable.counts) == {table}
    out = capsys.readouterr().out
    assert out.count("crypto_records_unreadable") == 1
    assert table in out
    assert "marked" not in out
    bot.store.close()
