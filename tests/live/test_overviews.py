"""`palabre people` and `palabre rooms` on a real Synapse, with a real client, and with many people."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from matrix.http import Call, HomeserverClient
from provisioning.people_overview import people_overview
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.descriptions import SMALL
from tests.lib.peer_client import Peer, open_peer, until
from tests.lib.places import Place, make_place
from tests.lib.running import palabre
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


async def applied(server: SynapseServer, folder: Path) -> tuple[Place, list[str]]:
    """Return a place whose description was applied, and the user names of its people."""
    place = make_place(server, folder, SMALL)
    names = [place.rename(name) for name in ("moussa.keita", "claudine.uwase", "awa.diallo")]
    async with open_provisioner(place.config, place.data) as provisioner:
        await provisioner.apply(ApplyOptions("test", force=True))
    return place, names


async def listed(place: Place, what: str, *options: str) -> dict[str, dict[str, Any]]:
    code, out, error = await palabre(what, "--json", *options, *place.options)
    assert (code, error) == (0, "")
    return {each.get("username") or each["key"]: each for each in json.loads(out)[what]}


async def signed_in(server: SynapseServer, place: Place, peer: Peer, name: str) -> None:
    accounts = json.loads(place.data.sign_in.read_text())["accounts"]
    secret = next(each["password"] for each in accounts if each["user_id"] == server.user(name))
    await peer.login(server.url, name, secret)


async def test_people_are_shown_as_far_as_they_have_come(
    synapse_server: SynapseServer, tmp_path: Path
) -> None:
    place, (moussa, claudine, awa) = await applied(synapse_server, tmp_path)
    before = await listed(place, "people")
    assert {name: each["seen"] for name, each in before.items()} == dict.fromkeys((moussa, claudine, awa))
    async with open_peer() as ready, open_peer() as halfway:
        await signed_in(synapse_server, place, ready, moussa)
        await ready.call("recover")
        await signed_in(synapse_server, place, halfway, claudine)

        async def are_seen() -> bool:
            # Synapse notes every few seconds who was there.
            found = await listed(place, "people")
            return all(found[name]["seen"] for name in (moussa, claudine))

        await until(are_seen, 30, "the day on which they were seen")
        people = await listed(place, "people")
        today = {datetime.now(UTC).date(), (datetime.now(UTC) - timedelta(minutes=30)).date()}
        assert {people[name]["seen"] for name in (moussa, claudine)} <= {day.isoformat() for day in today}
        assert [people[moussa][what] for what in ("identity", "recovery", "devices", "unverified")] == [
            True,
            True,
            1,
            0,
        ]
        assert [people[claudine][what] for what in ("identity", "recovery", "devices", "unverified")] == [
            True,
            False,
            1,
            0,
        ]
        assert (people[awa]["devices"], people[awa]["account"], people[awa]["recovery"]) == (0, True, False)
        assert people[awa]["invitations"] > 0
        # Filters, and the table; nothing that is secret is in either.
        assert set(await listed(place, "people", "--expected")) == {awa}
        assert set(await listed(place, "people", "--unready")) == {claudine, awa}
        assert set(await listed(place, "people", "--role", "coordinator")) == {moussa}
        assert set(await listed(place, "people", "--city", "kigali")) == {claudine}
        code, out, _ = await palabre("people", *place.options)
        assert code == 0
        assert "3 people: 2 have signed in, 1 are ready." in out
        secrets = [each["password"] for each in json.loads(place.data.sign_in.read_text())["accounts"]]
        assert all(secret is None or secret not in out for secret in secrets)


async def test_rooms_are_shown_with_what_is_wrong(synapse_server: SynapseServer, tmp_path: Path) -> None:
    place, _ = await applied(synapse_server, tmp_path)
    rooms = await listed(place, "rooms")
    lobby = rooms["lobby"]
    assert lobby["is_encrypted"]
    assert lobby["members"] + lobby["invited"] <= 3
    days = {datetime.now(UTC).date().isoformat(), (datetime.now(UTC) - timedelta(hours=1)).date().isoformat()}
    assert lobby["active"] in days
    assert {name: each["problems"] for name, each in rooms.items() if each["problems"]} == {}
    # Somebody takes the bot out of one, and another gets another name.
    async with open_provisioner(place.config, place.data) as provisioner:
        actual = await provisioner.homeserver.snapshot()
    room_id = actual.rooms["cafe"].room_id
    async with synapse_server.provisioner() as http:
        kick = {"user_id": synapse_server.own.bot}
        await http.send(Call("POST", f"/_matrix/client/v3/rooms/{room_id}/kick", "kick", kick))
        path = f"/_matrix/client/v3/rooms/{actual.rooms['announcements'].room_id}/state/m.room.name/"
        await http.send(Call("PUT", path, "state", {"name": "Elsewhere"}))
    wrong = await listed(place, "rooms", "--problems")
    assert "no bot" in wrong["cafe"]["problems"]
    assert wrong["announcements"]["problems"] == ["not as described"]
    assert set(wrong) == {"cafe", "announcements"}
    code, out, _ = await palabre("rooms", *place.options)
    assert code == 0
    assert "the bot is missing" in out


@pytest.mark.parametrize("many", [50, pytest.param(200, marks=pytest.mark.soak)])
async def test_many_people_cost_no_more_requests_than_few(
    synapse_server: SynapseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    place, _ = await applied(synapse_server, tmp_path)
    few = await requests_for_people(place, monkeypatch, 3)
    path = place.config / "community.yaml"
    described = yaml.safe_load(path.read_text())
    described["members"] += [
        {
            "username": f"{place.community}.{number}",
            "name": f"Person {number}",
            "role": "city-lead",
            "city": "kigali",
            "languages": ["fr"],
        }
        for number in range(many)
    ]
    path.write_text(yaml.safe_dump(described, allow_unicode=True))
    await apply(place)
    sent = await requests_for_people(place, monkeypatch, many + 3)
    # Nobody has an identity yet, so nobody is asked for alone.
    assert "admin/accountdata" not in sent
    # Pages of rooms and accounts are of the whole homeserver, which others fill too: a page more at most.
    assert len(sent) <= len(few) + 1, (few, sent)


async def apply(place: Place) -> None:
    async with open_provisioner(place.config, place.data) as provisioner:
        await provisioner.apply(ApplyOptions("test", force=True))


async def requests_for_people(place: Place, monkeypatch: pytest.MonkeyPatch, people: int) -> list[str]:
    """Return what was asked of the homeserver for an overview of so many people."""
    sent: list[str] = []
    send = HomeserverClient.send

    async def counted(self: HomeserverClient, call: Call) -> Any:
        sent.append(call.what)
        return await send(self, call)

    with monkeypatch.context() as patch:
        patch.setattr(HomeserverClient, "send", counted)
        assert len(await people_overview(place.config, place.data)) == people
    return sent
