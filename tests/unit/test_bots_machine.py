"""The Olm machine: two devices of ours talk; whatever a stranger sends is refused and stops nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.encryption.machine import Machine, NoKeyYet, Refused

ROOM = "!room"
AWA, BOT = "@awa:example.org", "@palabre:example.org"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("crypto")


@pytest.fixture(scope="module")
def awa(folder: Path) -> Iterator[Machine]:
    machine = Machine(AWA, "PHONE", folder, "key")
    yield machine
    machine.close()


@pytest.fixture(scope="module")
def bot(folder: Path) -> Iterator[Machine]:
    machine = Machine(BOT, "BOT", folder, "key")
    yield machine
    machine.close()


@pytest.fixture(scope="module")
def uploaded(awa: Machine, bot: Machine) -> dict[str, Any]:
    """Let the two know each other, and Awa begin an Olm session; return what the bot uploaded."""
    bodies = {m.user_id: m.keys_to_upload(0, fallback=True) for m in (awa, bot)}
    own, theirs = bodies[AWA], bodies[BOT]
    assert own is not None
    assert theirs is not None
    bot.learn_devices({AWA: {"PHONE": own["device_keys"]}})
    awa.learn_devices({BOT: {"BOT": theirs["device_keys"]}})
    key_id, key = next(iter(theirs["one_time_keys"].items()))
    awa.begin_sessions({BOT: {"BOT": {key_id: key}}})
    return theirs


@pytest.fixture(scope="module")
def room_key(awa: Machine, uploaded: dict[str, Any]) -> dict[str, Any]:
    """Return the to-device event that brings the bot the key of Awa's session."""
    (device,) = awa.devices(BOT)
    content = awa.room_key_for(device, ROOM, awa.group_session(ROOM))
    assert content is not None
    return {"type": "m.room.encrypted", "sender": AWA, "content": content}


def said(awa: Machine, body: str, event_id: str = "$1") -> dict[str, Any]:
    content = awa.encrypt(ROOM, "m.room.message", {"msgtype": "m.text", "body": body})
    event = {"type": "m.room.encrypted", "sender": AWA, "event_id": event_id, "origin_server_ts": 1}
    return {**event, "content": content}


@pytest.fixture(scope="module")
def reading(bot: Machine, awa: Machine, room_key: dict[str, Any]) -> Machine:
    with pytest.raises(NoKeyYet):
        bot.decrypt(said(awa, "too early", "$0"), ROOM)
    assert bot.take_to_device(room_key) is not None
    return bot


def test_a_fallback_key_and_one_time_keys_are_signed_and_uploaded(uploaded: dict[str, Any]) -> None:
    (fallback,) = uploaded["fallback_keys"].values()
    assert fallback["fallback"] is True
    assert set(fallback["signatures"][BOT]) == {"ed25519:BOT"}
    assert len(uploaded["one_time_keys"]) >= 40


def test_what_one_says_the_other_reads(reading: Machine, awa: Machine) -> None:
    plain = reading.decrypt(said(awa, "bonjour"), ROOM)
    assert plain["content"]["body"] == "bonjour"


def test_a_message_said_again_under_another_event_id_is_refused(reading: Machine, awa: Machine) -> None:
    event = said(awa, "once")
    reading.decrypt(event, ROOM)
    # The same event may be read again: after a crash it is.
    assert reading.decrypt(event, ROOM)["content"]["body"] == "once"
    with pytest.raises(Refused):
        reading.decrypt({**event, "event_id": "$replayed"}, ROOM)


def test_a_message_passed_off_as_somebody_elses_is_not_read(reading: Machine, awa: Machine) -> None:
    with pytest.raises(NoKeyYet):
        reading.decrypt({**said(awa, "I am the lead"), "sender": "@lead:example.org"}, ROOM)


def test_a_message_put_into_another_room_is_not_read(reading: Machine, awa: Machine) -> None:
    with pytest.raises(NoKeyYet):
        reading.decrypt(said(awa, "here"), "!elsewhere")


def test_a_pre_key_message_with_an_unknown_one_time_key_is_refused(
    folder: Path, uploaded: dict[str, Any], room_key: dict[str, Any]
) -> None:
    """In nio 0.26 it ends `sync_forever`: anybody can stop a bot so."""
    stranger = Machine(BOT, "FRESH", folder, "key")
    content = copy.deepcopy(room_key["content"])
    own = stranger.identity_keys["curve25519"]
    content["ciphertext"] = {own: next(iter(content["ciphertext"].values()))}
    with pytest.raises(Refused):
        stranger.take_to_device({**room_key, "content": content})
    stranger.close()


def test_a_changed_identity_key_is_not_taken_over(reading: Machine, awa: Machine, folder: Path) -> None:
    impostor = Machine(AWA, "PHONE", folder / "..", "key")
    body = impostor.keys_to_upload(0, fallback=False)
    assert body is not None
    reading.learn_devices({AWA: {"PHONE": body["device_keys"]}})
    impostor.close()
    assert reading.decrypt(said(awa, "still me", "$still"), ROOM)["content"]["body"] == "still me"


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
def test_malformed_devices_stop_nothing(reading: Machine, device: Any) -> None:
    reading.learn_devices({"@x:y": {"D": device}})
    assert reading.devices("@x:y") == []


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
def test_a_mutated_room_message_is_read_or_refused(
    reading: Machine, awa: Machine, path: tuple[str, ...], value: Any
) -> None:
    try:
        plain = reading.decrypt(mutated(said(awa, "x", "$m"), path, value), ROOM)
    except (NoKeyYet, Refused):
        return
    assert plain["content"]["body"] == "x"


@MANY
@given(path=PARTS, value=JSON)
def test_a_mutated_to_device_event_is_taken_or_refused(
    reading: Machine, room_key: dict[str, Any], path: tuple[str, ...], value: Any
) -> None:
    try:
        reading.take_to_device(mutated(room_key, path, value))
    except Refused:
        return
