"""People who come by a link, with a real Synapse, the service and its socket: one account each, and theirs alone."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from community.core.address_secret import SECRET_BYTES, digest_of, secret_of
from community.jobs.memberships import MembershipUpdate
from community.joining.account_request import AccountAnswer, AccountRefusal, AccountRequest
from community.joining.arrival import ArrivalStage
from community.joining.desk import socket_in
from community.joining.invitation import InvitationTerms
from community.joining.rules import rules_of, rules_version
from community.storage import NewInvitation, Store
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.errors import Forbidden
from matrix.http import HomeserverClient
from matrix.ids import UserId
from provisioning.changes import CreateAccount
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.descriptions import SMALL
from tests.lib.places import Place, make_place
from tests.lib.serving import serving
from tests.lib.synapse_server import SynapseServer
from web.joining_client import DeskClient

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

INVITER = "@awa.diallo:x"
ONE = InvitationTerms(name="Salif", role="city-lead", city="bamako", themes=("waste",), language="fr")
TEAM = InvitationTerms(role="city-lead", language="fr", uses=5)


def now() -> datetime:
    return datetime.now(UTC)


def drawn_password() -> str:
    """Return a password that nothing on this computer has by chance."""
    return f"manioc tambour {uuid4().hex}"


@dataclass
class Joining:
    """The service that runs, and what is in its store. ``username``: of somebody who is not there yet."""

    server: SynapseServer
    place: Place
    store: Store
    rules: str
    username: str
    password: str

    @property
    def user(self) -> UserId:
        return self.server.user(self.username)

    @property
    def desk(self) -> DeskClient:
        return DeskClient(self.place.data.joining)

    async def link(self, terms: InvitationTerms = ONE, ends: timedelta = timedelta(days=1)) -> str:
        secret = secret_of(os.urandom(SECRET_BYTES))
        new = NewInvitation(digest_of(secret) or "", terms, INVITER, now() + ends)
        await self.store.invitations.add([new], by="cli:root", at=now())
        return secret

    async def ask(self, secret: str, **fields: Any) -> AccountAnswer:
        usual = {
            "secret": secret,
            "username": self.username,
            "name": "Salif Traoré",
            "password": self.password,
            "language": "fr",
            "consent": self.rules,
        }
        return await self.desk.make_account(AccountRequest.model_validate({**usual, **fields}))

    async def until_open(self) -> None:
        async with asyncio.timeout(60):
            while (await self.ask("no link")).refusal is AccountRefusal.NOT_NOW:
                await asyncio.sleep(0.05)

    async def enters(self, password: str, user: UserId | None = None) -> bool:
        """Whether somebody signs in so, as a person does."""
        async with HomeserverClient(self.server.url) as http:
            try:
                session = await ClientApi(http).login(user or self.user, password, device_name="test")
            except Forbidden:
                return False
            http.use_token(session.access_token)
            await ClientApi(http).logout()
            return True


@asynccontextmanager
async def joining_at(server: SynapseServer, folder: Path) -> AsyncIterator[Joining]:
    place = make_place(server, folder, SMALL, existing="hold")
    for name in ("awa.diallo", "moussa.keita", "claudine.uwase"):
        place.rename(name)
    async with open_provisioner(place.config, place.data) as provisioner:
        await provisioner.apply(ApplyOptions("test"))
        rules = rules_version(rules_of(provisioner.description.community))
    async with serving(place), await Store.open(place.data.store_url) as store:
        joining = Joining(server, place, store, rules, f"salif.{uuid4().hex[:8]}", drawn_password())
        await joining.until_open()
        yield joining


@pytest.fixture
async def joining(synapse_server: SynapseServer, tmp_path: Path) -> AsyncIterator[Joining]:
    async with joining_at(synapse_server, tmp_path) as opened:
        yield opened


async def test_from_a_link_to_signing_in(joining: Joining, capfd: pytest.CaptureFixture[str]) -> None:
    secret = await joining.link()
    await joining.desk.opened(digest_of(secret) or "")
    answers = await asyncio.gather(*(joining.ask(secret) for _ in range(3)))
    assert [answer.user_id for answer in answers] == [joining.user] * 3
    assert sum(answer.is_new for answer in answers) == 1
    assert await joining.enters(joining.password)

    (listed,) = await joining.store.invitations.listed()
    assert listed.invitation.opened_at is not None
    assert [(came.user_id, came.stage) for came in listed.arrivals] == [
        (joining.user, ArrivalStage.ACCOUNT_MADE)
    ]
    waiting = MembershipUpdate.each(await joining.store.jobs.pending(MembershipUpdate.KIND))
    filed = [update.user_id for _job, update in waiting]
    applied = await joining.store.applied.readable()
    assert applied is not None
    assert joining.username in {member.username for member in applied.community.members}
    assert filed in ([joining.user], [])
    # Nobody wonders whose account it is, and nobody makes it once more.
    async with open_provisioner(joining.place.config, joining.place.data) as provisioner:
        made, actual = await (await provisioner.in_force()).plan()
    assert joining.user not in made.held
    assert not [change for change in made.changes if isinstance(change, CreateAccount)]
    assert actual.accounts[joining.user].name == "Salif Traoré"

    thief = drawn_password()
    assert (await joining.ask(secret, password=thief)).refusal is AccountRefusal.USED_UP
    assert not await joining.enters(thief)
    assert await joining.enters(joining.password)
    said = "".join(capfd.readouterr())
    assert "account_made" in said
    for password in (joining.password, thief):
        assert not list(traces_of(password, joining, said))
    assert not list(traces_of(secret, joining, said))


def traces_of(text: str, joining: Joining, said: str) -> Iterator[str]:
    """Yield where a text is: in files, in what was said, in the list of processes."""
    ways = {text.encode(), quote(text).encode(), quote(text, safe="").encode(), text.encode("utf-16-le")}
    ways |= {base64.b64encode(text.encode())[:-4], text.replace(" ", "+").encode()}
    for root in (joining.place.data.root, joining.place.config, joining.server.data.root):
        for path in sorted(root.rglob("*")):
            if path.is_file() and any(way in path.read_bytes() for way in ways):
                yield str(path)
    if any(way in said.encode() for way in ways):
        yield "said"
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if any(way in process.read_bytes() for way in ways):
                yield str(process)
        except OSError:
            continue


async def test_who_does_not_come(joining: Joining) -> None:
    team = await joining.link(TEAM)
    revoked, expired = await joining.link(), await joining.link(ends=timedelta(seconds=-1))
    links = {
        listed.invitation.digest: listed.invitation for listed in await joining.store.invitations.listed()
    }
    await joining.store.invitations.revoke(links[digest_of(revoked) or ""].id, by=INVITER, at=now())
    closed = f"gone.{uuid4().hex[:8]}"
    async with joining.server.provisioner() as http:
        admin = AdminApi(http)
        await admin.create_account(joining.server.user(closed), drawn_password(), "Gone")
        await admin.deactivate(joining.server.user(closed))
    expected = [
        (revoked, {}, AccountRefusal.REVOKED),
        (expired, {}, AccountRefusal.EXPIRED),
        ("A" * 32, {}, AccountRefusal.UNKNOWN_LINK),
        (team, {"password": "azertyuiop"}, AccountRefusal.WEAK_PASSWORD),
        (team, {"username": closed}, AccountRefusal.NAME_TAKEN),
        (team, {"username": joining.server.own.bot[1:].split(":")[0]}, AccountRefusal.NAME_TAKEN),
        (team, {"consent": "another"}, AccountRefusal.OTHER_RULES),
        (team, {"language": "tlh"}, AccountRefusal.NOT_OFFERED),
    ]
    for secret, fields, why in expected:
        assert (await joining.ask(secret, **fields)).refusal is why
    assert not await joining.enters(joining.password)
    used = {listed.invitation.used for listed in await joining.store.invitations.listed()}
    assert used == {0}
    assert (await joining.ask(team)).user_id == joining.user


async def test_of_two_at_once_on_one_link_one_has_an_account(joining: Joining) -> None:
    secret = await joining.link()
    names = [f"{joining.username}.{number}" for number in range(3)]
    answers = await asyncio.gather(*(joining.ask(secret, username=name) for name in names))
    made = [answer.user_id for answer in answers if answer.user_id is not None]
    assert len(made) == 1
    assert [answer.refusal for answer in answers].count(AccountRefusal.USED_UP) == 2
    async with joining.server.provisioner() as http:
        admin = AdminApi(http)
        found = [await admin.find_account(joining.server.user(name)) for name in names]
    assert [account.user_id for account in found if account is not None] == made


@pytest.mark.parametrize("tries", [1_000, pytest.param(10_000, marks=pytest.mark.soak)])
async def test_guesses_get_nothing_and_keep_nobody_out(joining: Joining, tries: int) -> None:
    async def guess(number: int) -> AccountRefusal | None:
        return (await joining.ask(f"{number:032x}")).refusal

    refusals: set[AccountRefusal | None] = set()
    for hundred in range(0, tries, 50):
        refusals |= set(await asyncio.gather(*(guess(hundred + number) for number in range(50))))
    assert refusals == {AccountRefusal.UNKNOWN_LINK, AccountRefusal.TOO_MANY}
    assert socket_in(joining.place.data.joining).is_socket()
    assert (await joining.ask(await joining.link())).user_id == joining.user
