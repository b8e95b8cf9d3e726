"""The month of a feed in a real Chromium of 360 by 640 points, behind our Caddy: what is drawn, and who can read it.

Axe-core looks at contrast, labels, order and language. With ``PALABRE_TEST_PICTURES`` pictures are left in that folder.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from community.directory.entry import calendar_entries
from palabre_cli.installation.answers import Run
from palabre_cli.installation.written import files_of
from palabre_cli.options import shipped
from palabre_cli.terminal import PACKAGES
from tests.lib.browser import BrowserPage, browser_page
from tests.lib.browser_looks import leave_picture, violations
from tests.lib.descriptions import changed, example
from tests.lib.init_answers import ANSWERS, DOMAIN
from tests.lib.pages import running_pages
from tests.lib.proxy import Proxy, running_proxy
from tests.lib.published import published_feed

pytestmark = [pytest.mark.live, pytest.mark.timeout(420)]

LANGUAGES = ["fr", "en", "pt", "ar", "es", "sw"]
PHONE = {"width": 360, "height": 640, "deviceScaleFactor": 1, "mobile": True}


@dataclass(frozen=True)
class Published:
    proxy: Proxy
    secret: str

    def address(self, language: str, month: str = "2026-12") -> str:
        return f"https://{DOMAIN}{self.path(language, month)}"

    def path(self, language: str, month: str = "2026-12") -> str:
        return f"/palabre/calendar/{self.secret}/{language}/{month}"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    folder = tmp_path_factory.mktemp("calendar")
    description = example()
    community = changed(description.community, {"languages": LANGUAGES})
    entries = list(calendar_entries(description.calendar))
    secret, _ = asyncio.run(published_feed(folder, community, entries))
    caddyfile = files_of(replace(ANSWERS, run=Run.SERVICES), folder, shipped("deploy"), PACKAGES)["Caddyfile"]
    with ExitStack() as running:
        port = running.enter_context(running_pages(folder, folder / "feeds"))
        own = caddyfile.replace("127.0.0.1:8010", f"127.0.0.1:{port}")
        yield Published(running.enter_context(running_proxy(own, DOMAIN, folder)), secret)


@pytest.fixture
async def page(published: Published, tmp_path: Path) -> AsyncIterator[BrowserPage]:
    async with browser_page(published.proxy, tmp_path / "profile") as made:
        await made.call("Emulation.setDeviceMetricsOverride", **PHONE)
        yield made


async def test_everybody_can_read_it_in_light_and_dark(page: BrowserPage, published: Published) -> None:
    for language in LANGUAGES:
        await page.open(published.address(language))
        for scheme in ("light", "dark"):
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            await page.call("Emulation.setEmulatedMedia", features=features)
            assert await violations(page) == [], (language, scheme)
            await leave_picture(page, f"calendar-{language}-{scheme}")


async def test_it_fits_a_phone_and_runs_the_right_way(page: BrowserPage, published: Published) -> None:
    for language in LANGUAGES:
        await page.open(published.address(language))
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        way = "rtl" if language == "ar" else "ltr"
        assert await page.evaluate("getComputedStyle(document.body).direction") == way


async def test_it_asks_for_nothing_else_and_is_light(page: BrowserPage, published: Published) -> None:
    await page.open(published.address("fr"))
    assert {address for address in page.asked if not address.endswith("/favicon.ico")} == {
        published.address("fr")
    }
    assert await page.evaluate("document.scripts.length") == 0
    assert len(published.proxy.request(published.path("ar")).body) <= 30_000


async def test_the_arrows_lead_to_the_months_beside_it(page: BrowserPage, published: Published) -> None:
    await page.open(published.address("fr"))
    await page.evaluate("document.querySelector('[rel=next]').click()")
    await page.open(published.address("fr", "2027-01"), "document.querySelector('h2')")
    assert await page.evaluate("document.querySelector('h2').textContent") == "Janvier 2027"


def test_the_proxy_passes_on_what_keeps_the_address_secret(published: Published) -> None:
    answer = published.proxy.request(f"/palabre/calendar/{published.secret}/fr.ics")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert published.proxy.request(f"/palabre/calendar/{'A' * 32}/fr.ics").status == 404
