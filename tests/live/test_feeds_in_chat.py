"""The calendar in the telephone, with `palabre up`: a real encrypted client asks, a real HTTP client reads.

The asker is matrix-js-sdk with rust crypto, in an encrypted direct message.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator

import aiohttp
import icalendar
import pytest
import pytest_asyncio

from tests.lib.feed_talk import addresses
from tests.lib.peer_client import Peer, direct_message, open_peer, until
from tests.lib.running import EXAMPLE, Running, example_up, palabre

pytestmark = [pytest.mark.live, pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]

LEAD, MEMBER = "@claudine.uwase:palabre.localhost", "claudine.uwase"
BOT = "@palabre:palabre.localhost"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with example_up(tmp_path_factory.mktemp("feeds")) as running:
        yield running


class Asker:
    """Somebody in a direct message with the bot."""

    def __init__(self, peer: Peer, room: str) -> None:
        self.peer, self.room = peer, room

    async def says(self, text: str) -> str:
        """Ask, and return the answer as it was decrypted."""
        asked = await self.peer.ask(self.room, text)
        answer = await self.peer.reply_to(self.room, asked)
        assert (answer["sender"], answer["shieldColour"]) == (BOT, 0)
        return str(answer["content"]["body"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asker(up: Running) -> AsyncIterator[Asker]:
    async with open_peer() as peer:
        await peer.login(up.url, LEAD, up.password(LEAD))
        yield Asker(peer, await direct_message(peer, BOT))


async def status(address: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.get(address) as got:
        return got.status, await got.read()


def address_of(said: str, ending: str = ".ics") -> str:
    (found,) = {each for each in addresses(said) if each[3] == ending}
    server, secret, language, _ = found
    return f"{server}/palabre/calendar/{secret}/{language}{ending}"


async def test_asked_for_read_replaced_and_revoked(up: Running, asker: Asker) -> None:
    first = await asker.says("put the calendar on my phone")
    assert "only from there" in first
    ics = address_of(first)
    # It answers from the moment that it is said.
    code, body = await status(ics)
    assert code == 200
    events = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert any("https://example.org/meet/leads" in str(event.get("LOCATION")) for event in events)
    code, page = await status(address_of(first, ""))
    assert (code, b"<h2" in page) == (200, True)
    # Asked for again: there is one, and another takes its place.
    assert "You have one already" in await asker.says("calendar link")
    second = address_of(await asker.says("yes"))
    assert ((await status(ics))[0], (await status(second))[0]) == (404, 200)
    # Revoked: 404 once it is said.
    assert "nothing is at that address any more" in await asker.says("revoke my calendar address")
    assert (await status(second))[0] == 404
    # No process has written an address anywhere.
    secrets = {secret for _, secret, *_ in (*addresses(ics), *addresses(second))}
    written = b"".join(path.read_bytes() for path in up.data.rglob("*") if path.is_file())
    for secret in secrets:
        assert secret.encode() not in written


async def test_doctor_says_that_they_are_served(up: Running) -> None:
    _, out, _ = await palabre("doctor", "--json", "--config", str(up.config), "--data", str(up.data))
    found = {each["name"]: each for each in json.loads(out)["findings"]}
    assert found["feeds"]["state"] == "ok"
    assert re.search(r"http://127\.0\.0\.1:\d+", found["feeds"]["sentence"])


async def test_who_is_marked_as_left_has_none_any_more(up: Running, asker: Asker) -> None:
    address = address_of(await asker.says("put the calendar on my phone"))
    assert (await status(address))[0] == 200
    text = (EXAMPLE / "community.yaml").read_text()
    line = next(each for each in text.splitlines() if f"username: {MEMBER}," in each)
    left = line.replace("role: city-lead", "status: left, role: city-lead")
    (up.config / "community.yaml").write_text(text.replace(line, left))
    code, _, errors = await palabre("apply", "--yes", "--config", str(up.config), "--data", str(up.data))
    assert code == 0, errors

    async def is_gone() -> bool:
        return (await status(address))[0] == 404

    await until(is_gone, 20, "the feed of somebody who has left to go")
