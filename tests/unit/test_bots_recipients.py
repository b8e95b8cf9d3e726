"""Who of a room's readers gets its keys, and who learns of guests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.encryption import RoomView
from bots.encryption.recipients import KnownPeople, Recipients, recipients
from bots.guests import Guests
from bots.rooms import CommunityOrigin
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
CLAUDINE_DESCRIBED = {"username": "claudine.uwase", "name": "Claudine Uwase", "languages": ["en"]}
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
    ours = CommunityOrigin("small", PROVISIONER)
    return Guests(store, ours, small().community, server=SERVER, me=BOT, never=NEVER, now=lambda: NOW)


async def told(store: Store, room: RoomView) -> list[Notice]:
    """Let a bot's process look at a room; return what is to be told."""
    await guests(store).look({"lobby": room})
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
            (NoticeKind.GUEST_WELCOME, GUEST, GUEST),
            (NoticeKind.GUEST_REFUSED, COORDINATORS, EVE),
        ]
    assert f"{GUEST} is in the room “Accueil” as a guest of {MOUSSA} ({MOUSSA})." in str(
        sentences_of(found[0])[0]
    )
    assert f"{MOUSSA} ({MOUSSA}) has invited you" in str(sentences_of(found[2])[0])
    assert f"{EVE} is in the room “Accueil”." in str(sentences_of(found[3])[0])


async def test_somebody_who_has_left_and_our_own_accounts_are_no_news(store: Store) -> None:
    await store.people.replace([], {CLAUDINE: Status.LEFT})
    room = lobby({}, CLAUDINE, BREAK_GLASS)
    assert await told(store, room) == []
    assert (await guests(store).recipients(room)).given == (BOT,)


async def test_a_member_who_may_invite_no_guest_is_told_whom_to_ask(store: Store) -> None:
    found = await told(store, lobby({GUEST: CLAUDINE}, GUEST))
    assert [(n.kind, n.audience) for n in found] == [
        (NoticeKind.GUEST_REFUSED, COORDINATORS),
        (NoticeKind.GUEST_NEEDS_HOST, CLAUDINE),
    ]
    said = [str(sentence) for sentence in sentences_of(found[1])]
    assert said[0].startswith(f"You have invited {GUEST} into the room “Accueil”.")
    assert f"Ask somebody who looks after the room: {MOUSSA} ({MOUSSA})." in said[2]
    assert not any("Remove" in sentence for sentence in said)


async def test_where_nobody_looks_after_the_room_they_are_told_to_ask_the_coordinators(store: Store) -> None:
    await store.people.replace([person(CLAUDINE, "city-lead")], {MOUSSA: Status.LEFT})
    found = await told(store, lobby({GUEST: CLAUDINE}, GUEST))
    assert str(sentences_of(found[1])[2]) == "Ask the coordinators whether your guest may be there."


async def test_a_moderator_of_doubtful_identity_is_told_as_one_that_their_guest_was_refused(
    store: Store,
) -> None:
    for key in ("the first key", "another key"):
        await store.identities.see(MOUSSA, key, at=NOW)
    found = await told(store, lobby({GUEST: MOUSSA}, GUEST))
    assert [(n.kind, n.audience) for n in found] == [
        (NoticeKind.GUEST_REFUSED, COORDINATORS),
        (NoticeKind.GUEST_REFUSED, MOUSSA),
    ]


async def test_moderators_are_those_of_the_description_as_it_is_now(store: Store) -> None:
    room, chosen = lobby({GUEST: CLAUDINE}, GUEST), guests(store)
    assert (await chosen.recipients(room)).guests == {}
    members = [{**CLAUDINE_DESCRIBED, "role": "coordinator"}]
    await chosen.take(small(members=members).community)
    assert (await chosen.recipients(room)).guests == {GUEST: CLAUDINE}


async def test_the_bots_own_direct_message_with_a_guest_is_read_by_them_and_no_other_room_of_theirs(
    store: Store,
) -> None:
    looking, room = guests(store), lobby({GUEST: MOUSSA}, GUEST)
    direct = RoomView(
        RoomId("!direct"), BOT, algorithm=room.algorithm, members={BOT: "join", GUEST: "invite"}
    )
    assert GUEST in (await looking.recipients(direct)).refused
    await looking.look({"lobby": room})
    assert (await looking.recipients(direct)).given == (GUEST, BOT)
    direct.members[EVE] = "join"
    assert (await looking.recipients(direct)).given == (BOT,)
    del direct.members[EVE]
    direct.create_sender = GUEST
    assert (await looking.recipients(direct)).given == (BOT,)
    direct.create_sender = BOT
    del room.members[GUEST]
    await looking.look({"lobby": room})
    assert (await looking.recipients(direct)).given == (BOT,)


async def test_a_guest_from_another_server_is_not_written_to(store: Store) -> None:
    far = UserId("@guest:elsewhere.example")
    found = await told(store, lobby({far: MOUSSA}, far))
    assert [(n.kind, n.audience) for n in found] == [
        (NoticeKind.GUEST_ADMITTED, COORDINATORS),
        (NoticeKind.GUEST_ADMITTED, MOUSSA),
    ]
