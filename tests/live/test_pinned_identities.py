"""Whoever resets a person's password and identity gets what anybody may see, until a coordinator has accepted them.

The thief has what an operator has: the admin API resets the password, a new device signs in and makes new cross-signing
keys. An independent client is each of them, and the real person whose old device goes on.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from community.accounts.identities import Pin, fingerprint
from community.description.data_folder import DataFolder
from community.jobs.notices import COORDINATORS, NOTICE, NoticeKind
from community.storage import Store
from community.storage.tables import jobs
from matrix.http import Call, HomeserverClient
from matrix.ids import AccessToken
from tests.lib.peer_client import Message, Peer, direct_message, open_peer, until
from tests.lib.running import Running, example_up, palabre

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(420),
    pytest.mark.asyncio(loop_scope="module"),
]

SERVER = "palabre.localhost"
BOT = f"@palabre:{SERVER}"
LEAD, MEMBER, COORDINATOR = (
    f"@{name}:{SERVER}" for name in ("claudine.uwase", "eric.habimana", "peter.lindqvist")
)
# Each has a test of their own.
NEW_HERE, ROBBED, DOUBLE, LOSER, MOSES = (
    f"@{name}:{SERVER}"
    for name in ("grace.nakato", "folake.adeyemi", "tunde.balogun", "kwame.boateng", "moses.okello")
)
PHONE = "+250 000 000 005"
QUESTION = "who do I ask about waste in Kigali?"
STOLEN = "the thief's password 7"
HELD = "You have a new identity here"


@dataclass
class Net:
    """What runs, who is in it, and the direct message that each of them has with the bot."""

    up: Running
    stack: AsyncExitStack
    rooms: dict[int, str] = field(default_factory=dict)

    async def sign_in(self, user: str, password: str | None = None, *, sign: bool = True) -> Peer:
        peer = await self.stack.enter_async_context(open_peer())
        await peer.login(self.up.url, user, password or self.up.password(user), sign=sign, strict=False)
        self.rooms[id(peer)] = await direct_message(peer, BOT)
        return peer

    async def ask(self, peer: Peer, text: str) -> str:
        room_id = self.rooms[id(peer)]
        reply = await peer.reply_to(room_id, await peer.ask(room_id, text), patience=40)
        assert reply["sender"] == BOT
        return str(reply["content"]["body"]).translate(
            {ord(mark): None for mark in "\u2060\u2066\u2067\u2068\u2069"}
        )

    async def everything(self, peer: Peer) -> list[Message]:
        return await peer.messages(self.rooms[id(peer)])

    async def store(self) -> Store:
        return await Store.open(DataFolder(self.up.data).store_url)

    async def pin(self, user: str) -> Pin | None:
        async with await self.store() as store:
            return await store.identities.find(user)

    async def told(self) -> set[str]:
        """Return the keys of what people are told of identities, said already or not."""
        wanted = select(jobs.c.idempotency_key).where(jobs.c.kind == NOTICE)
        async with await self.store() as store, store.transaction() as connection:
            return {key for (key,) in await connection.execute(wanted) if "identity" in key}

    async def reset_password(self, user: str, password: str) -> None:
        """Do what whoever has the provisioner's file, or the server, can do."""
        secret = json.loads((self.up.data / "secrets" / "provisioner.json").read_text())
        path = f"/_synapse/admin/v1/reset_password/{user}"
        body = {"new_password": password, "logout_devices": False}
        async with HomeserverClient(self.up.url, AccessToken(secret["access_token"])) as http:
            await http.send(Call("POST", path, "reset_password", body))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def net(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Net]:
    folder = tmp_path_factory.mktemp("identities")
    async with AsyncExitStack() as stack:
        up = await stack.enter_async_context(example_up(folder))
        yield Net(up, stack)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lead(net: Net) -> Peer:
    """The real person, on the device that the bot has known from the first day."""
    peer = await net.sign_in(LEAD)
    assert PHONE in await net.ask(peer, QUESTION)
    return peer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def coordinator(net: Net) -> Peer:
    peer = await net.sign_in(COORDINATOR)
    await net.ask(peer, "help")
    return peer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def thief(net: Net, lead: Peer) -> Peer:
    assert lead.user_id == LEAD
    await net.reset_password(LEAD, STOLEN)
    return await net.sign_in(LEAD, STOLEN)


async def test_the_first_identity_is_pinned(net: Net) -> None:
    peer = await net.sign_in(NEW_HERE)
    assert PHONE in await net.ask(peer, QUESTION)
    pin = await net.pin(NEW_HERE)
    assert pin is not None
    assert not pin.is_changed
    ran = await palabre("identity", "list", "--data", str(net.up.data), "--config", str(net.up.config))
    assert ran[0] == 0
    assert f"pinned {fingerprint(pin.master_key)}" in ran[1]


async def test_the_thief_gets_what_anybody_may_see_and_is_told_why(net: Net, thief: Peer) -> None:
    said = await net.ask(thief, QUESTION)
    assert PHONE not in said
    assert "Claudine" in said
    assert HELD in said
    assert PHONE not in await net.ask(thief, "more")
    pin = await net.pin(LEAD)
    assert pin is not None
    assert pin.is_changed


@pytest.mark.parametrize(
    "wish",
    [
        "add resource https://example.org/x about waste in Kigali in French",
        "my phone is now +250 111 111 111",
        "undo",
        "proposals",
        "export my data",
        "forget me",
        "yes",
        "accept identity of claudine.uwase",
    ],
)
async def test_the_thief_changes_takes_and_approves_nothing(net: Net, thief: Peer, wish: str) -> None:
    async with await net.store() as store:
        before = await store.entries.history(limit=5)
        said = await net.ask(thief, wish)
        assert HELD in said
        assert await store.entries.history(limit=5) == before
    assert PHONE not in said
    assert not [m for m in await net.everything(thief) if m["content"].get("msgtype") == "m.file"]
    pin = await net.pin(LEAD)
    assert pin is not None
    assert pin.is_changed


async def test_the_coordinators_and_the_person_are_told_once(net: Net, thief: Peer) -> None:
    await net.ask(thief, "hello")
    pin = await net.pin(LEAD)
    assert pin is not None
    assert pin.changed_to is not None
    assert {key for key in await net.told() if pin.changed_to in key} == {
        f"{NOTICE}/{NoticeKind.IDENTITY_CHANGED}/{COORDINATORS}/{pin.changed_to}",
        f"{NOTICE}/{NoticeKind.OWN_IDENTITY_CHANGED}/{LEAD}/{pin.changed_to}",
    }


async def test_the_real_person_goes_on_with_the_device_that_is_known(net: Net) -> None:
    real = await net.sign_in(DOUBLE)
    assert PHONE in await net.ask(real, QUESTION)
    await net.reset_password(DOUBLE, STOLEN)
    assert HELD in await net.ask(await net.sign_in(DOUBLE, STOLEN), "hello")
    said = await net.ask(real, QUESTION)
    # It is answered; and since the thief reads along in the direct message, with nothing that is guarded.
    assert "Claudine" in said
    assert HELD in said
    assert PHONE not in said


async def test_the_pin_survives_the_loss_of_the_bots_crypto_folder(net: Net, thief: Peer) -> None:
    before = net.up.bot_pid()
    os.kill(before, signal.SIGKILL)
    for kept in (net.up.data / "bot-crypto").iterdir():
        shutil.rmtree(kept) if kept.is_dir() else kept.unlink()

    async def again() -> bool:
        return net.up.bot_pid() != before

    await until(again, 90, "the bot's next process")
    said = await net.ask(thief, QUESTION)
    assert PHONE not in said
    assert HELD in said


async def test_nobody_accepts_their_own_and_a_member_accepts_nobodys(
    net: Net, thief: Peer, coordinator: Peer
) -> None:
    assert HELD in await net.ask(thief, "hello")
    member = await net.sign_in(MEMBER)
    assert "Only a coordinator" in await net.ask(member, "accept identity of claudine")
    assert "their own" in await net.ask(coordinator, "accept identity of peter")
    pin = await net.pin(LEAD)
    assert pin is not None
    assert pin.is_changed


async def test_a_coordinator_accepts_with_both_fingerprints_and_all_works_again(
    net: Net, coordinator: Peer
) -> None:
    assert PHONE in await net.ask(await net.sign_in(ROBBED), QUESTION)
    await net.reset_password(ROBBED, STOLEN)
    thief = await net.sign_in(ROBBED, STOLEN)
    assert HELD in await net.ask(thief, "hello")
    pin = await net.pin(ROBBED)
    assert pin is not None
    assert pin.changed_to is not None
    shown = await net.ask(coordinator, "accept identity of folake")
    assert fingerprint(pin.master_key) in shown
    assert fingerprint(pin.changed_to) in shown
    assert HELD in await net.ask(thief, "export my data")
    done = await net.ask(coordinator, shown.rsplit("write: ", 1)[1].split("\n")[0].strip())
    assert "It is done" in done
    # Whoever it is: a coordinator has heard from them.
    assert PHONE in await net.ask(thief, QUESTION)
    assert "What is its title?" in await net.ask(thief, "add resource")
    async with await net.store() as store:
        (line,) = [e for e in await store.audit.read(about=(ROBBED,)) if e.action == "accept-identity"]
    assert line.actor == COORDINATOR


async def test_a_lost_phone_is_a_call_away(net: Net, coordinator: Peer) -> None:
    old = await net.sign_in(LOSER)
    assert PHONE in await net.ask(old, QUESTION)
    new = await net.sign_in(LOSER)
    messages = 0

    async def say(peer: Peer, text: str) -> str:
        nonlocal messages
        messages += 1
        return await net.ask(peer, text)

    assert HELD in await say(new, QUESTION)
    shown = await say(coordinator, "accept identity of kwame")
    await say(coordinator, shown.rsplit("write: ", 1)[1].split("\n")[0].strip())
    assert PHONE in await say(new, QUESTION)
    assert messages == 4


async def test_at_the_terminal_the_fingerprint_is_asked_for(net: Net, coordinator: Peer) -> None:
    assert coordinator.user_id == COORDINATOR
    await net.ask(await net.sign_in(MOSES), "help")
    peer = await net.sign_in(MOSES)
    options = ("--data", str(net.up.data), "--config", str(net.up.config))
    assert HELD in await net.ask(peer, "export my data")
    pin = await net.pin(MOSES)
    assert pin is not None
    assert pin.changed_to is not None
    code, _, errors = await palabre("identity", "accept", "moses.okello", *options)
    assert (code, "Nothing was accepted" in errors) == (1, True)
    code, _, errors = await palabre("identity", "accept", "moses.okello", "--yes", pin.master_key, *options)
    assert (code, "Nothing was accepted" in errors) == (1, True)
    code, out, _ = await palabre(
        "identity", "accept", "moses.okello", "--yes", fingerprint(pin.changed_to), *options
    )
    assert (code, "Accepted" in out) == (0, True)
    assert PHONE in await net.ask(peer, QUESTION)


async def test_where_it_is_held_the_new_device_gets_no_keys_until_accepted(tmp_path: Path) -> None:
    settings = "bots:\n", "bots:\n  identity_change: hold\n"
    async with AsyncExitStack() as stack:
        net = Net(await stack.enter_async_context(example_up(tmp_path, settings=settings)), stack)
        first = await net.sign_in(MEMBER)
        assert PHONE in await net.ask(first, QUESTION)
        coordinator = await net.sign_in(COORDINATOR)
        new = await net.sign_in(MEMBER)
        room_id = net.rooms[id(new)]
        unread = await new.reply_to(room_id, await new.ask(room_id, QUESTION), withheld=True)
        assert PHONE not in str(unread)
        assert PHONE in await net.ask(first, QUESTION)
        shown = await net.ask(coordinator, "accept identity of eric.habimana")
        await net.ask(coordinator, shown.rsplit("write: ", 1)[1].split("\n")[0].strip())
        read = await new.reply_to(room_id, await new.ask(room_id, QUESTION))
        assert read["failure"] is None
        assert PHONE in read["content"]["body"]


@pytest.mark.timeout(600)
async def test_settings_that_are_saved_hold_for_the_bot_that_runs(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        net = Net(await stack.enter_async_context(example_up(tmp_path)), stack)
        assert PHONE in await net.ask(await net.sign_in(MEMBER), QUESTION)
        new = await net.sign_in(MEMBER)
        assert HELD in await net.ask(new, "export my data")
        await taken_in(net, "bots: {identity_change: hold}")
        room_id = net.rooms[id(new)]
        # The key that it had is of no use from then on.
        await new.reply_to(room_id, await new.ask(room_id, QUESTION), withheld=True)
        await taken_in(net, "bots: {identity_change: go-on}")
        assert HELD in await net.ask(new, "export my data")
        unsigned = await net.sign_in(LEAD, sign=False)
        await unsigned.ask(net.rooms[id(unsigned)], "help")
        await taken_in(net, "bots: {signed_devices_only: false, metrics_port: 0}")
        assert await net.ask(unsigned, "help")
        assert not [m for m in await net.everything(unsigned) if m["sender"] == BOT and m["failure"]][1:]
        # What cannot be taken in is said.
        assert "settings_wait_for_restart" in net.up.log("bots")

        async def is_told() -> bool:
            _, out, _ = await palabre("doctor", "--data", str(net.up.data), "--config", str(net.up.config))
            return "the bot cannot take this in while it runs: bots.metrics_port." in out

        # The bot writes now and then how it is.
        await until(is_told, 120, "the doctor to name the setting that waits")


async def taken_in(net: Net, settings: str) -> None:
    """Save settings, and wait for the bot to say that it goes by them."""
    before = net.up.log("bots").count("settings_taken_in")
    (net.up.config / "settings.yaml").write_text(f"version: 1\n{settings}\n")

    async def said() -> bool:
        return net.up.log("bots").count("settings_taken_in") > before

    await until(said, 60, "the bot to take the settings in")
