"""People who come by a link, with a real Synapse, the service and its socket: one account each, and theirs alone."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest

from community.core.address_secret import digest_of
from community.jobs.memberships import MembershipUpdate
from community.joining.account_request import AccountRefusal
from community.joining.arrival import ArrivalStage
from community.joining.desk import socket_in
from matrix.admin import AdminApi
from provisioning.changes import CreateAccount
from provisioning.provisioner import open_provisioner
from tests.lib.joining_live import INVITER, TEAM, Joining, drawn_password, joining_at, now
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]


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
