"""The pages of invitations over HTTP, with a desk that answers as a test says; links published as by the service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from community.core.address_secret import digest_of, secret_of
from community.description.model import Community
from community.description.settings import Settings
from community.joining.account_request import AccountAnswer, AccountRefusal, AccountRequest
from community.joining.address import JOINING
from community.joining.invitation import NetworkInvitation
from community.joining.publishing import network_to_publish, published_links, write_links
from community.joining.rules import rules_of, rules_version
from tests.lib.descriptions import example
from tests.lib.invitations import NOW, invitation, people_of, terms
from web.server import Served, ServedInvitations, serving

SECRET = secret_of(b"24 random bytes, or not.")
DIGEST = digest_of(SECRET) or ""
PASSWORD = "quatre chevaux sous la pluie"
DOMAIN = "palabre.example.org"
SETTINGS = Settings.model_validate(
    {"homeserver": {"server_name": DOMAIN}, "public_address": f"https://{DOMAIN}"}
)
COMMUNITY = example().community
RULES = rules_version(rules_of(COMMUNITY))
PEOPLE = people_of(DOMAIN)
NETWORK = network_to_publish(COMMUNITY, SETTINGS, None, {})
BROWSER = "Mozilla/5.0 (Linux; Android 10)"


@dataclass
class AnsweringDesk:
    """Answers each request with the next refusal of a test, else with an account; it keeps what it was asked."""

    refusals: list[AccountRefusal] = field(default_factory=list)
    asked: list[AccountRequest] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    async def opened(self, digest: str) -> None:
        self.seen.append(digest)

    async def make_account(self, request: AccountRequest) -> AccountAnswer:
        self.asked.append(request)
        if self.refusals:
            return AccountAnswer(refusal=self.refusals.pop(0))
        return AccountAnswer(user_id=f"@{request.username}:{DOMAIN}")


@dataclass(frozen=True)
class PageSeen:
    """What was answered; names of headers in small letters."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def token(self) -> str:
        """The token of the form that is shown."""
        return self.text.split('name="token" value="')[1].split('"')[0]


@dataclass
class JoiningServer:
    """Pages that are served, and how they are asked for."""

    address: str
    folder: Path
    desk: AnsweringDesk
    now: datetime = NOW
    questions: dict[str, str] = field(default_factory=dict)

    def publish(self, links: Sequence[NetworkInvitation], community: Community = COMMUNITY) -> None:
        """Publish these links and no others."""
        network = network_to_publish(community, SETTINGS, None, self.questions)
        published = published_links(network, community, links, self.now, PEOPLE)
        write_links(self.folder, published)

    async def get(self, path: str = SECRET, method: str = "GET", **headers: str) -> PageSeen:
        """Ask for what is below the pages of invitations."""
        return await self.ask(f"{JOINING}/{path}", method, headers={"User-Agent": BROWSER, **named(headers)})

    async def send(self, fields: dict[str, Any], path: str = f"{SECRET}/fr", **headers: str) -> PageSeen:
        """Send a form, as a browser does it that says where from."""
        sent = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(fields, doseq=True).encode()
        return await self.ask(f"{JOINING}/{path}", "POST", data=body, headers={**sent, **named(headers)})

    async def ask(self, path: str, method: str = "GET", **how: Any) -> PageSeen:
        """Ask without following where the browser is sent on."""
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                method, URL(self.address + path, encoded=True), allow_redirects=False, **how
            ) as got,
        ):
            headers = {name.lower(): said for name, said in got.headers.items()}
            return PageSeen(got.status, (await got.read()).decode(), headers)

    async def form(self, **fields: Any) -> dict[str, Any]:
        """Return a form as the page of `SECRET` shows it, filled in rightly but for ``fields``."""
        usual = {"token": (await self.get()).token, "consent": RULES, "language": "fr", "password": PASSWORD}
        return {**usual, "name": "Salif Traoré", "username": "salif.traore", **fields}


def named(headers: dict[str, str]) -> dict[str, str]:
    """Return headers by their names, of which Python's words have ``_`` for ``-``."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


def link(**fields: Any) -> NetworkInvitation:
    """Return the link of `SECRET`, but for ``fields`` of its terms."""
    return invitation(
        digest=DIGEST, inviter=f"@{COMMUNITY.members[0].username}:{DOMAIN}", terms=terms(**fields)
    )


@asynccontextmanager
async def joining_server(folder: Path) -> AsyncIterator[JoiningServer]:
    """Serve the page of `link`."""
    desk = AnsweringDesk()
    server = JoiningServer("", folder / "invitations", desk)
    server.publish([link()])
    served = Served(folder / "none", None, lambda: server.now, ServedInvitations(server.folder, desk))
    async with serving(served, "127.0.0.1", 0) as port:
        server.address = f"http://127.0.0.1:{port}"
        yield server


@contextmanager
def joining_server_apart(folder: Path) -> Iterator[JoiningServer]:
    """Serve it by a thread of its own, for tests that wait for a browser or a proxy."""
    ready: Queue[tuple[JoiningServer, asyncio.AbstractEventLoop, asyncio.Event]] = Queue()

    async def run() -> None:
        stop = asyncio.Event()
        async with joining_server(folder) as server:
            ready.put((server, asyncio.get_running_loop(), stop))
            await stop.wait()

    thread = Thread(target=lambda: asyncio.run(run()))
    thread.start()
    server, loop, stop = ready.get(timeout=60)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
