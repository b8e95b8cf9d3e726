"""What is known of our rooms from one look to the next, against a server of the test's own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from matrix.errors import NotFound, UnknownPos, UnknownToken
from matrix.http import HomeserverClient
from matrix.ids import RoomId, UserId
from matrix.joined_rooms import JoinedRooms
from matrix.sliding_sync import SlidingSync

ME = UserId("@me:palabre.localhost")
Json = dict[str, Any]
Answer = Json | tuple[int, str]


@dataclass
class Script:
    """A server that gives its answers one after the other; a pair is a status and an errcode."""

    url: str = ""
    sliding: list[Answer] = field(default_factory=list)
    classic: list[Answer] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    """The position of each sliding request, ``since`` of each other one."""
    filters: list[str] = field(default_factory=list)

    async def slide(self, request: web.Request) -> web.Response:
        body = await request.json()
        assert body["lists"]["all"]["required_state"] == [["*", "*"]]
        self.asked.append(request.query.get("pos"))
        return _response(self.sliding.pop(0) if self.sliding else (404, "M_UNRECOGNIZED"))

    async def sync(self, request: web.Request) -> web.Response:
        self.asked.append(request.query.get("since"))
        self.filters.append(request.query["filter"])
        return _response(self.classic.pop(0))


def _response(answer: Answer) -> web.Response:
    if isinstance(answer, tuple):
        return web.json_response({"errcode": answer[1], "error": ""}, status=answer[0])
    return web.json_response(answer)


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    script = Script()
    application = web.Application()
    path = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"
    application.router.add_post(path, script.slide)
    application.router.add_get("/_matrix/client/v3/sync", script.sync)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    script.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield script
    await runner.cleanup()


@pytest.fixture
async def http(script: Script) -> AsyncIterator[HomeserverClient]:
    async with HomeserverClient(script.url, attempts=1) as client:
        yield client


def event(event_type: str, state_key: str, **content: object) -> Json:
    return {"type": event_type, "state_key": state_key, "sender": ME, "content": content}


def joined(name: str = "") -> list[Json]:
    return [event("m.room.member", ME, membership="join"), event("m.room.name", "", name=name)]


def slid(pos: str, rooms: Json, listed: list[str] | None = None) -> Json:
    ops = {} if listed is None else {"ops": [{"op": "SYNC", "range": [0, 9], "room_ids": listed}]}
    return {"pos": pos, "lists": {"all": {"count": 0, **ops}}, "rooms": rooms}


def whole(events: list[Json]) -> Json:
    return {"initial": True, "required_state": events}


def synced(token: str, join: dict[str, list[Json]], leave: tuple[str, ...] = ()) -> Json:
    rooms = {room: {"state": {"events": events}, "timeline": {"events": []}} for room, events in join.items()}
    return {"next_batch": token, "rooms": {"join": rooms, "leave": {room: {} for room in leave}}}


async def names(look: Callable[[], Any]) -> dict[RoomId, str]:
    return {state.room_id: state.events["m.room.name", ""]["content"]["name"] for state in await look()}


async def test_the_second_look_asks_for_what_is_new(http: HomeserverClient, script: Script) -> None:
    changed = {"required_state": [event("m.room.name", "", name="B")]}
    script.sliding = [
        slid("1", {"!a": whole(joined("A")), "!b": whole(joined("A"))}),
        slid("2", {"!b": changed}),
        slid("3", {}),
    ]
    rooms = JoinedRooms(http, ME)
    assert await names(rooms.rooms) == {"!a": "A", "!b": "A"}
    assert await names(rooms.rooms) == {"!a": "A", "!b": "B"}
    assert await names(rooms.rooms) == {"!a": "A", "!b": "B"}
    assert script.asked == [None, "1", "2"]


async def test_what_was_returned_stays_as_it_was(http: HomeserverClient, script: Script) -> None:
    changed = {"required_state": [event("m.room.name", "", name="B")]}
    script.sliding = [slid("1", {"!a": whole(joined("A"))}), slid("2", {"!a": changed})]
    rooms = JoinedRooms(http, ME)
    (first,) = await rooms.rooms()
    await rooms.rooms()
    assert first.events["m.room.name", ""]["content"] == {"name": "A"}


@pytest.mark.parametrize(
    "gone",
    [
        {"required_state": [event("m.room.member", ME, membership="leave")]},
        {"required_state": [event("m.room.member", ME, membership="ban")]},
        {"initial": True, "required_state": [event("m.room.member", ME, membership="leave")]},
        {"initial": True, "required_state": []},
        {"initial": True, "invite_state": [event("m.room.member", ME, membership="invite")]},
    ],
)
async def test_a_room_that_we_are_not_in_is_gone(http: HomeserverClient, script: Script, gone: Json) -> None:
    script.sliding = [
        slid("1", {"!a": whole(joined("A")), "!b": whole(joined("B"))}),
        slid("2", {"!b": gone}),
        slid("3", {"!b": gone}),
    ]
    rooms = JoinedRooms(http, ME)
    assert await names(rooms.rooms) == {"!a": "A", "!b": "B"}
    assert await names(rooms.rooms) == {"!a": "A"}
    assert await names(rooms.rooms) == {"!a": "A"}


async def test_a_room_that_drops_out_of_the_list_is_gone(http: HomeserverClient, script: Script) -> None:
    script.sliding = [
        slid("1", {"!a": whole(joined("A")), "!b": whole(joined("B"))}, ["!a", "!b"]),
        slid("2", {}, ["!b"]),
    ]
    rooms = JoinedRooms(http, ME)
    await rooms.rooms()
    assert await names(rooms.rooms) == {"!b": "B"}


@pytest.mark.parametrize("refusal", [(400, "M_UNKNOWN_POS"), (404, "M_NOT_FOUND")])
async def test_a_forgotten_connection_begins_again(
    http: HomeserverClient, script: Script, refusal: Answer
) -> None:
    script.sliding = [
        slid("1", {"!a": whole(joined("A")), "!b": whole(joined("B"))}),
        refusal,
        slid("7", {"!a": whole(joined("C"))}),
    ]
    rooms = JoinedRooms(http, ME)
    await rooms.rooms()
    assert await names(rooms.rooms) == {"!a": "C"}
    assert script.asked == [None, "1", None]


@pytest.mark.parametrize(
    "unknown",
    [
        {"required_state": joined("B")},
        {"required_state": [event("m.room.name", "", name="B")]},
    ],
)
async def test_a_part_of_a_room_that_we_do_not_know_begins_again(
    http: HomeserverClient, script: Script, unknown: Json
) -> None:
    script.sliding = [
        slid("1", {"!a": whole(joined("A"))}),
        slid("2", {"!b": unknown}),
        slid("3", {"!a": whole(joined("A")), "!b": whole(joined("B"))}),
    ]
    rooms = JoinedRooms(http, ME)
    await rooms.rooms()
    assert await names(rooms.rooms) == {"!a": "A", "!b": "B"}
    assert script.asked == [None, "1", None]


@pytest.mark.parametrize(("refusal", "kind"), [("M_UNKNOWN_POS", UnknownPos), ("M_NOT_FOUND", NotFound)])
async def test_a_server_that_refuses_the_first_look_is_not_asked_for_ever(
    http: HomeserverClient, script: Script, refusal: str, kind: type[Exception]
) -> None:
    script.sliding = [(400, refusal)] * 9
    with pytest.raises(kind):
        await SlidingSync(http, ME).rooms()
    assert script.asked == [None]


async def test_a_session_that_has_ended_is_said(http: HomeserverClient, script: Script) -> None:
    script.sliding = [slid("1", {"!a": whole(joined("A"))}), (401, "M_UNKNOWN_TOKEN")]
    rooms = JoinedRooms(http, ME)
    await rooms.rooms()
    with pytest.raises(UnknownToken):
        await rooms.rooms()


async def test_an_answer_that_was_lost_is_asked_for_again(http: HomeserverClient, script: Script) -> None:
    script.sliding = [slid("1", {"!a": whole(joined("A"))}), (500, "M_UNKNOWN"), slid("2", {})]
    rooms = JoinedRooms(http, ME)
    await rooms.rooms()
    with pytest.raises(Exception, match="M_UNKNOWN"):
        await rooms.rooms()
    assert await names(rooms.rooms) == {"!a": "A"}
    assert script.asked == [None, "1", "1"]


async def test_all_is_read_again_now_and_then(http: HomeserverClient, script: Script) -> None:
    script.sliding = [slid(f"{number}", {"!a": whole(joined(f"{number}"))}) for number in range(30)]
    rooms = JoinedRooms(http, ME)
    for _ in range(21):
        await rooms.rooms()
    assert [index for index, pos in enumerate(script.asked) if pos is None] == [0, 20]


async def test_two_looks_at_once_are_made_one_after_the_other(http: HomeserverClient, script: Script) -> None:
    script.sliding = [slid("1", {"!a": whole(joined("A"))}), slid("2", {}), slid("3", {})]
    rooms = JoinedRooms(http, ME)
    looks = await asyncio.gather(*(names(rooms.rooms) for _ in range(3)))
    assert looks == [{"!a": "A"}] * 3
    assert script.asked == [None, "1", "2"]


async def test_a_server_without_sliding_sync_is_asked_by_sync(http: HomeserverClient, script: Script) -> None:
    script.classic = [
        synced("s1", {"!a": joined("A"), "!b": joined("B")}),
        synced("s2", {"!a": [event("m.room.name", "", name="C")]}, leave=("!b",)),
    ]
    rooms = JoinedRooms(http, ME)
    assert await names(rooms.rooms) == {"!a": "A", "!b": "B"}
    assert await names(rooms.rooms) == {"!a": "C"}
    assert script.asked == [None, None, "s1"]
    # Synapse would answer the same question the same for two minutes.
    assert script.filters[0] != script.filters[1]
    assert all(json.loads(text)["room"]["state"] == {"lazy_load_members": False} for text in script.filters)


async def test_the_state_of_a_timeline_counts(http: HomeserverClient, script: Script) -> None:
    answer = synced("s1", {"!a": joined("A")})
    message = {"type": "m.room.message", "sender": ME, "content": {}}
    answer["rooms"]["join"]["!a"]["timeline"]["events"] = [message, event("m.room.name", "", name="B")]
    script.classic = [answer]
    assert await names(JoinedRooms(http, ME).rooms) == {"!a": "B"}


async def test_a_token_that_is_not_accepted_begins_again(http: HomeserverClient, script: Script) -> None:
    script.classic = [
        synced("s1", {"!a": joined("A"), "!b": joined("B")}),
        (400, "M_UNKNOWN"),
        synced("s9", {"!a": joined("C")}),
    ]
    rooms = JoinedRooms(http, ME)
    await rooms.rooms()
    assert await names(rooms.rooms) == {"!a": "C"}
    assert script.asked == [None, None, "s1", None]


async def test_neither_way_is_said(http: HomeserverClient, script: Script) -> None:
    script.classic = [(404, "M_UNRECOGNIZED")]
    with pytest.raises(Exception, match="refused sync: M_UNRECOGNIZED"):
        await JoinedRooms(http, ME).rooms()
