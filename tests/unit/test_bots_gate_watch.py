"""The watch over gates, with a store: neither a restart nor a store that fails repeats or loses what is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from bots.encryption import EncryptedClient, RoomView
from bots.gate_watch import GateWatch
from bots.gates import LEAVING, SETTLED
from bots.incoming_reader import IncomingReader
from bots.rooms import CommunityOrigin
from bots.safe_rooms import DescribedSafeRoom, SafeRooms
from community.description.fields import Localized
from community.description.person import Person
from community.jobs.notices import COORDINATORS, NOTICE, Notice, NoticeKind
from community.jobs.removals import SAFE_REMOVAL, SafeRemoval
from community.storage import JobState, Store
from matrix.ids import RoomId, UserId
from tests.lib.descriptions import example

START = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
BOT, PROVISIONER = UserId("@palabre:x"), UserId("@provisioner:x")
AWA, BOB, KEEPER, EVE = (UserId(f"@{name}:x") for name in ("awa", "bob", "keeper", "eve"))
GATE = RoomId("!gate")
SAFE = DescribedSafeRoom(
    "frank-talk",
    Localized({"en": "Speaking freely"}),
    {AWA: "Awa", BOB: "Bob", KEEPER: "Kim"},
    frozenset({KEEPER}),
    {},
)


class Client:
    """What the watch sees of the bot's client: its rooms."""

    user_id = BOT

    def __init__(self) -> None:
        self.rooms: dict[RoomId, RoomView] = {}
        self._events = 0

    def member(self, user: UserId, membership: str) -> None:
        self._events += 1
        self.rooms[GATE].apply(
            {
                "type": "m.room.member",
                "state_key": user,
                "event_id": f"${self._events}",
                "content": {"membership": membership},
            }
        )

    def make_gate(self, *users: UserId) -> None:
        key = "space.safe.frank-talk"
        content = {"org.palabre.community": "net", "org.palabre.key": key, "type": "m.space"}
        self.rooms[GATE] = RoomView(GATE, PROVISIONER, content, {"key": key, "kind": "space"})
        for user in (BOT, PROVISIONER, *users):
            self.member(user, "join")


class Network:
    """A store, a client, a clock, and one bot process after another."""

    def __init__(self, store: Store) -> None:
        self.store, self.client, self.clock = store, Client(), START
        self.restart()

    def restart(self) -> None:
        community = example().community
        client = cast(EncryptedClient, self.client)
        ours = CommunityOrigin("net", PROVISIONER)
        hearing = IncomingReader(
            client, ours, community, store=self.store, display_name="P", now=lambda: self.clock
        )
        safe_rooms = SafeRooms(community, "x")
        safe_rooms.current = (SAFE,)
        self.watch = GateWatch(self.store, hearing, safe_rooms, now=lambda: self.clock)

    async def told(self, *, after: timedelta = timedelta()) -> Counter[tuple[NoticeKind, str]]:
        """Look, and again ``after`` some time; return what was filed, and end it."""
        self.clock += timedelta(seconds=1)
        await self.watch.look()
        if after:
            self.clock += after
            await self.watch.look()
        pending = await self.store.jobs.pending(NOTICE)
        for request in pending:
            await self.store.jobs.end(request.id, JobState.DONE, at=self.clock)
        return Counter(
            (notice.kind, notice.audience) for notice in (Notice.decoded(job.payload) for job in pending)
        )


@pytest.fixture
async def network(tmp_path: Path) -> AsyncIterator[Network]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
        await store.people.replace(
            [Person(u, u[1:-2], u[1:-2], "lead", None, (), ("en",)) for u in (AWA, BOB, KEEPER)]
        )
        yield Network(store)


async def test_a_gate_with_nobody_in_it_is_told_once_somebody_is(network: Network) -> None:
    network.client.make_gate()
    assert await network.told(after=SETTLED) == {}
    network.client.member(KEEPER, "join")
    assert await network.told() == {(NoticeKind.GATE_WATCHED, KEEPER): 1, (NoticeKind.LET_IN, KEEPER): 1}


async def test_who_comes_and_goes_is_told_once_whatever_is_restarted(network: Network) -> None:
    network.client.make_gate(KEEPER)
    await network.told()
    network.client.member(AWA, "join")
    assert await network.told() == {}, "the first look waits for others"
    network.restart()
    assert await network.told(after=SETTLED) == {
        (NoticeKind.GATE_LET_IN, KEEPER): 1,
        (NoticeKind.LET_IN, AWA): 1,
    }
    network.restart()
    assert await network.told(after=SETTLED) == {}
    network.client.member(AWA, "leave")
    assert await network.told(after=SETTLED) == {(NoticeKind.GATE_LET_OUT, KEEPER): 1}


async def test_who_came_while_the_bot_was_not_running_is_told(network: Network) -> None:
    network.client.make_gate(KEEPER)
    await network.told()
    network.client.member(BOB, "join")
    network.restart()
    assert (NoticeKind.LET_IN, BOB) in await network.told(after=SETTLED)


async def test_an_outsider_is_shouted_at_once_and_once(network: Network) -> None:
    network.client.make_gate(KEEPER)
    await network.told()
    network.client.member(EVE, "join")
    shouted = {(NoticeKind.GATE_STRANGER, COORDINATORS): 1, (NoticeKind.GATE_STRANGER, KEEPER): 1}
    assert await network.told() == shouted
    network.restart()
    assert await network.told(after=SETTLED) == {}


async def test_an_outsider_who_was_in_for_a_moment_between_two_looks_is_shouted(network: Network) -> None:
    network.client.make_gate(KEEPER)
    await network.told()
    network.client.member(EVE, "join")
    network.client.member(EVE, "leave")
    assert await network.told(after=SETTLED) == {
        (NoticeKind.GATE_PASSED, COORDINATORS): 1,
        (NoticeKind.GATE_PASSED, KEEPER): 1,
    }


async def test_whom_a_keeper_has_removed_and_who_is_put_back_for_a_moment_is_shouted(
    network: Network,
) -> None:
    network.client.make_gate(KEEPER, BOB)
    await network.told()
    await network.store.jobs.file(SafeRemoval(SAFE.key, BOB, KEEPER), at=START)
    (removal,) = await network.store.jobs.pending(SAFE_REMOVAL)
    network.client.member(BOB, "leave")
    assert await network.told(after=SETTLED) == {(NoticeKind.GATE_LET_OUT, KEEPER): 1}
    await network.store.jobs.end(removal.id, JobState.DONE, at=START)
    for user in (AWA, BOB):
        network.client.member(user, "join")
        network.client.member(user, "leave")
    assert await network.told(after=SETTLED) == {
        (NoticeKind.GATE_PASSED, COORDINATORS): 1,
        (NoticeKind.GATE_PASSED, KEEPER): 1,
    }, "of Bob, not of Awa, who belongs there"


async def test_who_was_asked_for_again_belongs_there(network: Network) -> None:
    network.client.make_gate(KEEPER)
    await network.told()
    await network.store.jobs.file(SafeRemoval(SAFE.key, BOB, KEEPER), at=START)
    (removal,) = await network.store.jobs.pending(SAFE_REMOVAL)
    await network.store.jobs.end(removal.id, JobState.DONE, at=START)
    await network.store.jobs.revoke(SAFE_REMOVAL, {"user_id": BOB}, at=START)
    for membership in ("join", "leave"):
        network.client.member(BOB, membership)
    assert await network.told(after=SETTLED) == {}


async def test_somebody_who_leaves_the_community_is_no_stranger_while_they_are_taken_out(
    network: Network,
) -> None:
    network.client.make_gate(KEEPER, BOB)
    await network.told()
    await network.store.people.replace(
        [Person(u, u[1:-2], u[1:-2], "lead", None, (), ("en",)) for u in (AWA, KEEPER)]
    )
    assert await network.told(after=SETTLED) == {}
    assert (NoticeKind.GATE_STRANGER, KEEPER) in await network.told(after=LEAVING)


async def test_that_the_bot_was_taken_out_is_told_and_it_begins_anew_afterwards(network: Network) -> None:
    network.client.make_gate(KEEPER)
    await network.told()
    gate = network.client.rooms.pop(GATE)
    assert await network.told() == {
        (NoticeKind.GATE_UNWATCHED, COORDINATORS): 1,
        (NoticeKind.GATE_UNWATCHED, KEEPER): 1,
    }
    assert await network.told() == {}
    network.client.rooms[GATE] = gate
    assert (NoticeKind.GATE_WATCHED, KEEPER) in await network.told()


async def test_that_the_bot_was_out_for_a_moment_between_two_looks_is_told(network: Network) -> None:
    network.client.make_gate(KEEPER)
    await network.told()
    # Put in again, the bot sees the gate as it is then: whoever was in it meanwhile is in no event that it gets.
    network.client.make_gate(KEEPER)
    assert await network.told() == {
        (NoticeKind.GATE_UNWATCHED, COORDINATORS): 1,
        (NoticeKind.GATE_UNWATCHED, KEEPER): 1,
    }
    assert (NoticeKind.GATE_WATCHED, KEEPER) in await network.told()
    assert await network.told(after=SETTLED) == {}


async def test_an_outsider_who_was_in_and_is_invited_again_is_shouted(network: Network) -> None:
    network.client.make_gate(KEEPER)
    await network.told()
    for membership in ("join", "leave", "invite"):
        network.client.member(EVE, membership)
    assert await network.told(after=SETTLED) == {
        (NoticeKind.GATE_PASSED, COORDINATORS): 1,
        (NoticeKind.GATE_PASSED, KEEPER): 1,
    }


async def test_a_space_that_only_says_so_is_no_gate(network: Network) -> None:
    network.client.make_gate(KEEPER, EVE)
    network.client.rooms[GATE].create_sender = EVE
    assert await network.told(after=SETTLED) == {}
