"""Who of a room's readers gets its keys, and who learns of guests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.encryption import KnownPeople, Recipients, RoomView, recipients
from bots.guests import Guests
from bots.rooms import Community as OurCommunity
from community.description.model import Status
from community.description.person import Person
from community.jobs.notice_text import sentences_of
from community.jobs.notices import COORDINATORS, NOTICE, Notice, NoticeKind
from community.storage import Store
from matrix.ids import RoomId, UserId
from tests.lib.descriptions import small

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SERVER = "palabre.localhost"


def user(name: str) -> UserId:
    return UserId(f"@{name}:{SERVER}")


BOT, PROVISIONER, BREAK_GLASS = user("palabre"), user("palabre-provisioner"), user("palabre-break-glass")
MOUSSA, CLAUDINE, AWA = user("moussa.keita"), user("claudine.uwase"), user("awa.diallo")
EVE, GUEST = user("eve"), user("guest")
NEVER = frozenset({PROVISIONER, BREAK_GLASS})


def lobby(invited_by: dict[UserId, UserId], *members: UserId) -> RoomView:
    """Return our lobby with these people besides the bot and the provisioner."""
    return RoomView(
        RoomId("!lobby"),
        create_sender=PROVISIONER,
        create_content={"org.palabre.community": "small", "org.palabre.key": "lobby"},
        locator={"key": "lobby", "kind": "room"},
        algorithm="m.megolm.v1.aes-sha2",
        members=dict.fromkeys((BOT, PROVISIONER, *members), "join"),
        invited_by=invited_by,
    )


@pytest.mark.parametrize(
    ("inviter", "given"),
    [
        (MOUSSA, True),
        (CLAUDINE, False),
        (PROVISIONER, False),
        (BOT, False),
        (user("gone"), False),
        (None, False),
    ],
)
def test_a_guest_is_somebody_whom_a_host_has_invited(inviter: UserId | None, given: bool) -> None:
    room = lobby({} if inviter is None else {GUEST: inviter}, GUEST, CLAUDINE)
    # Somebody may be a host in the description, and have left.
    known = KnownPeople({MOUSSA, CLAUDINE, BOT}, {MOUSSA, user("gone")}, NEVER)
    to = recipients(room, known)
    assert (GUEST in to.given, GUEST in to.refused) == (given, not given)
    assert to.guests == ({GUEST: MOUSSA} if given else {})
    assert CLAUDINE in to.given


@pytest.mark.parametrize("own", sorted(NEVER))
def test_our_accounts_get_no_key_whoever_has_invited_them_and_whatever_is_described(own: UserId) -> None:
    to = recipients(lobby({own: MOUSSA}, own), KnownPeople({MOUSSA, own}, {MOUSSA}, NEVER))
    assert own in to.refused
    assert to.guests == {}


def test_somebody_invited_who_may_not_read_yet_gets_no_key() -> None:
    room = lobby({GUEST: MOUSSA})
    room.history_visibility, room.members[GUEST] = "joined", "invite"
    to = recipients(room, KnownPeople({BOT}, {MOUSSA}, NEVER))
    assert (GUEST in to.given, GUEST in to.refused) == (False, False)


# --- by the store -------------------------------------------------------------------------------------------------


def person(user_id: UserId, role: str) -> Person:
    return Person(user_id, user_id[1:].partition(":")[0], user_id, role, None, (), ("fr",))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        await opened.people.replace([person(MOUSSA, "coordinator"), person(CLAUDINE, "city-lead")])
        yield opened


def guests(store: Store) -> Guests:
    ours = OurCommunity("small", PROVISIONER)
    return Guests(store, ours, small().community, server=SERVER, me=BOT, never=NEVER, now=lambda: NOW)


async def told(store: Store, room: RoomView) -> list[Notice]:
    """Let a bot's process look at a room for a moment; return what is to be told."""
    stop = asyncio.Event()
    looking = asyncio.create_task(guests(store).run(lambda: {"lobby": room}, stop))
    await asyncio.sleep(0.1)
    stop.set()
    await looking
    return [Notice.decoded(request.payload) for request in await store.jobs.pending(NOTICE)]


async def test_the_store_says_who_is_known_at_that_moment(store: Store) -> None:
    room, chosen = lobby({}, CLAUDINE, AWA), guests(store)
    assert await chosen.recipients(room) == Recipients((CLAUDINE, BOT), (AWA, PROVISIONER))
    await store.people.replace([person(AWA, "city-lead")], {CLAUDINE: Status.LEFT})
    assert await chosen.recipients(room) == Recipients((AWA, BOT), (CLAUDINE, PROVISIONER))
    await store.people.replace([person(AWA, "city-lead")], {CLAUDINE: Status.ALUMNI})
    assert await chosen.recipients(room) == Recipients((AWA, CLAUDINE, BOT), (PROVISIONER,))


async def test_a_moderator_of_the_description_may_ask_guests_in_and_in_no_room_of_others(
    store: Store,
) -> None:
    room = lobby({GUEST: MOUSSA, EVE: CLAUDINE}, GUEST, EVE)
    assert (await guests(store).recipients(room)).guests == {GUEST: MOUSSA}
    room.create_sender = EVE
    assert (await guests(store).recipients(room)).guests == {}


async def test_whoever_may_be_somebody_else_asks_no_guest_in(store: Store) -> None:
    room, chosen = lobby({GUEST: MOUSSA}, GUEST), guests(store)
    await store.identities.see(MOUSSA, "the first key", at=NOW)
    assert (await chosen.recipients(room)).guests == {GUEST: MOUSSA}
    await store.identities.see(MOUSSA, "another key", at=NOW)
    assert (await chosen.recipients(room)).guests == {}
    await store.identities.accept(MOUSSA, "another key", by=CLAUDINE, at=NOW)
    assert (await chosen.recipients(room)).guests == {GUEST: MOUSSA}


async def test_of_each_guest_the_host_and_the_coordinators_are_told_once(store: Store) -> None:
    room = lobby({GUEST: MOUSSA, EVE: PROVISIONER}, GUEST, EVE)
    for _ in range(2):
        found = await told(store, room)
        assert [(n.kind, n.audience, n.values["user"]) for n in found] == [
            (NoticeKind.GUEST_ADMITTED, COORDINATORS, GUEST),
            (NoticeKind.GUEST_ADMITTED, MOUSSA, GUEST),
            (NoticeKind.GUEST_REFUSED, COORDINATORS, EVE),
        ]
    assert f"{GUEST} is in the room “Accueil” as a guest of {MOUSSA}." in str(sentences_of(found[0])[0])
    assert f"{EVE} is in the room “Accueil”." in str(sentences_of(found[2])[0])


async def test_somebody_who_has_left_and_our_own_accounts_are_no_news(store: Store) -> None:
    await store.people.replace([], {CLAUDINE: Status.LEFT})
    room = lobby({}, CLAUDINE, BREAK_GLASS)
    assert await told(store, room) == []
    assert (await guests(store).recipients(room)).given == (BOT,)
