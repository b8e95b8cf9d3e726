"""Provisioning on a real Synapse: the example network, a second apply, forgeries, lost answers, half-made rooms."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import stat
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from community.description.data_folder import DataFolder, write_private, write_private_json
from community.description.load import load_settings
from community.description.model import Status
from community.description.rooms import expand_rooms
from community.jobs.job import NewJob
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, HomeserverUnreachable, MatrixRequestError
from matrix.http import Call, HomeserverClient
from matrix.ids import RoomId, room_alias
from matrix.locator import LOCATOR_TYPE
from palabre_cli.options import shipped
from provisioning.accounts import bootstrap_accounts, provisioner_client
from provisioning.errors import AccountMismatch, ChangesFailed, PlanOutOfDate
from provisioning.own_accounts import make_own_accounts
from provisioning.places import is_gate
from provisioning.provisioner import ApplyOptions, Provisioner, open_provisioner
from provisioning.serve import watch
from provisioning.snapshot import Membership
from provisioning.synapse_homeserver import SynapseHomeserver
from provisioning.topology import topology
from tests.lib.cutting_proxy import cutting_proxy
from tests.lib.descriptions import SETTINGS, SMALL, small
from tests.lib.jobs import file_raw
from tests.lib.places import Place, make_place
from tests.lib.synapse_server import PASSWORD, SynapseServer

pytestmark = pytest.mark.live
ORDER = ApplyOptions("test")


@pytest.fixture
def place(synapse_server: SynapseServer, tmp_path: Path) -> Place:
    return make_place(synapse_server, tmp_path, SMALL)


@asynccontextmanager
async def provisioner(place: Place, url: str | None = None) -> AsyncIterator[Provisioner]:
    async with open_provisioner(place.config, place.data, url=url) as opened:
        yield opened


async def state_as(http: HomeserverClient, room_id: RoomId, event_type: str) -> dict[str, object]:
    path = f"/_matrix/client/v3/rooms/{room_id}/state/{event_type}/"
    return await http.send(Call("GET", path, "rooms/state"))


async def rooms_left(server: SynapseServer) -> int:
    """Count the rooms that the provisioner made and has left, in the communities of all tests of this homeserver."""
    async with server.provisioner() as http:
        listed = await AdminApi(http).rooms()
        joined = (await http.send(Call("GET", "/_matrix/client/v3/joined_rooms", "joined_rooms")))[
            "joined_rooms"
        ]
    own = server.own.provisioner
    return sum(room.creator == own and room.members > 0 and room.room_id not in joined for room in listed)


async def test_the_example_network_is_provisioned_and_a_second_apply_writes_nothing(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    place = make_place(synapse_server, tmp_path, shipped("config"))
    async with provisioner(place) as first:
        there = (await first.homeserver.snapshot()).accounts  # other tests share the homeserver
        book = (await first.apply(ORDER)).passwords
        safe_room_id = (await first.homeserver.snapshot()).rooms["frank-talk"].room_id
        described = expand_rooms(first.description.community)
        members = first.description.community.members
    assert {*book.added, *there} >= {synapse_server.user(member.username) for member in members}
    assert not {*book.added} & there.keys()

    async with provisioner(place) as second:
        again = (await second.apply(ORDER)).plan
        assert again.changes == ()
        assert second.counts.writes == 0
        assert second.counts.reads <= 6 + await rooms_left(synapse_server)
        filed = await second.store.jobs.pending("invite")
        people = await second.store.people.all()
    asked = [room for room in described if room.policy not in (None, "lobby") and room.options.bots]
    assert len(filed) == sum(len(room.members) for room in asked)
    assert len(people) == sum(member.status is Status.ACTIVE for member in members)

    # Read back by the bot, as any client sees it, and not from our own records.
    async with HomeserverClient(synapse_server.url) as http:
        bot = synapse_server.own.bot
        session = await ClientApi(http).login(bot, PASSWORD, device_name="test")
        http.use_token(session.access_token)
        space = await ClientApi(http).resolve_alias(
            room_alias(f"{place.community}.space", "palabre.localhost")
        )
        assert space is not None
        path = f"/_matrix/client/v1/rooms/{space}/hierarchy"
        listed = (await http.send(Call("GET", path, "hierarchy", query={"limit": "100"})))["rooms"]
        with_bot = [room for room in described if room.options.bots]
        safe = [room for room in listed if room["room_id"] == safe_room_id]
        assert len(safe) == 1  # its gate shows it to the bot, which is banned from it
        listed = [room for room in listed if room not in safe]
        assert len(listed) == len(with_bot)  # the bot sees no other room that it is not in
        for room in listed:
            locator = await state_as(http, room["room_id"], LOCATOR_TYPE)
            is_space = room.get("room_type") == "m.space"
            assert locator["kind"] == ("space" if is_space else "room")
            # Spaces too, where it means nothing: the homeserver encrypts whatever is made on it.
            assert room.get("encryption", room.get("im.nheko.summary.encryption")) == "m.megolm.v1.aes-sha2"
            assert room["guest_can_join"] is False
            assert room["world_readable"] is False
        assert {room.get("canonical_alias") for room in listed} == {
            None if is_gate(room.key) else f"#{place.community}.{room.key}:palabre.localhost"
            for room in with_bot
        }


async def test_passwords_are_private_kept_and_open_the_accounts(
    synapse_server: SynapseServer, place: Place
) -> None:
    name = place.rename("awa.diallo")
    async with provisioner(place) as opened:
        await opened.apply(ORDER)
    assert stat.S_IMODE(place.data.sign_in.stat().st_mode) == 0o600
    book = json.loads(place.data.sign_in.read_text())
    assert book["homeserver"] == synapse_server.url
    entry = next(e for e in book["accounts"] if e["user_id"] == synapse_server.user(name))
    assert entry == {
        "user_id": synapse_server.user(name),
        "password": entry["password"],
        "role": "city-lead",
        "city": "bamako",
    }
    async with HomeserverClient(synapse_server.url) as http:
        await ClientApi(http).login(synapse_server.user(name), entry["password"], device_name="test")
    before = place.data.sign_in.read_bytes()
    async with provisioner(place) as opened:
        await opened.apply(ORDER)
    assert place.data.sign_in.read_bytes() == before


async def test_an_account_that_was_there_before_is_neither_reset_nor_listed(
    synapse_server: SynapseServer, place: Place
) -> None:
    name = place.rename("claudine.uwase")
    async with synapse_server.person(name), provisioner(place) as opened:
        await opened.apply(ORDER)
    book = json.loads(place.data.sign_in.read_text())
    assert synapse_server.user(name) not in {entry["user_id"] for entry in book["accounts"]}
    async with HomeserverClient(synapse_server.url) as http:
        await ClientApi(http).login(synapse_server.user(name), PASSWORD, device_name="test")


async def test_a_members_own_room_is_not_adopted_and_no_member_can_make_an_alias(
    synapse_server: SynapseServer, place: Place
) -> None:
    forged = {
        "creation_content": {"org.palabre.community": place.community, "org.palabre.key": "lobby"},
        "initial_state": [
            {"type": LOCATOR_TYPE, "state_key": "", "content": {"key": "lobby", "kind": "room"}}
        ],
        "name": "Accueil · Lobby",
        "invite": [synapse_server.own.provisioner, synapse_server.own.bot],
    }
    async with synapse_server.person(f"eve{uuid4().hex[:6]}") as eve:
        with pytest.raises(MatrixRequestError) as refused:
            await ClientApi(eve).create_room({**forged, "room_alias_name": f"{place.community}.lobby"})
        assert refused.value.status == 403
        room_id = await ClientApi(eve).create_room(forged)
        async with provisioner(place) as opened:
            await opened.apply(ORDER)
            actual = await opened.homeserver.snapshot()
        path = f"/_matrix/client/v3/rooms/{room_id}/members"
        members = (await eve.send(Call("GET", path, "rooms/members")))["chunk"]
    assert room_id not in {room.room_id for room in actual.rooms.values()}
    memberships = {event["state_key"]: event["content"]["membership"] for event in members}
    assert memberships[synapse_server.own.provisioner] == "invite"
    assert all(
        event["sender"] == event["state_key"] or event["content"]["membership"] == "invite"
        for event in members
    )


RULES: dict[str, dict[str, object]] = {
    "m.room.name": {"name": "Chaos"},
    "m.room.topic": {"topic": "Chaos"},
    "m.room.power_levels": {"users_default": 100},
    "m.room.join_rules": {"join_rule": "public"},
    "m.room.history_visibility": {"history_visibility": "world_readable"},
    "m.room.guest_access": {"guest_access": "can_join"},
    "m.room.tombstone": {"body": "Gone", "replacement_room": "!elsewhere"},
    "m.space.child": {"via": ["palabre.localhost"]},
    LOCATOR_TYPE: {"key": "lobby", "kind": "room"},
}


async def test_a_member_can_change_nothing_and_invite_nobody(
    synapse_server: SynapseServer, place: Place
) -> None:
    async with provisioner(place) as opened:
        await opened.apply(ORDER)
        rooms = (await opened.homeserver.snapshot()).rooms
        member, outsider = synapse_server.user("member"), synapse_server.user("outsider")
        async with synapse_server.person("outsider"), synapse_server.person("member") as http:
            client = ClientApi(http)
            for key in ("lobby", "exchange.waste", "announcements", "space"):
                room_id = rooms[key].room_id
                assert room_id is not None
                await opened.homeserver.join(room_id, member)
                with pytest.raises(Forbidden):
                    await client.invite(room_id, outsider)
                for event_type, content in RULES.items():
                    with pytest.raises(Forbidden):
                        await client.send_state(room_id, event_type, content)
                with pytest.raises(Forbidden):
                    await client.send_state(room_id, "m.room.member", {"membership": "ban"}, outsider)
            for key, may_write in (("lobby", True), ("announcements", False), ("space", False)):
                sent = await _can_send(client, rooms[key].room_id, "m.room.encrypted")
                assert sent is may_write, key
            assert await _can_send(client, rooms["announcements"].room_id, "m.reaction")
            assert not await _can_send(client, rooms["space"].room_id, "m.reaction")


async def _can_send(client: ClientApi, room_id: RoomId | None, event_type: str) -> bool:
    assert room_id is not None
    try:
        await client.send_event(room_id, event_type, {"algorithm": "none"}, uuid4().hex)
    except Forbidden:
        return False
    return True


async def test_a_lost_answer_makes_no_second_room(synapse_server: SynapseServer, place: Place) -> None:
    async with cutting_proxy(synapse_server.url) as proxy:
        proxy.lose, proxy.times = "/createRoom", 3
        async with provisioner(place, proxy.url) as opened:
            await opened.apply(ORDER)
        assert proxy.lost == 3
    async with provisioner(place) as opened:
        assert (await opened.plan())[0].changes == ()
        desired = topology(opened.description.community, SETTINGS)
        assert await rooms_made(synapse_server, place.community) == len(desired.rooms)


@pytest.mark.parametrize("lost", ["/m.space.child/", "/admin/v1/join/", "/createRoom"])
async def test_other_lost_answers_are_asked_for_again(
    synapse_server: SynapseServer, place: Place, lost: str
) -> None:
    async with cutting_proxy(synapse_server.url) as proxy:
        proxy.lose, proxy.times = lost, 4
        async with provisioner(place, proxy.url) as opened:
            await opened.apply(ORDER)
        assert proxy.lost == 4
    async with provisioner(place) as opened:
        assert (await opened.plan())[0].changes == ()


async def rooms_made(server: SynapseServer, community: str) -> int:
    """Count the rooms of a community that Synapse has, also those that nobody is in."""
    async with server.provisioner() as http:
        path = "/_synapse/admin/v1/rooms"
        listed = (await http.send(Call("GET", path, "admin/rooms", query={"limit": "5000"})))["rooms"]
        states = [await AdminApi(http).room_state(RoomId(room["room_id"])) for room in listed]
    return sum(
        event["content"].get("org.palabre.community") == community
        for events in states
        for event in events
        if event["type"] == "m.room.create"
    )


async def test_an_alias_whose_room_was_never_made_is_made_good(
    synapse_server: SynapseServer, place: Place
) -> None:
    # What a homeserver leaves behind that was killed between taking the alias and making the room.
    alias = room_alias(f"{place.community}.space", "palabre.localhost")
    with sqlite3.connect(synapse_server.data.synapse / "homeserver.db", timeout=30) as database:
        values = (alias, "!" + "a" * 43, synapse_server.own.provisioner)
        database.execute("INSERT INTO room_aliases (room_alias, room_id, creator) VALUES (?, ?, ?)", values)
        database.execute(
            "INSERT INTO room_alias_servers (room_alias, server) VALUES (?, 'palabre.localhost')", (alias,)
        )
    desired = topology(small(key=place.community).community, SETTINGS)
    async with synapse_server.provisioner() as http:
        homeserver = SynapseHomeserver(
            http,
            synapse_server.own,
            community=place.community,
            server_name="palabre.localhost",
            patience=0.5,
        )
        room_id = await homeserver.create_room(desired.rooms["space"], {})
        assert await ClientApi(http).resolve_alias(alias) == room_id
        assert (await homeserver.snapshot()).rooms["space"].room_id == room_id


async def test_a_digest_that_is_out_of_date_changes_nothing(place: Place) -> None:
    async with provisioner(place) as opened:
        with pytest.raises(PlanOutOfDate, match="palabre plan"):
            await opened.apply(ApplyOptions("test", digest="0" * 12))
        assert opened.counts.writes == 0
        assert await opened.store.people.all() == ()


async def test_one_failure_stops_only_what_needs_it(synapse_server: SynapseServer, place: Place) -> None:
    async with synapse_server.provisioner() as http:
        body = {"room_alias_name": f"{place.community}.space.theme.waste", "preset": "private_chat"}
        await ClientApi(http).create_room(body)
    async with provisioner(place) as opened:
        with pytest.raises(ChangesFailed) as caught:
            await opened.apply(ORDER)
        actual = await opened.homeserver.snapshot()
    assert "belongs to a room that Palabre did not make" in str(caught.value)
    failed = {str(what) for what, _ in caught.value.failed}
    assert "room exchange.waste" in failed
    assert "room exchange.mobility" not in failed
    assert "exchange.mobility" in actual.rooms
    assert actual.rooms["lobby"].members[synapse_server.own.bot] is Membership.JOINED


async def test_a_homeserver_that_goes_away_is_said_in_one_sentence(
    synapse_server: SynapseServer, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matrix.http.FIRST_PAUSE", 0.01)
    async with cutting_proxy(synapse_server.url) as proxy:
        proxy.lose, proxy.times, proxy.then_gone = "/createRoom", 1, True
        async with provisioner(place, proxy.url) as opened:
            with pytest.raises(ChangesFailed) as caught:
                await opened.apply(ORDER)
    assert all(isinstance(error, HomeserverUnreachable) for _, error in caught.value.failed)
    async with provisioner(place) as opened:
        await opened.apply(ORDER)
        desired = topology(opened.description.community, SETTINGS)
    assert await rooms_made(synapse_server, place.community) == len(desired.rooms)


async def test_the_service_plans_again_when_a_file_changes_and_stops_when_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioning.service._LOOK_EVERY", 0.05)
    place.set("provisioning", reconcile="apply")
    stop = asyncio.Event()
    with capture_logs() as logs:
        service = asyncio.create_task(watch(place.config, place.data, stop=stop))
        await until(lambda: len(said(logs, "applied")) == 1)
        await until(place.data.ready_file("serve").exists)
        changed = (place.config / "community.yaml").read_text().replace("name: Café", "name: Maquis")
        (place.config / "community.yaml").write_text(changed)
        await until(lambda: len(said(logs, "applied")) == 2)
        async with provisioner(place) as opened:
            cafe = (await opened.homeserver.snapshot()).rooms["cafe"]
        (place.config / "community.yaml").write_text("nonsense: [")
        await until(lambda: len(said(logs, "file_kept")) == 1)
        stop.set()
        await asyncio.wait_for(service, 60)
    assert said(logs, "applied")[1]["summary"] == "Plan: 0 to add, 2 to change, 0 to remove"
    assert cafe.state["m.room.name", ""] == {"name": "Maquis"}


async def test_the_service_carries_out_what_others_ask_for_and_shows_how_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot will ask so for a plan that was approved in chat."""
    monkeypatch.setattr("provisioning.service._LOOK_EVERY", 0.05)
    place.set("provisioning", http_port=0)
    async with provisioner(place) as opened:
        made, _ = await opened.plan()
        for digest in ("0" * 12, made.digest):
            payload = {"digest": digest, "actor": "@moussa.keita:palabre.localhost"}
            at = datetime.now(UTC)
            await file_raw(opened.store, NewJob("apply", payload, f"apply/{digest}"), at=at)
        stop = asyncio.Event()
        with capture_logs() as logs:
            service = asyncio.create_task(watch(place.config, place.data, stop=stop))
            await until(lambda: len(said(logs, "planned")) == 2)
            (served,) = said(logs, "health_served")
            text = await asyncio.to_thread(page, f"http://127.0.0.1:{served['port']}/metrics")
            stop.set()
            await asyncio.wait_for(service, 60)
        assert await opened.store.jobs.pending("apply") == ()
        audited = await opened.store.audit.read(limit=1000)
        assert (await opened.plan())[0].changes == ()
    (failed,) = said(logs, "job_failed")
    assert "There is no plan 000000000000 any more" in failed["reason"]
    assert {entry.actor for entry in audited} == {"@moussa.keita:palabre.localhost"}
    assert {entry.digest for entry in audited} == {made.digest}
    assert said(logs, "planned")[1]["summary"] == "Plan: 0 to add, 0 to change, 0 to remove"
    assert "palabre_provisioning_ready 1.0" in text


def page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own http address
        return str(answer.read().decode())


def said(logs: list[EventDict], event: str) -> list[EventDict]:
    return [entry for entry in logs if entry["event"] == event]


async def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)


# --- Palabre's own accounts ---------------------------------------------------------------------------------


async def test_the_provisioners_session_is_kept_and_replaced_when_it_has_ended(
    synapse_server: SynapseServer, place: Place
) -> None:
    own = synapse_server.own

    async def device() -> str:
        async with provisioner_client(synapse_server.url, own.provisioner, place.data) as http:
            path = "/_matrix/client/v3/account/whoami"
            return str((await http.send(Call("GET", path, "whoami")))["device_id"])

    first = await device()
    assert await device() == first
    kept = read_secret(place)
    assert stat.S_IMODE(place.data.secret("provisioner.json").stat().st_mode) == 0o600
    write_private_json(place.data.secret("provisioner.json"), {**kept, "access_token": "syt_ended"})
    assert await device() != first
    assert read_secret(place)["access_token"] != "syt_ended"


def read_secret(place: Place) -> dict[str, str]:
    secret: dict[str, str] = json.loads(place.data.secret("provisioner.json").read_text())
    return secret


async def test_making_own_accounts_again_changes_nothing(synapse_server: SynapseServer, place: Place) -> None:
    async with cutting_proxy(synapse_server.url) as proxy:
        write_private(place.data.embedded_url, f"{proxy.url}\n".encode())
        # What passwords they have is noted once.
        await make_own_accounts(place.data, load_settings(place.config))
        before = {path.name: path.read_bytes() for path in place.data.secrets.iterdir()}
        await make_own_accounts(place.data, load_settings(place.config))
        assert {path.name: path.read_bytes() for path in place.data.secrets.iterdir()} == before
        assert set(proxy.methods) == {"GET"}


@pytest.mark.parametrize("name", ["provisioner.json", "bot.json", "break-glass.json"])
async def test_a_lost_secret_is_named_and_no_password_is_reset(
    synapse_server: SynapseServer, place: Place, name: str
) -> None:
    place.data.secret(name).unlink()
    with pytest.raises(AccountMismatch, match=f"{name} does not open the account @palabre"):
        await make_own_accounts(place.data, load_settings(place.config))


async def test_a_secret_of_another_account_is_not_written_over(place: Place) -> None:
    write_private_json(place.data.secret("bot.json"), {"user_id": "@other:x", "password": "precious"})
    with pytest.raises(AccountMismatch):
        await make_own_accounts(place.data, load_settings(place.config))
    assert "precious" in place.data.secret("bot.json").read_text()


async def test_a_wrong_registration_secret_is_one_sentence(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    data = DataFolder(tmp_path / "new")
    data.prepare()
    with pytest.raises(MatrixRequestError, match="refused admin/register: M_"):
        await bootstrap_accounts(
            synapse_server.url, synapse_server.own, data, shared_secret="wrong", draw=lambda: PASSWORD
        )
