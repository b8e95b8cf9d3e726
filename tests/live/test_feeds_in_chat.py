"""Addresses asked for in chat, of a calendar and of an invitation: a real encrypted client asks, HTTP reads.

The asker is matrix-js-sdk with rust crypto, in an encrypted direct message.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import icalendar
import pytest
import pytest_asyncio

from bots.features.feeds.sentences import MAY_LINGER, NOT_THERE_YET
from community.core.address_secret import digest_of
from community.description.data_folder import DataFolder
from community.storage import Store
from tests.lib.feed_talk import addresses
from tests.lib.peer_client import Peer, direct_message, open_peer, until
from tests.lib.running import EXAMPLE, Running, example_up, palabre

pytestmark = [pytest.mark.live, pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]

LEAD, LEAVER = "claudine.uwase", "kwame.boateng"
INVITER = "grace.nakato"
"""Each signs in once: a second device would not be verified."""
BOT = "@palabre:palabre.localhost"
NOT_YET, LINGERS = str(NOT_THERE_YET), str(MAY_LINGER)


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


@asynccontextmanager
async def signed_in(up: Running, name: str) -> AsyncIterator[Asker]:
    user = f"@{name}:palabre.localhost"
    async with open_peer() as peer:
        await peer.login(up.url, user, up.password(user))
        yield Asker(peer, await direct_message(peer, BOT))


async def status(address: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.get(address) as got:
        return got.status, await got.read()


def address_of(said: str, ending: str = ".ics") -> str:
    (found,) = {each for each in addresses(said) if each[3] == ending}
    server, secret, language, _ = found
    return f"{server}/palabre/calendar/{secret}/{language}{ending}"


async def answers(address: str, code: int, said: str, *, but_for: str) -> bytes:
    """Find what an address answers as the bot has said it: at once, or in a while where it has said ``but_for``."""
    if but_for not in said:
        found, body = await status(address)
        assert found == code
        return body

    async def is_so() -> bool:
        return (await status(address))[0] == code

    await until(is_so, 120, f"{code} at the address")
    return (await status(address))[1]


async def test_asked_for_read_replaced_and_revoked(up: Running) -> None:
    async with signed_in(up, LEAD) as asker:
        await read_replaced_and_revoked(up, asker)


async def read_replaced_and_revoked(up: Running, asker: Asker) -> None:
    first = await asker.says("put the calendar on my phone")
    assert "only from there" in first
    ics = address_of(first)
    # It answers from the moment that it is said, or the bot says that it will.
    body = await answers(ics, 200, first, but_for=NOT_YET)
    events = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert any("https://example.org/meet/leads" in str(event.get("LOCATION")) for event in events)
    code, page = await status(address_of(first, ""))
    assert (code, b"<h2" in page) == (200, True)
    # Asked for again: there is one, and another takes its place.
    assert "You have one already" in await asker.says("calendar link")
    replaced = await asker.says("yes")
    second = address_of(replaced)
    await answers(second, 200, replaced, but_for=NOT_YET)
    assert (await status(ics))[0] == 404
    # Revoked: 404 once it is said.
    revoked = await asker.says("revoke my calendar address")
    assert ("nothing is at that address any more" in revoked) is (LINGERS not in revoked)
    await answers(second, 404, revoked, but_for=LINGERS)
    # No process has written an address anywhere.
    secrets = {secret for _, secret, *_ in (*addresses(ics), *addresses(second))}
    written = b"".join(path.read_bytes() for path in up.data.rglob("*") if path.is_file())
    for secret in secrets:
        assert secret.encode() not in written


async def test_somebody_is_invited_and_the_page_of_the_link_is_there(up: Running) -> None:
    async with signed_in(up, INVITER) as asker:
        shown = await asker.says("invite Zara Sow, member, waste")
        number = re.findall(r"“yes (\d+)”", shown)[-1]
        letter = await asker.says(f"yes {number}")
        (address,) = re.findall(r"^http\S+/palabre/j/\S{32}$", letter, re.MULTILINE)
        assert "Zara Sow" in letter

        async def says_what_is_next() -> bool:
            said = [str(message["content"].get("body")) for message in await asker.peer.messages(asker.room)]
            return any("send it yourself" in each for each in said)

        await until(says_what_is_next, 60, "what happens next to be said")
        assert "has not opened the link" in await asker.says("where are my guests?")
    digest = digest_of(address.rpartition("/")[2])
    async with await Store.open(DataFolder(up.data).store_url) as store:
        (link,) = [one.invitation for one in await store.invitations.listed()]
    assert (link.digest, link.terms.name, link.terms.city) == (digest, "Zara Sow", "kampala")

    async def is_published() -> bool:
        code, page = await status(address)
        return code == 200 and b"Grace Nakato" in page

    await until(is_published, 120, "the page of the link to be published")
    written = b"".join(path.read_bytes() for path in up.data.rglob("*") if path.is_file())
    assert address.rpartition("/")[2].encode() not in written


async def test_doctor_says_that_they_are_served(up: Running) -> None:
    _, out, _ = await palabre("doctor", "--json", "--config", str(up.config), "--data", str(up.data))
    found = {each["name"]: each for each in json.loads(out)["findings"]}
    assert found["feeds"]["state"] == "ok"
    assert re.search(r"http://127\.0\.0\.1:\d+", found["feeds"]["sentence"])


async def test_who_is_marked_as_left_has_none_any_more(up: Running) -> None:
    async with signed_in(up, LEAVER) as leaver:
        said = await leaver.says("a new calendar address")
    address = address_of(said)
    await answers(address, 200, said, but_for=NOT_YET)
    text = (EXAMPLE / "community.yaml").read_text()
    line = next(each for each in text.splitlines() if f"username: {LEAVER}," in each)
    left = line.replace("role: city-lead", "status: left, role: city-lead")
    (up.config / "community.yaml").write_text(text.replace(line, left))
    code, _, errors = await palabre("apply", "--yes", "--config", str(up.config), "--data", str(up.data))
    assert code == 0, errors

    async def is_gone() -> bool:
        return (await status(address))[0] == 404

    await until(is_gone, 20, "the feed of somebody who has left to go")
