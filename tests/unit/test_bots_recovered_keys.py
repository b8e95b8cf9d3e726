"""Keys that were lost are asked for and believed from the device that made them alone; ours are given again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.encryption.machine import Machine
from bots.encryption.missing_keys import OF_ONE_SENDER
from bots.encryption.protocol import MEGOLM
from bots.encryption.room_keys import UnsharedDevices
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
BOTH = [AWA, BOT]


@dataclass
class Scene:
    """Awa's phone, the bot, somebody else's device, and what the homeserver knows of them."""

    awa: Machine
    bot: Machine
    eve: Machine
    directory: Directory

    def give(self, giver: Machine, taker: Machine) -> list[dict[str, Any]]:
        """Let ``giver`` share its key, with new Olm sessions where it has none; return the to-device events."""
        step = say(giver, BOTH, "x")
        assert isinstance(step, UnsharedDevices)
        claimed = {} if giver.olm.without_session(step.devices) == [] else self.directory.claim(taker)
        return [to_device(giver, content) for content in keys_for(giver, step, claimed).values()]

    def forwarded(self, giver: Machine, **changes: Any) -> dict[str, Any]:
        """Return Awa's session as ``giver`` forwards it to the bot."""
        group = self.awa.store.outbound(ROOM)
        assert group is not None
        (session,) = self.awa.store.inbound(ROOM, group.session.id)
        keys = self.awa.own.identity_keys
        content = {
            "algorithm": MEGOLM,
            "room_id": ROOM,
            "session_id": session.id,
            "session_key": session.exported(),
            "sender_key": keys["curve25519"],
            "sender_claimed_ed25519_key": keys["ed25519"],
            "forwarding_curve25519_key_chain": [],
            **changes,
        }
        (device,) = giver.devices.of(BOT)
        message = giver.olm.encrypt(device, "m.forwarded_room_key", content, NOW)
        if message is None:
            giver.olm.begin([device], self.directory.claim(self.bot), NOW)
            message = giver.olm.encrypt(device, "m.forwarded_room_key", content, NOW)
        return to_device(giver, message)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    awa, bot, eve = (open_machine(tmp_path, user, f"DEVICE{n}") for n, user in enumerate((AWA, BOT, EVE)))
    machines, directory = (awa, bot, eve), Directory()
    for machine in machines:
        directory.publish(machine)
    introduce(directory, *machines)
    yield (scene := Scene(awa, bot, eve, directory))
    for machine in (scene.awa, scene.bot, scene.eve):
        machine.store.close()


@pytest.fixture
def unread(scene: Scene) -> dict[str, Any]:
    """Return what Awa has said and the bot cannot read: her key did not come."""
    scene.give(scene.awa, scene.bot)
    event = event_of(scene.awa, say(scene.awa, BOTH, "lost"), "$lost")
    (reading,) = scene.bot.timeline.read([(ROOM, event)])
    assert reading.plain is None
    assert reading.refused is None
    return event


def read_after(scene: Scene, event: dict[str, Any]) -> list[str]:
    taken = scene.bot.to_device.take([event], NOW)
    if taken.refused:
        return list(taken.refused)
    return [str(r.plain["content"]["body"]) for r in scene.bot.timeline.read_waiting() if r.plain]


def test_a_key_that_did_not_come_is_asked_for_once_of_its_senders_devices(
    scene: Scene, unread: dict[str, Any]
) -> None:
    (request,) = scene.bot.missing.due(NOW)
    assert [(device.user_id, device.device_id) for device in request.devices] == [(AWA, "DEVICE0")]
    session_id = unread["content"]["session_id"]
    assert request.content["body"] == {"algorithm": MEGOLM, "room_id": ROOM, "session_id": session_id}
    scene.bot.timeline.read([(ROOM, unread)])
    assert scene.bot.missing.due(NOW + timedelta(minutes=59)) == []
    # An answer that came in a broken Olm session is asked for again in the new one.
    scene.bot.missing.again(AWA)
    assert len(scene.bot.missing.due(NOW + timedelta(minutes=59))) == 1


def test_a_key_that_has_come_meanwhile_is_not_asked_for(scene: Scene) -> None:
    keys = scene.give(scene.awa, scene.bot)
    scene.bot.timeline.read([(ROOM, event_of(scene.awa, say(scene.awa, BOTH, "early")))])
    scene.bot.to_device.take(keys, NOW)
    assert scene.bot.missing.due(NOW) == []


def test_whoever_names_sessions_that_are_not_is_asked_for_few_of_them(
    scene: Scene, unread: dict[str, Any]
) -> None:
    for number in range(3 * OF_ONE_SENDER):
        content = {**unread["content"], "session_id": f"made-up-{number}"}
        scene.bot.timeline.read([(ROOM, {**unread, "event_id": f"${number}", "content": content})])
    assert len(scene.bot.missing.due(NOW)) == OF_ONE_SENDER


def test_the_key_is_taken_from_the_device_that_made_it(scene: Scene, unread: dict[str, Any]) -> None:
    scene.bot.missing.due(NOW)
    assert read_after(scene, scene.forwarded(scene.awa)) == ["lost"]


def test_a_key_that_was_not_asked_for_is_refused(scene: Scene, unread: dict[str, Any]) -> None:
    assert read_after(scene, scene.forwarded(scene.awa)) == ["not asked for"]


def test_another_device_is_not_believed_about_a_session(scene: Scene, unread: dict[str, Any]) -> None:
    """Who forwards a key could have made it: what is encrypted with it would pass for Awa's."""
    scene.bot.missing.due(NOW)
    assert read_after(scene, scene.forwarded(scene.eve)) == ["not asked for"]
    scene.bot.timeline.read([(ROOM, {**unread, "event_id": "$eve", "sender": EVE})])
    scene.bot.missing.due(NOW)
    assert read_after(scene, scene.forwarded(scene.eve)) == ["another device's session"]
    assert scene.bot.store.inbound(ROOM, unread["content"]["session_id"]) == []


def test_to_whoever_begins_a_new_olm_session_our_keys_are_given_again_from_where_they_were(
    scene: Scene,
) -> None:
    lost = scene.give(scene.bot, scene.awa)
    assert len(lost) == 1
    events = [event_of(scene.bot, say(scene.bot, BOTH, f"{n}"), f"${n}", n) for n in range(2)]
    # Awa's phone could not decrypt that: it begins a new session, and says so.
    (bot,) = scene.awa.devices.of(BOT)
    scene.awa.olm.begin([bot], scene.directory.claim(scene.bot), NOW)
    dummy = scene.awa.olm.dummies([bot], NOW)[BOT]["DEVICE1"]
    assert scene.bot.to_device.take([to_device(scene.awa, dummy)], NOW).refused == ()
    assert scene.bot.to_device.renewed == {(AWA, "DEVICE0")}
    keys = scene.bot.repeated.renewed(scene.bot.to_device.renewed, NOW)
    (messages,) = scene.bot.repeated.messages(keys, NOW)
    scene.awa.to_device.take([to_device(scene.bot, messages[AWA]["DEVICE0"])], NOW)
    readings = scene.awa.timeline.read([(ROOM, event) for event in events])
    assert [r.plain["content"]["body"] for r in readings if r.plain] == ["0", "1"]


def test_a_device_that_was_given_no_key_gets_none_again(scene: Scene) -> None:
    scene.give(scene.bot, scene.awa)
    keys = scene.bot.repeated.renewed({(EVE, "DEVICE2")}, NOW)
    assert scene.bot.repeated.messages(keys, NOW) == []
    assert scene.bot.repeated.messages({(EVE, "DEVICE2"): {ROOM}}, NOW) == []


def test_nothing_is_encrypted_with_a_stale_session_where_another_can_be_made(scene: Scene) -> None:
    scene.give(scene.bot, scene.awa)
    (awa,) = scene.bot.devices.of(AWA)
    assert scene.bot.olm.without_session([awa]) == []
    (before,) = scene.bot.store.olm_sessions(awa.curve25519)
    scene.bot.store.renew(NOW)
    assert scene.bot.olm.without_session([awa]) == scene.bot.olm.stale([awa]) == [awa]
    # Its messages that cannot be decrypted call for a new session at once, not in an hour.
    scene.bot.olm.wedged.add((AWA, "DEVICE0"))
    assert scene.bot.olm.to_unwedge(NOW) == [awa]
    scene.bot.olm.begin([awa], scene.directory.claim(scene.awa), NOW)
    index = before.session.pickle("")
    scene.bot.olm.encrypt(awa, "m.dummy", {}, NOW)
    assert before.session.pickle("") == index
    scene.bot.olm.wedged.add((AWA, "DEVICE0"))
    assert scene.bot.olm.to_unwedge(NOW) == []


def test_a_session_that_is_begun_by_what_may_be_delivered_again_is_stale(scene: Scene) -> None:
    """Its sender may have used it further meanwhile: nothing that we encrypt with it could be decrypted then."""
    (awa,) = scene.bot.devices.of(AWA)
    scene.bot.store.renew(NOW)
    for later, is_stale in ((timedelta(minutes=59), True), (timedelta(hours=1), False)):
        scene.awa.store.renew(NOW)
        assert scene.bot.to_device.take(scene.give(scene.awa, scene.bot), NOW + later).refused == ()
        assert scene.bot.olm.without_session([awa]) == ([awa] if is_stale else [])


def ours(scene: Scene, *bodies: str) -> list[tuple[str, dict[str, Any]]]:
    return [(ROOM, event_of(scene.bot, say(scene.bot, BOTH, body))) for body in bodies]


def test_our_own_events_show_a_store_that_was_put_back(scene: Scene, tmp_path: Path) -> None:
    """A later message of a session that it knows, and a session that it does not know."""
    scene.give(scene.bot, scene.awa)
    before = ours(scene, "one", "two")
    scene.bot.timeline.commit(NOW, token="t", rooms={ROOM: {}})
    path = tmp_path / "DEVICE1.sqlite"
    scene.bot.store.close()
    shutil.copy(path, tmp_path / "copy")

    def again() -> Machine:
        scene.bot.store.close()
        scene.bot = open_machine(tmp_path, BOT, "DEVICE1")
        scene.bot.devices.learn(scene.directory.query(BOTH), BOTH)
        return scene.bot

    assert not again().timeline.is_ahead(before)
    scene.give(scene.bot, scene.awa)
    new_session = ours(scene, "three")
    assert not scene.bot.timeline.is_ahead([*before, *new_session])
    assert not again().timeline.is_ahead([*before, *new_session])
    scene.bot.store.close()
    shutil.copy(tmp_path / "copy", path)
    copied = again()
    assert not copied.timeline.is_ahead(before)
    assert copied.timeline.is_ahead(new_session)
    copied.store.sent_before = dict.fromkeys(copied.store.sent_before, 1)
    assert copied.timeline.is_ahead(before)
    # Another device of ours, and what is no message, say nothing.
    elsewhere = {**new_session[0][1], "content": {**new_session[0][1]["content"], "device_id": "OTHER"}}
    assert not copied.timeline.is_ahead([(ROOM, elsewhere), (ROOM, {"content": {"device_id": "DEVICE1"}})])
