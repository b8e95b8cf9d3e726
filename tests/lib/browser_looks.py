"""What a page in a real browser looks like: what axe-core finds wrong with it, and pictures of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.lib.browser import BrowserPage
from tests.lib.peer_client import PEER

PHONE = {"width": 360, "height": 640, "deviceScaleFactor": 1, "mobile": True}
DESK = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}
_AXE = PEER / "node_modules" / "axe-core" / "axe.min.js"


async def violations(page: BrowserPage) -> list[str]:
    """Return what axe-core finds wrong: its rule, and where."""
    await page.evaluate(f"{_AXE.read_text()}; true")
    found = await page.evaluate(
        "axe.run().then((r) => JSON.stringify(r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html)}`)))"
    )
    listed: list[str] = json.loads(found)
    return listed


async def clipped(page: BrowserPage) -> list[str]:
    """Return what is to be chosen and does not fit into its field, less its arrow and its edges."""
    found: list[str] = await page.evaluate(
        """[...document.querySelectorAll('select')].flatMap((select) => {
            const drawn = document.createElement('canvas').getContext('2d');
            drawn.font = getComputedStyle(select).font;
            return [...select.options].map((one) => one.text)
                .filter((text) => drawn.measureText(text).width > select.clientWidth - 40);
        })"""
    )
    return found


async def leave_picture(page: BrowserPage, name: str) -> None:
    """Write a picture into the folder ``PALABRE_TEST_PICTURES``, where there is one."""
    folder = os.environ.get("PALABRE_TEST_PICTURES")
    if folder is not None:
        (Path(folder) / f"{name}.png").write_bytes(await page.picture())


async def leave_message(page: BrowserPage, html: str, name: str) -> None:
    """Write a picture of a message too, drawn as a client draws it: in the direction of its first letter."""
    await page.evaluate(f"document.body.innerHTML = {json.dumps(f'<div dir=auto>{html}</div>')}")
    await leave_picture(page, name)


async def prefer(page: BrowserPage, scheme: str) -> None:
    """Have a page drawn as for somebody who prefers it ``light`` or ``dark``."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    await page.call("Emulation.setEmulatedMedia", features=features)
