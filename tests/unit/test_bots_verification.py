"""One verification by emoji, and several at once: what is sent, shown and authenticated, and each way in which it ends.

The other side is `tests.lib.sas_person`, which is written from the specification and shares no code with ours.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.encryption.batch import is_for_bot
from bots.encryption.sas import Party, ShortString
from bots.encryption.verification import PATIENCE, Compared, Ended, Verification
from bots.encryption.verification_events import Kind, VerificationEvent, VerificationId, in_room, to_device
from bots.encryption.verifications import (
    ANSWERS_AN_HOUR,
    MOST,
    MOST_OF_A_PERSON,
    START_AFTER,
    Outcome,
    Verifications,
)
from matrix.ids import UserId
from tests.lib.sas_person import AWA, BOT, ROOM, Person

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


class Bot:
    """The bot's side, to which a person's events are given one by one; ``ended`` is how it has ended last."""

    def __init__(self, ours: Party = BOT) -> None:
        self.all = Verifications(ours)
        self.now = NOW
        self.short: ShortString | None = None
        self.ended: Ended | None = None
        self.is_done = False

    def hears(self, event: VerificationEvent, theirs: Party | None = AWA) -> list[tuple[Kind, Any]]:
        return self._taken(self.all.take(event, theirs, self.now))

    def waits(self, time: timedelta) -> list[tuple[Kind, Any]]:
        self.now += time
        return self._taken(self.all.look(self.now))

    def _taken(self, outcome: Outcome) -> list[tuple[Kind, Any]]:
        for changed in outcome.changed:
            self._note(changed)
        return [(each.kind, each.content) for each in outcome.out]

    def _note(self, changed: Verification) -> None:
        if isinstance(changed.state, Compared):
            self.short = changed.state.short
        if isinstance(changed.state, Ended):
            self.ended = changed.state
            self.is_done |= changed.is_done

    def cancels(self, event: VerificationEvent, theirs: Party | None = AWA) -> str:
        """Return the code by which it cancels when it hears this, and does nothing else."""
        ((kind, content),) = self.hears(event, theirs)
        assert kind is Kind.CANCEL
        assert content["reason"]
        return str(content["code"])


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture(params=[ROOM, ""], ids=["in a room", "to a device"])
def person(request: pytest.FixtureRequest) -> Person:
    return Person(room_id=request.param)


def to_shown(bot: Bot, person: Person) -> None:
    """Go on until both show what is compared; the person's app starts."""
    bot.hears(person.requests())
    ((_, accept),) = bot.hears(person.starts())
    ((_, key),) = bot.hears(person.sends_key())
    assert accept["commitment"] == person.commitment(key["key"])
    person.takes_key(key["key"])


def test_they_start_and_both_show_the_same_and_the_bots_keys_are_verified(bot: Bot, person: Person) -> None:
    ((kind, ready),) = bot.hears(person.requests())
    assert (kind, ready["from_device"], ready["methods"]) == (Kind.READY, "BOT", ["m.sas.v1"])
    ((kind, accept),) = bot.hears(person.starts())
    chosen = ("key_agreement_protocol", "hash", "message_authentication_code", "short_authentication_string")
    assert kind is Kind.ACCEPT
    assert [accept[name] for name in chosen] == [
        "curve25519-hkdf-sha256",
        "sha256",
        "hkdf-hmac-sha256.v2",
        ["emoji", "decimal"],
    ]
    assert bot.short is None
    ((kind, key),) = bot.hears(person.sends_key())
    assert kind is Kind.KEY
    assert accept["commitment"] == person.commitment(key["key"])
    person.takes_key(key["key"])
    assert bot.short == ShortString(person.shown, person.decimal)
    (mac, done) = bot.hears(person.sends_mac())
    assert (mac[0], done[0]) == (Kind.MAC, Kind.DONE)
    person.takes_mac(mac[1])
    assert person.verified == ("ed25519:BOT", "ed25519:bots+master")
    assert bot.ended is None
    assert bot.hears(person.says(Kind.DONE)) == []
    assert bot.is_done
    assert bot.all.running == ()


def test_what_is_sent_belongs_to_the_request(bot: Bot, person: Person) -> None:
    ((_, ready),) = bot.hears(person.requests())
    if person.room_id:
        assert ready["m.relates_to"] == {"rel_type": "m.reference", "event_id": "$request"}
        assert "transaction_id" not in ready
    else:
        assert ready["transaction_id"] == "$request"


def test_the_bot_starts_where_they_do_not(bot: Bot, person: Person) -> None:
    bot.hears(person.requests())
    assert bot.waits(START_AFTER - timedelta(seconds=1)) == []
    ((kind, start),) = bot.waits(timedelta(seconds=1))
    assert (kind, start["method"]) == (Kind.START, "m.sas.v1")
    ((kind, key),) = bot.hears(person.accepts(start))
    assert kind is Kind.KEY
    person.takes_key(key["key"])
    assert bot.hears(person.sends_key()) == []
    assert bot.short == ShortString(person.shown, person.decimal)
    (mac, _done) = bot.hears(person.sends_mac())
    person.takes_mac(mac[1])
    bot.hears(person.says(Kind.DONE))
    assert bot.is_done


def test_both_start_and_the_start_of_the_smaller_user_id_holds(bot: Bot, person: Person) -> None:
    bot.hears(person.requests())
    bot.waits(START_AFTER)
    ((kind, _accept),) = bot.hears(person.starts())
    assert kind is Kind.ACCEPT  # @awa is before @palabre
    ((_, key),) = bot.hears(person.sends_key())
    person.takes_key(key["key"])
    assert bot.short == ShortString(person.shown, person.decimal)


def test_both_start_and_ours_is_the_smaller(person: Person) -> None:
    ours = replace(BOT, user_id="@aaa:h")
    bot, person.bot = Bot(ours), ours
    bot.hears(person.requests())
    ((_, start),) = bot.waits(START_AFTER)
    assert bot.hears(person.starts()) == []
    ((kind, key),) = bot.hears(person.accepts(start))
    assert kind is Kind.KEY
    person.takes_key(key["key"])
    bot.hears(person.sends_key())
    assert bot.short == ShortString(person.shown, person.decimal)


def test_both_start_with_different_methods(bot: Bot, person: Person) -> None:
    bot.hears(person.requests())
    bot.waits(START_AFTER)
    assert bot.cancels(person.starts(method="m.reciprocate.v1")) == "m.unexpected_message"


def test_a_start_without_a_request_is_taken_to_a_device_and_not_in_a_room(bot: Bot) -> None:
    alone = Person(room_id="")
    assert [kind for kind, _ in bot.hears(alone.starts())] == [Kind.ACCEPT]
    assert bot.cancels(Person(transaction_id="$other").starts()) == "m.unknown_transaction"


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "m.reciprocate.v1"},
        {"key_agreement_protocols": ["curve25519"]},
        {"hashes": ["sha512"]},
        {"message_authentication_codes": ["hkdf-hmac-sha256", "hmac-sha256"]},
        {"short_authentication_string": ["colours"]},
        {"short_authentication_string": "emoji"},
        {"hashes": ["sha256"] * 33},
        {"key_agreement_protocols": None},
    ],
)
def test_nothing_in_common(bot: Bot, person: Person, changed: dict[str, Any]) -> None:
    bot.hears(person.requests())
    assert bot.cancels(person.starts(**changed)) == "m.unknown_method"
    assert bot.ended == Ended("m.unknown_method")


def test_a_request_for_what_the_bot_has_not(bot: Bot, person: Person) -> None:
    person.methods = ("m.qr_code.show.v1", "m.reciprocate.v1")
    assert bot.cancels(person.requests()) == "m.unknown_method"


def test_without_emoji_numbers_are_shown(bot: Bot, person: Person) -> None:
    bot.hears(person.requests())
    bot.hears(person.starts(short_authentication_string=["decimal"]))
    ((_, key),) = bot.hears(person.sends_key())
    person.takes_key(key["key"])
    assert bot.short == ShortString((), person.decimal)


def test_a_start_in_the_name_of_another_device(bot: Bot, person: Person) -> None:
    bot.hears(person.requests())
    assert bot.cancels(person.starts(from_device="LAPTOP")) == "m.invalid_message"


@pytest.mark.parametrize("key", ["", "AAAA", "A" * 43, "é", "\ud800", 5, None, "ours"])
def test_a_key_that_is_none(bot: Bot, person: Person, key: Any) -> None:
    bot.hears(person.requests())
    bot.hears(person.starts())
    assert bot.cancels(person.says(Kind.KEY, key=key)) == "m.invalid_message"
    assert bot.short is None


def test_another_key_than_the_one_that_was_committed_to(bot: Bot, person: Person) -> None:
    bot.hears(person.requests())
    ((_, start),) = bot.waits(START_AFTER)
    bot.hears(person.accepts(start))
    between = Person()
    assert bot.cancels(person.says(Kind.KEY, key=between.public)) == "m.mismatched_commitment"
    assert bot.short is None


def test_a_homeserver_between_the_two_shows_each_something_else(bot: Bot, person: Person) -> None:
    """Whoever exchanges both keys has to commit before they know ours: what is compared differs."""
    bot.hears(person.requests())
    bot.hears(person.starts())
    between = Person(room_id=person.room_id)
    bot.hears(between.sends_key())
    person.takes_key(between.public)
    assert bot.short is not None
    assert bot.short.emoji != person.shown
    # Nor do the codes fit, if the person has not looked.
    assert bot.cancels(person.sends_mac()) == "m.key_mismatch"


def test_codes_over_other_keys_than_the_bot_knows(bot: Bot, person: Person) -> None:
    to_shown(bot, person)
    assert bot.cancels(person.sends_mac(device="another+device+key")) == "m.key_mismatch"
    assert bot.ended == Ended("m.key_mismatch")


def test_another_identity_than_the_bot_knows(bot: Bot, person: Person) -> None:
    to_shown(bot, person)
    event = person.sends_mac(master="another+master")
    assert bot.cancels(event) == "m.key_mismatch"


def test_codes_without_their_device(bot: Bot, person: Person) -> None:
    to_shown(bot, person)
    code = person.mac(AWA, BOT, "ed25519:awas+master", "awas+master")
    listed = person.mac(AWA, BOT, "KEY_IDS", "ed25519:awas+master")
    event = person.says(Kind.MAC, mac={"ed25519:awas+master": code}, keys=listed)
    assert bot.cancels(event) == "m.key_mismatch"


def test_keys_that_the_bot_does_not_know_are_passed_over(bot: Bot, person: Person) -> None:
    to_shown(bot, person)
    assert [kind for kind, _ in bot.hears(person.sends_mac("unknown+key"))] == [Kind.MAC, Kind.DONE]


def test_a_key_that_was_taken_out_of_the_codes(bot: Bot, person: Person) -> None:
    to_shown(bot, person)
    event = person.sends_mac()
    codes = {key: code for key, code in event.content["mac"].items() if "master" not in key}
    assert bot.cancels(replace(event, content={**event.content, "mac": codes})) == "m.key_mismatch"


@pytest.mark.parametrize("mac", [None, [], {"ed25519:PHONE": 5}, {f"ed25519:{n}": "x" for n in range(40)}])
def test_codes_that_are_none(bot: Bot, person: Person, mac: Any) -> None:
    to_shown(bot, person)
    assert bot.cancels(person.says(Kind.MAC, mac=mac, keys="x")) == "m.invalid_message"


STEPS = ("asked", "accepted", "shown", "confirmed")


def brought_to(bot: Bot, person: Person, step: str) -> None:
    bot.hears(person.requests())
    if step != "asked":
        bot.hears(person.starts())
    if step in ("shown", "confirmed"):
        ((_, key),) = bot.hears(person.sends_key())
        person.takes_key(key["key"])
    if step == "confirmed":
        bot.hears(person.sends_mac())


@pytest.mark.parametrize("step", STEPS)
def test_they_cancel_at_any_step_and_nothing_more_is_sent(bot: Bot, person: Person, step: str) -> None:
    brought_to(bot, person, step)
    assert bot.hears(person.says(Kind.CANCEL, code="m.mismatched_sas", reason="no")) == []
    assert bot.ended == Ended("m.mismatched_sas", by_them=True)
    assert bot.all.running == ()
    for kind in Kind:
        assert bot.hears(person.says(kind, from_device="PHONE", methods=["m.sas.v1"])) == []
    assert not bot.is_done


@pytest.mark.parametrize("step", STEPS)
def test_it_takes_too_long(bot: Bot, person: Person, step: str) -> None:
    brought_to(bot, person, step)
    ((kind, content),) = bot.waits(PATIENCE)
    assert (kind, content["code"]) == (Kind.CANCEL, "m.timeout")
    assert bot.ended == Ended("m.timeout")
    assert bot.waits(PATIENCE) == []


EXPECTED = {
    "asked": {Kind.START, Kind.CANCEL},
    "accepted": {Kind.KEY, Kind.CANCEL},
    "shown": {Kind.MAC, Kind.CANCEL},
    "confirmed": {Kind.DONE, Kind.CANCEL},
}


@pytest.mark.parametrize(("step", "kind"), [(s, k) for s in STEPS for k in Kind if k not in EXPECTED[s]])
def test_a_message_that_does_not_come_next(bot: Bot, person: Person, step: str, kind: Kind) -> None:
    brought_to(bot, person, step)
    event = person.says(kind, from_device="PHONE", methods=["m.sas.v1"], key=person.public)
    assert bot.cancels(event) == "m.unexpected_message"
    assert not bot.is_done


def test_a_verification_that_is_not_under_way(bot: Bot, person: Person) -> None:
    assert bot.cancels(person.sends_key()) == "m.unknown_transaction"
    assert bot.hears(person.sends_key()) == []
    other = replace(person, transaction_id="$other")
    assert bot.hears(other.says(Kind.CANCEL, code="m.user")) == []
    assert bot.hears(other.says(Kind.DONE)) == []


def test_a_device_that_the_bot_does_not_know(bot: Bot, person: Person) -> None:
    assert bot.cancels(person.requests(), theirs=None) == "m.invalid_message"
    assert bot.hears(person.starts(), theirs=None) == []


def test_a_request_that_names_no_device(bot: Bot, person: Person) -> None:
    request = person.requests()
    for device in (None, 5, "\ud800"):
        assert bot.hears(replace(request, content={**request.content, "from_device": device})) == []


@pytest.mark.parametrize(
    ("age", "is_heard"),
    [
        (timedelta(minutes=9), True),
        (timedelta(minutes=11), False),
        (-timedelta(minutes=4), True),
        (-timedelta(minutes=6), False),
    ],
)
def test_how_old_a_request_may_be(bot: Bot, person: Person, age: timedelta, is_heard: bool) -> None:
    said_at = int((NOW - age).timestamp() * 1000)
    assert bool(bot.hears(replace(person.requests(), said_at=said_at))) == is_heard
    assert bool(bot.all.running) == is_heard


def test_the_same_device_asks_twice_and_both_are_cancelled(bot: Bot, person: Person) -> None:
    bot.hears(person.requests())
    second = replace(person, transaction_id="$second")
    sent = bot.hears(second.requests())
    assert [(kind, content["code"]) for kind, content in sent] == [(Kind.CANCEL, "m.unexpected_message")] * 2
    assert bot.all.running == ()
    assert [kind for kind, _ in bot.hears(replace(person, transaction_id="$third").requests())] == [
        Kind.READY
    ]


def test_each_of_several_devices_is_verified_by_itself(bot: Bot) -> None:
    devices = [replace(AWA, device_id=f"D{n}") for n in range(MOST_OF_A_PERSON + 1)]
    for number, device in enumerate(devices[:-1]):
        person = Person(device, transaction_id=f"${number}")
        assert [kind for kind, _ in bot.hears(person.requests(), device)] == [Kind.READY]
    assert bot.cancels(Person(devices[-1], transaction_id="$more").requests(), devices[-1]) == "m.user"


def test_no_more_at_once_than_a_bound(bot: Bot) -> None:
    for number in range(MOST):
        party = replace(AWA, user_id=f"@{number}:h")
        bot.hears(Person(party).requests(), party)
    assert len(bot.all.running) == MOST
    party = replace(AWA, user_id="@more:h")
    assert bot.cancels(Person(party).requests(), party) == "m.user"


def test_whoever_asks_too_often_is_not_answered_for_a_while(bot: Bot) -> None:
    def asks(number: int) -> list[tuple[Kind, Any]]:
        person = Person(transaction_id=f"${number}")
        answer = bot.hears(person.requests())
        bot.hears(person.says(Kind.CANCEL, code="m.user"))
        return answer

    for number in range(ANSWERS_AN_HOUR):
        assert asks(number)
    assert asks(1_000) == []
    bot.waits(timedelta(hours=1))
    assert asks(1_001)


# --- reading the events ---------------------------------------------------------------------------------------


def event_in(content: Any, **more: Any) -> dict[str, Any]:
    return {"sender": "@awa:h", "event_id": "$e", "origin_server_ts": 5, "content": content, **more}


def test_a_request_in_a_room_is_for_whom_it_names() -> None:
    content = {
        "msgtype": "m.key.verification.request",
        "to": "@palabre:h",
        "from_device": "PHONE",
        "methods": [],
    }
    plain = {"type": "m.room.message", "content": content}
    found = in_room(ROOM, event_in({}), plain, "@palabre:h")
    assert found == VerificationEvent(VerificationId("@awa:h", "$e", ROOM), Kind.REQUEST, content, 5)
    assert in_room(ROOM, event_in({}), plain, "@other:h") is None


def test_it_is_read_in_clear_too_and_nothing_else_is() -> None:
    request = {"msgtype": "m.key.verification.request", "to": "@palabre:h"}
    clear = [
        event_in(request, type="m.room.message"),
        event_in({}, type="m.key.verification.key"),
        event_in({"msgtype": "m.text", "body": "hello"}, type="m.room.message"),
    ]
    assert [is_for_bot(event, UserId("@palabre:h")) for event in clear] == [True, True, False]
    assert not is_for_bot(clear[0], UserId("@awa:h"))


def test_a_relation_beside_the_ciphertext_alone_counts() -> None:
    relation = {"rel_type": "m.reference", "event_id": "$request"}
    plain = {"type": "m.key.verification.start", "content": {"method": "m.sas.v1"}}
    found = in_room(ROOM, event_in({"m.relates_to": relation}), plain, "@palabre:h")
    assert found is not None
    assert found.content == {"method": "m.sas.v1", "m.relates_to": relation}
    assert found.id == VerificationId("@awa:h", "$request", ROOM)
    assert plain["content"] == {"method": "m.sas.v1"}


@pytest.mark.parametrize(
    "relation",
    [
        None,
        "x",
        {},
        {"rel_type": "m.reference"},
        {"rel_type": "m.thread", "event_id": "$e"},
        {"rel_type": "m.reference", "event_id": 5},
    ],
)
def test_an_event_in_a_room_that_belongs_to_nothing(relation: Any) -> None:
    plain = {"type": "m.key.verification.key", "content": {"m.relates_to": relation}}
    assert in_room(ROOM, event_in({}), plain, "@palabre:h") is None


@pytest.mark.parametrize(
    ("event_type", "content"),
    [
        ("m.key.verification.key", {}),
        ("m.key.verification.key", {"transaction_id": ""}),
        ("m.key.verification.key", {"transaction_id": 5}),
        ("m.key.verification.other", {"transaction_id": "t"}),
        ("m.room_key_request", {"transaction_id": "t"}),
    ],
)
def test_what_is_no_event_of_a_verification(event_type: str, content: Any) -> None:
    assert to_device({"type": event_type, "sender": "@awa:h", "content": content}) is None


def test_a_request_to_a_device_says_when() -> None:
    content = json.loads('{"transaction_id": "t", "timestamp": 1, "from_device": "PHONE"}')
    found = to_device({"type": "m.key.verification.request", "sender": "@awa:h", "content": content})
    assert found == VerificationEvent(VerificationId("@awa:h", "t"), Kind.REQUEST, content, 1)
    assert found is not None
    assert found.from_device == "PHONE"
