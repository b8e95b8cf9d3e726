"""The Olm machine: two devices of ours talk; whatever a stranger sends is refused and stops nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.encryption import Received
from bots.encryption.batch import said_of
from bots.encryption.machine import Machine
from bots.encryption.own_keys import FALLBACK_KEPT
from bots.encryption.protocol import OLM, NoKeyYet, Refused, Rotation
from bots.encryption.room_keys import ASK_AGAIN, EncryptedContent, UnknownDevices, UnsharedDevices
from bots.encryption.wellformed import is_same
from tests.lib.machines import (
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


@dataclass
class Pair:
    """Awa's phone and the bot, and what the homeserver knows of them."""

    awa: Machine
    bot: Machine
    directory: Directory
    folder: Path
    said: int = 0

    def talk(self, body: str, **more: Any) -> dict[str, Any]:
        """Let Awa say something to the bot, its key given first; return the timeline event."""
        step = say(self.awa, BOTH, body, **more)
        if isinstance(step, UnsharedDevices):
            sent = keys_for(self.awa, step, self.directory.claim(self.bot))
            taken = self.bot.to_device.take([to_device(self.awa, c) for c in sent.values()], NOW)
            assert (taken.refused, taken.keys) == ((), 1)
            step = say(self.awa, BOTH, body, **more)
        self.said += 1
        return event_of(self.awa, step, f"${self.said}", self.said)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    awa, bot, directory = (
        open_machine(tmp_path, AWA, "PHONE"),
        open_machine(tmp_path, BOT, "BOT"),
        Directory(),
    )
    directory.publish(awa)
    directory.publish(bot)
    introduce(directory, awa, bot)
    yield Pair(awa, bot, directory, tmp_path)
    awa.store.close()
    bot.store.close()


def body(machine: Machine, event: dict[str, Any]) -> str:
    return str(machine.timeline.decrypt(event, ROOM)["content"]["body"])


def test_a_fallback_key_and_one_time_keys_are_signed_and_uploaded(tmp_path: Path) -> None:
    uploaded = Directory().publish(open_machine(tmp_path, BOT, "BOT"))
    (fallback,) = uploaded["fallback_keys"].values()
    assert fallback["fallback"] is True
    assert set(fallback["signatures"][BOT]) == {"ed25519:BOT"}
    assert len(uploaded["one_time_keys"]) >= 40


def test_one_time_keys_are_replenished_also_at_none(pair: Pair) -> None:
    assert pair.bot.own.to_upload(50, fallback=False, now=NOW) is None
    few = pair.bot.own.to_upload(48, fallback=False, now=NOW)
    assert few is not None
    assert len(few["one_time_keys"]) == 2
    pair.bot.own.uploaded(NOW)
    none_left = pair.bot.own.to_upload(0, fallback=False, now=NOW)
    assert none_left is not None
    assert len(none_left["one_time_keys"]) == 50


def test_a_fallback_key_can_be_used_for_an_hour_after_it_was_replaced(pair: Pair) -> None:
    """Whoever claims keys all the time would otherwise make the bot forget the one that somebody else has."""

    def renewed(after: timedelta) -> bool:
        body = pair.bot.own.to_upload(50, fallback=True, now=NOW + after)
        pair.bot.own.uploaded(NOW + after)
        return body is not None

    pair.directory.uploads[BOT, "BOT"]["one_time_keys"].clear()
    first = keys_for(pair.awa, say(pair.awa, BOTH, "x"), pair.directory.claim(pair.bot))[BOT, "BOT"]
    assert renewed(timedelta())
    assert not renewed(FALLBACK_KEPT / 2)
    pair.bot.timeline.commit(NOW, token="t1", rooms={})
    pair.bot.store.close()
    pair.bot = open_machine(pair.folder, BOT, "BOT")
    assert not renewed(FALLBACK_KEPT / 2)
    assert pair.bot.to_device.take([to_device(pair.awa, first)], NOW).keys == 1
    assert renewed(FALLBACK_KEPT)


def test_a_fallback_key_whose_upload_got_no_answer_is_kept_for_an_hour_too(pair: Pair) -> None:
    """Replacing all keys makes no other in its place, so the next is not sooner due."""
    own, later = pair.bot.own, timedelta(minutes=30)
    lost = own.to_upload(50, fallback=True, now=NOW)
    replaced = own.to_replace(NOW + later)
    assert lost is not None
    assert replaced["fallback_keys"] == lost["fallback_keys"]
    own.uploaded(NOW + later)
    assert own.to_upload(50, fallback=True, now=NOW + later) is None
    assert own.to_upload(50, fallback=True, now=NOW + FALLBACK_KEPT) is not None


def test_where_no_fallback_key_waits_replacing_all_keys_makes_one(pair: Pair) -> None:
    own = pair.bot.own
    assert own.to_upload(50, fallback=True, now=NOW) is not None
    own.uploaded(NOW)
    assert own.to_replace(NOW)["fallback_keys"]


def test_keys_whose_upload_got_no_answer_are_uploaded_again(pair: Pair) -> None:
    lost = pair.bot.own.to_upload(40, fallback=False, now=NOW)
    again = pair.bot.own.to_upload(50, fallback=False, now=NOW)
    assert lost is not None
    assert again is not None
    assert again["one_time_keys"] == lost["one_time_keys"]


def test_what_one_says_the_other_reads(pair: Pair) -> None:
    assert body(pair.bot, pair.talk("bonjour")) == "bonjour"
    assert body(pair.bot, pair.talk("encore")) == "encore"


def test_olm_messages_carry_the_senders_signed_device_keys(pair: Pair) -> None:
    keys = pair.directory.query([AWA])["device_keys"][AWA]["PHONE"]
    pair.awa.own.use_signed_device_keys(keys)
    step = say(pair.awa, BOTH, "x")
    content = keys_for(pair.awa, step, pair.directory.claim(pair.bot))[BOT, "BOT"]
    message = content["ciphertext"][pair.bot.own.identity_keys["curve25519"]]
    payload = json.loads(pair.bot.olm.decrypt(content["sender_key"], message, NOW))
    assert payload["sender_device_keys"] == keys


def test_the_key_comes_after_the_message(pair: Pair) -> None:
    step = say(pair.awa, BOTH, "x")
    sent = keys_for(pair.awa, step, pair.directory.claim(pair.bot))
    event = event_of(pair.awa, say(pair.awa, BOTH, "early"))
    assert pair.bot.timeline.read([(ROOM, event)])[0].plain is None
    assert pair.bot.store.events.count_waiting() == 1
    pair.bot.timeline.commit(NOW, token="t1", rooms={})
    pair.bot.store.close()
    # What waits, waits over a restart too.
    pair.bot = open_machine(pair.folder, BOT, "BOT")
    pair.bot.to_device.take([to_device(pair.awa, sent[BOT, "BOT"])], NOW)
    (reading,) = pair.bot.timeline.read_waiting()
    assert reading.plain is not None
    assert reading.plain["content"]["body"] == "early"
    assert (pair.bot.store.events.count_waiting(), pair.bot.timeline.read_waiting()) == (0, [])


def test_a_message_that_has_waited_is_not_lost_where_the_process_dies_before_it_is_dealt_with(
    pair: Pair,
) -> None:
    """A send in between writes that it waits no more: in the same step it is kept as not dealt with."""
    step = say(pair.awa, BOTH, "x")
    sent = keys_for(pair.awa, step, pair.directory.claim(pair.bot))
    event = event_of(pair.awa, say(pair.awa, BOTH, "early"))
    assert pair.bot.timeline.read([(ROOM, event)])[0].plain is None
    pair.bot.timeline.commit(NOW, token="t1", rooms={})
    pair.bot.to_device.take([to_device(pair.awa, sent[BOT, "BOT"])], NOW)
    assert [r.is_message for r in pair.bot.timeline.read_waiting()] == [True]
    pair.bot.store.commit(NOW)
    pair.bot.store.close()
    pair.bot = open_machine(pair.folder, BOT, "BOT")
    readings = pair.bot.timeline.unhandled()
    assert [reading.event["event_id"] for reading in readings] == [event["event_id"]]
    pair.bot.timeline.handled([event["event_id"]], [], NOW)
    assert pair.bot.timeline.unhandled() == []


def test_what_was_not_dealt_with_and_can_be_read_no_more_is_not_kept_for_ever(pair: Pair) -> None:
    event = pair.talk("and now I sign out")
    pair.bot.timeline.keep_unhandled(pair.bot.timeline.read([(ROOM, event)]), ())
    pair.bot.timeline.commit(NOW, token="t1", rooms={})
    pair.directory.uploads.pop((AWA, "PHONE"))
    pair.bot.devices.learn(pair.directory.query([AWA]), [AWA])
    (reading,) = pair.bot.timeline.unhandled()
    assert not reading.is_message
    pair.bot.timeline.commit(NOW, token="t2", rooms={})
    assert pair.bot.store.events.unhandled() == []
    # It waits: should the homeserver show the device again, it is read.
    assert pair.bot.store.events.count_waiting() == 1


def test_an_event_whose_sender_becomes_known_is_tried_again_once(pair: Pair) -> None:
    event = pair.talk("x")
    pair.directory.signed.discard((AWA, "PHONE"))
    pair.bot.devices.learn(pair.directory.query([AWA]), [AWA])
    assert pair.bot.timeline.read([(ROOM, event)])[0].plain is None
    assert pair.bot.timeline.read_waiting() == []
    assert not pair.bot.timeline.has_due
    pair.directory.signed.add((AWA, "PHONE"))
    pair.bot.devices.outdate([AWA])
    assert (pair.bot.timeline.has_due, pair.bot.timeline.waiting_senders()) == (True, {AWA})
    pair.bot.devices.learn(pair.directory.query([AWA]), [AWA])
    assert [reading.is_message for reading in pair.bot.timeline.read_waiting()] == [True]


def test_a_message_said_again_under_another_event_id_is_refused_also_after_a_restart(pair: Pair) -> None:
    event = pair.talk("once")
    assert body(pair.bot, event) == "once"
    # The same event may be read again: after a crash it is.
    assert body(pair.bot, event) == "once"
    with pytest.raises(Refused, match="replayed"):
        pair.bot.timeline.decrypt({**event, "event_id": "$replayed"}, ROOM)
    pair.bot.timeline.commit(NOW, token="t1", rooms={})
    pair.bot.store.close()
    pair.bot = open_machine(pair.folder, BOT, "BOT")
    with pytest.raises(Refused, match="replayed"):
        pair.bot.timeline.decrypt({**event, "event_id": "$replayed"}, ROOM)


def test_what_was_not_committed_is_as_if_it_had_not_been(pair: Pair) -> None:
    pair.bot.timeline.commit(NOW, token="t1", rooms={ROOM: {"a": 1}})
    step = say(pair.awa, BOTH, "x")
    sent = keys_for(pair.awa, step, pair.directory.claim(pair.bot))
    key = to_device(pair.awa, sent[BOT, "BOT"])
    assert pair.bot.to_device.take([key], NOW).keys == 1
    pair.bot.store.close()
    pair.bot = open_machine(pair.folder, BOT, "BOT")
    assert (pair.bot.store.sync_token, pair.bot.store.rooms()) == ("t1", {ROOM: {"a": 1}})
    # The homeserver sends it again after the same token, and it is taken as if for the first time.
    assert pair.bot.to_device.take([key], NOW).refused == ()
    assert body(pair.bot, event_of(pair.awa, say(pair.awa, BOTH, "read"))) == "read"


def test_a_message_passed_off_as_somebody_elses_is_not_read(pair: Pair) -> None:
    with pytest.raises(Refused, match="another sender's session"):
        pair.bot.timeline.decrypt({**pair.talk("I am the lead"), "sender": "@lead:example.org"}, ROOM)


def test_a_message_put_into_another_room_is_not_read(pair: Pair) -> None:
    event = pair.talk("here")
    with pytest.raises(NoKeyYet):
        pair.bot.timeline.decrypt(event, "!elsewhere")


@pytest.mark.parametrize(
    "text", ["", "5", "[]", "{", "[" * 40_000, "9" * 5_000, '{"a": NaN}', '{"room_id": "\\ud800"}']
)
def test_what_is_encrypted_may_be_anything_and_is_refused(pair: Pair, text: str) -> None:
    """The homeserver does not see it, so that nobody but the bot itself can refuse it."""
    event = pair.talk("x")
    group = pair.awa.store.outbound(ROOM)
    assert group is not None
    event["content"]["ciphertext"] = group.session.encrypt(text)
    (reading,) = pair.bot.timeline.read([(ROOM, event)])
    assert reading.refused == "malformed"
    pair.bot.timeline.commit(NOW, token="t1", rooms={})


def test_a_room_key_that_no_database_can_keep_is_refused(pair: Pair) -> None:
    """JSON can name half a character. Kept, it could never be written, and would come again at each start."""
    keys_for(pair.awa, say(pair.awa, BOTH, "x"), pair.directory.claim(pair.bot))
    group = pair.awa.store.outbound(ROOM)
    assert group is not None
    (device,) = pair.awa.devices.of(BOT)
    content = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "room_id": "!\ud800",
        "session_id": group.session.id,
        "session_key": group.session.session_key,
    }
    message = pair.awa.olm.encrypt(device, "m.room_key", content, NOW)
    taken = pair.bot.to_device.take([to_device(pair.awa, message)], NOW)
    assert (taken.refused, taken.keys) == (("malformed",), 0)
    pair.bot.timeline.commit(NOW, token="t1", rooms={})


def test_what_an_event_says_of_its_senders_key_is_not_believed(pair: Pair) -> None:
    event = pair.talk("x")
    forged = {
        **event,
        "content": {**event["content"], "sender_key": "of somebody else", "device_id": "OTHER"},
    }
    assert body(pair.bot, forged) == "x"


def test_a_room_key_for_the_same_session_from_another_device_does_not_take_its_place(
    pair: Pair, tmp_path: Path
) -> None:
    event = pair.talk("mine")
    thief = open_machine(tmp_path, "@thief:example.org", "THIEF")
    pair.directory.publish(thief)
    introduce(pair.directory, pair.awa, pair.bot, thief)
    # Somebody who has the key gives it on as if it were their own.
    stolen = pair.awa.store.outbound(ROOM)
    assert stolen is not None
    thief.store.put_outbound(stolen)
    bot_device = next(d for d in thief.devices.of(BOT))
    thief.olm.begin([bot_device], pair.directory.claim(pair.bot), NOW)
    sent = thief.group_sessions.room_keys(ROOM, [bot_device], [], NOW)
    assert sent is not None
    pair.bot.to_device.take([to_device(thief, sent.keys[BOT]["BOT"])], NOW)
    assert body(pair.bot, event) == "mine"


def test_a_pre_key_message_with_an_unknown_one_time_key_is_refused_and_a_new_session_is_due(
    pair: Pair,
) -> None:
    """In nio 0.26 it ends `sync_forever`: anybody can stop a bot so."""
    content = keys_for(pair.awa, say(pair.awa, BOTH, "x"), pair.directory.claim(pair.bot))[BOT, "BOT"]
    fresh = open_machine(pair.folder, BOT, "FRESH")
    introduce(pair.directory, fresh)
    fresh.devices.learn(pair.directory.query([AWA]), [AWA])
    content["ciphertext"] = {
        fresh.own.identity_keys["curve25519"]: next(iter(content["ciphertext"].values()))
    }
    taken = fresh.to_device.take([to_device(pair.awa, content)], NOW)
    assert len(taken.refused) == 1
    (due,) = fresh.olm.to_unwedge(NOW)
    assert (due.user_id, due.device_id) == (AWA, "PHONE")
    fresh.olm.begin([due], pair.directory.claim(pair.awa), NOW)
    dummies = fresh.olm.dummies([due], NOW)
    assert set(dummies[AWA]) == {"PHONE"}
    # Not again within the hour, whatever comes.
    fresh.to_device.take([to_device(pair.awa, content)], NOW)
    assert fresh.olm.to_unwedge(NOW) == []


def test_a_changed_identity_key_is_not_taken_over_and_gets_no_keys(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    impostor = open_machine(tmp_path / "other", AWA, "PHONE")
    pair.talk("before")
    pair.directory.publish(impostor)
    assert pair.bot.devices.learn(pair.directory.query([AWA]), [AWA]) == 1
    assert list(pair.bot.devices.of(AWA)) == []
    step = say(pair.bot, BOTH, "for whom?")
    assert isinstance(step, EncryptedContent)


@pytest.mark.parametrize(
    "device",
    [
        {},
        5,
        {"user_id": "@x:y", "device_id": "D", "keys": 5},
        {"user_id": "@x:y", "device_id": "D", "keys": {"ed25519:D": 5, "curve25519:D": []}, "signatures": 5},
    ],
    ids=json.dumps,
)
def test_malformed_devices_stop_nothing(pair: Pair, device: Any) -> None:
    assert pair.bot.devices.learn({"device_keys": {"@x:y": {"D": device}}}, ["@x:y"]) == 1
    assert list(pair.bot.devices.of("@x:y")) == []
    assert pair.bot.devices.not_current(["@x:y"]) == []


# --- to whom a key is given, and when a session is over --------------------------------------------------------


def test_a_device_that_its_owner_has_not_signed_is_told_so_and_gets_the_key_once_it_is(pair: Pair) -> None:
    pair.directory.signed.clear()
    pair.bot.devices.learn(pair.directory.query(BOTH), BOTH)
    step = say(pair.bot, BOTH, "x")
    assert isinstance(step, UnsharedDevices)
    assert (step.devices, [d.device_id for d in step.unsigned]) == ((), ["PHONE"])
    notice = keys_for(pair.bot, step, {})[AWA, "PHONE"]
    assert (notice["code"], notice["room_id"]) == ("m.unverified", ROOM)
    assert isinstance(say(pair.bot, BOTH, "x"), EncryptedContent)
    assert pair.bot.devices.unsigned_readers({ROOM: BOTH}) == {AWA: {ROOM}}

    pair.directory.signed.add((AWA, "PHONE"))
    pair.bot.devices.outdate([AWA])
    assert say(pair.bot, BOTH, "x") == UnknownDevices((AWA,))
    pair.bot.devices.learn(pair.directory.query([AWA]), [AWA])
    step = say(pair.bot, BOTH, "x")
    assert isinstance(step, UnsharedDevices)
    assert "session_key" not in str(keys_for(pair.bot, step, pair.directory.claim(pair.awa)))
    assert pair.bot.devices.unsigned_readers({ROOM: BOTH}) == {}


def test_whoever_is_to_get_no_key_is_told_so_once_a_session_and_gets_it_once_they_may(pair: Pair) -> None:
    assert pair.bot.group_sessions.refusals(ROOM, [AWA]) is None, "there is no session yet"
    assert isinstance(say(pair.bot, [BOT], "x"), EncryptedContent)
    told = pair.bot.group_sessions.refusals(ROOM, [AWA])
    assert told is not None
    notice = told.withheld[AWA]["PHONE"]
    assert (notice["code"], notice["room_id"]) == ("m.unauthorised", ROOM)
    assert "session_key" not in str(told)
    pair.bot.group_sessions.keys_given(ROOM, told, NOW)
    assert pair.bot.group_sessions.refusals(ROOM, [AWA]) is None
    assert isinstance(say(pair.bot, [BOT], "x"), EncryptedContent)

    step = say(pair.bot, BOTH, "x")
    assert isinstance(step, UnsharedDevices)
    assert [device.device_id for device in step.devices] == ["PHONE"]


def test_whoever_has_the_key_and_is_to_get_none_ends_the_session(pair: Pair) -> None:
    keys_for(pair.bot, say(pair.bot, BOTH, "x"), pair.directory.claim(pair.awa))
    before = session_of(say(pair.bot, BOTH, "x"))
    assert session_of(say(pair.bot, [BOT], "x")) != before


def test_unsigned_devices_get_keys_where_the_setting_says_so(pair: Pair) -> None:
    lenient = open_machine(pair.folder, BOT, "LENIENT", signed_only=False)
    pair.directory.signed.clear()
    lenient.devices.learn(pair.directory.query([AWA]), [AWA])
    step = say(lenient, [AWA], "x")
    assert isinstance(step, UnsharedDevices)
    assert ([d.device_id for d in step.devices], step.unsigned) == (["PHONE"], ())


def test_a_device_without_one_time_keys_is_told_so_and_asked_again(pair: Pair) -> None:
    step = say(pair.bot, BOTH, "x")
    assert keys_for(pair.bot, step, {})[AWA, "PHONE"]["code"] == "m.no_olm"
    assert isinstance(say(pair.bot, BOTH, "x"), EncryptedContent)
    later = say(pair.bot, BOTH, "x", now=NOW + ASK_AGAIN)
    assert keys_for(pair.bot, later, pair.directory.claim(pair.awa))[AWA, "PHONE"]["algorithm"] == OLM


def test_a_device_that_goes_on_without_one_time_keys_is_told_so_once_a_session(pair: Pair) -> None:
    keys_for(pair.bot, say(pair.bot, BOTH, "x"), {})
    later = say(pair.bot, BOTH, "x", now=NOW + ASK_AGAIN)
    assert keys_for(pair.bot, later, {}) == {}
    assert isinstance(say(pair.bot, BOTH, "x", now=NOW), EncryptedContent)
    pair.bot.group_sessions.forget(ROOM)
    assert keys_for(pair.bot, say(pair.bot, BOTH, "x"), {})[AWA, "PHONE"]["code"] == "m.no_olm"


def test_the_devices_of_a_homeserver_that_does_not_answer_stay_as_they_were(pair: Pair, shared: str) -> None:
    pair.bot.devices.outdate([AWA])
    failed: dict[str, Any] = {"failures": {"example.org": {}}, "device_keys": {}}
    assert pair.bot.devices.learn(failed, [AWA]) == 0
    assert pair.bot.devices.unanswered == {AWA}
    assert session_of(say(pair.bot, BOTH, "x")) == shared
    pair.bot.devices.learn({"failures": {"elsewhere.org": {}}, "device_keys": {}}, [AWA])
    assert list(pair.bot.devices.of(AWA)) == []


def test_of_the_devices_that_are_no_more_not_all_are_remembered(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.encryption.known_devices.MOST_GONE", 2)
    for number in range(4):
        gone = open_machine(pair.folder, AWA, f"PHONE{number}")
        pair.directory.publish(gone)
        pair.bot.devices.learn(pair.directory.query([AWA]), [AWA])
        pair.directory.uploads.pop((AWA, f"PHONE{number}"))
        gone.store.close()
    pair.bot.devices.learn(pair.directory.query([AWA]), [AWA])
    known = pair.bot.store.user(AWA)
    assert known is not None
    assert set(known.devices) == {"PHONE", "PHONE2", "PHONE3"}
    assert [device.device_id for device in pair.bot.devices.of(AWA)] == ["PHONE"]


def test_it_is_given_the_key_at_once_when_it_has_made_a_session_itself(pair: Pair) -> None:
    keys_for(pair.bot, say(pair.bot, BOTH, "x"), {})
    pair.talk("from Awa, over a session of hers")
    assert isinstance(say(pair.bot, BOTH, "x"), UnsharedDevices)


def session_of(step: Any) -> str:
    assert isinstance(step, EncryptedContent), step
    return str(step.content["session_id"])


@pytest.fixture
def shared(pair: Pair) -> str:
    """Return the id of the bot's session, whose key Awa's phone has."""
    keys_for(pair.bot, say(pair.bot, BOTH, "x"), pair.directory.claim(pair.awa))
    return session_of(say(pair.bot, BOTH, "x"))


def test_a_session_goes_on_over_messages_and_each_start_begins_a_new_one(pair: Pair, shared: str) -> None:
    assert session_of(say(pair.bot, BOTH, "x")) == shared
    pair.bot.timeline.commit(NOW, token="t1", rooms={ROOM: {}})
    pair.bot.store.close()
    pair.bot = open_machine(pair.folder, BOT, "BOT")
    keys_for(pair.bot, say(pair.bot, BOTH, "x"), {})
    assert session_of(say(pair.bot, BOTH, "x")) != shared
    assert pair.bot.store.sent_before == {shared: 2}


def test_a_newcomer_gets_the_session_from_its_current_index(pair: Pair, shared: str, tmp_path: Path) -> None:
    before = event_of(pair.bot, say(pair.bot, BOTH, "before"), "$before")
    chidi = open_machine(tmp_path, "@chidi:example.org", "CHIDI")
    pair.directory.publish(chidi)
    introduce(pair.directory, pair.bot, chidi)
    chidi.devices.learn(pair.directory.query([BOT]), [BOT])
    everybody = [*BOTH, "@chidi:example.org"]
    sent = keys_for(pair.bot, say(pair.bot, everybody, "x"), pair.directory.claim(chidi))
    assert set(sent) == {("@chidi:example.org", "CHIDI")}
    chidi.to_device.take([to_device(pair.bot, c) for c in sent.values()], NOW)
    after = say(pair.bot, everybody, "after")
    assert session_of(after) == shared
    assert body(chidi, event_of(pair.bot, after, "$after")) == "after"
    with pytest.raises(Refused):
        chidi.timeline.decrypt(before, ROOM)


@pytest.mark.parametrize(
    "over",
    [
        {"members": [BOT]},
        {"rotation": Rotation(messages=1)},
        {"now": NOW + timedelta(days=7)},
    ],
    ids=["somebody has left", "enough messages", "old"],
)
def test_a_session_is_over(pair: Pair, shared: str, over: dict[str, Any]) -> None:
    step = say(pair.bot, over.pop("members", BOTH), "x", **over)
    if isinstance(step, UnsharedDevices):
        keys_for(pair.bot, step, {})
        step = say(pair.bot, BOTH, "x")
    assert session_of(step) != shared


def test_a_session_is_over_when_a_device_that_has_its_key_is_gone(pair: Pair, shared: str) -> None:
    pair.directory.uploads.pop((AWA, "PHONE"))
    pair.bot.devices.learn(pair.directory.query([AWA]), [AWA])
    assert session_of(say(pair.bot, BOTH, "x")) != shared


def test_a_session_that_was_dropped_while_its_key_was_being_given_is_not_given(pair: Pair) -> None:
    step = say(pair.bot, BOTH, "x")
    assert isinstance(step, UnsharedDevices)
    pair.bot.group_sessions.forget(ROOM)
    assert pair.bot.group_sessions.room_keys(ROOM, step.devices, (), NOW) is None


# --- whatever may come --------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PARTS = st.sampled_from(
    [
        ("type",),
        ("sender",),
        ("content",),
        ("content", "algorithm"),
        ("content", "ciphertext"),
        ("content", "sender_key"),
        ("content", "session_id"),
        ("content", "device_id"),
        ("event_id",),
        ("origin_server_ts",),
    ]
)
MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def mutated(event: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    event = copy.deepcopy(event)
    at = event
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    return event


@MANY
@given(path=PARTS, value=JSON)
def test_a_mutated_room_message_is_read_or_refused(pair: Pair, path: tuple[str, ...], value: Any) -> None:
    event = pair.talk("x")
    (reading,) = pair.bot.timeline.read([(ROOM, mutated(event, path, value))])
    assert reading.plain is None or reading.plain["content"]["body"] == "x"


@MANY
@given(path=PARTS, value=JSON)
def test_a_mutated_to_device_event_is_taken_or_refused(pair: Pair, path: tuple[str, ...], value: Any) -> None:
    pair.awa.group_sessions.forget(ROOM)
    step = say(pair.awa, BOTH, "x")
    content = keys_for(pair.awa, step, pair.directory.claim(pair.bot))[BOT, "BOT"]
    taken = pair.bot.to_device.take([mutated(to_device(pair.awa, content), path, value)], NOW)
    assert taken.keys + len(taken.refused) <= 1
    pair.awa.group_sessions.forget(ROOM)
    assert body(pair.bot, pair.talk("still here")) == "still here"


def reacted(named: str, **relation: Any) -> dict[str, Any]:
    relates_to = {"rel_type": "m.annotation", "event_id": "$bot", "key": "✅", **relation}
    return {
        "type": "m.reaction",
        "event_id": named,
        "sender": AWA,
        "origin_server_ts": 1,
        "content": {"m.relates_to": relates_to},
    }


def test_a_reaction_is_kept_until_it_is_dealt_with_in_its_place_among_the_messages(
    pair: Pair, tmp_path: Path
) -> None:
    events = [pair.talk("first"), reacted("$r"), pair.talk("last")]
    pair.bot.timeline.keep_unhandled(pair.bot.timeline.read((ROOM, event) for event in events), ())
    pair.bot.timeline.commit(NOW, token="t", rooms={})
    pair.bot.store.close()
    again = open_machine(tmp_path, BOT, "BOT")
    assert [r.event["event_id"] for r in again.timeline.unhandled()] == ["$1", "$r", "$2"]
    again.timeline.handled(["$r"], (), NOW)
    assert [r.event["event_id"] for r in again.timeline.unhandled()] == ["$1", "$2"]
    again.store.close()


@pytest.mark.parametrize(
    "relation", [{"rel_type": "m.thread"}, {"event_id": 7}, {"key": None}, {"key": "x" * 300}]
)
def test_a_reaction_of_another_form_is_refused(pair: Pair, relation: dict[str, Any]) -> None:
    (reading,) = pair.bot.timeline.read([(ROOM, reacted("$r", **relation))])
    assert (reading.is_for_us, reading.refused) == (False, "malformed")


def test_what_was_said_earlier_is_read_again_ours_too(pair: Pair) -> None:
    event = pair.talk("before")
    assert body(pair.bot, event) == "before"
    again = pair.bot.timeline.read_again(ROOM, event)
    assert again is not None
    assert again["content"]["body"] == "before"
    assert pair.bot.timeline.read_again("!other", event) is None


RELATED = {"m.in_reply_to": {"event_id": "$asked"}}


def related(pair: Pair, inside: Any, outside: Any, event_id: str) -> dict[str, Any]:
    """Return an event of Awa's with these relations inside the ciphertext and beside it; None: without one."""
    content = {"msgtype": "m.text", "body": "x"} | ({} if inside is None else {"m.relates_to": inside})
    pair.talk("so that the bot has the key")
    step = pair.awa.group_sessions.encrypt(
        ROOM, BOTH, "m.room.message", content, rotation=Rotation(), shared_history=True, now=NOW
    )
    event = event_of(pair.awa, step, event_id, 99)
    clear = {} if outside is None else {"m.relates_to": outside}
    return {**event, "content": {**event["content"], **clear}}


@pytest.mark.parametrize(
    ("outside", "refused"),
    [
        (RELATED, None),
        (None, None),
        ({"m.in_reply_to": {"event_id": "$other"}}, "relation changed"),
        ({**RELATED, "rel_type": "m.thread", "event_id": "$root"}, "relation changed"),
        ({}, "relation changed"),
        ("$asked", "relation changed"),
    ],
)
def test_a_relation_that_was_changed_on_the_way_is_refused(
    pair: Pair, outside: Any, refused: str | None
) -> None:
    event = related(pair, RELATED, outside, "$re-aimed")
    (reading,) = pair.bot.timeline.read([(ROOM, event)])
    assert reading.refused == refused
    assert (pair.bot.timeline.read_again(ROOM, event) is None) is (refused is not None)
    if refused is None:
        message = said_of(reading)
        assert isinstance(message, Received)
        assert (message.content["m.relates_to"], message.clear_relation) == (RELATED, None)


def test_what_was_refused_for_its_relation_is_read_as_its_sender_has_sent_it(pair: Pair) -> None:
    event = related(pair, RELATED, {}, "$1st")
    assert pair.bot.timeline.read([(ROOM, event)])[0].refused == "relation changed"
    whole = {**event, "content": {**event["content"], "m.relates_to": RELATED}}
    assert pair.bot.timeline.read([(ROOM, whole)])[0].refused is None


def test_a_relation_in_clear_alone_is_passed_on_as_such(pair: Pair) -> None:
    (reading,) = pair.bot.timeline.read([(ROOM, related(pair, None, RELATED, "$placed"))])
    message = said_of(reading)
    assert isinstance(message, Received)
    assert ("m.relates_to" in message.content, message.clear_relation) == (False, RELATED)


RELATIONS = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(RELATIONS, RELATIONS)
def test_two_relations_are_the_same_where_their_json_is(one: Any, other: Any) -> None:
    assert is_same(one, copy.deepcopy(one))
    assert is_same(one, other) is (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))
    assert not is_same({"x": True}, {"x": 1})


def test_a_redaction_is_read_again_until_it_is_dealt_with_and_takes_what_it_redacts(pair: Pair) -> None:
    said = pair.talk("told")
    gone = {
        "type": "m.room.redaction",
        "event_id": "$gone",
        "sender": AWA,
        "content": {"redacts": "$1"},
        "origin_server_ts": 1,
    }
    pair.bot.timeline.keep_unhandled(pair.bot.timeline.read([(ROOM, said)]), ())
    pair.bot.store.commit(NOW)
    pair.bot.timeline.redacted({"$1"})
    pair.bot.timeline.keep_unhandled((), (), [(ROOM, gone)])
    pair.bot.store.commit(NOW)
    assert pair.bot.timeline.unhandled() == []
    assert pair.bot.timeline.unhandled_redactions() == [(ROOM, gone)]
    pair.bot.timeline.handled(["$gone"], (), NOW)
    assert pair.bot.timeline.unhandled_redactions() == []
