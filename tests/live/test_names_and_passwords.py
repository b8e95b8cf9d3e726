"""Names and passwords, with a real Synapse and a real client: who sets them, what somebody brought back finds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, MatrixRequestError
from matrix.http import Call, HomeserverClient
from matrix.ids import UserId
from provisioning.changes import SetDisplayName
from provisioning.first_passwords import FirstPasswords
from provisioning.provisioner import ApplyOptions, open_provisioner
from provisioning.snapshot import AccountClosure, Membership, Snapshot
from tests.lib.commands import on_a_terminal, palabre
from tests.lib.descriptions import SMALL
from tests.lib.peer_client import open_peer, until
from tests.lib.places import Place, make_place
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]

ORDER = ApplyOptions("test", force=True)
JOINED_AT_ONCE = ("lobby", "space", "space.theme.waste")


@pytest.fixture
def place(synapse_server: SynapseServer, tmp_path: Path) -> Place:
    return make_place(synapse_server, tmp_path, SMALL)


def describe(place: Place, username: str, /, **values: Any) -> None:
    """Change what is described of a member; None takes a line away."""
    path = place.config / "community.yaml"
    described = yaml.safe_load(path.read_text())
    (member,) = [member for member in described["members"] if member["username"] == username]
    for name, value in values.items():
        if value is None:
            del member[name]
        else:
            member[name] = value
    path.write_text(yaml.safe_dump(described, allow_unicode=True))


async def applied(place: Place) -> tuple[Snapshot, int]:
    """Apply; return what there is, and how many changes a second plan has."""
    async with open_provisioner(place.config, place.data) as provisioner:
        await provisioner.apply(ORDER)
        again, actual = await provisioner.plan()
    return actual, len(again.changes)


def first_passwords(place: Place) -> dict[str, str]:
    book = json.loads(place.data.sign_in.read_text())
    return {entry["user_id"]: entry["password"] for entry in book["accounts"]}


async def opens(server: SynapseServer, user: UserId, password: str) -> bool:
    """Whether somebody can sign in so: they do, as a person would, and out again."""
    async with HomeserverClient(server.url) as http:
        try:
            session = await ClientApi(http).login(user, password, device_name="test")
        except Forbidden:
            return False
        http.use_token(session.access_token)
        await ClientApi(http).logout()
        return True


# --- coming back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closing", list(AccountClosure))
async def test_somebody_is_brought_back_as_the_coordinators_page_says(
    synapse_server: SynapseServer, place: Place, closing: AccountClosure
) -> None:
    name = place.rename("awa.diallo")
    path = place.config / "community.yaml"
    path.write_text(f"{path.read_text()}\nleavers: {closing.value}\n")
    user = synapse_server.user(name)
    await applied(place)
    first = first_passwords(place)[user]
    assert await opens(synapse_server, user, first)

    describe(place, name, status="left")
    gone, left_to_do = await applied(place)
    assert (gone.accounts[user].closed, left_to_do) == (closing, 0)
    assert user not in first_passwords(place)

    describe(place, name, status=None, name="Awa Keïta")
    planned = await palabre("plan", *place.options)
    assert f"the account {user} is closed; to open it again: palabre plan --again {user}" in planned.out
    shown = await palabre("plan", *place.options, "--again", name)
    assert f"~ account {user}: opened again" in shown.out
    done = await palabre("apply", *place.options, "--again", name, "--yes")
    assert done.code == 0
    new = first_passwords(place)[user]
    assert new not in done.out + done.err
    assert await opens(synapse_server, user, new)
    assert not await opens(synapse_server, user, first)
    async with open_provisioner(place.config, place.data) as provisioner:
        again, actual = await provisioner.plan()
    assert again.changes == ()
    assert actual.accounts[user].name == "Awa Keïta"
    stands = {key: room.members.get(user) for key, room in actual.rooms.items()}
    assert {stands[key] for key in JOINED_AT_ONCE} == {Membership.JOINED}
    assert stands["exchange.waste"] is Membership.REQUESTED


# --- first passwords ----------------------------------------------------------------------------------------------


async def test_a_first_password_leaves_the_file_once_its_person_has_changed_it_and_nobody_is_told_of_the_look(
    synapse_server: SynapseServer, place: Place
) -> None:
    name = place.rename("awa.diallo")
    user = synapse_server.user(name)
    await applied(place)
    first = first_passwords(place)[user]
    async with open_peer() as awa, open_provisioner(place.config, place.data) as provisioner:
        await awa.login(synapse_server.url, user, first)
        entries = [e for e in provisioner.book().accounts() if e["user_id"] == user]
        only = provisioner.book()
        only.forget([UserId(e["user_id"]) for e in only.accounts() if e["user_id"] != user])
        passwords = FirstPasswords(lambda: datetime.now(UTC))
        await passwords.look(provisioner.homeserver, place.data, provisioner.book())
        assert provisioner.book().accounts() == entries
        async with synapse_server.provisioner() as http:
            assert len(await AdminApi(http).devices(user)) == 1

        auth = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user},
            "password": first,
        }
        body = {"new_password": "a-password-of-my-own", "logout_devices": False, "auth": auth}
        status, answer = await awa.request("POST", "/_matrix/client/v3/account/password", body)
        assert status == 200, answer
        later = FirstPasswords(lambda: datetime.now(UTC))
        await later.look(provisioner.homeserver, place.data, provisioner.book())
        assert provisioner.book().accounts() == []
        status, _ = await awa.request("GET", "/_matrix/client/v3/account/whoami")
        assert status == 200


async def test_a_reset_password_opens_the_account_and_is_shown_on_a_terminal_only(
    synapse_server: SynapseServer, place: Place
) -> None:
    name = place.rename("awa.diallo")
    user = synapse_server.user(name)
    await applied(place)
    passwords = [first_passwords(place)[user]]
    async with open_peer() as awa:
        await awa.login(synapse_server.url, user, passwords[0])

        nobody = await palabre("person", "reset-password", name, *place.options)
        assert (nobody.code, first_passwords(place)[user]) == (1, passwords[0])
        piped = await palabre("person", "reset-password", name, *place.options, "--yes")
        passwords.append(first_passwords(place)[user])
        assert piped.code == 0, piped.err
        assert passwords[1] not in piped.out + piped.err
        assert str(place.data.sign_in) in piped.out
        assert await opens(synapse_server, user, passwords[1])
        assert not await opens(synapse_server, user, passwords[0])
        status, _ = await awa.request("GET", "/_matrix/client/v3/account/whoami")
        assert status == 200, "without --sign-out nobody is signed out"

        code, seen = await on_a_terminal(
            "person", "reset-password", user, *place.options, "--yes", "--sign-out"
        )
        passwords.append(first_passwords(place)[user])
        assert code == 0, seen
        assert passwords[2] in seen
        assert await opens(synapse_server, user, passwords[2])
        status, _ = await awa.request("GET", "/_matrix/client/v3/account/whoami")
        assert status == 401

    audit = await palabre("audit", *place.options, "--subject", user, "--json")
    assert [
        line["outcome"] for line in json.loads(audit.out)["entries"] if line["action"] == "reset-password"
    ] == ["started", "done"] * 2
    kept = [audit.out, *(path.read_text(errors="replace") for path in synapse_server.data.logs.iterdir())]
    assert not any(password in text for password in passwords for text in kept)


# --- names --------------------------------------------------------------------------------------------------------


def _name_attempts(user: UserId, room_id: str) -> dict[str, tuple[str, str, dict[str, str]]]:
    profile = f"/_matrix/client/v3/profile/{user}/displayname"
    member = f"/_matrix/client/v3/rooms/{room_id}/state/m.room.member/{user}"
    another = {"membership": "join", "displayname": "Moussa Keïta"}
    return {
        "profile": ("PUT", profile, {"displayname": "Moussa Keïta"}),
        "no name": ("PUT", profile, {"displayname": ""}),
        "taken away": ("DELETE", profile, {}),
        "in one room": ("PUT", member, another),
        "joining again": ("POST", f"/_matrix/client/v3/join/{room_id}", another),
    }


async def test_nobody_changes_their_name_and_whoever_is_renamed_is_seen_so_by_others(
    synapse_server: SynapseServer, place: Place
) -> None:
    names = {username: place.rename(username) for username in ("awa.diallo", "claudine.uwase")}
    awa, claudine = (synapse_server.user(name) for name in names.values())
    actual, _ = await applied(place)
    lobby = str(actual.rooms["lobby"].room_id)
    passwords = first_passwords(place)
    async with open_peer() as hers, open_peer() as others:
        await hers.login(synapse_server.url, awa, passwords[awa])
        await others.login(synapse_server.url, claudine, passwords[claudine])

        async def seen() -> str | None:
            name: str | None = (await others.call("names", roomId=lobby)).get(awa)
            return name

        for what, (verb, path, body) in _name_attempts(awa, lobby).items():
            status, answer = await hers.request(verb, path, body)
            assert await said_by_server(others.request, awa, lobby) == {"Awa Diallo"}, (what, status, answer)
        assert await seen() == "Awa Diallo"

        describe(place, names["awa.diallo"], name="Awa Keïta")
        async with open_provisioner(place.config, place.data) as provisioner:
            made, _ = await provisioner.plan()
            assert made.changes == (SetDisplayName(awa, "Awa Keïta", "Awa Diallo"),)
        _, left_to_do = await applied(place)
        assert left_to_do == 0

        async def renamed() -> bool:
            return await seen() == "Awa Keïta"

        await until(renamed, 30, "the new name")
        assert await said_by_server(others.request, awa, lobby) == {"Awa Keïta"}


async def said_by_server(request: Callable[..., Any], user: UserId, room_id: str) -> set[str | None]:
    """Return what somebody is called in their profile and in a room, as another person asks for it."""
    _, profile = await request("GET", f"/_matrix/client/v3/profile/{user}")
    _, members = await request("GET", f"/_matrix/client/v3/rooms/{room_id}/joined_members")
    return {profile.get("displayname"), members["joined"][user].get("display_name")}


@pytest.mark.parametrize("preset", ["private_chat", "trusted_private_chat", "public_chat", None])
async def test_what_a_member_makes_is_encrypted_and_has_no_address_and_no_entry_in_a_list(
    synapse_server: SynapseServer, preset: str | None
) -> None:
    body: dict[str, Any] = {"name": "Accueil · Lobby", **({} if preset is None else {"preset": preset})}
    async with synapse_server.person(f"maker-{preset}".lower()) as http:
        room_id = await ClientApi(http).create_room(
            {**body, "initial_state": [{"type": "m.room.encryption", "state_key": "", "content": {}}]}
        )
        path = f"/_matrix/client/v3/rooms/{room_id}/state/m.room.encryption/"
        assert (await http.send(Call("GET", path, "rooms/state")))["algorithm"] == "m.megolm.v1.aes-sha2"
        with pytest.raises(MatrixRequestError) as refused:
            await ClientApi(http).create_room({**body, "room_alias_name": f"maker-{preset}"})
        assert refused.value.status == 403
        # Synapse makes such a room and lists it nowhere.
        await ClientApi(http).create_room({**body, "visibility": "public"})
        listed = await http.send(Call("GET", "/_matrix/client/v3/publicRooms", "publicRooms"))
        assert listed["chunk"] == []
