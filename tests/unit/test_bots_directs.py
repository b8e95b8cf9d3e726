"""The direct messages that the bot begins: never two for a person, and who is not reached is shown once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bots.correspondents import Correspondents
from bots.directs import OPENING, PATIENCE, DirectRooms, room_of_two
from bots.encryption import EncryptedClient, RoomView
from bots.incoming_reader import IncomingReader
from bots.rooms import CommunityOrigin
from bots.safe_rooms import DescribedSafeRoom, SafeRooms
from community.description.fields import Localized
from community.description.person import Person
from community.jobs.leavings import Leaving
from community.jobs.memberships import MembershipUpdate
from community.jobs.notices import NOTICE, Notice
from community.storage import Store
from matrix.client_api import ClientApi
from matrix.ids import RoomId, UserId
from tests.lib.descriptions import example

START = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
BOT, AWA, EVE, OLD, GUEST = (UserId(f"@{name}:x") for name in ("palabre", "awa", "eve", "old", "guest"))
SAFE = DescribedSafeRoom(
    "frank-talk", Localized({"en": "Speaking freely"}), {OLD: "Olga"}, frozenset(), {OLD: ("fr",)}
)


class Server:
    """What the bot's client and its API do; the test makes the rooms appear."""

    user_id = BOT

    def __init__(self) -> None:
        self.rooms: dict[RoomId, RoomView] = {}
        self.asked_for: list[list[UserId]] = []
        self.left: list[RoomId] = []
        self.clock = START

    def health(self) -> Any:
        return SimpleNamespace(synced_at=self.clock)

    async def create_room(self, body: dict[str, Any]) -> None:
        self.asked_for.append(body["invite"])

    async def leave(self, room_id: RoomId) -> None:
        self.left.append(room_id)
        del self.rooms[room_id]

    def show(
        self, name: str, membership: str | None, *, user: UserId = AWA, algorithm: str | None = "megolm"
    ) -> None:
        """Show the room that was made, as the next sync would."""
        room = RoomView(RoomId(name), BOT, algorithm=algorithm, members={BOT: "join"})
        if membership is not None:
            room.members[user] = membership
        self.rooms[room.room_id] = room


class Scene:
    """The bot's direct messages, one process after another, on one store."""

    def __init__(self, store: Store) -> None:
        self.store, self.server = store, Server()
        self.guests: frozenset[UserId] | None = frozenset()
        self.restart()

    def restart(self) -> None:
        client, api = cast(EncryptedClient, self.server), cast(ClientApi, self.server)
        hearing = IncomingReader(
            client,
            CommunityOrigin("net", UserId("@provisioner:x")),
            example().community,
            store=self.store,
            display_name="P",
            now=lambda: self.server.clock,
        )
        safe_rooms = SafeRooms(hearing.community, "x")
        safe_rooms.current = (SAFE,)
        written_to = Correspondents(hearing.people, safe_rooms, lambda: self.guests, hearing.alumnus)
        self.directs = DirectRooms(
            self.store, client, api, hearing, written_to, now=lambda: self.server.clock
        )
        self.people = hearing.people

    async def opened(self, user: UserId = AWA) -> RoomView | None:
        await self.people.refresh()
        return await self.directs.with_person(user)

    async def shown(self, after: timedelta) -> int:
        """Look ``after`` some time; return how many people were shown as not reached until now."""
        self.server.clock += after
        await self.directs.look()
        pending = await self.store.jobs.pending(NOTICE)
        assert all(AWA in Notice.decoded(request.payload).values["person"] for request in pending)
        return len(pending)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
        await store.people.replace([Person(AWA, "awa", "Awa", "lead", None, (), ("en",))])
        yield Scene(store)


async def test_a_room_that_was_asked_for_is_waited_for_also_by_the_next_process(scene: Scene) -> None:
    assert await scene.opened() is None
    scene.restart()
    scene.server.clock += OPENING - timedelta(seconds=1)
    assert await scene.opened() is None
    assert scene.server.asked_for == [[AWA]]
    scene.server.show("!late", "invite")
    found = await scene.opened()
    assert found is not None
    assert found.room_id == "!late"
    assert scene.server.asked_for == [[AWA]]


async def test_where_no_room_has_come_it_is_asked_for_again(scene: Scene) -> None:
    await scene.opened()
    scene.server.clock += OPENING
    await scene.opened()
    assert scene.server.asked_for == [[AWA], [AWA]]


async def test_a_room_that_they_have_joined_comes_before_one_that_they_have_not(scene: Scene) -> None:
    scene.server.show("!a", "invite")
    scene.server.show("!b", "join")
    found = await scene.opened()
    assert found is not None
    assert found.room_id == "!b"


async def test_a_room_that_is_still_being_made_is_not_left_and_one_that_is_over_is(scene: Scene) -> None:
    await scene.opened()
    scene.server.show("!new", None, algorithm=None)
    assert await scene.shown(timedelta(seconds=1)) == 0
    assert scene.server.left == []
    scene.server.clock += OPENING
    await scene.directs.look()
    assert scene.server.left == ["!new"]


async def test_who_has_not_accepted_is_shown_once_for_as_long_as_that_lasts(scene: Scene) -> None:
    await scene.opened()
    scene.server.show("!dm", "invite")
    assert await scene.shown(PATIENCE - timedelta(minutes=1)) == 0
    assert await scene.shown(timedelta(minutes=1)) == 1
    scene.restart()
    assert await scene.shown(PATIENCE) == 1
    scene.server.show("!dm", "join")
    assert await scene.shown(PATIENCE) == 1
    scene.server.show("!dm", None)
    assert await scene.shown(PATIENCE) == 2, "they have left it"
    assert scene.server.left == ["!dm"]


@pytest.mark.parametrize(
    "departing", [Leaving(AWA, "awa", AWA, "left"), MembershipUpdate(AWA, AWA, "7")], ids=["asked", "marked"]
)
async def test_who_is_leaving_just_now_is_not_told_of_as_not_reached(
    scene: Scene, departing: Leaving | MembershipUpdate
) -> None:
    await scene.opened()
    scene.server.show("!dm", "join")
    assert await scene.shown(PATIENCE) == 0
    await scene.store.jobs.file(departing, at=scene.server.clock)
    scene.server.show("!dm", None)
    assert await scene.shown(PATIENCE) == 0


async def test_nobody_asks_for_people_who_are_no_members_any_more(scene: Scene) -> None:
    await scene.opened()
    await scene.store.people.replace([])
    assert await scene.shown(PATIENCE) == 0
    assert await scene.store.directs.all() == ()


async def test_alumni_of_a_safe_room_are_written_to_and_their_room_is_not_left(scene: Scene) -> None:
    assert await scene.opened(OLD) is None
    scene.server.show("!old", "join", user=OLD)
    assert await scene.shown(PATIENCE) == 0
    found = await scene.opened(OLD)
    assert found is not None
    assert (found.room_id, scene.server.left) == ("!old", [])
    assert scene.server.asked_for == [[OLD]]


async def test_a_guest_is_written_to_for_as_long_as_they_are_one_and_never_shown_as_not_reached(
    scene: Scene,
) -> None:
    scene.guests = frozenset({GUEST})
    await scene.opened(GUEST)
    scene.server.show("!guest", "invite", user=GUEST)
    assert await scene.shown(PATIENCE) == 0
    # Another process has not looked yet who is a guest: it ends nothing.
    scene.guests = None
    await scene.directs.look()
    assert scene.server.left == []
    assert [direct.user_id for direct in await scene.store.directs.all()] == [GUEST]
    scene.guests = frozenset()
    await scene.directs.look()
    assert scene.server.left == ["!guest"]
    assert await scene.store.directs.all() == ()


def test_nothing_of_the_room_is_left_to_the_preset() -> None:
    body = room_of_two(EVE)
    state = {event["type"]: event["content"] for event in body["initial_state"]}
    assert body["preset"] == "private_chat"
    assert body["power_level_content_override"]["invite"] == 50
    assert set(state) == {
        "m.room.encryption",
        "m.room.history_visibility",
        "m.room.guest_access",
        "m.room.join_rules",
    }
