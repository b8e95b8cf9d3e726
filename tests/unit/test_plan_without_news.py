"""Where nobody has touched a file, nothing waits to be applied, whoever has come, changed or left in the network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from community.description.model import Member, Status
from matrix.ids import user_id
from provisioning.leavings import ERASED_NAME
from provisioning.plan import Plan
from tests.lib.arrivals import SALIF, Arrivals, opened_network
from tests.lib.memory_homeserver import SERVER

DESCRIBED = "awa.diallo"
BINTA = SALIF.model_copy(update={"username": "binta.sow", "name": "Binta Sow"})


@pytest.fixture
async def network(tmp_path: Path) -> AsyncIterator[Arrivals]:
    async with opened_network(tmp_path) as opened:
        await opened.apply()
        yield opened


async def restarted(network: Arrivals) -> Plan:
    """Return the plan of the same files once all that was asked for is carried out."""
    await network.carry_out()
    return await network.plan()


async def order(network: Arrivals) -> list[str]:
    """Return the user names of the members, in the order in which they are kept."""
    applied = await network.store.applied.readable()
    assert applied is not None
    return [member.username for member in applied.community.members]


@pytest.mark.parametrize("guests", [(SALIF,), (BINTA, SALIF), (SALIF, BINTA)])
async def test_guests_have_come_one_after_the_other(network: Arrivals, guests: tuple[Member, ...]) -> None:
    for guest in guests:
        await network.invite(guest)
    made = await restarted(network)
    assert (made.changes, made.news) == ((), None)


async def test_applied_again_guests_are_kept_in_the_order_of_their_coming(network: Arrivals) -> None:
    described = await order(network)
    for guest in (SALIF, BINTA):
        await network.invite(guest)
    await network.apply()
    assert await order(network) == [*described, "salif.traore", "binta.sow"]
    assert (await network.plan()).news is None


@pytest.mark.parametrize("values", [{"themes": ("mobility", "waste")}, {"status": Status.ALUMNI}])
@pytest.mark.parametrize("who", ["salif.traore", DESCRIBED])
async def test_somebody_has_changed_in_chat(network: Arrivals, who: str, values: dict[str, Any]) -> None:
    await network.come(DESCRIBED)
    for guest in (SALIF, BINTA):
        await network.invite(guest)
    await network.change(who, **values)
    assert (await restarted(network)).news is None


@pytest.mark.parametrize("who", ["salif.traore", DESCRIBED])
async def test_somebody_has_left_and_somebody_comes_after_them(network: Arrivals, who: str) -> None:
    await network.come(DESCRIBED)
    await network.invite(SALIF)
    await network.change(who, status=Status.LEFT, name=ERASED_NAME, themes=())
    await network.invite(BINTA)
    assert (await restarted(network)).news is None


async def test_somebody_has_left_whose_line_was_taken_out(network: Arrivals) -> None:
    await network.come(DESCRIBED)
    await network.invite(SALIF)
    await network.change(DESCRIBED, status=Status.LEFT)
    network.describe(member for member in network.files.community.members if member.username != DESCRIBED)
    await network.apply()
    await network.invite(BINTA)
    assert (await restarted(network)).news is None


async def test_somebody_described_has_come_and_goes_by_another_display_name(network: Arrivals) -> None:
    await network.invite(SALIF)
    await network.come(DESCRIBED)
    await network.homeserver.set_display_name(user_id(DESCRIBED, SERVER), "Awa D.")
    await network.invite(BINTA)
    assert (await restarted(network)).news is None
