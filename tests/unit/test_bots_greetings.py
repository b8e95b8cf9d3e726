"""Who signs in for the first time is noted, put into their rooms and greeted: once, in their language."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bots.arrivals import ArrivalNewsDelivery, Arrivals
from bots.directs import DirectRooms
from bots.encryption import EncryptedClient, RoomView
from bots.greetings import PATIENCE, GreetingDelivery
from bots.posting import PostOnce
from bots.sign_ins import AT_FIRST, MOST_OFTEN, SELDOM, SignInWatch
from community.description.person import Person
from community.jobs.greetings import Greeting
from community.jobs.invitations import RoomInvitation
from community.jobs.job import JobState, Lease
from community.jobs.memberships import MembershipUpdate
from community.jobs.room_posts import RoomPost
from community.jobs.worker import JobWorker
from community.joining.arrival import ArrivalStage
from community.joining.invitation import InvitationTerms
from community.storage import NewInvitation
from matrix.client_api import ClientApi
from matrix.errors import HomeserverUnreachable
from matrix.ids import RoomId, UserId
from tests.lib.asking import visible
from tests.lib.bot_runtime import AWA, DIRECT, EXAMPLE, NOW, PROVISIONER
from tests.lib.room_talk import LUCIE, MOUSSA, RoomTalk, room_of_ours, seeded_store

LOBBY, TRANSPORT = RoomId("!lobby"), RoomId("!transport")
MARIAM, CLAUDINE, PETER = (UserId(f"@{name}:h") for name in ("mariam.coulibaly", "claudine.uwase", "peter"))
SOON = "event/open-cafe/20261218T1600Z"
SAID = {
    "en": (
        "Welcome, Awa Diallo! I am Palabre",
        "Everybody meets in the room “Lobby”",
        "2 more rooms wait for you: tap “Accept” in each",
        "If you want to ask somebody, Mariam Coulibaly is there for you: tap the name to write to them.",
        "To invite somebody, write “invite” and their name",
        "ask me “which spaces are there?”",
        "no reminders between 20:00 and 07:00",
    ),
    "fr": (
        "Bienvenue, Awa Diallo !",
        "Tout le monde se retrouve dans le salon « Accueil »",
        "Encore 2 salons vous attendent : touchez « Accepter » dans chacun",
        "Mariam Coulibaly est là pour vous : touchez le nom pour lui écrire.",
        "Pour inviter quelqu'un, écrivez « inviter » et son nom",
        "demandez-moi « quels espaces existent ? »",
        "aucun rappel entre 20:00 et 07:00",
    ),
    "pt": (
        "Boas-vindas, Awa Diallo!",
        "Toda a gente se encontra na sala “Lobby”",
        "Mais 2 salas esperam por si: toque em “Aceitar” em cada uma",
        "“que espaços existem?”",
        "entre as 20:00 e as 07:00",
    ),
    "ar": (
        "أهلًا وسهلًا، Awa Diallo!",
        "يلتقي الجميع في الغرفة «Lobby»",
        "بانتظارك غرفتان أخريان",
        "«ما المساحات الموجودة؟»",
        "بين 8:00 م و7:00 ص",
    ),
}


class Arrival:
    """The bot, in a network that is no example, and Awa, who comes."""

    def __init__(self, talk: RoomTalk) -> None:
        self.talk = talk
        self.signed: set[UserId] = set()
        self.asked: list[set[UserId]] = []
        self.direct: RoomView | None = talk.homeserver.rooms[DIRECT]
        rooms = talk.homeserver.rooms
        rooms[LOBBY] = room_of_ours(LOBBY, {"key": "lobby", "kind": "room"}, "joined", LUCIE)
        for number in range(2):
            room_id = RoomId(f"!invited{number}")
            theme = {"key": f"exchange.{('mobility', 'waste')[number]}", "kind": "room"}
            rooms[room_id] = room_of_ours(room_id, theme, "shared", LUCIE)
        del rooms[RoomId("!mobility")]

    async def begin(self, *, example: bool = False) -> None:
        """Begin the next process of the bot."""
        community = EXAMPLE.model_copy(update={"example": example})
        await self.talk.store.applied.replace(community, at=NOW)
        await self.talk.start()
        incoming, now = self.talk.bot._incoming, lambda: self.talk.now
        features = cast(Any, self.talk.answers.executor._context.answers)
        client, api = cast(EncryptedClient, self.talk.homeserver), cast(ClientApi, self.talk.homeserver)
        signs, directs, store = cast(EncryptedClient, self), cast(DirectRooms, self), self.talk.store
        once = PostOnce(store, client, api, late_limit=timedelta(hours=1), now=now)
        self.watch = SignInWatch(store, signs, incoming, now=now)
        self.arrivals = Arrivals(store, incoming, before=dict, now=now)
        self._handlers = (
            GreetingDelivery(store, once, incoming, directs, features, now=now),
            ArrivalNewsDelivery(store, signs, once, incoming, directs, features, now=now),
        )
        await self.arrivals.look()

    user_id = UserId("@palabre:h")

    async def with_signed_device(self, users: Iterable[UserId]) -> frozenset[UserId]:
        self.asked.append(set(users))
        return frozenset(self.signed & set(users))

    async def with_person(self, _user_id: UserId) -> RoomView | None:
        return self.direct

    async def work(self) -> list[str]:
        """Let the bot do what it can, and a little more than what it waits for pass; return what it says."""
        before = len(self.talk.homeserver.sent)
        await self.arrivals.look()
        for _look in range(2):
            self.talk.now += timedelta(seconds=6)
            worker = JobWorker(
                self.talk.store.jobs,
                self._handlers,
                holder="bot",
                now=lambda: self.talk.now,
                counts=Counter(),
            )
            await worker.turn(asyncio.Event())
        return [visible(content["body"]) for _, content in self.talk.homeserver.sent[before:]]

    async def signs_in(self) -> None:
        """Have Awa sign in, and her rooms made."""
        self.signed.add(AWA)
        await self.watch.look()
        await self.rooms_made()

    async def rooms_made(self) -> None:
        rooms, jobs = self.talk.homeserver.rooms, self.talk.store.jobs
        for job in await jobs.pending(MembershipUpdate.KIND):
            await jobs.end(job.id, JobState.DONE, at=self.talk.now)
        rooms[LOBBY].members[AWA], rooms[LOBBY].invited_by[AWA] = "join", PROVISIONER
        for number in range(2):
            rooms[RoomId(f"!invited{number}")].members[AWA] = "invite"


@asynccontextmanager
async def arrival(folder: Path, language: str = "en") -> AsyncIterator[Arrival]:
    async with await seeded_store(folder, (language,)) as store:
        come = (
            Person(MARIAM, "mariam.coulibaly", "Mariam Coulibaly", "coordinator", None, (), ("fr", "en")),
            Person(
                CLAUDINE, "claudine.uwase", "Claudine Uwase", "city-lead", "kigali", (), ("rw", "en", "fr")
            ),
        )
        await store.people.replace([*await store.people.all(), *come])
        at = Arrival(RoomTalk(store, folder))
        for user in (LUCIE, MOUSSA, PETER, MARIAM, CLAUDINE):
            await store.sign_ins.note(user, [], at=NOW)
        await at.begin()
        yield at


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Arrival]:
    async with arrival(tmp_path) as made:
        yield made


@pytest.mark.parametrize("language", sorted(SAID))
async def test_the_greeting_is_read_in_the_language_of_whoever_comes(language: str, tmp_path: Path) -> None:
    async with arrival(tmp_path, language) as at:
        await at.signs_in()
        (said,) = await at.work()
        assert [part for part in SAID[language] if part not in said] == []
        assert said.count("• ") >= 3


async def test_who_belongs_everywhere_is_not_asked_to_choose_themes(at: Arrival) -> None:
    people = {person.user_id: person for person in await at.talk.store.people.all()}
    await at.talk.store.people.replace((people | {AWA: replace(people[AWA], role="coordinator")}).values())
    await at.signs_in()
    (said,) = await at.work()
    assert ("To invite somebody" in said, "which spaces are there?" in said) == (True, False)


async def test_nothing_is_said_before_they_have_signed_in_and_once_after(at: Arrival) -> None:
    await at.watch.look()
    assert await at.work() == []
    assert await at.talk.store.jobs.pending(MembershipUpdate.KIND) == ()
    await at.signs_in()
    assert len(await at.work()) == 1
    await at.watch.look()
    await at.begin()
    await at.watch.look()
    assert await at.work() == []


async def test_signing_in_asks_for_the_rooms_of_that_person(at: Arrival) -> None:
    at.signed.add(AWA)
    await at.watch.look()
    updates = MembershipUpdate.each(await at.talk.store.jobs.pending(MembershipUpdate.KIND))
    assert [(to.user_id, to.change) for _, to in updates] == [(AWA, "signed-in")]
    assert list(await at.talk.store.sign_ins.all()) == sorted([AWA, LUCIE, MOUSSA, PETER, MARIAM, CLAUDINE])


async def test_in_an_example_network_it_is_noted_and_no_more(at: Arrival) -> None:
    await at.begin(example=True)
    at.signed.add(AWA)
    await at.watch.look()
    assert AWA in await at.talk.store.sign_ins.all()
    assert await at.talk.store.jobs.pending(MembershipUpdate.KIND) == ()
    assert await at.work() == []


async def test_in_an_example_network_too_whoever_came_by_a_link_is_greeted(at: Arrival) -> None:
    await at.begin(example=True)
    link = NewInvitation("a" * 64, InvitationTerms(role="member", language="en"), LUCIE, NOW + timedelta(1))
    await at.talk.store.invitations.add([link], by=LUCIE, at=NOW)
    await at.talk.store.invitations.redeem(link.digest, AWA, NOW)
    await at.signs_in()
    (said,) = await at.work()
    assert said.startswith("Welcome, Awa Diallo!")


async def test_the_greeting_waits_for_the_rooms_and_not_for_ever(at: Arrival) -> None:
    at.signed.add(AWA)
    await at.watch.look()
    assert await at.work() == []
    at.talk.now += PATIENCE
    (said,) = await at.work()
    assert said.startswith("Welcome, Awa Diallo!")
    assert ("Everybody meets" in said, "wait" in said.split("You can ask")[0]) == (False, False)


async def test_an_invitation_that_the_bot_has_yet_to_send_is_waited_for(at: Arrival) -> None:
    await at.signs_in()
    await at.talk.store.jobs.file(RoomInvitation("!transport", "exchange.waste", AWA), at=NOW)
    assert await at.work() == []


async def test_killed_while_it_is_sent_it_is_in_the_room_once(at: Arrival) -> None:
    await at.signs_in()
    at.talk.homeserver.goes_away_after = 1
    await at.work()
    at.talk.homeserver.is_away = False
    await at.begin()
    at.talk.now += timedelta(minutes=3)
    await at.work()
    assert len(at.talk.homeserver.said(DIRECT)) == 1


async def test_what_was_announced_before_is_in_the_greeting_and_not_said_again(at: Arrival) -> None:
    due = NOW - timedelta(days=1)
    post = RoomPost(f"{SOON}/60", "lobby", "!r", "t", "BOT", due, due, told=((f"{SOON}/60", "x"),))
    begun = await at.talk.store.jobs.begin(post, Lease("b", due + timedelta(hours=1)), at=due, due=due)
    await at.talk.store.jobs.done(begun.job, at=due)
    await at.signs_in()
    (said,) = await at.work()
    assert "Open café · " in said.split("Still to come:")[1]
    assert await at.work() == []


async def test_nobody_who_has_not_come_is_named_and_only_who_leads_is_told_how_to_invite(at: Arrival) -> None:
    terms = InvitationTerms(role="member", city="bamako", language="en", greeter="oumar.keita")
    new = NewInvitation("a" * 64, terms, str(LUCIE), NOW + timedelta(days=9))
    await at.talk.store.invitations.add([new], by="cli", at=NOW)
    await at.talk.store.invitations.redeem("a" * 64, AWA, NOW)
    people = {person.user_id: person for person in await at.talk.store.people.all()}
    await at.talk.store.people.replace([*(people | {AWA: replace(people[AWA], role="member")}).values()])
    await at.signs_in()
    (said,) = await at.work()
    assert "Mariam Coulibaly is there for you: tap the name to write to them." in said
    assert "Oumar" not in said
    assert "invite somebody" not in said


async def test_who_came_by_a_link_is_told_the_greeter_that_it_names_and_their_stage_moves(
    at: Arrival,
) -> None:
    store = at.talk.store
    terms = InvitationTerms(role="city-lead", city="bamako", language="en", greeter="claudine.uwase")
    new = NewInvitation("a" * 64, terms, str(LUCIE), NOW + timedelta(days=9))
    await store.invitations.add([new], by="cli", at=NOW)
    await store.invitations.redeem("a" * 64, AWA, NOW)
    await at.signs_in()
    (said,) = await at.work()
    assert "Claudine Uwase is there for you: tap the name" in said
    (listed,) = await store.invitations.listed()
    assert [one.stage for one in listed.arrivals] == [ArrivalStage.SIGNED_IN]


async def test_nobody_is_sent_to_who_is_described_and_has_not_come(at: Arrival) -> None:
    there = await at.talk.store.people.all()
    await at.talk.store.people.replace([person for person in there if person.user_id != MARIAM])
    await at.signs_in()
    (said,) = await at.work()
    assert "Mariam" not in said


async def test_who_has_not_signed_in_is_asked_about_together_often_at_first_and_then_seldom(
    at: Arrival,
) -> None:
    for _look in range(3):
        await at.watch.look()
    assert at.asked == [{AWA}] * 3
    at.talk.now += AT_FIRST
    for _look in range(3):
        await at.watch.look()
    assert len(at.asked) == 4
    at.talk.now += SELDOM
    await at.watch.look()
    assert len(at.asked) == 5
    at.signed.add(AWA)
    at.talk.now += SELDOM
    await at.watch.look()
    at.talk.now += SELDOM
    await at.watch.look()
    assert len(at.asked) == 6


async def test_of_many_who_are_awaited_those_who_came_last_are_asked_about_often(
    at: Arrival, monkeypatch: pytest.MonkeyPatch
) -> None:
    awaited = {f"@p{number:03}:h" for number in range(200)}
    people = at.talk.bot._incoming.people

    async def of_store() -> frozenset[str]:
        return frozenset(awaited)

    async def unchanged() -> None:
        pass

    monkeypatch.setattr(at.talk.store.sign_ins, "awaited", of_store)
    await people.refresh()
    monkeypatch.setattr(people, "refresh", unchanged)
    people.data.update(dict.fromkeys({*awaited, "@last:h"}, people[AWA]))
    await at.watch.look()
    awaited.add("@last:h")
    at.talk.now += timedelta(seconds=3)
    await at.watch.look()
    assert [len(asked) for asked in at.asked] == [200, MOST_OFTEN]
    assert "@last:h" in at.asked[-1]


async def test_nothing_is_noted_while_the_homeserver_is_away(
    at: Arrival, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_users: object) -> frozenset[UserId]:
        raise HomeserverUnreachable("http://127.0.0.1:8008")

    monkeypatch.setattr(at, "with_signed_device", away)
    with pytest.raises(HomeserverUnreachable):
        await at.watch.look()
    assert AWA not in await at.talk.store.sign_ins.all()
    assert await at.talk.store.jobs.pending(Greeting.KIND) == ()
