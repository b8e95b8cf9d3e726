"""From a link to the first answer, as somebody goes that way: `palabre up`, a browser, a strict client of Matrix.

In each language of the chat, on a telephone and at a desk, with scripts and without. With ``PALABRE_TEST_PICTURES``
pictures are left in that folder. With a year of history `benchmarks/joining.py` goes it.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from community.core.language_folders import CHAT_LANGUAGES
from community.core.messages import msg, translator
from community.search.language import language_of
from tests.lib.asking import CATALOGUES
from tests.lib.browser import bare_page
from tests.lib.browser_looks import DESK, PHONE, leave_message
from tests.lib.descriptions import DATA
from tests.lib.joining_story import Guest, Way, link_for, rooms_of
from tests.lib.peer_client import open_peer, until
from tests.lib.running import Running, palabre_up

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]

CITIES = {"fr": "agadez", "en": "kano", "pt": "namibe", "ar": "tozeur"}
NAMES = {"fr": "Mariama Souley", "en": "Ngozi Bello", "pt": "João Cassoma", "ar": "ليلى بن صالح"}
USERNAMES = {"fr": "mariama.souley", "en": "ngozi.bello", "pt": "joao.cassoma", "ar": "leila.bensalah"}
AT_A_DESK = {
    "fr": Way("fr", DESK, name="Abdou Souley", username="abdou"),
    "en": Way("en", DESK, name="Peter Bello", username="peter.b"),
    "pt": Way("pt", DESK, name="Inês Cassoma", username="ines"),
    "ar": Way("ar", DESK, name="سالم بن صالح", username="salem"),
}
"""By links that do not say who comes."""
ON_A_PHONE = {
    language: Way(language, PHONE, scripts=False, username=USERNAMES[language]) for language in CHAT_LANGUAGES
}
"""By links with a name, of which a user name is made where it is in Latin letters."""


async def test_from_a_link_to_the_first_answer(tmp_path: Path) -> None:
    await walk(tmp_path, [ON_A_PHONE["ar"]])


@pytest.mark.soak
async def test_in_each_language_on_a_telephone_and_at_a_desk(tmp_path: Path) -> None:
    await walk(tmp_path, [*ON_A_PHONE.values(), *AT_A_DESK.values()])


async def shows_first_link(up: Running) -> bool:
    """Whether the lines behind that all is ready, which are still being read, have the command for the first link."""
    return any("palabre invite --member hadiza.issa" in line for line in up.output)


async def walk(folder: Path, ways: Sequence[Way]) -> None:
    """Have the first coordinator come into a new network, and then, where there was talk, one guest for each way."""
    config = folder / "config"
    shutil.copytree(DATA / "oases", config)
    community = config / "community.yaml"
    hadiza = "name: Hadiza Issa, role: coordinator, languages: ["
    described = community.read_text().replace("example: true\n", "")
    community.write_text(described.replace(f"{hadiza}fr, en]", f"{hadiza}fr, en, pt, ar]"))
    async with palabre_up(folder / "data", config) as up, AsyncExitStack() as opened:
        page = await opened.enter_async_context(bare_page(folder / "browser"))
        sys.stderr.write("\nA network in which nobody is yet, its first coordinator:\n")
        await until(
            partial(shows_first_link, up), 20, "`palabre up` to say how the first coordinator comes in"
        )
        first = Guest(await opened.enter_async_context(open_peer()), Way("fr", DESK))
        await first.comes(up, page, await link_for(up, "--member", "hadiza.issa"), "hadiza.issa")
        assert_was_told(first)
        assert first.way.scripts
        assert len(first.taps) <= 10
        talked_in = await first.talks_everywhere()
        sys.stderr.write(f"Those who come where in {len(talked_in)} rooms there was talk before:\n")
        for way in ways:
            guest = Guest(await opened.enter_async_context(open_peer()), way)
            named = () if way.name else ("--name", NAMES[way.language])
            words = ("--role", "member", "--language", way.language, "--city", CITIES[way.language], *named)
            address = await link_for(up, *words, "--by", "hadiza.issa")
            await guest.comes(up, page, address, way.username)
            assert_was_told(guest)
            for name, message in zip(("greeting", "answer"), guest.said, strict=True):
                await leave_message(page, message["content"]["formatted_body"], f"way-{way}-{name}")
            assert len(guest.taps) <= 13
            assert await rooms_of(guest.peer)
            waiting = await rooms_of(guest.peer, "invite")
            sys.stderr.write(f"{way} invitations that wait, none of them needed to begin: {len(waiting)}\n")
            # Who opens the link once more learns nothing of what became of it.
            await page.open(address)
            assert way.username not in await page.evaluate("document.body.textContent.toLowerCase()")


def assert_was_told(guest: Guest) -> None:
    """See that the greeting and the answer are in the guest's language, and the answer is one."""
    greeting, answer = (one["content"]["body"] for one in guest.said)
    language = guest.way.language
    translate = translator(language, CATALOGUES)
    sys.stderr.write(f"--- {guest.way}\n{greeting}\n---\n{answer}\n---\n")
    assert translate(msg("You can ask me anything here, for example:")) in greeting
    assert language_of(greeting, "") == language
    assert language_of(answer, "") == language
