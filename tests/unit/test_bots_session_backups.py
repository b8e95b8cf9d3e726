"""Sessions on their way into the key backup and back: each once, of whoever made it, and none reads a message anew."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nio.crypto import InboundGroupSession, OutboundGroupSession

from bots.encryption.cross_signing import decoded, unpadded
from bots.encryption.crypto_pruning import KEYS_OF_LEFT_ROOMS
from bots.encryption.crypto_records import RestoredSession
from bots.encryption.key_backup.backup_key import BackupSecret
from bots.encryption.key_backup.sessions import for_backup, restore
from bots.encryption.machine import Machine
from bots.encryption.room_keys import EncryptedContent
from bots.encryption.room_session import SHARED_HISTORY, RoomSession
from bots.encryption.store import CryptoStore
from tests.lib.machines import (
    KEY,
    NOW,
    ROOM,
    TO_VERSION_3,
    Directory,
    event_of,
    introduce,
    keys_for,
    open_machine,
    say,
    to_device,
)

AWA, BOT, EVE = "@awa:example.org", "@palabre:example.org", "@eve:example.org"
BOTH = [AWA, BOT]
SECRET = BackupSecret(BOT, b"s" * 32)
STATE: dict[str, Any] = {ROOM: {"invited_by": {}}}


@dataclass
class Talk:
    """Somebody, and the bot: before its disk is lost, and after."""

    folder: Path
    awa: Machine
    bot: Machine
    directory: Directory

    def said(self, sender: Machine, reader: Machine, body: str, number: int) -> dict[str, Any]:
        """Let somebody say something; whoever is to read it has the key."""
        step = say(sender, BOTH, body)
        if not isinstance(step, EncryptedContent):
            sent = keys_for(sender, step, self.directory.claim(reader))
            reader.to_device.take([to_device(sender, content) for content in sent.values()], NOW)
            step = say(sender, BOTH, body)
        return event_of(sender, step, f"$said{number}", number)

    def backed_up(self) -> dict[str, Any]:
        """Return the room's sessions as the homeserver has them, and note that they are there."""
        backups = self.bot.store.backups
        names = backups.due(100)
        rooms = for_backup(self.bot, SECRET.writer, names)
        backups.uploaded(names, "1")
        self.bot.store.commit(NOW)
        return rooms.get(ROOM, {})

    def new_bot(self, *, former_is_gone: bool = True) -> Machine:
        """Return the bot on a new disk, as another device under the same identity."""
        self.bot.store.close()
        if former_is_gone:
            del self.directory.uploads[BOT, "BOT"]
        bot = open_machine(self.folder, BOT, "NEW")
        self.directory.publish(bot)
        introduce(self.directory, self.awa, bot)
        return bot


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    awa, bot = open_machine(tmp_path, AWA, "PHONE"), open_machine(tmp_path, BOT, "BOT")
    directory = Directory()
    directory.publish(awa)
    directory.publish(bot)
    introduce(directory, awa, bot)
    bot.store.commit(NOW, token="t", rooms=STATE)
    return Talk(tmp_path, awa, bot, directory)


def inbound(key: str, *, shared: bool = False) -> RoomSession:
    """Return a session of some device's."""
    return RoomSession(InboundGroupSession(key, "ed", "curve", ROOM), shared)


def body_of(machine: Machine, event: dict[str, Any]) -> str | None:
    """Return what is read of an event that is read again."""
    plain = machine.timeline.read_again(ROOM, event)
    return None if plain is None else str(plain["content"]["body"])


def test_what_was_said_before_the_loss_is_read_again_whoever_said_it(talk: Talk) -> None:
    hers, its = talk.said(talk.awa, talk.bot, "hers", 1), talk.said(talk.bot, talk.awa, "its", 2)
    talk.bot.store.commit(NOW)
    sessions = talk.backed_up()
    bot = talk.new_bot()
    assert [body_of(bot, event) for event in (hers, its)] == [None, None]
    assert restore(bot, SECRET, "1", ROOM, sessions) == (2, 0)
    bot.store.commit(NOW)
    assert [body_of(bot, event) for event in (hers, its)] == ["hers", "its"]
    bot.store.close()
    again = open_machine(talk.folder, BOT, "NEW")
    assert [body_of(again, event) for event in (hers, its)] == ["hers", "its"]


def test_a_message_of_before_that_the_homeserver_sends_as_a_new_one_is_refused(talk: Talk) -> None:
    hers = talk.said(talk.awa, talk.bot, "delete it", 1)
    talk.bot.store.commit(NOW)
    sessions = talk.backed_up()
    bot = talk.new_bot(former_is_gone=False)
    restore(bot, SECRET, "1", ROOM, sessions)
    bot.store.commit(NOW)
    replayed = {**hers, "event_id": "$again", "origin_server_ts": 99}
    (reading,) = bot.timeline.read([(ROOM, replayed)])
    assert (reading.plain, reading.refused) == (None, "of before the recovery")
    # What she says next, in the session of before, she gives the new device the key of.
    after = talk.said(talk.awa, bot, "and this is new", 3)
    assert after["content"]["session_id"] == hers["content"]["session_id"]
    (reading,) = bot.timeline.read([(ROOM, after)])
    assert reading.plain is not None
    (reading,) = bot.timeline.read([(ROOM, replayed)])
    assert reading.refused == "of before the recovery"
    # Restored once more, it stays so.
    restore(bot, SECRET, "1", ROOM, sessions)
    bot.store.commit(NOW)
    (reading,) = bot.timeline.read([(ROOM, after)])
    assert reading.plain is not None
    (reading,) = bot.timeline.read([(ROOM, {**hers, "event_id": "$third"})])
    assert reading.refused == "of before the recovery"


def test_a_key_from_its_device_that_reads_more_than_the_restored_one_is_believed(talk: Talk) -> None:
    session = OutboundGroupSession()
    wide = inbound(session.session_key)
    narrow = RoomSession(
        InboundGroupSession.import_session(wide.session.export_session(5), "ed", "curve", ROOM)
    )
    store = talk.bot.store
    store.put_inbound(narrow)
    store.backups.note_restored(narrow, RestoredSession(AWA, None), "1")
    store.commit(NOW)
    assert store.backups.is_of_before(narrow, 6)
    store.put_inbound(wide)
    store.commit(NOW)
    assert not store.backups.is_of_before(wide, 0)
    assert store.inbound(ROOM, session.id) == [wide]


def test_what_is_restored_on_the_disk_that_was_not_lost_is_read_as_ever(talk: Talk) -> None:
    hers = talk.said(talk.awa, talk.bot, "hers", 1)
    talk.bot.store.commit(NOW)
    assert restore(talk.bot, SECRET, "1", ROOM, talk.backed_up()) == (1, 0)
    (reading,) = talk.bot.timeline.read([(ROOM, hers)])
    assert reading.plain is not None


def test_each_session_is_due_once_until_it_changes_or_the_version_does(talk: Talk) -> None:
    talk.said(talk.awa, talk.bot, "one", 1)
    talk.bot.store.commit(NOW)
    backups = talk.bot.store.backups
    assert backups.begin("1") == 0
    assert len(talk.backed_up()) == 1
    assert (talk.backed_up(), backups.begin("1")) == ({}, 1)
    talk.said(talk.bot, talk.awa, "two", 2)
    talk.bot.store.commit(NOW)
    assert len(talk.backed_up()) == 1
    assert backups.begin("2") == 0
    assert len(backups.due(100)) == 2
    backups.forget()
    assert len(backups.due(1)) == 1


def test_of_a_room_that_was_left_the_backup_keeps_no_more_than_the_store(talk: Talk) -> None:
    talk.said(talk.awa, talk.bot, "one", 1)
    talk.bot.store.commit(NOW)
    backups = talk.bot.store.backups
    assert backups.begin("1") == 0
    talk.backed_up()
    assert backups.left_rooms() == []
    talk.bot.store.commit(NOW, token="t", rooms={ROOM: None})
    talk.bot.store.close()
    later = NOW + KEYS_OF_LEFT_ROOMS + timedelta(days=1)
    store = CryptoStore.open(talk.folder / "BOT.sqlite", BOT, "BOT", KEY, later)
    assert store.backups.left_rooms() == [ROOM]
    assert store.backups.begin("1") == 0
    assert (store.backups.left_rooms(), store.backups.due(100)) == ([], [])


def test_a_session_that_changes_on_its_way_is_due_again(talk: Talk) -> None:
    session = OutboundGroupSession()
    wide = inbound(session.session_key)
    session.mark_as_shared()
    session.encrypt("x")
    narrow = inbound(session.session_key)
    store, backups = talk.bot.store, talk.bot.store.backups
    store.put_inbound(narrow)
    store.commit(NOW)
    names = backups.due(100)
    store.put_inbound(wide)
    backups.uploaded(names, "1")
    store.commit(NOW)
    assert backups.due(100) == names
    backups.uploaded(names, "1")
    store.commit(NOW)
    store.put_inbound(inbound(OutboundGroupSession().session_key))
    assert backups.due(100) == []
    store.commit(NOW)
    assert backups.there_before(backups.due(100)) == []


@pytest.mark.parametrize("shared", [True, False])
def test_whether_its_maker_allows_to_hand_it_on_is_kept(talk: Talk, shared: bool) -> None:
    """matrix-js-sdk reads the flag in a backup under the same name as in a key."""
    session = OutboundGroupSession()
    store = talk.bot.store
    store.put_inbound(inbound(session.session_key, shared=shared))
    store.commit(NOW)
    sessions = talk.backed_up()
    assert SECRET.opened(sessions[session.id]["session_data"])[SHARED_HISTORY] is shared
    bot = talk.new_bot()
    assert restore(bot, SECRET, "1", ROOM, sessions) == (1, 0)
    bot.store.commit(NOW)
    bot.store.close()
    (again,) = open_machine(talk.folder, BOT, "NEW").store.inbound(ROOM, session.id)
    assert again.shared_history is shared


def test_two_devices_that_claim_a_session_are_both_there_and_each_reads_its_own(talk: Talk) -> None:
    """Whoever has a session's key can say that it is theirs; that takes nothing from whoever has made it."""
    hers = talk.said(talk.awa, talk.bot, "hers", 1)
    store = talk.bot.store
    store.commit(NOW)
    first = talk.backed_up()
    (made,) = store.inbound(ROOM, hers["content"]["session_id"])
    claimed = InboundGroupSession.import_session(made.exported(), "eve-ed", "eve-curve", ROOM)
    store.put_inbound(RoomSession(claimed))
    store.commit(NOW)
    names = store.backups.due(100)
    assert store.backups.there_before(names) == names
    sessions = talk.backed_up()
    assert sessions.keys() == first.keys()
    bot = talk.new_bot()
    restore(bot, SECRET, "1", ROOM, sessions)
    assert body_of(bot, hers) == "hers"
    assert body_of(bot, {**hers, "sender": EVE}) is None


def test_a_key_that_another_device_has_made_up_does_not_take_the_place_of_the_one_that_reads(
    talk: Talk,
) -> None:
    """A forwarded key is signed by nobody: what stands there under a session's id may be anything."""
    say(talk.awa, [AWA], "before the bot was there")
    hers = talk.said(talk.awa, talk.bot, "hers", 1)
    store = talk.bot.store
    (made,) = store.inbound(ROOM, hers["content"]["session_id"])
    assert made.first_known_index == 1
    key = bytearray(decoded(made.exported()))
    key[1:133] = bytes(4) + b"x" * 128
    for sender_key in ("!", "~"):
        made_up = InboundGroupSession.import_session(unpadded(bytes(key)), "eve-ed", sender_key, ROOM)
        assert made_up.id == made.id
        store.put_inbound(RoomSession(made_up))
    store.commit(NOW)
    sessions = talk.backed_up()
    bot = talk.new_bot()
    assert restore(bot, SECRET, "1", ROOM, sessions) == (1, 0)
    assert body_of(bot, hers) == "hers"


@pytest.mark.parametrize("wrong", ["another room", "another id", "not ours", "no session", "nothing"])
def test_what_is_not_what_it_should_be_is_left_out(talk: Talk, wrong: str) -> None:
    hers = talk.said(talk.awa, talk.bot, "hers", 1)
    talk.bot.store.commit(NOW)
    ((session_id, data),) = talk.backed_up().items()
    bot, room = talk.new_bot(), ROOM
    match wrong:
        case "another room":
            room = "!other"
        case "another id":
            session_id = "other"
        case "not ours":
            data = {**data, "session_data": {**data["session_data"], "signatures": {}}}
        case "no session":
            data = {"session_data": SECRET.writer.sealed({"algorithm": "x"})}
        case _:
            data = {}
    assert restore(bot, SECRET, "1", room, {session_id: data}) == (0, 1)
    assert body_of(bot, hers) is None


def test_restored_sessions_are_kept_although_no_room_is_known_yet(talk: Talk) -> None:
    """The first start after a recovery knows no room before its first sync."""
    hers = talk.said(talk.awa, talk.bot, "hers", 1)
    talk.bot.store.commit(NOW)
    sessions = talk.backed_up()
    bot = talk.new_bot()
    restore(bot, SECRET, "1", ROOM, sessions)
    bot.store.commit(NOW)
    assert bot.store.backups.begin("1") == 1
    assert bot.store.backups.due(100) == []
    assert bot.store.backups.begin("2") == 0
    assert [session for _room, session in bot.store.backups.due(100)] == [hers["content"]["session_id"]]
    # Its own maker is known from the backup, so the next version has it too.
    assert body_of(bot, hers) == "hers"
    bot.store.close()


def test_a_store_of_version_3_is_brought_over_with_all_its_sessions_due(talk: Talk) -> None:
    talk.said(talk.awa, talk.bot, "hers", 1)
    talk.bot.store.commit(NOW)
    talk.bot.store.close()
    connection = sqlite3.connect(talk.folder / "BOT.sqlite")
    connection.executescript(TO_VERSION_3)
    connection.close()
    bot = open_machine(talk.folder, BOT, "BOT")
    assert bot.store.backups.begin("1") == 0
    assert len(bot.store.backups.due(100)) == 1
    assert KEY not in (talk.folder / "BOT.sqlite").read_bytes().decode(errors="replace")
