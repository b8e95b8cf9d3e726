"""The service is killed at each step of making an account: whoever comes again goes on, and nobody else gets in."""

from __future__ import annotations

import asyncio
import sys
from itertools import product
from pathlib import Path

import pytest

from community.joining.account_request import AccountRefusal
from community.joining.arrival import ArrivalStage
from community.storage import Store
from matrix.admin import AdminApi
from tests.fault.serving_and_killed import SIDES, STEPS
from tests.lib.forked import ROOT
from tests.lib.joining_live import Joining, drawn_password, joined_place
from tests.lib.serving import serving
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.fault, pytest.mark.timeout(400)]

MOMENTS = list(product(STEPS, SIDES))
SAMPLE = {("redeem", "after"), ("create", "after"), ("member", "before")}


@pytest.mark.parametrize(
    ("step", "side"),
    [moment if moment in SAMPLE else pytest.param(*moment, marks=pytest.mark.soak) for moment in MOMENTS],
)
async def test_killed_at_a_step_it_goes_on(
    synapse_server: SynapseServer, tmp_path: Path, step: str, side: str
) -> None:
    place, rules = await joined_place(synapse_server, tmp_path)
    async with await Store.open(place.data.store_url) as store:
        joining = Joining.somebody(synapse_server, place, store, rules)
        secret = await joining.link()
        await killed(joining, secret, step, side)
        async with serving(place):
            await joining.until_open()
            thief = drawn_password()
            other = f"{joining.username}.other"
            has_come = (step, side) != ("redeem", "before")
            if has_come:
                assert (await joining.ask(secret, username=other)).refusal is AccountRefusal.USED_UP
            if MOMENTS.index((step, side)) >= MOMENTS.index(("create", "after")):
                stolen = await joining.ask(secret, password=thief)
                assert stolen.refusal is AccountRefusal.USED_UP
                assert not await joining.enters(thief)
            answers = [await joining.ask(secret) for _ in range(2)]
            assert [answer.user_id for answer in answers] == [joining.user] * 2
            assert await joining.enters(joining.password)
            await assert_there_once(joining, other)


async def killed(joining: Joining, secret: str, step: str, side: str) -> None:
    """Ask a service that is killed at the step."""
    place = joining.place
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        ROOT / "tests" / "fault" / "serving_and_killed.py",
        place.config,
        place.data.root,
        step,
        side,
        env={"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await joining.until_open()
    answer = await joining.ask(secret)
    assert answer.refusal is AccountRefusal.NOT_NOW
    assert await asyncio.wait_for(process.wait(), 60) == -9


async def assert_there_once(joining: Joining, other: str) -> None:
    (listed,) = await joining.store.invitations.listed()
    assert listed.invitation.used == 1
    assert [(came.user_id, came.stage) for came in listed.arrivals] == [
        (joining.user, ArrivalStage.ACCOUNT_MADE)
    ]
    applied = await joining.store.applied.readable()
    assert applied is not None
    assert [member.username for member in applied.community.members].count(joining.username) == 1
    lines = [(line.action, line.subject) for line in await joining.store.audit.read()]
    assert lines.count(("create-account", joining.user)) == 1
    assert lines.count(("member-add", joining.username)) == 1
    async with joining.server.provisioner() as http:
        assert await AdminApi(http).find_account(joining.server.user(other)) is None
