"""The Olm machine and pinned identities: who vouches for a device, who is read, who gets keys."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bots.encryption.devices import MOST_VOUCHED, Device
from bots.encryption.machine import Machine
from bots.encryption.protocol import OLM, NoKeyYet
from bots.encryption.room_keys import EncryptedContent, UnsharedDevices
from bots.encryption.store import CryptoStore
from tests.lib.machines import (
    KEY,
    NOW,
    Directory,
    event_of,
    identity_of,
    introduce,
    keys_for,
    open_machine,
    say,
    to_device,
)

AWA, BOT = "@awa:example.org", "@palabre:example.org"
BOTH = [AWA, BOT]
OLD, NEW = (identity_of(AWA, number).public_keys["master"] for number in (0, 1))


@dataclass
class Theft:
    """Awa's phone, and a thief's under an identity that the homeserver shows in the place of hers."""

    phone: Machine
    stolen: Machine
    bot: Machine
    directory: Directory

    def tell(self, machine: Machine, body: str) -> dict[str, Any]:
        """Let a device of Awa's say something to the bot, its key given first; return the event."""
        step = say(machine, BOTH, body)
        if isinstance(step, UnsharedDevices):
            mine = [d for d in step.devices if d.user_id == BOT]
            sent = keys_for(machine, UnsharedDevices(tuple(mine), ()), self.directory.claim(self.bot))
            taken = self.bot.to_device.take([to_device(machine, c) for c in sent.values()], NOW)
            assert (taken.refused, taken.keys) == ((), 1)
            for d in (*step.devices, *step.unsigned):
                if d.user_id != BOT:
                    self.give_up(machine, d)
            step = say(machine, BOTH, body)
        return event_of(machine, step, f"${body}")

    @staticmethod
    def give_up(machine: Machine, device: Device) -> None:
        """Let ``machine`` tell a device that it gets no key, so that it goes on without it."""
        sent = machine.group_sessions.room_keys("!room", [], [device], NOW)
        assert sent is not None
        machine.group_sessions.keys_given("!room", sent, NOW)

    def vouched(self, event: dict[str, Any]) -> tuple[str, ...]:
        (reading,) = self.bot.timeline.read([("!room", event)])
        assert reading.refused is None
        return reading.vouched if reading.plain is not None else ("not read",)

    def wanted(self) -> tuple[set[str], set[str]]:
        """Return Awa's devices that the bot would give a key, and those that it tells why not."""
        step = say(self.bot, BOTH, "hello")
        if isinstance(step, EncryptedContent):
            return set(), set()
        assert isinstance(step, UnsharedDevices)
        return {d.device_id for d in step.devices}, {d.device_id for d in step.unsigned}


@pytest.fixture
def theft(tmp_path: Path) -> Iterator[Theft]:
    phone, bot, directory = (
        open_machine(tmp_path, AWA, "PHONE"),
        open_machine(tmp_path, BOT, "BOT"),
        Directory(),
    )
    directory.publish(phone)
    directory.publish(bot)
    introduce(directory, phone, bot)
    assert bot.devices.take_shown()[AWA] == OLD
    bot.devices.use_pins({AWA: OLD})
    stolen = open_machine(tmp_path, AWA, "STOLEN")
    directory.publish(stolen)
    directory.reset[AWA] = 1
    directory.signed.discard((AWA, "PHONE"))
    introduce(directory, stolen, bot)
    yield Theft(phone, stolen, bot, directory)
    for machine in (phone, stolen, bot):
        machine.store.close()


def test_it_is_seen_that_an_identity_has_changed_once(theft: Theft) -> None:
    assert theft.bot.devices.take_shown() == {AWA: NEW, BOT: identity_of(BOT).public_keys["master"]}
    assert theft.bot.devices.take_shown() == {}


def test_each_message_says_who_vouches_for_its_device(theft: Theft) -> None:
    assert theft.vouched(theft.tell(theft.stolen, "give me the phone numbers")) == (NEW,)
    # Her signature is no longer shown, and still stands.
    assert theft.vouched(theft.tell(theft.phone, "it is me")) == (OLD,)


def test_the_real_person_goes_on_getting_keys(theft: Theft) -> None:
    assert theft.wanted() == ({"PHONE", "STOLEN"}, set())


def test_held_the_new_device_gets_none_until_it_is_accepted(theft: Theft) -> None:
    theft.bot.devices.pinned_only = True
    assert theft.wanted() == ({"PHONE"}, {"STOLEN"})
    assert theft.bot.devices.with_signed_device([AWA]) == {AWA}
    theft.bot.devices.use_pins({AWA: NEW})
    assert theft.wanted() == ({"STOLEN"}, {"PHONE"})


def test_accepted_the_old_devices_are_no_more_believed(theft: Theft) -> None:
    event = theft.tell(theft.phone, "it is me")
    theft.bot.devices.use_pins({AWA: NEW})
    with pytest.raises(NoKeyYet):
        theft.bot.timeline.decrypt(event, "!room")
    assert theft.wanted() == ({"STOLEN"}, {"PHONE"})


def test_whoever_signs_her_own_device_again_does_not_take_the_pinned_word_off_it(theft: Theft) -> None:
    for number in range(2, 2 + 3 * MOST_VOUCHED):
        theft.directory.reset[AWA] = number
        theft.directory.signed.add((AWA, "PHONE"))
        theft.bot.devices.learn(theft.directory.query(BOTH), BOTH)
    assert OLD in theft.vouched(theft.tell(theft.phone, "it is me"))
    assert len(theft.vouched(theft.tell(theft.phone, "still me"))) <= MOST_VOUCHED


def test_who_vouches_is_known_after_a_restart(theft: Theft, tmp_path: Path) -> None:
    event = theft.tell(theft.phone, "it is me")
    theft.bot.store.commit(NOW)
    theft.bot.store.close()
    theft.bot = open_machine(tmp_path, BOT, "BOT")
    theft.bot.devices.use_pins({AWA: OLD})
    assert theft.vouched(event) == (OLD,)
    assert theft.bot.devices.take_shown()[AWA] == NEW


def test_what_an_older_palabre_has_kept_is_asked_for_anew(theft: Theft, tmp_path: Path) -> None:
    theft.bot.store.commit(NOW)
    kept = json.dumps([["PHONE", "ed", "curve", True, False]])
    theft.bot.store._connection.execute("UPDATE known_user SET devices = ? WHERE user_id = ?", (kept, AWA))
    again = CryptoStore.open(tmp_path / "BOT.sqlite", BOT, "BOT", KEY, NOW)
    known = again.user(AWA)
    again.close()
    assert known is not None
    assert not known.current
    assert known.devices["PHONE"].ed25519 == "ed"


def with_device_keys(theft: Theft, **change: Any) -> tuple[str, ...]:
    """Let Awa's phone send a key with its device keys along, changed; return the refusals."""
    phone, bot = theft.phone, theft.bot
    keys = copy.deepcopy(theft.directory.uploads[AWA, "PHONE"]["device_keys"])
    keys = change.pop("instead", None) or {**keys, **change}
    phone.own.use_signed_device_keys(keys)
    step = say(phone, BOTH, "hello")
    assert isinstance(step, UnsharedDevices)
    mine = UnsharedDevices(tuple(d for d in step.devices if d.user_id == BOT), ())
    sent = keys_for(phone, mine, theft.directory.claim(bot))
    assert {content["algorithm"] for content in sent.values()} == {OLM}
    return bot.to_device.take([to_device(phone, c) for c in sent.values()], NOW).refused


def test_device_keys_sent_along_are_those_of_the_device(theft: Theft) -> None:
    assert with_device_keys(theft) == ()


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"user_id": "@peter:example.org"}, "another's device keys"),
        ({"device_id": "OTHER"}, "another device's keys"),
        ({"algorithms": ["none"]}, "device keys not signed"),
        ({"instead": {"device_id": 7}}, "another's device keys"),
        ({"instead": ["no", "object"]}, "another's device keys"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_device_keys_that_are_not_the_senders_are_refused(
    theft: Theft, change: dict[str, Any], refused: str
) -> None:
    assert with_device_keys(theft, **change) == (refused,)


def test_device_keys_sent_along_make_no_device_pass_for_a_known_one(theft: Theft, tmp_path: Path) -> None:
    """Whoever makes a device of the same name signs its keys themselves: not those that were vouched for."""
    (tmp_path / "forged").mkdir()
    forged = open_machine(tmp_path / "forged", AWA, "PHONE")
    body = forged.own.to_upload(0, fallback=True, now=NOW)
    assert body is not None
    forged.own.use_signed_device_keys(body["device_keys"])
    forged.devices.learn(theft.directory.query(BOTH), BOTH)
    step = say(forged, BOTH, "hello")
    assert isinstance(step, UnsharedDevices)
    mine = UnsharedDevices(tuple(d for d in step.devices if d.user_id == BOT), ())
    sent = keys_for(forged, mine, theft.directory.claim(theft.bot))
    taken = theft.bot.to_device.take([to_device(forged, c) for c in sent.values()], NOW)
    forged.store.close()
    assert taken.refused == ("another device under a known one's name",)
