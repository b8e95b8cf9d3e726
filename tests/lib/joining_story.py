"""Somebody's way from a link to the first answer: a browser, a strict client of Matrix, `palabre up`.

Taps and seconds are counted and written out: a tap is what a person must touch; what they type is not counted.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from tests.lib.browser import BrowserPage
from tests.lib.joining import PASSWORD
from tests.lib.joining_guest import fill, send
from tests.lib.peer_client import Peer, until
from tests.lib.running import Running, palabre

PATIENCE = 120
"""Seconds that a step takes at most on a machine that does nothing else."""


@dataclass
class Guest:
    """Somebody on their way in, whose taps are counted, and when they began."""

    peer: Peer
    taps: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)

    def reached(self, what: str) -> None:
        """Note how long and how many taps it took until something was reached."""
        self.seconds[what] = time.monotonic() - self.began
        sys.stderr.write(f"{what}: {self.seconds[what]:.1f} s, {len(self.taps)} taps\n")

    async def make_account(self, page: BrowserPage, address: str) -> str:
        """Open the link and fill in its page; return the user name that Element is told."""
        self.taps.append("the link")
        await self._open(page, address)
        self.reached("the page is there")
        await fill(page, password=PASSWORD)
        self.taps += ["agree", "password", "make my account"]
        await send(page, "document.querySelector('#who')")
        self.reached("the account is made")
        return str(await page.evaluate("document.querySelector('.who').textContent"))

    async def _open(self, page: BrowserPage, address: str) -> None:
        """Open a link's page, which is there some half a second after the link was made, later on a busy machine."""

        async def is_there() -> bool:
            await page.open(address)
            return bool(await page.evaluate("document.getElementById('password') !== null"))

        await until(is_there, PATIENCE, "the page of the link")

    async def sign_in(self, url: str, username: str) -> None:
        """Sign in as Element does, which signs the device by itself."""
        self.taps += ["sign in with Element", "password", "sign in"]
        await self.peer.login(url, username, PASSWORD)
        self.reached("signed in")

    async def comes(self, up: Running, page: BrowserPage, address: str, username: str) -> None:
        """Go all the way from a link to the first answer of the bot."""
        self.began = time.monotonic()
        assert await self.make_account(page, address) == username
        assert address.rpartition("/")[2] not in await page.evaluate("location.href")
        await self.sign_in(up.url, username)
        await until(self.in_a_space, PATIENCE, "the spaces of whoever has come")
        self.reached("in the spaces")
        direct = await until(self.direct_of_the_bot, PATIENCE, "the bot's direct message")
        self.taps.append("accept the bot's message")
        await self.peer.call("join", roomId=direct["roomId"])
        self.reached("the bot's message is open")
        asked = await self.peer.ask(direct["roomId"], "Qui contacter pour les déchets à Kigali ?")
        answer = await self.peer.reply_to(direct["roomId"], asked, patience=PATIENCE)
        self.taps.append("send the question")
        self.reached("answered")
        assert answer["failure"] is None
        assert len(self.taps) <= 9

    async def in_a_space(self) -> bool:
        """Whether they are in a space."""
        return any(room["isSpace"] and room["membership"] == "join" for room in await self.peer.rooms())

    async def direct_of_the_bot(self) -> dict[str, Any] | None:
        """Return the room of the bot's direct message, the only one without an alias here."""
        rooms = [room for room in await self.peer.rooms() if not room["isSpace"] and room["alias"] is None]
        return next((room for room in rooms if room["membership"] in ("invite", "join")), None)

    async def talks_everywhere(self) -> list[str]:
        """Say something in each room that they are in by now, but to the bot; return what these are called."""
        rooms = [
            room
            for room in await self.peer.rooms()
            if room["membership"] == "join" and not room["isSpace"] and room["alias"] is not None
        ]
        for room in rooms:
            for number in range(3):
                await self.peer.ask(room["roomId"], f"C'est dit depuis longtemps ({number}).")
        return [str(room["name"]) for room in rooms]


async def link_for(up: Running, *words: str) -> str:
    """Have an invitation made at the terminal; return its address."""
    folders = ("--config", str(up.config), "--data", str(up.data))
    code, out, errors = await palabre("invite", *folders, *words, "--json")
    assert code == 0, errors
    (made,) = json.loads(out)["invitations"]
    return str(made["address"])
