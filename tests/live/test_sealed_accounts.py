"""Sealed accounts: attacked with what a thief could hold, on a real Synapse and with real clients."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import structlog
import vodozemac

from community.accounts.faults import FaultKind
from community.description.data_folder import read_private_json, write_private_json
from community.description.load import load_settings
from community.description.settings import Settings
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import Store
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.cross_signing import Identity, SigningKey
from matrix.errors import Forbidden, NeedsPassword, UnknownToken
from matrix.http import Call, HomeserverClient
from matrix.ids import AccessToken, EventId, RoomId, UserId
from palabre_cli.options import user_name
from provisioning.errors import CannotRenew, RenewalRefused
from provisioning.own_accounts import make_own_accounts
from provisioning.provisioner import open_provisioner
from provisioning.resealing import reseal_accounts
from provisioning.token_renewal import PREFIX
from provisioning.topology import own_accounts
from tests.lib.crowd import CrowdDevice, device_keys_of, upload_body_of
from tests.lib.descriptions import SMALL
from tests.lib.peer_client import open_peer, until
from tests.lib.places import Place, make_place, with_safe_room
from tests.lib.running import palabre
from tests.lib.serving import serving
from tests.lib.synapse_server import PASSWORD, SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]


@pytest.fixture
def place(server: SynapseServer, tmp_path: Path) -> Place:
    return make_place(server, tmp_path, SMALL)


async def doctor(place: Place) -> dict[str, str]:
    """Return what the doctor says of accounts and safe rooms: states by name."""
    _, out, error = await palabre("doctor", "--json", *place.options)
    assert error == ""
    findings = json.loads(out)["findings"]
    return {f["name"]: f["state"] for f in findings if f["name"].startswith(("accounts", "safe-room"))}


def fault(kind: FaultKind, account: str, room: str = "") -> dict[str, str]:
    return {f"accounts/{kind}/{account}/{room}": "fault"}


async def notices(place: Place, kind: NoticeKind) -> list[Notice]:
    async with await Store.open(place.data.store_url) as store:
        told = [Notice.decoded(request.payload) for request in await store.jobs.pending("notice")]
    return [notice for notice in told if notice.kind is kind]


async def told(place: Place, kind: NoticeKind) -> Notice:
    """Wait until the one notice of a kind is filed."""

    async def look() -> list[Notice]:
        return await notices(place, kind)

    (found,) = await until(look, 60, f"a notice {kind}")
    notice: Notice = found
    assert notice.audience == COORDINATORS
    return notice


def secret_of(place: Place, name: str = "provisioner.json") -> dict[str, str]:
    secret = read_private_json(place.data.secret(name))
    assert secret is not None
    return secret


def other_keys(user_id: UserId) -> dict[str, Any]:
    return Identity(user_id, *(SigningKey(os.urandom(32)) for _ in range(3))).upload_body()


def thief_of(place: Place) -> CrowdDevice:
    """Return what a thief makes of ``secrets/provisioner.json``: a device of the provisioner's."""
    secret = secret_of(place)
    return CrowdDevice(
        secret["user_id"], secret["device_id"], vodozemac.Account(), token=secret["access_token"]
    )


async def test_both_are_sealed_from_the_beginning_and_a_token_or_no_password_opens_nothing(
    server: SynapseServer, place: Place
) -> None:
    own = server.own
    assert sorted(secret_of(place)) == ["access_token", "device_id", "user_id"]
    await make_own_accounts(place.data, load_settings(place.config))
    assert await doctor(place) == {"accounts": "ok"}
    async with server.provisioner() as http:
        answer = await ClientApi(http).query_keys(own.sealed)
        assert set(answer["master_keys"]) == set(own.sealed)
        with pytest.raises(NeedsPassword):
            await ClientApi(http).upload_cross_signing_keys(other_keys(own.provisioner))
    async with HomeserverClient(server.url) as http:
        with pytest.raises(Forbidden):
            await ClientApi(http).login(own.provisioner, PASSWORD, device_name="thief")


async def test_a_thief_of_the_token_signs_no_device_gets_no_key_and_is_told_of(
    server: SynapseServer, place: Place
) -> None:
    thief, own = thief_of(place), server.own
    async with server.person("awa") as _, HomeserverClient(server.url, AccessToken(thief.token)) as http:
        client = ClientApi(http)
        await client.upload_keys(upload_body_of(thief, one_time_keys=10))
        identity = Identity(own.provisioner, *(SigningKey(os.urandom(32)) for _ in range(3)))
        with pytest.raises(NeedsPassword):
            await client.upload_cross_signing_keys(identity.upload_body())
        signed = identity.signed_device(device_keys_of(thief))
        answer = await client.upload_signatures({own.provisioner: {thief.device_id: signed}})
        assert answer["failures"]
        async with open_peer() as peer:
            await peer.login(server.url, server.user("awa"), PASSWORD)
            body = {
                "invite": [own.provisioner],
                "initial_state": [
                    {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
                ],
            }
            room_id = await peer.call("createRoom", body=body)
            await client.join(RoomId(room_id))

            async def knows() -> bool:
                return own.provisioner in await peer.call("members", roomId=room_id)

            await until(knows, 30, "the provisioner to be in the room")
            event_id = await peer.ask(room_id, "not for the thief")

            async def withheld() -> list[Any]:
                await thief.take_in(server.url)
                return thief.withheld

            await until(withheld, 30, "the notice that no key comes")
            assert {notice["code"] for notice in thief.withheld} == {"m.unverified"}
            assert thief.known_keys == {}
            event = await client.event(RoomId(room_id), EventId(event_id))
            with pytest.raises(KeyError):
                thief.read(event)
    assert await doctor(place) == fault(FaultKind.DEVICE_KEYS, own.provisioner)
    async with serving(place):
        notice = await told(place, NoticeKind.ACCOUNT_FAULT)
    assert notice.values == {"fault": "device-keys", "account": own.provisioner, "room": ""}
    async with await Store.open(place.data.store_url) as store:
        audited = await store.audit.read(about=(own.provisioner,))
    assert [entry.action for entry in audited] == ["fault"]
    await seal_anew(place, thief.token)


async def test_a_replaced_identity_is_noticed(server: SynapseServer, place: Place) -> None:
    """By an administrator's reset of the password, and by break-glass's own password from its envelope."""
    own = server.own
    reset = fault(FaultKind.PASSWORD_RESET, own.provisioner)
    await make_own_accounts(place.data, load_settings(place.config))
    async with server.provisioner() as http:
        await AdminApi(http).set_password(own.provisioner, "a-thief's-password", sign_out=False)
        await ClientApi(http).upload_cross_signing_keys(
            other_keys(own.provisioner), user_id=own.provisioner, password="a-thief's-password"
        )
    assert await doctor(place) == {**fault(FaultKind.OTHER_IDENTITY, own.provisioner), **reset}
    async with HomeserverClient(server.url) as http:
        envelope = secret_of(place, "break-glass.json")["password"]
        session = await ClientApi(http).login(own.break_glass, envelope, device_name="thief")
        http.use_token(session.access_token)
        await ClientApi(http).upload_cross_signing_keys(
            other_keys(own.break_glass), user_id=own.break_glass, password=envelope
        )
    both = {k: v for user in own.sealed for k, v in fault(FaultKind.OTHER_IDENTITY, user).items()}
    assert await doctor(place) == {**both, **reset}
    await seal_anew(place, session.access_token, secret_of(place)["access_token"])


async def test_a_reset_password_of_the_bot_is_noticed_in_the_plan_too_and_sealing_puts_it_back(
    server: SynapseServer, place: Place
) -> None:
    own, password = server.own, secret_of(place, "bot.json")["password"]
    await make_own_accounts(place.data, load_settings(place.config))
    async with server.provisioner() as http:
        await AdminApi(http).set_password(own.bot, "a-thief's-password", sign_out=False)
        await AdminApi(http).create_account(UserId(f"@mallory:{own.server}"), PASSWORD, "M")
    assert await doctor(place) == fault(FaultKind.PASSWORD_RESET, own.bot)
    _, out, _ = await palabre("doctor", *place.options)
    assert (
        f"! 1 account on the homeserver is not described, and is in no room of ours: @mallory:{own.server}."
        in out
    )
    _, out, _ = await palabre("plan", *place.options)
    assert f"! The password of Palabre's own account {own.bot} was changed, and not by Palabre." in out
    assert (
        f"! 1 account on the homeserver is not described, and is in no room of ours: @mallory:{own.server}."
        in out
    )
    await seal_anew(place)
    async with HomeserverClient(server.url) as http:
        assert await ClientApi(http).password_opens(own.bot, password)


async def seal_anew(place: Place, *stolen: str) -> None:
    """Seal both accounts anew: who had a token has none that is good, and the envelope's password fits."""
    envelope = secret_of(place, "break-glass.json")
    code, out, _ = await palabre("seal", *place.options)
    assert (code, "sealed anew" in out) == (0, True)
    await assert_sealing_told(place, f"cli:{user_name()}")
    assert await doctor(place) == {"accounts": "ok"}
    assert sorted(secret_of(place)) == ["access_token", "device_id", "user_id"]
    async with HomeserverClient(place.data.embedded_url.read_text().strip()) as http:
        for token in stolen:
            http.use_token(AccessToken(token))
            with pytest.raises(UnknownToken):
                await ClientApi(http).whoami()
        http.use_token(None)
        user = UserId(envelope["user_id"])
        session = await ClientApi(http).login(user, envelope["password"], device_name="test")
        assert session.user_id == user


async def assert_sealing_told(place: Place, actor: str) -> None:
    """The audit has a line for each account, and coordinators are told of each."""
    own = own_accounts(Settings())
    async with await Store.open(place.data.store_url) as store:
        lines = [entry for entry in await store.audit.read() if entry.action == "seal-account"]
    assert {(line.subject, line.actor) for line in lines} == {(user, actor) for user in own.sealed}
    assert len(lines) == len(own.sealed)
    filed = await notices(place, NoticeKind.ACCOUNT_SEALED)
    assert {(n.audience, n.values["account"]) for n in filed} == {(COORDINATORS, user) for user in own.sealed}


async def test_a_sealing_that_was_killed_before_it_was_told_is_told_by_the_next_that_looks(
    server: SynapseServer, place: Place
) -> None:
    await reseal_accounts(server.url, server.own, place.data, actor="cli:ada")
    for _ in range(2):
        async with open_provisioner(place.config, place.data):
            pass
        await assert_sealing_told(place, "cli:ada")


async def test_an_unknown_administrator_and_break_glass_in_a_room_are_faults_until_they_are_gone(
    server: SynapseServer, place: Place
) -> None:
    own = server.own
    secret = server.data.secret("registration-shared-secret").read_text().strip()
    async with HomeserverClient(server.url) as http:
        await AdminApi(http).register_with_shared_secret(
            "mallory", PASSWORD, shared_secret=secret, admin=True
        )
    mallory = fault(FaultKind.ADMINISTRATOR, server.user("mallory"))
    assert await doctor(place) == mallory
    async with server.person("break-glass-host") as http:
        room_id = await ClientApi(http).create_room({"preset": "public_chat"})
    async with server.provisioner() as http:
        until_then = {"valid_until_ms": 32_000_000_000_000}
        path = f"/_synapse/admin/v1/users/{own.break_glass}/login"
        token = (await http.send(Call("POST", path, "login", until_then)))["access_token"]
    async with HomeserverClient(server.url, AccessToken(token)) as http:
        await ClientApi(http).join(room_id)
        assert await doctor(place) == {**fault(FaultKind.BREAK_GLASS_INSIDE, own.break_glass), **mallory}
        await ClientApi(http).leave(room_id)
    place.set("accounts", administrators=["mallory"])
    assert await doctor(place) == {"accounts": "ok"}


async def test_a_lost_token_is_renewed_once_and_told(server: SynapseServer, place: Place) -> None:
    own, before = server.own, secret_of(place)
    async with HomeserverClient(server.url, AccessToken(before["access_token"])) as http:
        await ClientApi(http).logout()
    with structlog.testing.capture_logs() as logs:
        async with serving(place):
            notice = await told(place, NoticeKind.TOKEN_RENEWED)
    assert notice.values == {"account": own.provisioner}
    after = secret_of(place)
    assert sorted(after) == ["access_token", "device_id", "user_id"]
    assert not place.data.secret("renewal.json").exists()
    async with await Store.open(place.data.store_url) as store:
        audited = await store.audit.read(about=(own.provisioner,))
    assert [entry.action for entry in audited] == ["renew-token"]
    async with HomeserverClient(server.url, AccessToken(before["access_token"])) as http:
        with pytest.raises(UnknownToken):
            await ClientApi(http).whoami()
        http.use_token(AccessToken(after["access_token"]))
        assert await AdminApi(http).administrators() == (own.provisioner,)
        ended = [a for a in await AdminApi(http).accounts() if a.user_id.startswith(f"@{PREFIX}")]
        assert [account.deactivated for account in ended] == [True]
    written = repr(logs) + "".join(p.read_text() for p in place.data.logs.iterdir())
    registration = place.data.secret("registration-shared-secret").read_text().strip()
    for precious in (before["access_token"], after["access_token"], registration):
        assert precious not in written


async def test_without_the_registration_secret_it_says_what_to_do_and_a_password_is_taken(
    server: SynapseServer, place: Place
) -> None:
    own, path = server.own, place.data.secret("provisioner.json")
    place.data.secret("registration-shared-secret").unlink()
    write_private_json(path, {**secret_of(place), "access_token": "syt_lost"})
    code, out, error = await palabre("plan", *place.options)
    assert (code, out) == (1, "")
    sentence = str(CannotRenew(own.provisioner, path, place.data.secret("registration-shared-secret")))
    assert " ".join(error.split()) == sentence
    async with server.provisioner() as http:
        await AdminApi(http).set_password(own.provisioner, "set-by-an-administrator", sign_out=False)
    write_private_json(path, {**secret_of(place), "password": "set-by-an-administrator"})
    assert (await palabre("plan", *place.options))[0] == 0
    assert sorted(secret_of(place)) == ["access_token", "device_id", "user_id"]
    async with HomeserverClient(server.url) as http:
        with pytest.raises(Forbidden):
            await ClientApi(http).login(own.provisioner, "set-by-an-administrator", device_name="thief")


async def test_a_closed_account_is_not_opened_again_and_makes_no_heap_of_administrators(
    server: SynapseServer, place: Place
) -> None:
    own = server.own
    secret = server.data.secret("registration-shared-secret").read_text().strip()
    async with HomeserverClient(server.url) as http:
        http.use_token(
            await AdminApi(http).register_with_shared_secret(
                "owner", PASSWORD, shared_secret=secret, admin=True
            )
        )
        await AdminApi(http).deactivate(own.provisioner)
        for _ in range(3):
            with pytest.raises(RenewalRefused):
                async with open_provisioner(place.config, place.data):
                    raise AssertionError("it was opened")
        accounts = {account.user_id: account for account in await AdminApi(http).accounts()}
    assert accounts[own.provisioner].deactivated
    ended = [a for user, a in accounts.items() if user.startswith(f"@{PREFIX}")]
    assert [account.deactivated for account in ended] == [True]


async def test_the_provisioner_back_in_a_safe_room_and_a_stranger_in_another_are_told(
    server: SynapseServer, place: Place
) -> None:
    own, actual = server.own, await with_safe_room(place)
    async with serving(place), server.provisioner() as http:
        await until(lambda: has_left_mark(place), 60, "the service to see the room held")
        room_id = actual.rooms["safe"].room_id
        assert room_id is not None
        await ClientApi(http).join(room_id)
        async with server.person("stranger") as stranger:
            lobby = actual.rooms["lobby"].room_id
            assert lobby is not None
            await AdminApi(http).join(lobby, await ClientApi(stranger).whoami())
        inside = fault(FaultKind.PROVISIONER_INSIDE, own.provisioner, "Freely")
        outsider = fault(FaultKind.STRANGER, server.user("stranger"))
        said = await doctor(place)
        assert {name: state for name, state in said.items() if name.startswith("accounts")} == {
            **inside,
            **outsider,
        }
        path = place.config / "community.yaml"
        path.write_text(path.read_text() + "\n")  # the service looks at once

        async def both() -> bool:
            return len(await notices(place, NoticeKind.ACCOUNT_FAULT)) == 2

        await until(both, 60, "both notices")


async def has_left_mark(place: Place) -> bool:
    async with await Store.open(place.data.store_url) as store:
        return await store.marks.latest("left/") is not None
