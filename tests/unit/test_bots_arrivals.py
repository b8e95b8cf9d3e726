"""Whoever comes into a room and cannot read what the bot has announced there is told it again, directly and once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bots.arrivals import ArrivalNewsDelivery, Arrivals
from bots.directs import DirectRooms
from bots.encryption import EncryptedClient, RoomView
from bots.posting import PostOnce
from community.jobs.arrival_news import ArrivalNews
from community.jobs.job import JobState, Lease
from community.jobs.room_posts import RoomPost
from community.jobs.worker import JobWorker
from matrix.client_api import ClientApi
from matrix.ids import RoomId, UserId
from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, BOT, DIRECT, NOW, OUTSIDER, PROVISIONER
from tests.lib.room_talk import LUCIE, MOBILITY, RoomTalk, room_of_ours, seeded_store

CAFE = RoomId("!cafe")
BUS, SOON = "event/lagos-bus-visit/20270323T0800Z", "event/open-cafe/20261218T1600Z"


class Arriving:
    """The bot with its direct messages, the room about mobility (its history is open) and the café (it is not)."""

    def __init__(self, talk: RoomTalk) -> None:
        self.talk = talk
        self.signed = {AWA}
        self.before: dict[RoomId, frozenset[UserId]] = {}
        self.direct: RoomView | None = talk.homeserver.rooms[DIRECT]
        theme = {"key": "exchange.mobility", "kind": "room", "theme": "mobility"}
        self.rooms = talk.homeserver.rooms
        self.rooms[MOBILITY] = room_of_ours(MOBILITY, theme, "shared", LUCIE)
        self.rooms[CAFE] = room_of_ours(CAFE, {"key": "cafe", "kind": "room"}, "joined", LUCIE)

    async def begin(self) -> None:
        """Begin the bot, which looks for the first time."""
        await self.talk.start()
        incoming = self.talk.bot._incoming
        features = self.talk.answers.executor._context.answers
        client, api = cast(EncryptedClient, self.talk.homeserver), cast(ClientApi, self.talk.homeserver)
        now = lambda: self.talk.now  # noqa: E731 - it is asked anew each time
        once = PostOnce(self.talk.store, client, api, late_limit=timedelta(hours=1), now=now)
        self.arrivals = Arrivals(self.talk.store, incoming, before=lambda: self.before, now=now)
        directs = cast(DirectRooms, self)
        signs = cast(EncryptedClient, self)
        self.delivery = ArrivalNewsDelivery(
            self.talk.store, signs, once, incoming, directs, cast(Any, features), now=now
        )
        await self.arrivals.look()

    async def with_signed_device(self, users: set[UserId]) -> frozenset[UserId]:
        return frozenset(users & self.signed)

    async def with_person(self, _user_id: UserId) -> RoomView | None:
        return self.direct

    async def announced(self, room_key: str, key: str) -> None:
        """Have the bot have told a date in a room."""
        due = NOW - timedelta(days=1)
        post = RoomPost(f"{key}/60", room_key, "!r", "t", "BOT", due, due, told=((f"{key}/60", "x"),))
        begun = await self.talk.store.jobs.begin(post, Lease("b", due + timedelta(hours=1)), at=due, due=due)
        await self.talk.store.jobs.done(begun.job, at=due)

    async def comes(self, room_id: RoomId, user: UserId = AWA, *, by: UserId = PROVISIONER) -> list[str]:
        """Let somebody come; return what they are told."""
        self.rooms[room_id].members[user], self.rooms[room_id].invited_by[user] = "join", by
        return await self.told()

    async def told(self) -> list[str]:
        """Let the bot look and do what can be done; return what it says."""
        before = len(self.talk.homeserver.sent)
        await self.arrivals.look()
        worker = JobWorker(
            self.talk.store.jobs,
            [self.delivery],
            holder="bot",
            now=lambda: self.talk.now,
            counts=Counter(),
        )
        await worker.turn(asyncio.Event())
        return [visible(content["body"]) for _, content in self.talk.homeserver.sent[before:]]

    async def waiting(self) -> int:
        return len(await self.talk.store.jobs.of_state(ArrivalNews.KIND, JobState.PENDING))


@asynccontextmanager
async def arriving(folder: Path, language: str = "en", *, has_begun: bool = True) -> AsyncIterator[Arriving]:
    async with await seeded_store(folder, (language,)) as store:
        at = Arriving(RoomTalk(store, folder))
        await at.announced("exchange.mobility", BUS)
        await at.announced("cafe", SOON)
        if has_begun:
            await at.begin()
        yield at


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Arriving]:
    async with arriving(tmp_path) as made:
        yield made


async def test_who_comes_where_the_history_is_closed_is_told_what_was_announced_there(at: Arriving) -> None:
    (said,) = await at.comes(CAFE)
    assert said.startswith(
        "You are in the room “Café” now. What was said there before you came stays with those"
    )
    assert "Open café · " in said.split("Still to come:")[1]
    assert ("bus" in said, "!p show me" in said) == (False, False)
    assert "“what did I miss?”" in said
    assert await at.told() == []


async def test_what_was_announced_elsewhere_since_pushes_nothing_out(
    at: Arriving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.arrivals._MOST_POSTS", 1)
    for number in range(3):
        await at.announced("exchange.mobility", f"event/lagos-bus-visit/2027032{number}T0800Z")
    (said,) = await at.comes(CAFE)
    assert "Open café · " in said.split("Still to come:")[1]


async def test_who_was_put_into_a_room_with_open_history_is_told_the_way_too(at: Arriving) -> None:
    (said,) = await at.comes(MOBILITY)
    assert "Lagos" in said.split("Still to come:")[1]
    assert "“!p show me what was said before”" in said


async def test_deadlines_of_theirs_that_are_due_are_told_with_it(at: Arriving) -> None:
    at.talk.now += timedelta(days=4)
    (said,) = await at.comes(CAFE)
    assert "The city's yearly report" in said.split("Still to come:")[1]


async def test_whom_the_bot_has_invited_reads_it_and_is_told_nothing(at: Arriving) -> None:
    assert await at.comes(MOBILITY, by=BOT) == []
    assert await at.waiting() == 0


async def test_where_the_bot_has_announced_nothing_that_is_to_come_nothing_is_told(at: Arriving) -> None:
    at.talk.now += timedelta(days=40)
    assert await at.comes(CAFE) == []
    assert await at.waiting() == 0


async def test_who_was_there_before_the_bot_and_who_is_nobody_of_ours_are_told_nothing(at: Arriving) -> None:
    at.rooms[CAFE].members[AWA] = "join"
    await at.begin()
    assert await at.told() == []
    assert await at.comes(CAFE, OUTSIDER) == []


async def test_who_came_while_the_bot_was_away_is_told_once_it_is_back(tmp_path: Path) -> None:
    async with arriving(tmp_path, has_begun=False) as at:
        at.before = {CAFE: frozenset({LUCIE})}
        at.rooms[CAFE].members[AWA] = "join"
        await at.begin()
        assert len(await at.told()) == 1
        assert await at.told() == []


async def test_who_is_put_into_the_room_before_the_bot_knows_them_is_told_once_it_does(at: Arriving) -> None:
    people = await at.talk.store.people.all()
    await at.talk.store.people.replace([person for person in people if person.user_id != AWA])
    assert (await at.comes(CAFE), await at.waiting()) == ([], 0)
    await at.talk.store.people.replace(people)
    assert len(await at.told()) == 1


async def test_it_waits_for_a_verified_device_and_for_the_direct_message(at: Arriving) -> None:
    at.signed, at.direct = set(), None
    assert (await at.comes(CAFE), await at.waiting()) == ([], 1)
    at.signed = {AWA}
    assert (await at.told(), await at.waiting()) == ([], 1)
    at.talk.now += timedelta(minutes=1)
    at.direct = at.rooms[DIRECT]
    assert len(await at.told()) == 1


@pytest.mark.parametrize("meanwhile", ["has left", "was given the keys", "is no member", "a week has passed"])
async def test_nobody_is_told_who_meanwhile(at: Arriving, meanwhile: str) -> None:
    at.signed = set()
    await at.comes(MOBILITY)
    assert await at.waiting() == 1
    at.signed = {AWA}
    match meanwhile:
        case "has left":
            del at.rooms[MOBILITY].members[AWA]
        case "was given the keys":
            at.rooms[MOBILITY].invited_by[AWA] = BOT
        case "is no member":
            await at.talk.store.people.replace([])
        case _:
            at.talk.now += timedelta(days=7)
    assert (await at.told(), await at.waiting()) == ([], 0)


@pytest.mark.parametrize("shown", ["before they come", "while they wait to be told"])
async def test_under_another_identity_nobody_is_told_until_it_is_accepted(at: Arriving, shown: str) -> None:
    """Whoever has reset a password and signs in as somebody has no dates of closed rooms told to them."""
    identities = at.talk.store.identities
    await identities.see(AWA, "hers", at=NOW)
    if shown == "before they come":
        await identities.see(AWA, "another", at=NOW)
    else:
        at.talk.homeserver.shown[AWA] = "another"
    assert (await at.comes(CAFE), await at.waiting()) == ([], 1)
    at.talk.now += timedelta(minutes=1)
    assert (await at.told(), await at.waiting()) == ([], 1)
    at.talk.homeserver.shown.clear()
    assert await identities.accept(AWA, "another", by="a test", at=NOW)
    at.talk.now += timedelta(minutes=1)
    assert len(await at.told()) == 1


async def test_who_leaves_and_comes_again_is_told_again(at: Arriving) -> None:
    assert len(await at.comes(CAFE)) == 1
    del at.rooms[CAFE].members[AWA]
    assert await at.told() == []
    at.talk.now += timedelta(hours=1)
    assert len(await at.comes(CAFE)) == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "fr",
            ("Vous êtes maintenant dans le salon", "!p montre-moi ce qui a été dit avant", "Encore à venir"),
        ),
        ("pt", ("Está agora na sala", "!p mostra o que foi dito antes", "o que perdi?")),
        ("ar", ("أنت الآن في الغرفة", "!p أرني ما قيل من قبل", "ما الذي فاتني؟")),
        ("es", ("Ahora está en la sala", "!p muéstrame lo que se dijo antes", "¿qué me perdí?")),
        ("sw", ("Sasa uko katika chumba", "!p nionyeshe yaliyosemwa kabla", "nimekosa nini?")),
    ],
)
async def test_it_is_told_in_their_language(tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    async with arriving(tmp_path, language) as at:
        (said,) = await at.comes(MOBILITY)
        for word in words:
            assert word in said.replace("\u00a0", " "), said


async def test_in_their_own_quiet_hours_nobody_is_told_and_afterwards_what_is_so_then(at: Arriving) -> None:
    await at.talk.store.quiet_hours.put(AWA, "09:00-17:00")
    assert await at.comes(CAFE) == []
    assert await at.comes(MOBILITY) == []
    at.talk.now += timedelta(hours=4)
    assert await at.told() == []
    assert await at.waiting() == 2
    del at.rooms[MOBILITY].members[AWA]
    at.talk.now = NOW.replace(hour=17)
    (said,) = await at.told()
    assert "“Café”" in said
    assert await at.told() == []
