"""Room keys that may have been lost, after a copy was put back, are given again: until they are read, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.encryption.machine import Machine
from bots.encryption.missing_keys import IN_DOUBT
from bots.encryption.olm_sessions import IN_DOUBT_EVERY, MOST_IN_DOUBT
from bots.encryption.protocol import DOUBT, MEGOLM
from bots.encryption.repeated_keys import AFTER, RENEWALS, RENEWALS_IN, WRITERS_FOR
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

AWA, BOT, EVE = "@awa:example.org", "@palabre:example.org", "@eve:example.org"
PHONE = (AWA, "DEVICE0")


@dataclass
class Lost:
    """A bot whose data may have been put back at `NOW`, and Awa's phone, which did not get what it was sent."""

    awa: Machine
    bot: Machine
    eve: Machine
    directory: Directory
    event: dict[str, Any]
    """What the bot has said first."""

    def again(self, now: datetime) -> list[dict[str, Any]]:
        """Do what is due; return the to-device events for Awa's phone."""
        due = self.bot.repeated.due(now)
        for _device in due.anew:
            self.bot.olm.begin(due.anew, self.directory.claim(self.awa), now)
        return self.sent(due.keys, now)

    def sent(self, keys: Any, now: datetime) -> list[dict[str, Any]]:
        made = self.bot.repeated.messages(keys, now)
        self.bot.repeated.sent(keys, now)
        return [to_device(self.bot, messages[AWA]["DEVICE0"]) for messages in made]

    def reads(self, events: list[dict[str, Any]]) -> bool:
        """Whether Awa's phone reads what was said first, with what it is sent now."""
        self.awa.to_device.take(events, NOW)
        (reading,) = self.awa.timeline.read([(ROOM, self.event)])
        return reading.plain is not None

    def answer(self, now: datetime) -> None:
        """Let Awa's phone encrypt something for the bot, in the newest session that it has."""
        (device,) = self.awa.devices.of(BOT)
        message = self.awa.olm.encrypt(device, "m.secret.send", {}, now)
        assert self.bot.to_device.take([to_device(self.awa, message)], now).refused == ()

    def begin(self, now: datetime) -> dict[str, Any]:
        """Let Awa's phone begin a session, and return what says so."""
        (device,) = self.awa.devices.of(BOT)
        self.awa.olm.begin([device], self.directory.claim(self.bot), now)
        return to_device(self.awa, self.awa.olm.dummies([device], now)[BOT]["DEVICE1"])


@pytest.fixture
def lost(tmp_path: Path) -> Iterator[Lost]:
    awa, bot, eve = (open_machine(tmp_path, user, f"DEVICE{n}") for n, user in enumerate((AWA, BOT, EVE)))
    directory = Directory()
    for machine in (awa, bot, eve):
        directory.publish(machine)
    introduce(directory, awa, bot, eve)
    bot.store.renew(NOW)
    keys_for(bot, say(bot, [AWA, BOT], "x"), directory.claim(awa))
    yield Lost(awa, bot, eve, directory, event_of(bot, say(bot, [AWA, BOT], "first")))
    for machine in (awa, bot, eve):
        machine.store.close()


def test_a_key_is_given_again_from_where_it_was_until_its_device_uses_our_session(lost: Lost) -> None:
    assert lost.again(NOW + AFTER[0] - timedelta(seconds=1)) == []
    assert len(lost.again(NOW + AFTER[0] + timedelta(seconds=10))) == 1
    event_of(lost.bot, say(lost.bot, [AWA, BOT], "second"))
    assert lost.reads(lost.again(NOW + AFTER[1]))
    lost.answer(NOW + timedelta(minutes=6))
    # It reads now. What it was given before it did is given once more, and then nothing.
    assert len(lost.again(NOW + timedelta(minutes=7))) == 1
    assert [lost.again(NOW + timedelta(minutes=7) + after) for after in AFTER] == [[]] * len(AFTER)


def test_a_one_time_key_that_was_used_in_the_lost_time_costs_a_minute(tmp_path: Path, lost: Lost) -> None:
    claimed = lost.directory.claim(lost.awa)
    # In the time that was lost, Awa's phone has used up this one.
    (device,) = lost.eve.devices.of(AWA)
    lost.eve.olm.begin([device], claimed, NOW)
    dummy = lost.eve.olm.dummies([device], NOW)[AWA]["DEVICE0"]
    assert lost.awa.to_device.take([to_device(lost.eve, dummy)], NOW).refused == ()
    (phone,) = lost.bot.devices.of(AWA)
    lost.bot.olm.begin([phone], claimed, NOW + timedelta(seconds=1))
    in_vain = lost.sent({PHONE: {ROOM}}, NOW + timedelta(seconds=2))
    assert not lost.reads(in_vain)
    assert lost.reads(lost.again(NOW + AFTER[1]))


def test_without_doubt_nothing_is_given_again(lost: Lost) -> None:
    lost.bot.store.olm_since = NOW - WRITERS_FOR
    lost.bot.repeated.wrote({AWA}, NOW + timedelta(seconds=1))
    assert [lost.again(NOW + after) for after in AFTER] == [[]] * len(AFTER)


def test_who_comes_back_days_later_and_writes_is_given_the_key_again(lost: Lost) -> None:
    """Whatever came before has arrived as little as the first; but not each of many messages costs the bot a key."""
    for hour in range(72):
        lost.again(NOW + timedelta(hours=hour))
    back = NOW + timedelta(hours=72)
    sent: list[dict[str, Any]] = []
    for second in range(0, 3600, 10):
        lost.bot.repeated.wrote({AWA}, back + timedelta(seconds=second))
        sent += lost.again(back + timedelta(seconds=second))
    assert len(sent) == 1
    assert lost.reads(sent)


def test_a_device_that_never_answers_is_given_each_key_a_few_times(lost: Lost) -> None:
    """Who makes the bot begin new Megolm sessions, by coming and going, uses up no more of its one-time keys."""
    key_ids = len(lost.directory.uploads[PHONE]["one_time_keys"])
    sent = 0
    for minute in range(1, 60 * 72):
        now = NOW + timedelta(minutes=minute)
        if minute < 60 and minute % 3 == 0:
            lost.bot.group_sessions.forget(ROOM)
            step = say(lost.bot, [AWA, BOT], "x", now=now)
            keys = lost.bot.group_sessions.room_keys(ROOM, step.devices, (), now)
            assert keys is not None
            lost.bot.group_sessions.keys_given(ROOM, keys, now)
        sent += len(lost.again(now))
    # Nineteen keys once, after a minute, and the last one each time.
    assert sent == 19 + len(AFTER)
    assert key_ids - len(lost.directory.uploads[PHONE]["one_time_keys"]) == MOST_IN_DOUBT


def test_who_says_that_its_session_is_new_again_and_again_gets_no_key_again(lost: Lost) -> None:
    """Each time costs the bot a message for each room: a member could keep it busy."""
    times = [len(lost.sent(lost.bot.repeated.renewed({PHONE}, NOW), NOW)) for _ in range(100)]
    assert times == [1] * RENEWALS + [0] * (100 - RENEWALS)
    assert len(lost.sent(lost.bot.repeated.renewed({PHONE}, NOW + RENEWALS_IN), NOW)) == 1


def test_a_session_that_the_device_begins_is_used_beside_ours(lost: Lost) -> None:
    """Within the hour it may be one of long before; but it may also be the only one that the device has."""
    now = NOW + timedelta(minutes=30)
    assert lost.bot.to_device.take([lost.begin(now)], now).refused == ()
    events = lost.sent(lost.bot.repeated.renewed(lost.bot.to_device.renewed, now), now)
    assert len(events) == 2
    kinds = [lost.awa.to_device.take([event], now).refused == () for event in events]
    assert kinds == [True, True]
    assert lost.reads([])


def test_a_session_that_the_device_begins_does_not_show_that_it_hears(lost: Lost) -> None:
    """It may have sent that before it has reached the homeserver of the copy."""
    now = NOW + timedelta(minutes=2)
    lost.bot.to_device.take([lost.begin(now)], now)
    lost.answer(now)
    (phone,) = lost.bot.devices.of(AWA)
    assert lost.bot.olm.answered(phone) is None


def test_what_somebody_else_says_in_a_devices_name_gives_no_key_again(lost: Lost) -> None:
    (device,) = lost.eve.devices.of(BOT)
    lost.eve.olm.begin([device], lost.directory.claim(lost.bot), NOW)
    dummy = to_device(lost.eve, lost.eve.olm.dummies([device], NOW)[BOT]["DEVICE1"])
    assert lost.bot.to_device.take([{**dummy, "sender": AWA}], NOW).refused == ("another sender",)
    assert lost.bot.to_device.renewed == set()
    # In her own name: she was given no key of this room.
    lost.bot.to_device.take([dummy], NOW)
    lost.eve.to_device.take([], NOW)
    keys = lost.bot.repeated.renewed({(EVE, "DEVICE2")}, NOW)
    assert lost.bot.repeated.messages(keys, NOW) == []


def test_a_request_for_a_key_is_answered_to_nobody(lost: Lost) -> None:
    body = {"algorithm": MEGOLM, "room_id": ROOM, "session_id": lost.event["content"]["session_id"]}
    for sender, device in ((EVE, "DEVICE2"), PHONE):
        content = {"action": "request", "body": body, "request_id": "1", "requesting_device_id": device}
        event = {"type": "m.room_key_request", "sender": sender, "content": content}
        assert lost.bot.to_device.take([event], NOW).refused == ()
    assert (lost.bot.to_device.renewed, lost.bot.olm.wedged) == (set(), set())
    assert lost.again(NOW) == []


def test_a_key_is_asked_for_again_until_it_comes_where_requests_may_be_lost(lost: Lost) -> None:
    keys = keys_for(lost.awa, say(lost.awa, [AWA, BOT], "x"), lost.directory.claim(lost.bot))
    event = event_of(lost.awa, say(lost.awa, [AWA, BOT], "unread"))

    def asked(now: datetime) -> int:
        return sum(not request.is_over for request in lost.bot.missing.due(now))

    lost.bot.timeline.read([(ROOM, event)])
    assert asked(NOW) == 1
    assert [asked(NOW + timedelta(minutes=minute)) for minute in range(1, 60)].count(1) == len(IN_DOUBT)
    lost.bot.timeline.read([(ROOM, {**event, "event_id": "$2"})])
    assert asked(NOW + timedelta(hours=1)) == 1
    lost.bot.to_device.take([to_device(lost.awa, keys[BOT, "DEVICE1"])], NOW)
    assert asked(NOW + timedelta(hours=1, minutes=5)) == 0
    # Without doubt it is asked for once in an hour.
    lost.bot.store.olm_since = NOW - DOUBT
    content = {**event["content"], "session_id": "another"}
    lost.bot.timeline.read([(ROOM, {**event, "event_id": "$3", "content": content})])
    assert [asked(NOW + timedelta(hours=2, minutes=minute)) for minute in range(60)].count(1) == 1


def test_a_device_that_is_gone_or_not_signed_any_more_is_given_no_key_again(lost: Lost) -> None:
    lost.directory.signed.discard(PHONE)
    lost.bot.devices.learn(lost.directory.query([AWA]), [AWA])
    assert lost.again(NOW + AFTER[1]) == []
    assert lost.sent(lost.bot.repeated.renewed({PHONE}, NOW), NOW) == []
    lost.directory.signed.add(PHONE)
    lost.bot.devices.learn(lost.directory.query([AWA]), [AWA])
    assert len(lost.again(NOW + AFTER[2])) == 1


def test_a_device_that_cannot_be_read_and_has_not_our_session_is_offered_others(lost: Lost) -> None:
    """It goes on with a session of the lost time, because ours is begun with a one-time key that it has used."""
    (phone,) = lost.bot.devices.of(AWA)

    def unwedged(now: datetime) -> int:
        lost.bot.olm.wedged.add(PHONE)
        return len(lost.bot.olm.to_unwedge(now))

    every = [unwedged(NOW + n * IN_DOUBT_EVERY / 3) for n in range(1, 60)]
    assert every.count(1) == MOST_IN_DOUBT
    assert every[:6] == [0, 0, 1, 0, 0, 1]
    lost.bot.store.renew(NOW)
    lost.bot.olm.begin([phone], lost.directory.claim(lost.awa), NOW + timedelta(days=1))
    # Without doubt, and when it answers, once in an hour at most.
    assert unwedged(NOW + timedelta(days=1)) == 0


def test_with_stale_sessions_alone_nothing_is_encrypted(lost: Lost) -> None:
    """A homeserver that gives out no one-time keys could have a message key used twice."""
    (phone,) = lost.bot.devices.of(AWA)
    lost.bot.store.renew(NOW + timedelta(seconds=1))
    (session,) = lost.bot.store.olm_sessions(phone.curve25519)
    before = session.session.pickle("")
    step = say(lost.bot, [AWA, BOT], "x")
    lost.bot.olm.begin(step.devices, {}, NOW)
    sent = lost.bot.group_sessions.room_keys(ROOM, step.devices, (), NOW)
    assert sent is not None
    assert sent.keys == {}
    assert sent.withheld[AWA]["DEVICE0"]["code"] == "m.no_olm"
    assert session.session.pickle("") == before
