"""Somebody's way from a link to the first answer: a browser, a strict client of Matrix, `palabre up`.

Taps, typed characters, bytes and seconds are counted and written out: a tap is what a person must touch; the seconds
are those of the machines, without what the test only looks at.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from community.core.language_folders import language as known
from tests.lib.browser import BrowserPage
from tests.lib.browser_looks import PHONE, leave_picture, violations
from tests.lib.joining import PASSWORD
from tests.lib.joining_guest import fill, send, value
from tests.lib.peer_client import Message, Peer, until
from tests.lib.running import Running, palabre

PATIENCE = 120
"""Seconds that a step takes at most on a machine that does nothing else."""


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody goes: in which language, on a screen of which size, whether scripts run there.

    ``name`` and ``username``: what they type, where the page leaves it to them.
    """

    language: str = "fr"
    size: Mapping[str, Any] = field(default_factory=lambda: PHONE)
    scripts: bool = True
    name: str = ""
    username: str = ""

    def __str__(self) -> str:
        """Return it in short: the language and the width of the screen."""
        return f"{self.language}-{self.size['width']}"


@dataclass
class Guest:
    """Somebody on their way in, whose taps and characters are counted, and when they began.

    ``said``: what the bot has said to them, the greeting and the answer.
    """

    peer: Peer
    way: Way = field(default_factory=Way)
    taps: list[str] = field(default_factory=list)
    typed: int = 0
    loaded: int = 0
    began: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)
    said: list[Message] = field(default_factory=list)

    def reached(self, what: str) -> None:
        """Note how long and how many taps it took until something was reached."""
        self.seconds[what] = time.monotonic() - self.began
        taken = f"{len(self.taps)} taps, {self.typed} characters typed, {self.loaded} bytes of pages"
        sys.stderr.write(f"{self.way} {what}: {self.seconds[what]:.1f} s, {taken}\n")

    # --- the pages ------------------------------------------------------------------------------------------------

    async def make_account(self, page: BrowserPage, address: str) -> tuple[str, str]:
        """Open the link and fill in its page; return the user name that Element is told, and what to say first."""
        await page.call("Emulation.setDeviceMetricsOverride", **self.way.size)
        await page.call("Emulation.setScriptExecutionDisabled", value=not self.way.scripts)
        self.taps.append("the link")
        await self._open(page, address)
        self.reached("the page is there")
        await self._looked_at(page, "page")
        await self._fill(page)
        self.taps += ["agree", "make my account"]
        await send(page, "document.querySelector('#who')")
        self.reached("the account is made")
        await self._looked_at(page, "made")
        username = str(await page.evaluate("document.querySelector('.who').textContent"))
        return username, str(await page.evaluate("document.querySelector('.say').textContent"))

    async def _open(self, page: BrowserPage, address: str) -> None:
        """Open a link's page, which is there some half a second after the link was made, later on a busy machine."""

        async def is_there() -> bool:
            await page.open(address)
            return bool(await page.evaluate("document.getElementById('password') !== null"))

        await until(is_there, PATIENCE, "the page of the link")

    async def _fill(self, page: BrowserPage) -> None:
        """Type what the page does not know yet; without scripts it asks for the password twice."""
        typed = {"password": PASSWORD} if self.way.scripts else {"password": PASSWORD, "again": PASSWORD}
        for name, text in (("username", self.way.username), ("name", self.way.name)):
            if text and not await value(page, name):
                typed = {name: text, **typed}
        await fill(page, consent=True, **typed)
        self.taps += typed
        self.typed += sum(map(len, typed.values()))

    async def _looked_at(self, page: BrowserPage, name: str) -> None:
        """See that everybody can read a page, and leave a picture; what that takes is nobody's waiting."""
        began = time.monotonic()
        self.loaded += await page.evaluate(_LOADED)
        language, width = self.way.language, self.way.size["width"]
        direction = "rtl" if known(language).right_to_left else "ltr"
        root = "document.documentElement"
        assert await page.evaluate(f"[{root}.lang, {root}.dir]") == [language, direction]
        assert await page.evaluate(f"{root}.scrollWidth") <= width
        # Axe-core is a script.
        await page.call("Emulation.setScriptExecutionDisabled", value=False)
        assert await violations(page) == []
        await page.call("Emulation.setScriptExecutionDisabled", value=not self.way.scripts)
        await leave_picture(page, f"way-{self.way}-{name}")
        self.began += time.monotonic() - began

    # --- the client -----------------------------------------------------------------------------------------------

    async def sign_in(self, url: str, username: str) -> None:
        """Sign in as Element does, which signs the device by itself."""
        self.taps += ["sign in with Element", "password", "sign in"]
        self.typed += len(PASSWORD)
        await self.peer.login(url, username, PASSWORD)
        self.reached("signed in")

    async def comes(self, up: Running, page: BrowserPage, address: str, username: str) -> None:
        """Go all the way from a link to the first answer of the bot."""
        self.began = time.monotonic()
        made, question = await self.make_account(page, address)
        assert made == username
        assert address.rpartition("/")[2] not in await page.evaluate("location.href")
        await self.sign_in(up.url, username)
        await until(self.in_a_space, PATIENCE, "the spaces of whoever has come")
        self.reached("in the spaces")
        direct = await until(self.direct_of_the_bot, PATIENCE, "the bot's direct message")
        self.taps.append("accept the bot's message")
        await self.peer.call("join", roomId=direct["roomId"])
        self.said.append(await until(lambda: self._greeting(direct["roomId"]), PATIENCE, "the greeting"))
        self.reached("greeted")
        asked = await self.peer.ask(direct["roomId"], question)
        self.taps += ["write the question", "send the question"]
        self.typed += len(question)
        self.said.append(await self.peer.reply_to(direct["roomId"], asked, patience=PATIENCE))
        self.reached("answered")

    async def _greeting(self, room_id: str) -> Message | None:
        """Return the first message of the bot that can be read."""
        messages = await self.peer.messages(room_id)
        return next((one for one in messages if one["sender"] != self.peer.user_id and _is_read(one)), None)

    async def in_a_space(self) -> bool:
        """Whether they are in a space."""
        return any(room["isSpace"] and room["membership"] == "join" for room in await self.peer.rooms())

    async def direct_of_the_bot(self) -> dict[str, Any] | None:
        """Return the room of the bot's direct message, the only one without an alias here."""
        rooms = [room for room in await self.peer.rooms() if not room["isSpace"] and room["alias"] is None]
        return next((room for room in rooms if room["membership"] in ("invite", "join")), None)

    async def talks_everywhere(self) -> list[str]:
        """Say something in each room that they are in by now, but to the bot; return what these are called."""
        rooms = await rooms_of(self.peer)
        for room in rooms:
            for number in range(3):
                await self.peer.ask(room["roomId"], f"C'est dit depuis longtemps ({number}).")
        return [str(room["name"]) for room in rooms]


_LOADED = (
    "['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
    ".reduce((bytes, one) => bytes + one.transferSize, 0)"
)
"""What the page and all that belongs to it had on the way, headers too, in bytes."""


def _is_read(message: Message) -> bool:
    return message["failure"] is None and message["type"] == "m.room.message"


async def rooms_of(peer: Peer, membership: str = "join") -> list[dict[str, Any]]:
    """Return the rooms of a network that somebody is in; no spaces, and not the bot's message."""
    return [
        room
        for room in await peer.rooms()
        if room["membership"] == membership and not room["isSpace"] and room["alias"] is not None
    ]


async def link_for(up: Running, *words: str) -> str:
    """Have an invitation made at the terminal; return its address."""
    folders = ("--config", str(up.config), "--data", str(up.data))
    code, out, errors = await palabre("invite", *folders, *words, "--json")
    assert code == 0, errors
    (made,) = json.loads(out)["invitations"]
    return str(made["address"])
