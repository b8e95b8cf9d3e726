"""From a link to the first answer, as somebody goes that way: `palabre up`, a browser, a strict client of Matrix.

With a year of history `benchmarks/joining.py` goes it.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.lib.browser import bare_page
from tests.lib.descriptions import SMALL
from tests.lib.joining_story import Guest, link_for
from tests.lib.peer_client import open_peer
from tests.lib.running import palabre_up

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]


async def test_from_a_link_to_the_first_answer(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(SMALL, config)
    community = config / "community.yaml"
    community.write_text(community.read_text().replace("example: true\n", ""))
    async with palabre_up(tmp_path / "data", config) as up, AsyncExitStack() as opened:
        page = await opened.enter_async_context(bare_page(tmp_path / "browser"))
        moussa, salif = [Guest(await opened.enter_async_context(open_peer())) for _ in range(2)]
        sys.stderr.write("\nA network in which nobody is yet, its first coordinator:\n")
        assert any("palabre invite --member moussa.keita" in line for line in up.output)
        await moussa.comes(up, page, await link_for(up, "--member", "moussa.keita"), "moussa.keita")
        talked_in = await moussa.talks_everywhere()
        sys.stderr.write(f"One in whose {len(talked_in)} rooms there was talk before, a city lead:\n")
        words = ("--role", "city-lead", "--language", "fr", "--city", "bamako", "--name", "Salif Traoré")
        address = await link_for(up, *words)
        await salif.comes(up, page, address, "salif.traore")
        waiting = [room["name"] for room in await salif.peer.rooms() if room["membership"] == "invite"]
        sys.stderr.write(f"invitations that wait, none of them needed to begin: {len(waiting)}\n")
        # Who opens the link once more learns nothing of what became of it.
        await page.open(address)
        assert "salif" not in await page.evaluate("document.body.textContent.toLowerCase()")
