"""A homeserver that is there already, set up by others: `palabre init`, `connect`, `doctor`, `plan`, `apply`, `ask`.

The commands are run as a person runs them; the homeserver is a real Synapse with a playbook's configuration.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, UnknownToken
from matrix.http import Call, HomeserverClient
from matrix.ids import AccessToken, UserId
from tests.lib.commands import Ran, on_a_terminal, palabre
from tests.lib.descriptions import SMALL
from tests.lib.documented import documented, words_of
from tests.lib.foreign_synapse import NAME, ForeignSynapse, foreign_synapse
from tests.lib.peer_client import open_peer
from tests.lib.synapse_server import PASSWORD

pytestmark = [pytest.mark.live, pytest.mark.timeout(420)]

OURS = "palabre-provisioner"
EXPECTED = {
    "federation": "federation_domain_whitelist: []",
    "profiles": "require_auth_for_profile_requests: true",
    "password-length": "minimum_length: 12",
    "names": "enable_set_displayname: false",
    "addresses": "enable_3pid_changes: false",
    "directory": "user_directory: {search_all_users: false}",
    "strangers": "limit_profile_requests_to_users_who_share_rooms: true",
    "polls": "msc3381_polls_enabled: true",
    "not-seen": "matrix_synapse_configuration_extension_yaml",
}
"""What the doctor says of a homeserver with the playbook's defaults, and a part of each remedy."""


@pytest.fixture(scope="module")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignSynapse]:
    with foreign_synapse(tmp_path_factory.mktemp("foreign") / "synapse") as made:
        yield made


@dataclass
class OperatorDesk:
    """Where the nephew sits: a folder with the network that `palabre init` has written."""

    homeserver: ForeignSynapse
    folder: Path

    @property
    def places(self) -> tuple[object, ...]:
        return ("--config", self.folder / "network/config", "--data", self.folder / "data")

    async def run(self, *arguments: object) -> Ran:
        return await palabre(*arguments, *self.places)

    async def type(self, command: str, typed: str, options: Sequence[object], *hidden: str) -> str:
        """Type a command of the documents, which succeeds, and what it asks for; return what is to be seen."""
        code, seen = await on_a_terminal(*words_of(command), *options, typed=typed, hidden=hidden)
        assert code == 0, seen
        return seen

    async def connect(self, token: str) -> Ran:
        path = self.folder / "token"
        path.write_text(f"{token}\n")
        path.chmod(0o600)
        return await self.run("connect", "--token-file", path)

    async def findings(self, words: Sequence[str] = ("doctor",)) -> dict[str, dict[str, Any]]:
        """Return what the doctor says of the homeserver."""
        said = json.loads((await self.run(*words, "--json")).out)["findings"]
        return {
            each["name"].removeprefix("homeserver/"): each
            for each in said
            if each["name"].startswith("homeserver")
        }

    @property
    def secret(self) -> Path:
        return self.folder / "data/secrets/provisioner.json"


@pytest.fixture
async def desk(homeserver: ForeignSynapse, tmp_path: Path) -> OperatorDesk:
    answers = tmp_path / "answers.yaml"
    answers.write_text(
        f"{{domain: {NAME}, homeserver: '{homeserver.url}', name: Small network, languages: fr, run: existing}}"
    )
    written = await palabre(
        "init", "--to", tmp_path / "network", "--answers", answers, "--data", tmp_path / "data"
    )
    assert written.code == 0, written.err
    assert "palabre connect" in written.out
    return OperatorDesk(homeserver, tmp_path)


async def test_only_an_administrators_account_that_nobody_uses_is_taken(desk: OperatorDesk) -> None:
    server = desk.homeserver
    boss, member = await server.register("boss", admin=True), await server.register("ama", admin=False)

    async def refused(token: str) -> str:
        ran = await desk.connect(token)
        assert ran.code == 1, ran.out
        assert not desk.secret.exists()
        assert token not in ran.err + ran.out
        return ran.err

    assert "does not know this token" in await refused("syt_bm90aGluZw_made_up")
    assert f"is of @boss:{NAME}. Palabre takes only that of @{OURS}:{NAME}" in await refused(boss)
    assert f"is of @ama:{NAME}" in await refused(member)
    # The right name, and no administrator.
    plain = await server.register(OURS, admin=False)
    assert f"The account @{OURS}:{NAME} must be an administrator" in await refused(plain)
    async with HomeserverClient(server.url, boss) as http:
        path = f"/_synapse/admin/v1/users/@{OURS}:{NAME}/admin"
        await _put(http, path, {"admin": True})
        # The right name, an administrator, and somebody has signed in with Element.
        async with open_peer() as person:
            await person.login(server.url, f"@{OURS}:{NAME}", PASSWORD)
        assert "Somebody uses the account" in await refused(plain)
        # Nothing of these accounts was changed by looking.
        await ClientApi(http).whoami()
        assert await ClientApi(http).password_opens(UserId(f"@{OURS}:{NAME}"), PASSWORD)


async def _put(http: HomeserverClient, path: str, body: dict[str, Any]) -> None:
    await http.send(Call("PUT", path, "admin/users/admin", body))


async def test_from_a_token_to_an_answer(desk: OperatorDesk) -> None:
    provisioner = "palabre-keeper"
    shutil.rmtree(desk.folder / "network")
    with documented("docs/operator.md", "An existing homeserver") as next_command:
        url = desk.homeserver.url
        written = await desk.type(
            next_command("palabre init"),
            f"{NAME}\nSmall network\nfr\nexisting\n{url}\n",
            ("--to", desk.folder / "network", "--data", desk.folder / "data"),
        )
        assert "palabre connect" in written
        settings = desk.folder / "network/config/settings.yaml"
        settings.write_text(settings.read_text() + f"accounts: {{provisioner: {provisioner}}}\n")
        before = await desk.findings()
        assert before["token"]["state"] == "fault"
        assert "palabre connect" in before["token"]["remedy"]
        token = await desk.homeserver.register(provisioner, admin=True)
        connected = await desk.type(next_command("palabre connect"), "", desk.places, token)
        assert "Nobody can sign in as that account any more" in connected
        assert desk.secret.stat().st_mode & 0o077 == 0
        await _assert_sealed(desk, UserId(f"@{provisioner}:{NAME}"), token)
        # Again: the same token, and nothing is made twice.
        again = await desk.connect(token)
        assert (again.code, f"Delete {desk.folder / 'token'}" in again.out) == (0, True)
        found = await desk.findings(words_of(next_command("palabre doctor")))
        _assert_expected(found)
        for name in ("community.yaml", "directory.yaml", "calendar.yaml"):
            shutil.copyfile(SMALL / name, desk.folder / "network/config" / name)
        planned = await desk.run(*words_of(next_command("palabre plan")))
        assert planned.code == 0, planned.err
        assert "Applied: " in await desk.type(next_command("palabre apply"), "y\n", desk.places)
    asked = await desk.run("ask", "who leads on waste in Kigali?")
    assert "Claudine Uwase" in asked.out
    # In a room by now, the bot finds that anybody could make aliases.
    aliases = (await desk.findings())["aliases"]
    assert f"user_id: '@{provisioner}:{NAME}', action: allow" in aliases["remedy"]
    assert token not in connected + planned.out


def _assert_expected(found: Mapping[str, Mapping[str, Any]]) -> None:
    assert {name: each["state"] for name, each in found.items()} == dict.fromkeys(EXPECTED, "warning") | {
        "polls": "ok",
        "not-seen": "ok",
    }
    assert [name for name, line in EXPECTED.items() if line not in found[name]["remedy"]] == []
    assert "matrix_homeserver_federation_enabled: false" in found["federation"]["remedy"]
    assert "synapse.additional" in found["not-seen"]["remedy"]


async def _assert_sealed(desk: OperatorDesk, account: UserId, token: AccessToken) -> None:
    async with HomeserverClient(desk.homeserver.url) as http:
        assert not await ClientApi(http).password_opens(account, PASSWORD)
    notes = json.loads((desk.folder / "data/secrets/sealed-identities.json").read_text())
    assert set(notes) == {account, f"@palabre-break-glass:{NAME}"}
    async with HomeserverClient(desk.homeserver.url, token) as http:
        admin = AdminApi(http)
        for name in ("palabre", "palabre-break-glass"):
            assert await admin.find_account(UserId(f"@{name}:{NAME}")) is not None
        assert await admin.has_no_rate_limit(UserId(f"@palabre:{NAME}"))


async def test_by_a_password_that_is_thrown_away(desk: OperatorDesk) -> None:
    settings = desk.folder / "network/config/settings.yaml"
    named = "accounts: {provisioner: by-password, bot: by-password-bot, break_glass: by-password-glass}\n"
    settings.write_text(settings.read_text() + named)
    first = await desk.homeserver.register("by-password", admin=True)
    path = desk.folder / "password"
    path.write_text("not the password\n")
    wrong = await desk.run("connect", "--password-file", path)
    assert (wrong.code, "does not open the account" in wrong.err) == (1, True)
    path.write_text(PASSWORD)
    connected = await desk.run("connect", "--password-file", path)
    assert connected.code == 0, connected.err
    # Every session that was there before is over.
    async with HomeserverClient(desk.homeserver.url, first) as http:
        with pytest.raises((UnknownToken, Forbidden)):
            await ClientApi(http).whoami()


async def test_an_address_without_the_admin_api_and_another_homeservers(
    desk: OperatorDesk, homeserver: ForeignSynapse
) -> None:
    settings = desk.folder / "network/config/settings.yaml"
    text = settings.read_text()
    token = await homeserver.register("elsewhere", admin=True)
    settings.write_text(text.replace(NAME, "example.com"))
    there = await desk.connect(token)
    assert (there.code, f"is the homeserver of {NAME}, not of example.com" in there.err) == (1, True)
    settings.write_text(text.replace(homeserver.url, "http://127.0.0.1:9"))
    away = await desk.findings()
    assert away["homeserver"]["state"] == "fault"
    assert "matrix_synapse_container_client_api_host_bind_port" in away["homeserver"]["remedy"]
