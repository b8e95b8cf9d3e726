"""What comes of verifications in the bot: who is answered, what is said to them, and what is left open."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.encryption.batch import Batch
from bots.encryption.verification import Ended
from bots.encryption.verification_events import Code, Kind, VerificationEvent, VerificationId, to_device
from bots.encryption.verifications import ANSWERS_AN_HOUR
from bots.notices import rendered
from bots.runtime import Runtime
from bots.sas_emoji import emoji_names
from bots.verification_alarms import PEOPLE_A_DAY, VerificationAlarms
from bots.verifying import Verifying
from community.core.messages import translator
from community.jobs.notices import COORDINATORS, NOTICE, Notice, NoticeKind
from community.storage import Store
from tests.lib.asking import CATALOGUES, visible
from tests.lib.bot_runtime import (
    AWA,
    BOT,
    COORDINATION,
    DIRECT,
    NOW,
    OUTSIDER,
    PETER,
    Homeserver,
    runtime,
)
from tests.lib.room_talk import seeded_store
from tests.lib.sas_person import Person


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await seeded_store(tmp_path, ("en",)) as store:
        yield store


@dataclass
class Scene:
    bot: Runtime
    homeserver: Homeserver
    now: list[datetime] = field(default_factory=lambda: [NOW])

    @property
    def verifying(self) -> Verifying:
        return self.bot._listeners.verifying

    async def hears(
        self, *events: VerificationEvent, unfinished: Sequence[Any] = ()
    ) -> list[tuple[Kind, Any]]:
        before = len(self.homeserver.verification.sent)
        batch = Batch((), (), frozenset(), frozenset(), verifications=events, unfinished=tuple(unfinished))
        await self.bot._take(batch)
        return [(out.kind, out.content) for out in self.homeserver.verification.sent[before:]]

    @property
    def said(self) -> list[str]:
        return [str(content["body"]) for _key, content in self.homeserver.sent]


@pytest.fixture
def scene(store: Store, tmp_path: Path) -> Scene:
    homeserver, now = Homeserver(), [NOW]
    return Scene(runtime(homeserver, store, tmp_path, clock=lambda: now[0]), homeserver, now)


@pytest.fixture(params=[str(DIRECT), ""], ids=["in a room", "to a device"])
def person(request: pytest.FixtureRequest) -> Person:
    return Person(room_id=request.param)


async def shown(scene: Scene, person: Person) -> None:
    await scene.hears(person.requests(), person.starts())
    ((_, key),) = await scene.hears(person.sends_key())
    person.takes_key(key["key"])


async def test_a_member_compares_and_is_told_how_it_has_ended(scene: Scene, person: Person) -> None:
    ready, accept = await scene.hears(person.requests(), person.starts())
    assert (ready[0], accept[0]) == (Kind.READY, Kind.ACCEPT)
    ((_, key),) = await scene.hears(person.sends_key())
    person.takes_key(key["key"])
    ((_, content),) = scene.homeserver.sent
    pairs = " · ".join(f"{emoji} {name}" for emoji, name in emoji_names(person.shown, "en"))
    assert pairs in content["body"]
    (compared,) = scene.verifying.compared
    assert (compared["user_id"], compared["emoji"]) == (AWA, person.shown)
    assert "nobody looks at them on my side" in content["body"]
    assert content["m.mentions"] == {"user_ids": [AWA]}
    mac, _done = await scene.hears(person.sends_mac())
    person.takes_mac(mac[1])
    await scene.hears(person.says(Kind.DONE))
    assert "Verified: your app knows my keys now" in scene.said[-1]
    assert len(scene.said) == 2
    assert scene.homeserver.verification.over_now == [person.id]
    assert scene.verifying.running == ()
    assert scene.verifying.compared == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("m.user", None),
        ("m.mismatched_sas", "somebody may stand between us"),
        ("m.key_mismatch", "Somebody may stand between us"),
        ("m.mismatched_commitment", "Somebody may stand between us"),
        ("m.timeout", "within ten minutes"),
        ("m.unknown_method", "no way of verifying in common"),
        ("m.unexpected_message", "went wrong"),
        ("org.example.whatever", "went wrong"),
    ],
)
async def test_they_cancel_and_are_told_what_it_means(scene: Scene, code: str, words: str | None) -> None:
    person = Person(room_id=DIRECT)
    await shown(scene, person)
    await scene.hears(person.says(Kind.CANCEL, code=code, reason="x"))
    if words is None:
        assert len(scene.said) == 1
    else:
        assert words in scene.said[1]
    is_alarming = words is not None and "between us" in words
    assert scene.homeserver.counts["verifications_mismatched"] == is_alarming
    assert scene.homeserver.verification.over_now == [person.id]


async def told_coordinators(store: Store) -> list[str]:
    """Return the notices for the coordinators about verifications, in English."""
    notices = [Notice.decoded(job.payload) for job in await store.jobs.pending(NOTICE)]
    assert {(n.kind, n.audience) for n in notices} <= {(NoticeKind.VERIFICATION_ALARMING, COORDINATORS)}
    return [visible(rendered(notice, translator("en", CATALOGUES)).text) for notice in notices]


async def test_coordinators_are_told_of_what_did_not_fit_once_a_day(scene: Scene, store: Store) -> None:
    for number, code in enumerate(("m.user", "m.timeout", "m.mismatched_sas", "m.key_mismatch")):
        person = Person(room_id="", transaction_id=f"{number}")
        await shown(scene, person)
        await scene.hears(person.says(Kind.CANCEL, code=code, reason="x"))
        assert len(await told_coordinators(store)) == (number >= 2)
    (told,) = await told_coordinators(store)
    assert f"Awa Diallo ({AWA}) has compared emoji with me" in told
    assert "Ask them by telephone or in person" in told
    assert "palabre verifying" in told
    scene.now[0] += timedelta(days=1)
    person = Person(room_id="", transaction_id="later")
    await shown(scene, person)
    # The keys were exchanged on the way: the codes are of others than the homeserver shows.
    ((kind, content),) = await scene.hears(person.sends_mac(device="x"))
    assert (kind, content["code"]) == (Kind.CANCEL, "m.key_mismatch")
    *_, second = await told_coordinators(store)
    assert "the keys are not those that the server shows" in second


async def test_a_homeserver_that_takes_nothing_more_does_not_silence_the_alarm(
    scene: Scene, store: Store
) -> None:
    """It has exchanged the keys, and keeps back the bot's cancelling, in which that shows."""
    person = Person(room_id="")
    await shown(scene, person)
    scene.homeserver.verification.is_refusing = scene.homeserver.is_refusing = True
    assert await scene.hears(person.sends_mac(device="x")) == []
    assert len(await told_coordinators(store)) == 1
    assert scene.homeserver.counts["verifications_mismatched"] == 1


async def test_of_few_people_a_day_coordinators_are_told(store: Store) -> None:
    now = NOW
    alarms = VerificationAlarms(store, now=lambda: now)
    ended = Ended(Code.MISMATCHED_SAS, by_them=True)
    for number in range(2 * PEOPLE_A_DAY):
        for _ in range(2):
            await alarms.tell("Awa", f"@awa-{number}:h", ended)
    assert len(await told_coordinators(store)) == PEOPLE_A_DAY
    now += timedelta(days=1)
    await alarms.tell("Awa", "@awa-0:h", ended)
    assert len(await told_coordinators(store)) == PEOPLE_A_DAY + 1


async def test_it_takes_too_long(scene: Scene, person: Person) -> None:
    await shown(scene, person)
    scene.now[0] += timedelta(minutes=10)
    await scene.verifying.look()
    assert scene.homeserver.verification.sent[-1].content["code"] == "m.timeout"
    assert "within ten minutes" in scene.said[-1]
    assert scene.homeserver.verification.over_now == [person.id]


async def test_what_a_process_before_left_is_cancelled_and_said(scene: Scene, person: Person) -> None:
    ((kind, content),) = await scene.hears(unfinished=[(person.id, "PHONE")])
    assert (kind, content["code"]) == (Kind.CANCEL, "m.user")
    assert scene.homeserver.verification.sent[0].device_id == "PHONE"
    assert ["I was restarted" in said for said in scene.said] == [True]
    assert scene.homeserver.verification.over_now == [person.id]


@pytest.mark.parametrize("user", [OUTSIDER, BOT], ids=["a stranger", "itself"])
async def test_whoever_is_no_member_is_not_answered(scene: Scene, user: str) -> None:
    for room_id in (DIRECT, ""):
        stranger = Person(replace(Person().me, user_id=user), room_id=room_id, transaction_id=f"${room_id}")
        assert await scene.hears(stranger.requests(), stranger.starts(), stranger.sends_key()) == []
        assert scene.homeserver.verification.passed[-1] == stranger.id
    # Nothing is written because of them but what the next sync token is written with.
    assert scene.homeserver.verification.over_now == []
    assert (scene.said, scene.homeserver.verification.looked_up) == ([], 0)


async def test_whoever_asks_without_end_has_the_homeserver_asked_no_more_often_than_they_are_answered(
    scene: Scene,
) -> None:
    scene.homeserver.verification.devices.clear()
    for number in range(ANSWERS_AN_HOUR + 20):
        await scene.hears(Person(room_id="", transaction_id=f"t{number}").requests())
    assert scene.homeserver.verification.looked_up == ANSWERS_AN_HOUR
    scene.now[0] += timedelta(hours=1)
    await scene.hears(Person(room_id="", transaction_id="later").requests())
    assert scene.homeserver.verification.looked_up == ANSWERS_AN_HOUR + 1


@pytest.mark.parametrize("timestamp", [10**400, -(10**400), True, "1", None])
async def test_a_time_that_is_none_counts_as_not_said(timestamp: object) -> None:
    content = {"transaction_id": "t", "from_device": "PHONE", "timestamp": timestamp}
    event = to_device({"type": "m.key.verification.request", "sender": AWA, "content": content})
    assert event is not None
    assert event.said_at is None


async def test_in_a_room_of_several_and_without_a_direct_message_nothing_is_answered(scene: Scene) -> None:
    peter = replace(Person().me, user_id=PETER)
    for room_id in (COORDINATION, DIRECT, "!elsewhere", ""):
        person = Person(peter, room_id=room_id)
        assert await scene.hears(person.requests()) == []
    assert scene.said == []


async def test_a_device_that_the_server_does_not_show(scene: Scene, person: Person) -> None:
    scene.homeserver.verification.devices.clear()
    ((kind, content),) = await scene.hears(person.requests())
    assert (kind, content["code"]) == (Kind.CANCEL, "m.invalid_message")
    assert scene.homeserver.verification.over_now == [person.id]


async def test_the_table_is_whole_in_each_language_that_it_has() -> None:
    for language in ("en", "fr", "pt", "ar", "es"):
        names = emoji_names(range(64), language)
        assert len({emoji for emoji, _ in names}) == 64
        assert all(name for _, name in names)
    assert emoji_names((0, 63), "fr") == (("🐶", "Chien"), ("📌", "Punaise"))
    assert emoji_names((0,), "sw") == (("🐶", "Dog"),)
    table = json.loads((Path(__file__).parents[2] / "bots" / "sas_emoji.json").read_text(encoding="utf-8"))
    assert table["license"] == "Apache-2.0"


async def test_verifications_named_as_open_are_those_of_the_request(scene: Scene) -> None:
    person = Person(room_id=DIRECT)
    await scene.hears(person.requests())
    assert scene.homeserver.verification.over_now == []
    assert [each.id for each in scene.verifying.running] == [VerificationId(AWA, "$request", DIRECT)]
