"""Whoever holds the registration secret alone makes the account of somebody who is described only next week."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from community.accounts.identities import discarded_name
from community.description.data_folder import DataFolder, write_private_json
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.cross_signing import shown_devices, shown_master_key
from matrix.errors import Forbidden, UnknownToken
from matrix.http import Call, HomeserverClient
from matrix.ids import AccessToken, RoomId, UserId
from provisioning.accounts import bootstrap_accounts
from provisioning.errors import AccountMismatch
from provisioning.plan import Plan
from provisioning.provisioner import ApplyOptions, Provisioner, open_provisioner
from provisioning.snapshot import Membership, OwnAccounts, Snapshot
from tests.lib.commands import Ran, on_a_terminal, palabre
from tests.lib.descriptions import SMALL
from tests.lib.peer_client import open_peer
from tests.lib.places import Place, make_place
from tests.lib.synapse_server import SynapseServer, running_synapse

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

THIEF = "what-the-thief-has-chosen"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseServer]:
    with running_synapse(tmp_path_factory.mktemp("made-before")) as running:
        yield running


@dataclass
class Attack:
    """``ada`` belongs to the safe room "safe" and is described only once somebody else has made her account."""

    server: SynapseServer
    place: Place
    provisioner: Provisioner
    ada: UserId
    token: AccessToken

    async def apply(self) -> None:
        await self.provisioner.apply(ApplyOptions("test"))

    async def look(self) -> tuple[Plan, Snapshot]:
        return await self.provisioner.plan()

    async def stands(self) -> dict[str, Membership]:
        """Return how she stands to each room of ours."""
        _, actual = await self.look()
        return {key: room.members[self.ada] for key, room in actual.rooms.items() if self.ada in room.members}

    async def may_enter(self) -> list[RoomId]:
        """Return the rooms of ours that the thief's token opens."""
        _, actual = await self.look()
        entered = []
        async with HomeserverClient(self.server.url, self.token, attempts=1) as http:
            for room in actual.rooms.values():
                assert room.room_id is not None
                try:
                    await ClientApi(http).join(room.room_id)
                except Forbidden:
                    continue
                entered.append(room.room_id)
        return entered

    async def palabre(self, *arguments: object) -> Ran:
        """Run a command of `palabre person` to its good end."""
        ran = await palabre("person", *arguments, *self.place.options)
        assert ran.code == 0, ran.err
        return ran

    async def thief_is_let_in(self) -> bool:
        """Whether either of what the thief holds still opens the account."""
        async with HomeserverClient(self.server.url, self.token, attempts=1) as http:
            try:
                await ClientApi(http).whoami()
            except UnknownToken:
                return await self.opens(THIEF)
            return True

    async def prepare(self) -> str:
        """Leave behind what may serve the thief later; return the name by which the invented identity is discarded."""
        async with HomeserverClient(self.server.url, self.token) as http:
            await ClientApi(http).create_room({"name": "Speaking freely"})
            path = f"/_matrix/client/v3/user/{self.ada}/account_data/m.push_rules.x"
            await http.send(Call("PUT", path, "account_data", {"here": "it is"}))
            key = shown_master_key(await ClientApi(http).query_keys([self.ada]), self.ada)
        assert key is not None
        return discarded_name(self.ada, key)

    async def assert_empty(self) -> None:
        """Nothing of what the thief had there is left but the identity, which nobody can use."""
        async with self.server.provisioner() as http:
            assert self.ada not in await AdminApi(http).administrators()
            assert await AdminApi(http).devices(self.ada) == ()
            assert await AdminApi(http).rooms_of(self.ada) == ()
            answer = await ClientApi(http).query_keys([self.ada])
            assert shown_devices(answer, self.ada) == ()

    async def opens(self, password: str) -> bool:
        return await self.provisioner.homeserver.opens(self.ada, password)


async def attacked(
    stack: AsyncExitStack, server: SynapseServer, folder: Path, *, admin: bool = False
) -> Attack:
    """Apply without ada, make her account as the thief does, and describe her."""
    place = make_place(server, folder, SMALL, existing="hold")
    names = [place.rename(name) for name in ("moussa.keita", "claudine.uwase", "awa.diallo")]
    path = place.config / "community.yaml"
    described: dict[str, Any] = yaml.safe_load(path.read_text())
    keepers = {"people": names[:2], "may": ["moderate"]}
    before = {
        "key": "safe",
        "for": "single",
        "policy": "safe",
        "who": [keepers],
        "name": "Freely",
        "topic": "-",
    }
    safe = {**before, "who": [keepers, {"people": names[2:]}]}
    others = [member for member in described["members"] if member["username"] != names[2]]
    (place.config / "directory.yaml").write_text("version: 1\n")
    path.write_text(yaml.safe_dump({**described, "members": others, "rooms": [*described["rooms"], before]}))
    async with open_provisioner(place.config, place.data) as provisioner:
        await provisioner.apply(ApplyOptions("test"))
    secret = server.data.secret("registration-shared-secret").read_text().strip()
    async with HomeserverClient(server.url) as http:
        token = await AdminApi(http).register_with_shared_secret(
            names[2], THIEF, shared_secret=secret, admin=admin
        )
    path.write_text(yaml.safe_dump({**described, "rooms": [*described["rooms"], safe]}))
    provisioner = await stack.enter_async_context(open_provisioner(place.config, place.data))
    return Attack(server, place, provisioner, server.user(names[2]), token)


async def test_an_account_that_was_made_before_gets_nothing_until_it_is_adopted(
    server: SynapseServer, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        attack = await attacked(stack, server, tmp_path)
        for _ in range(2):
            await attack.apply()
            assert await attack.stands() == {}
        assert await attack.may_enter() == []
        assert await attack.provisioner.store.people.find(attack.ada) is None
        made, actual = await attack.look()
        assert made.changes == ()
        assert made.held == {attack.ada}
        assert actual.accounts[attack.ada].name != "Awa Diallo"
        shown = await palabre("plan", *attack.place.options)
        assert (
            f"the account {attack.ada} was there before Palabre made it, so it gets nothing yet" in shown.out
        )

        adopted = await attack.palabre("adopt", attack.ada, "--yes")
        assert "1 account is its person's now" in adopted.out + adopted.err
        await attack.apply()
        stands = await attack.stands()
        assert {stands[key] for key in ("space", "lobby", "space.safe.safe")} == {Membership.JOINED}
        assert stands["exchange.waste"] is Membership.REQUESTED
        assert await attack.provisioner.store.people.find(attack.ada) is not None
        noted = await attack.provisioner.store.audit.read(about=(attack.ada,), limit=1000)
        assert [entry.action for entry in noted] == ["adopt-account", "set-display-name"]


async def test_many_at_once_are_listed_and_asked_about(server: SynapseServer, tmp_path: Path) -> None:
    """A homeserver that had people before Palabre came."""
    place = make_place(server, tmp_path, SMALL, existing="hold")
    users = [server.user(place.rename(n)) for n in ("moussa.keita", "claudine.uwase", "awa.diallo")]
    async with server.provisioner() as http:
        for user in users:
            await AdminApi(http).create_account(user, THIEF, "")
    adopt = ("person", "adopt", "--all", *place.options)
    silent = await palabre(*adopt)
    assert (silent.code, "Add --yes." in silent.err) == (1, True)
    refused, _ = await on_a_terminal(*adopt, typed="n\n")
    assert refused == 1
    assert "3 accounts are their people's" not in (await palabre("plan", *place.options)).out
    code, seen = await on_a_terminal(*adopt, typed="y\n")
    assert code == 0
    assert all(user in seen for user in users)
    assert "3 accounts are their people's now" in " ".join(seen.split())
    none = await palabre("person", "adopt", users[0], *place.options)
    assert f"The account {users[0]} is not held" in none.err
    async with open_provisioner(place.config, place.data) as provisioner:
        await provisioner.apply(ApplyOptions("test"))
        _, actual = await provisioner.plan()
    assert {actual.rooms["lobby"].members.get(user) for user in users} == {Membership.JOINED}


async def test_being_invited_by_hand_into_one_room_opens_no_other(
    server: SynapseServer, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        attack = await attacked(stack, server, tmp_path)
        await attack.apply()
        _, actual = await attack.look()
        lobby = actual.rooms["lobby"].room_id
        assert lobby is not None
        await attack.provisioner.homeserver.join(lobby, attack.ada)
        await attack.apply()
        assert await attack.stands() == {"lobby": Membership.JOINED}
        assert await attack.may_enter() == [lobby]
        assert await attack.provisioner.store.people.find(attack.ada) is None


async def test_a_new_password_takes_the_account_from_whoever_made_it(
    server: SynapseServer, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        attack = await attacked(stack, server, tmp_path, admin=True)
        thief = await stack.enter_async_context(open_peer())
        await thief.login(server.url, attack.ada, THIEF)
        invented = await attack.prepare()
        await attack.apply()

        await attack.palabre("reset-password", attack.ada, "--yes")
        assert not await attack.thief_is_let_in()
        assert (await thief.request("GET", "/_matrix/client/v3/account/whoami"))[0] == 401
        assert invented in await attack.provisioner.store.identities.discarded()
        await attack.assert_empty()

        await attack.apply()
        (entry,) = [e for e in attack.provisioner.book().accounts() if e["user_id"] == attack.ada]
        ada = await stack.enter_async_context(open_peer())
        await ada.login(server.url, attack.ada, entry["password"])
        assert {room["membership"] for room in await ada.rooms()} == {"join"}
        stands = await attack.stands()
        assert {stands[key] for key in ("space", "lobby", "space.safe.safe")} == {Membership.JOINED}
        assert (await attack.look())[0].held == frozenset()


@pytest.mark.parametrize("which", ["provisioner", "bot", "break_glass"])
async def test_an_account_of_our_own_that_somebody_else_has_made_is_not_taken(
    server: SynapseServer, tmp_path: Path, which: str
) -> None:
    """The file may have a password for it already: it is written before the account is made."""
    mark = uuid4().hex[:6]
    own = OwnAccounts(*(server.user(f"{name}.{mark}") for name in ("provisioner", "bot", "break-glass")))
    stolen: UserId = getattr(own, which)
    data = DataFolder(tmp_path / "data")
    data.prepare()
    path = data.secret(f"{which.replace('_', '-')}.json")
    write_private_json(path, {"user_id": stolen, "password": "drawn-before-a-kill"})
    secret = server.data.secret("registration-shared-secret").read_text().strip()
    async with HomeserverClient(server.url) as http:
        await AdminApi(http).register_with_shared_secret(
            stolen[1:].partition(":")[0], THIEF, shared_secret=secret, admin=False
        )
    with pytest.raises(AccountMismatch, match=f"does not open the account {stolen}"):
        await bootstrap_accounts(
            server.url, own, data, shared_secret=secret, draw=lambda: "drawn-now-and-long"
        )
