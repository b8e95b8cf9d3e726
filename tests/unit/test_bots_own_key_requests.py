"""Two devices of the bot's own: each gives the other the keys that it lacks, and nobody else has any of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.encryption.key_requests import GIVEN_IN, KEY_REQUEST, MOST_KEPT, MOST_OF_A_DEVICE, MOST_OF_A_SESSION
from bots.encryption.machine import Machine
from bots.encryption.protocol import MEGOLM
from bots.encryption.room_keys import UnsharedDevices
from bots.encryption.room_session import SHARED_HISTORY, RoomSession
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
OLD, NEW = "OLD", "NEW"
BEFORE, WAITS, ACTED = "of before the recovery", "it waits for its sender's key", "acted on"
Json = dict[str, Any]


@dataclass
class Scene:
    """Awa's phone, Eve's, and two devices of the bot; what Awa has said before the new one was there: ``said``."""

    directory: Directory
    awa: Machine
    eve: Machine
    old: Machine
    new: Machine
    folder: Path
    said: list[Json] = field(default_factory=list)

    @property
    def session_id(self) -> str:
        return str(self.said[0]["content"]["session_id"])

    def shown_again(self) -> None:
        """Let all devices be asked for anew."""
        introduce(self.directory, self.awa, self.eve, self.old, self.new)

    def asks(self, event: Json | None = None) -> Json:
        """Let the new device miss what was said; return its request to the old one."""
        self.new.timeline.read([(ROOM, event or self.said[0])])
        (request,) = self.new.missing.due(NOW)
        assert (BOT, OLD) in [(d.user_id, d.device_id) for d in request.devices]
        return request.content

    def answers_of(self, machine: Machine, to: Machine, *contents: Json, sender: str = BOT) -> list[Json]:
        """Return what ``machine`` answers to requests that the homeserver shows as from ``sender``."""
        events = [{"type": KEY_REQUEST, "sender": sender, "content": content} for content in contents]
        self.refused = machine.to_device.take(events, NOW).refused
        devices, self.dropped = machine.key_requests.devices(NOW)
        if devices and machine.olm.without_session(devices):
            machine.olm.begin(devices, self.directory.claim(to), NOW)
        answers = machine.key_requests.answers(NOW)
        machine.key_requests.answered(answers, NOW)
        assert not machine.key_requests.waiting
        return [to_device(machine, each.message) for each in answers if each.message is not None]

    def further(self, device: str, *, signed: bool = True) -> Machine:
        """Return another device of the bot's account."""
        machine = open_machine(self.folder, BOT, device)
        self.directory.publish(machine, signed=signed)
        introduce(self.directory, machine)
        self.shown_again()
        return machine

    def read(self, event: Json) -> tuple[str | None, str]:
        """Return what the new device reads again, and what else it does with it."""
        (reading,) = self.new.timeline.read([(ROOM, event)])
        again = self.new.timeline.read_again(ROOM, event)
        done = ACTED if reading.plain is not None else reading.refused or WAITS
        return None if again is None else again["content"]["body"], done


def given(scene: Scene, taker: Machine, body: str, *, shared_history: bool = True, event_id: str) -> Json:
    """Let Awa give a device her key, say something, and return the event."""
    step = say(scene.awa, [AWA, BOT], body, shared_history=shared_history)
    if isinstance(step, UnsharedDevices):
        for content in keys_for(scene.awa, step, scene.directory.claim(taker)).values():
            taker.to_device.take([to_device(scene.awa, content)], NOW)
        step = say(scene.awa, [AWA, BOT], body, shared_history=shared_history)
    return event_of(scene.awa, step, event_id, len(event_id))


@pytest.fixture(params=[True, False], ids=["shared", "not shared"])
def shared(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def begun(folder: Path, *, shared_history: bool = True) -> Scene:
    directory = Directory()
    awa, eve, old = (open_machine(folder, u, d) for u, d in ((AWA, "PHONE"), (EVE, "HERS"), (BOT, OLD)))
    for machine in (awa, eve, old):
        directory.publish(machine)
    introduce(directory, awa, eve, old)
    new = open_machine(folder, BOT, NEW)
    scene = Scene(directory, awa, eve, old, new, folder)
    for body in ("first", "second"):
        scene.said.append(given(scene, old, body, shared_history=shared_history, event_id=f"${body}"))
    directory.publish(new)
    scene.shown_again()
    return scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    yield (made := begun(tmp_path))
    for machine in (made.awa, made.eve, made.old, made.new):
        machine.store.close()


def test_what_the_other_device_gives_is_read_and_never_acted_on(tmp_path: Path, shared: bool) -> None:
    scene = begun(tmp_path, shared_history=shared)
    (answer,) = scene.answers_of(scene.old, scene.new, scene.asks())
    assert scene.new.to_device.take([answer], NOW).refused == ()
    assert scene.new.timeline.read_waiting() == []
    assert [scene.read(event) for event in scene.said] == [("first", WAITS), ("second", WAITS)]
    (session,) = scene.new.store.inbound(ROOM, scene.session_id)
    assert session.shared_history is shared
    # It stays so on the disk.
    scene.new.store.commit(NOW)
    scene.new.store.close()
    scene.new = open_machine(tmp_path, BOT, NEW)
    introduce(scene.directory, scene.new)
    assert scene.new.timeline.read_waiting() == []
    assert scene.read(scene.said[1]) == ("second", WAITS)
    # What is shown afterwards, and was never waited for, may have been read before.
    assert scene.read({**scene.said[1], "event_id": "$shown-again"})[1] == BEFORE


def test_once_its_sender_answers_too_it_is_acted_on(scene: Scene) -> None:
    """The bot's other device may be no bot: a command that it has the key of is not lost by its answer."""
    request = scene.asks()
    (answer,) = scene.answers_of(scene.old, scene.new, request)
    scene.new.to_device.take([answer], NOW)
    assert scene.new.timeline.read_waiting() == []
    # Our other device need not answer any more, and Awa's still may.
    (over,) = scene.new.missing.due(NOW)
    assert (over.is_over, [d.device_id for d in over.devices]) == (True, [OLD])
    # An answer of hers that could not be decrypted is asked for again, and of her alone.
    scene.new.missing.again(AWA)
    (again,) = scene.new.missing.due(NOW)
    assert (again.is_over, [d.user_id for d in again.devices]) == (False, [AWA])
    (key,) = scene.awa.store.inbound(ROOM, scene.session_id)
    hers = {**forwarded_content(key), SHARED_HISTORY: True}
    (device,) = (d for d in scene.awa.devices.of(BOT) if d.device_id == NEW)
    scene.awa.olm.begin([device], scene.directory.claim(scene.new), NOW)
    message = scene.awa.olm.encrypt(device, "m.forwarded_room_key", hers, NOW)
    assert scene.new.to_device.take([to_device(scene.awa, message)], NOW).refused == ()
    assert [r.plain["content"]["body"] for r in scene.new.timeline.read_waiting() if r.plain] == ["first"]
    assert scene.read(scene.said[1]) == ("second", ACTED)
    (over,) = scene.new.missing.due(NOW)
    assert (over.is_over, [d.user_id for d in over.devices]) == (True, [AWA])


def test_a_request_is_withdrawn_once_the_key_has_come(scene: Scene) -> None:
    request = scene.asks()
    (answer,) = scene.answers_of(scene.old, scene.new, request)
    scene.new.to_device.take([answer], NOW)
    (over,) = scene.new.missing.due(NOW)
    assert (over.is_over, [d.device_id for d in over.devices]) == (True, [OLD])
    assert over.content == {
        "action": "request_cancellation",
        "request_id": request["request_id"],
        "requesting_device_id": NEW,
    }
    assert scene.new.missing.due(NOW) == []
    # What was withdrawn before it was answered is not answered, in whatever order the two come.
    other = scene.further("OTHER")
    again = {**request, "request_id": "2", "requesting_device_id": "OTHER"}
    withdrawn = {**over.content, "request_id": "2", "requesting_device_id": "OTHER"}
    assert scene.answers_of(scene.old, other, again, withdrawn) == []
    assert scene.answers_of(scene.old, other, again) == []
    assert scene.refused == ("replayed",)


def test_what_is_only_read_again_is_asked_for_of_our_own_devices_alone(scene: Scene) -> None:
    assert scene.new.timeline.read_again(ROOM, scene.said[0]) is None
    assert scene.new.missing.is_noted
    (request,) = scene.new.missing.due(NOW)
    assert [d.device_id for d in request.devices] == [OLD]
    (answer,) = scene.answers_of(scene.old, scene.new, request.content)
    scene.new.to_device.take([answer], NOW)
    assert scene.read(scene.said[0]) == ("first", BEFORE)
    assert [each.is_over for each in scene.new.missing.due(NOW)] == [True]


def test_our_own_messages_from_the_other_device_are_read_again(scene: Scene) -> None:
    step = say(scene.old, [AWA], "mine")
    keys_for(scene.old, step, scene.directory.claim(scene.awa))
    event = event_of(scene.old, say(scene.old, [AWA], "mine"), "$mine")
    scene.new.timeline.read_again(ROOM, event)
    (request,) = scene.new.missing.due(NOW)
    (answer,) = scene.answers_of(scene.old, scene.new, request.content)
    assert scene.new.to_device.take([answer], NOW).refused == ()
    again = scene.new.timeline.read_again(ROOM, event)
    assert again is not None
    assert again["content"]["body"] == "mine"


# --- who is answered ----------------------------------------------------------------------------------------------


def test_another_members_request_is_not_answered(scene: Scene) -> None:
    request = {**scene.asks(), "requesting_device_id": "HERS"}
    assert scene.answers_of(scene.old, scene.eve, request, sender=EVE) == []
    # Nor under our name: the homeserver can write that.
    assert scene.answers_of(scene.old, scene.eve, request) == []
    assert scene.dropped == 1


def test_a_forged_request_gives_a_key_to_our_own_device_alone(scene: Scene) -> None:
    (answer,) = scene.answers_of(scene.old, scene.new, scene.asks())
    keys = answer["content"]["ciphertext"].keys()
    assert keys == {scene.new.own.identity_keys["curve25519"]}
    assert scene.eve.to_device.take([answer], NOW).refused == ("not for this device",)


def test_a_device_of_the_account_that_we_have_not_signed_is_not_answered(scene: Scene) -> None:
    added = scene.further("ADDED", signed=False)
    request = {**scene.asks(), "requesting_device_id": "ADDED"}
    assert scene.answers_of(scene.old, added, request) == []
    assert scene.dropped == 1


def test_under_another_identity_nothing_is_answered(scene: Scene) -> None:
    request = scene.asks()
    scene.directory.reset[BOT] = 1
    scene.shown_again()
    assert scene.answers_of(scene.old, scene.new, request) == []
    assert scene.dropped == 1


def test_a_withdrawn_device_stays_withdrawn_though_its_signature_is_valid(scene: Scene) -> None:
    request = scene.asks()
    kept = scene.directory.uploads.pop((BOT, NEW))
    introduce(scene.directory, scene.old)
    assert scene.answers_of(scene.old, scene.new, request) == []
    scene.directory.uploads[BOT, NEW] = kept
    introduce(scene.directory, scene.old)
    assert scene.answers_of(scene.old, scene.new, {**request, "request_id": "2"}) == []
    assert scene.dropped == 1


def test_a_session_is_given_to_a_device_a_few_times_in_an_hour(scene: Scene) -> None:
    request = scene.asks()
    for number in range(MOST_OF_A_SESSION):
        once = {**request, "request_id": f"{number}"}
        assert len(scene.answers_of(scene.old, scene.new, once)) == 1
        assert scene.answers_of(scene.old, scene.new, once) == []
        assert scene.refused == ("replayed",)
    assert scene.answers_of(scene.old, scene.new, {**request, "request_id": "more"}) == []
    assert scene.dropped == 1
    scene.old.key_requests.take({"sender": BOT, "content": {**request, "request_id": "later"}})
    devices, dropped = scene.old.key_requests.devices(NOW + GIVEN_IN)
    assert ([d.device_id for d in devices], dropped) == ([NEW], 0)


def asked_for(scene: Scene, number: int) -> Json:
    request = scene.asks() if number == 0 else {}
    body = {"algorithm": MEGOLM, "room_id": ROOM, "session_id": f"made-up-{number}"}
    return {
        **request,
        "action": "request",
        "body": body,
        "request_id": f"{number}",
        "requesting_device_id": NEW,
    }


def test_no_more_requests_are_kept_than_are_answered_at_once(scene: Scene) -> None:
    requests = [asked_for(scene, number) for number in range(2 * MOST_KEPT)]
    events = [{"type": KEY_REQUEST, "sender": BOT, "content": content} for content in requests]
    assert scene.old.to_device.take(events, NOW).refused == ()
    assert len(scene.old.key_requests.answers(NOW)) == MOST_KEPT


def test_a_device_is_given_so_many_sessions_in_an_hour(scene: Scene) -> None:
    requests, (device,) = scene.old.key_requests, scene.old.devices.of(BOT)
    for number in range(MOST_OF_A_DEVICE):
        requests.take({"sender": BOT, "content": asked_for(scene, number)})
        assert requests.devices(NOW) == ([device], 0)
        answers = [replace(each, message={}) for each in requests.answers(NOW)]
        requests.answered(answers, NOW + timedelta(minutes=1))
    for later, is_dropped in ((timedelta(minutes=60), True), (timedelta(minutes=61), False)):
        requests.take({"sender": BOT, "content": {**asked_for(scene, 1), "request_id": f"{later}"}})
        assert requests.devices(NOW + later) == (([], 1) if is_dropped else ([device], 0))


def test_what_could_not_be_sent_is_due_again(scene: Scene) -> None:
    scene.new.timeline.read([(ROOM, scene.said[0])])
    requests = scene.new.missing.due(NOW)
    scene.new.missing.not_sent(requests)
    assert scene.new.missing.is_noted
    assert [r.devices for r in scene.new.missing.due(NOW)] == [r.devices for r in requests]
    assert scene.new.missing.due(NOW) == []


@pytest.mark.parametrize(
    "change",
    [
        {"action": "give"},
        {"action": None},
        {"body": None},
        {"body": {"algorithm": "m.other", "room_id": ROOM, "session_id": "x"}},
        {"body": {"algorithm": MEGOLM, "room_id": 7, "session_id": "x"}},
        {"body": {"algorithm": MEGOLM, "room_id": ROOM, "session_id": "x" * 256}},
        {"request_id": {}},
        {"request_id": "x" * 256},
        {"requesting_device_id": ["NEW"]},
    ],
)
def test_a_request_that_is_none_is_refused(scene: Scene, change: Json) -> None:
    assert scene.answers_of(scene.old, scene.new, {**scene.asks(), **change}) == []
    assert scene.refused == ("malformed",)


def test_our_own_request_that_comes_back_is_none(scene: Scene) -> None:
    assert scene.answers_of(scene.new, scene.new, scene.asks()) == []
    assert (scene.refused, scene.dropped) == ((), 0)


# --- who is believed ----------------------------------------------------------------------------------------------


def test_what_was_not_asked_for_is_refused(scene: Scene) -> None:
    request = scene.asks()
    (answer,) = scene.answers_of(scene.old, scene.new, request)
    fresh = scene.further("FRESH")
    fresh_asks = {**request, "requesting_device_id": "FRESH"}
    (answer,) = scene.answers_of(scene.old, fresh, fresh_asks)
    assert fresh.to_device.take([answer], NOW).refused == ("not asked for",)
    assert fresh.store.inbound(ROOM, scene.session_id) == []


def test_a_device_that_we_have_not_signed_is_not_believed(scene: Scene) -> None:
    request = scene.asks()
    (answer,) = scene.answers_of(scene.old, scene.new, request)
    scene.directory.signed.discard((BOT, OLD))
    scene.shown_again()
    assert scene.new.to_device.take([answer], NOW).refused == ("not a device of ours",)
    assert scene.new.store.inbound(ROOM, scene.session_id) == []


def forwarded_content(session: RoomSession) -> Json:
    return {
        "algorithm": MEGOLM,
        "room_id": ROOM,
        "session_id": session.id,
        "session_key": session.exported(),
        "sender_key": session.sender_key,
        "sender_claimed_ed25519_key": session.ed25519,
        "forwarding_curve25519_key_chain": [],
    }


def forwarded(scene: Scene, **changes: Any) -> Json:
    """Return Awa's session as the old device forwards it to the new one, altered."""
    (session,) = scene.old.store.inbound(ROOM, scene.session_id)
    content = {**forwarded_content(session), SHARED_HISTORY: True, **changes}
    (device,) = (d for d in scene.old.devices.of(BOT) if d.device_id == NEW)
    if scene.old.olm.without_session([device]):
        scene.old.olm.begin([device], scene.directory.claim(scene.new), NOW)
    message = scene.old.olm.encrypt(device, "m.forwarded_room_key", content, NOW)
    assert message is not None
    return to_device(scene.old, message)


def test_what_the_sender_has_given_stays_as_it_is(scene: Scene) -> None:
    """From where Awa has given the key herself it is acted on, and what another device gives changes nothing."""
    scene.asks()
    third = given(scene, scene.new, "third", event_id="$third")
    (before,) = scene.new.store.inbound(ROOM, scene.session_id)
    assert before.first_known_index == 2
    assert scene.new.to_device.take([forwarded(scene)], NOW).refused == ("there already",)
    assert scene.new.store.inbound(ROOM, scene.session_id) == [before]
    assert scene.read(third) == ("third", ACTED)


def test_what_its_sender_gives_later_is_acted_on_from_there(scene: Scene) -> None:
    scene.asks()
    scene.new.to_device.take([forwarded(scene)], NOW)
    third = given(scene, scene.new, "third", event_id="$third")
    assert [scene.read(event) for event in (*scene.said, third)] == [
        ("first", WAITS),
        ("second", WAITS),
        ("third", ACTED),
    ]
    # Only that much is handed on to a further device.
    fresh = scene.further("FRESH")
    fresh.timeline.read_again(ROOM, scene.said[0])
    (request,) = fresh.missing.due(NOW)
    (answer,) = scene.answers_of(scene.new, fresh, request.content)
    assert fresh.to_device.take([answer], NOW).refused == ()
    (session,) = fresh.store.inbound(ROOM, scene.session_id)
    assert session.first_known_index == 2


def test_what_was_forwarded_is_not_forwarded_again(scene: Scene) -> None:
    scene.asks()
    scene.new.to_device.take([forwarded(scene)], NOW)
    fresh = scene.further("FRESH")
    fresh.timeline.read_again(ROOM, scene.said[0])
    (request,) = fresh.missing.due(NOW)
    assert scene.answers_of(scene.new, fresh, request.content) == []
    assert scene.dropped == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sender_key": None}, "malformed"),
        ({"sender_claimed_ed25519_key": 7}, "malformed"),
        ({"session_key": "AAAA"}, None),
        ({"room_id": "!another"}, "not asked for"),
        ({"session_id": "another"}, "not asked for"),
        ({"algorithm": "m.other"}, "malformed"),
    ],
)
def test_what_is_no_forwarded_key_changes_nothing(scene: Scene, change: Json, reason: str | None) -> None:
    scene.asks()
    (refused,) = scene.new.to_device.take([forwarded(scene, **change)], NOW).refused
    assert refused == reason or reason is None
    assert scene.new.store.inbound(ROOM, scene.session_id) == []


def test_a_key_forwarded_under_another_devices_name_is_nobodys(scene: Scene) -> None:
    """Whoever is named as its maker has not made it: what is read by it does not pass for theirs."""
    scene.asks()
    eve = scene.eve.own.identity_keys
    named = {"sender_key": eve["curve25519"], "sender_claimed_ed25519_key": eve["ed25519"]}
    assert scene.new.to_device.take([forwarded(scene, **named)], NOW).refused == ()
    assert scene.new.timeline.read_again(ROOM, scene.said[0]) is None
