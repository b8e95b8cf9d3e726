"""The page of an invitation in a real Chromium, on a telephone and at a desk, behind our Caddy: what people see and do.

Axe-core looks at contrast, labels, order and language. With ``PALABRE_TEST_PICTURES`` pictures are left in that folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from community.core.language_folders import CHAT_LANGUAGES
from community.joining.account_request import AccountRefusal
from community.joining.address import joining_address
from palabre_cli.installation.answers import Run
from palabre_cli.installation.written import files_of
from palabre_cli.options import shipped
from palabre_cli.terminal import PACKAGES
from tests.lib.browser import BrowserPage, browser_page
from tests.lib.browser_looks import DESK, PHONE, clipped, leave_picture, prefer, violations
from tests.lib.init_answers import ANSWERS, DOMAIN
from tests.lib.joining import DOMAIN as PUBLISHED
from tests.lib.joining import PASSWORD, SECRET, JoiningServer, joining_server_apart, link
from tests.lib.joining_guest import fill, send, value
from tests.lib.proxy import Proxy, running_proxy

pytestmark = [pytest.mark.live, pytest.mark.timeout(420)]

ROOT = Path(__file__).parents[2]
ADDRESS = joining_address(f"https://{DOMAIN}", SECRET)


@dataclass(frozen=True)
class Joining:
    proxy: Proxy
    server: JoiningServer


@pytest.fixture(scope="module")
def joining(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Joining]:
    folder = tmp_path_factory.mktemp("joining")
    caddyfile = files_of(replace(ANSWERS, run=Run.SERVICES), folder, shipped("deploy"), PACKAGES)["Caddyfile"]
    with ExitStack() as running:
        server = running.enter_context(joining_server_apart(folder))
        own = caddyfile.replace("127.0.0.1:8010", server.address.removeprefix("http://"))
        yield Joining(running.enter_context(running_proxy(own, DOMAIN, folder)), server)


@pytest.fixture
async def page(joining: Joining, tmp_path: Path) -> AsyncIterator[BrowserPage]:
    joining.server.publish([link()])
    joining.server.desk.refusals.clear()
    joining.server.desk.asked.clear()
    async with browser_page(joining.proxy, tmp_path / "profile") as made:
        await made.call("Emulation.setDeviceMetricsOverride", **PHONE)
        yield made


FOR_ONE, FOR_MANY = link(), link(name=None, city=None, themes=(), uses=30)
SEEN = [
    *((PHONE, language, scheme) for language in CHAT_LANGUAGES for scheme in ("light", "dark")),
    *((DESK, language, "light") for language in ("fr", "ar")),
]


async def test_everybody_can_read_and_fill_it_in_light_and_dark_small_and_large(
    page: BrowserPage, joining: Joining
) -> None:
    for called, offered in (("one", FOR_ONE), ("many", FOR_MANY)):
        joining.server.publish([offered])
        for size, language, scheme in SEEN:
            await page.call("Emulation.setDeviceMetricsOverride", **size)
            await prefer(page, scheme)
            await page.open(f"{ADDRESS}/{language}")
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            assert await violations(page) == [], (language, scheme)
            assert await clipped(page) == [], language
            await leave_picture(page, f"join-{called}-{size['width']}-{language}-{scheme}")
    assert {address for address in page.asked if not address.startswith("data:")} == {
        f"{ADDRESS}/{language}" for language in CHAT_LANGUAGES
    }


async def test_a_mistake_gives_the_form_back_and_leads_to_it(page: BrowserPage, joining: Joining) -> None:
    for language in ("fr", "ar"):
        joining.server.desk.refusals[:] = [AccountRefusal.NAME_TAKEN]
        await page.open(f"{ADDRESS}/{language}")
        await fill(page, name="Salif T.", password=PASSWORD)
        await send(page, "document.querySelector('.sum')")
        assert await page.evaluate("document.activeElement.id") == "username"
        assert await value(page, "name") == "Salif T."
        assert await value(page, "password") == ""
        assert await page.evaluate("document.getElementById('consent').checked")
        assert await violations(page) == []
        await leave_picture(page, f"join-taken-{language}")
        await fill(page, username="salif.t2", password=PASSWORD, consent=False)
        await send(page, "document.querySelector('#who') || document.getElementById('consent-bad')")
        assert await page.evaluate("document.activeElement.id") == "consent"
        await leave_picture(page, f"join-consent-{language}")


@pytest.mark.parametrize("scripts", [True, False])
async def test_an_account_is_made_with_scripts_and_without(
    page: BrowserPage, joining: Joining, scripts: bool
) -> None:
    await page.call("Emulation.setScriptExecutionDisabled", value=not scripts)
    await page.open(ADDRESS)
    # What needs a script is not shown without one, nor is the password asked for twice with one.
    seen = "['show', 'again'].map((id) => Boolean(document.getElementById(id)?.checkVisibility()))"
    assert await page.evaluate(seen) == [scripts, not scripts]
    if scripts:
        await fill(page, password=PASSWORD)
    else:
        await fill(page, password=PASSWORD, again=PASSWORD)
    await send(page, "document.title.includes('créé')")
    (asked,) = joining.server.desk.asked
    assert (asked.username, asked.name, asked.password) == ("salif.traore", "Salif Traoré", PASSWORD)
    assert SECRET not in await page.evaluate("location.href")
    # Loaded again, it sends nothing.
    await page.evaluate("window.before = true")
    await page.call("Page.reload")
    await page.until("window.before === undefined && document.title.includes('créé')")
    assert len(joining.server.desk.asked) == 1
    if not scripts:
        return
    links = await page.evaluate("[...document.links].map((one) => one.href)")
    assert (
        f"https://mobile.element.io/element/?account_provider={PUBLISHED}"
        f"&login_hint=mxid:@salif.traore:{PUBLISHED}" in links
    )
    assert f"https://{PUBLISHED}/#/login" in links


async def test_what_follows_can_be_read_by_everybody(page: BrowserPage, joining: Joining) -> None:
    for language, scheme in zip(CHAT_LANGUAGES, ("light", "dark") * 2, strict=True):
        joining.server.publish([link(language=language)])
        await page.call("Emulation.setDeviceMetricsOverride", **PHONE)
        await prefer(page, scheme)
        await page.open(ADDRESS)
        await fill(page, password=PASSWORD)
        await send(page, "document.querySelector('#who')")
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        assert await violations(page) == [], (language, scheme)
        await leave_picture(page, f"joined-360-{language}-{scheme}")
        await page.call("Emulation.setDeviceMetricsOverride", **DESK)
        await leave_picture(page, f"joined-1280-{language}")


async def test_a_link_that_is_closed_says_so_kindly(page: BrowserPage, joining: Joining) -> None:
    joining.server.publish([])
    for language in CHAT_LANGUAGES:
        await page.open(f"{ADDRESS}/{language}")
        assert await violations(page) == []
        await leave_picture(page, f"join-closed-{language}")


async def test_the_password_is_shown_by_whoever_wishes(page: BrowserPage) -> None:
    await page.open(ADDRESS)
    await page.evaluate("document.getElementById('show').click()")
    assert await page.evaluate("document.getElementById('password').type") == "text"
    assert await page.evaluate("document.getElementById('show').getAttribute('aria-pressed')") == "true"


@pytest.mark.soak
def test_the_benchmark_of_the_page_ends_with_one_line_of_json() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "page.py"), "--quick"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,  # its errors are to be read in the report of the test
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    report = json.loads(line)
    (result,) = report["results"]
    assert report["empty_milliseconds"] >= report["latency"]
    assert result["ratio_floor"] > 0
    assert 0 < result["bytes"] < 60_000
