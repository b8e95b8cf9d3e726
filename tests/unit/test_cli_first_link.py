"""The first coordinator's link: shown by the first start of a network whose people have no accounts, and once."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.core.address_secret import digest_of
from community.core.messages import translator
from community.description.model import Description
from community.description.settings import Settings
from community.feeds.listening import note_listening
from palabre_cli.first_link import say_first_link
from palabre_cli.terminal import Terminal
from tests.lib.arrivals import COORDINATOR, Arrivals, network, opened_network
from tests.lib.descriptions import SMALL, small

PUBLIC = "http://127.0.0.1:8009"


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
async def begun(tmp_path: Path) -> AsyncIterator[Arrivals]:
    async with opened_network(tmp_path / "data") as opened:
        await opened.apply()
        config = tmp_path / "config"
        config.mkdir()
        note_listening(opened.data.web_port, 8009)
        for name in ("community.yaml", "directory.yaml", "calendar.yaml"):
            (config / name).write_text((SMALL / name).read_text().replace("example: true", ""))
        yield opened


async def said(network: Arrivals, *, screen: bool = True) -> str:
    out = _Screen() if screen else io.StringIO()
    config = network.data.root.parent / "config"
    await say_first_link(Terminal(out, out, translator("en", [])), config, network.data, Settings())
    return out.getvalue()


async def test_the_first_start_shows_the_first_coordinators_link_and_the_next_how_to_get_another(
    begun: Arrivals,
) -> None:
    first = await said(begun)
    assert first.startswith("Your network has no accounts yet. By this link Moussa Keïta comes in")
    assert first.endswith("It can be opened on this computer alone.\n")
    (secret,) = re.findall(rf"^{PUBLIC}/palabre/j/(\S+)$", first, re.MULTILINE)
    (link,) = await begun.store.invitations.listed()
    assert (link.invitation.digest, link.invitation.terms.username) == (digest_of(secret), "moussa.keita")
    assert await said(begun) == (
        "No coordinator has come yet; for Moussa Keïta's link: palabre invite --member moussa.keita\n"
    )
    assert len(await begun.store.invitations.listed()) == 1


async def test_one_that_has_run_out_is_made_anew(begun: Arrivals) -> None:
    await said(begun)
    (old,) = await begun.store.invitations.listed()
    await begun.store.invitations.revoke(old.invitation.id, by="test", at=datetime.now(UTC))
    assert f"{PUBLIC}/palabre/j/" in await said(begun)


async def test_once_a_coordinator_has_come_nothing_is_said(begun: Arrivals) -> None:
    await begun.come("moussa.keita")
    await begun.carry_out()
    assert await begun.store.people.find(COORDINATOR)
    assert await said(begun) == ""


async def test_what_is_kept_somewhere_has_no_link(begun: Arrivals) -> None:
    assert "palabre invite --member moussa.keita" in await said(begun, screen=False)
    assert await begun.store.invitations.listed() == ()


@pytest.mark.parametrize("description", [small(), network(members=[])])
async def test_an_example_and_a_network_of_nobody_have_none(tmp_path: Path, description: Description) -> None:
    async with opened_network(tmp_path / "data", description) as opened:
        await opened.apply()
        assert await said(opened) == ""
