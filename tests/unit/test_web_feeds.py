"""Feeds over HTTP: published from a store, asked for by a real client, revoked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import icalendar
import pytest
import vobject
from yarl import URL

from community.core.address_secret import digest_of
from community.core.allowance import Allowance
from community.feeds.folder import feed_file
from community.feeds.publishing import publish, withdraw
from community.storage import Feed, Store
from tests.lib.descriptions import changed, small
from tests.lib.entries import deadline, event, removed
from tests.lib.published import NOW, published_feed
from web.month import month_of
from web.server import Served, serving

COMMUNITY = changed(small().community, {"languages": ["fr", "en", "ar"]})
EVERYONE = {"everyone": True}
HOSTILE = "<script>alert(1)</script>"
DATES = (
    event("call", title={"fr": "Appel", "en": "Call", "ar": "اجتماع"}, start="2026-12-03 10:00",
          timezone="Africa/Kigali", repeat="FREQ=WEEKLY;BYDAY=TH", changes=[{"of": "2026-12-10", "cancelled": True}],
          audience=EVERYONE, link="https://example.org/meet?a=1&b=2", rooms=()),
    event("fair", title={"en": HOSTILE}, start="2026-12-08", lasts="3d", place={"en": 'Hall "B" & co'},
          audience=EVERYONE, rooms=()),
    event("leads", title={"en": "Secret talk"}, start="2026-12-09 10:00", rooms=(),
          audience={"roles": ["coordinator"]}),
    deadline("report", title={"fr": "Rapport", "en": "Report"}, due="2026-12-15 18:00", audience=EVERYONE, rooms=()),
)  # fmt: skip


@dataclass
class Server:
    address: str
    folder: Path
    secret: str
    feed: Feed

    async def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
        url = URL(f"{self.address}/palabre/calendar/{path}", encoded=True)
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                method, url, headers={name.replace("_", "-"): said for name, said in headers.items()}
            ) as got,
        ):
            return got.status, await got.read(), {name.lower(): said for name, said in got.headers.items()}

    async def ics(self, language: str = "fr", **how: Any) -> tuple[int, bytes, dict[str, str]]:
        return await self.get(f"{self.secret}/{language}.ics", **how)

    async def page(self, month: str = "2026-12", language: str = "fr") -> str:
        status, body, _ = await self.get(f"{self.secret}/{language}/{month}")
        assert status == 200
        return body.decode()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    secret, feed = await published_feed(tmp_path, COMMUNITY, DATES)
    async with serving(Served(tmp_path / "none", tmp_path / "feeds", lambda: NOW), "127.0.0.1", 0) as port:
        yield Server(f"http://127.0.0.1:{port}", tmp_path, secret, feed)


# --- the file ---------------------------------------------------------------------------------------------------------


async def test_two_parsers_read_what_is_served(server: Server) -> None:
    status, body, headers = await server.ics()
    assert (status, headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    events = icalendar.Calendar.from_ical(body).events
    assert [str(one["SUMMARY"]).replace("\xa0", " ") for one in events] == [
        "Appel", "Annulé : Appel", HOSTILE, "À rendre : Rapport",
    ]  # fmt: skip
    assert len(vobject.readOne(body.decode()).vevent_list) == 4


async def test_what_is_not_for_everybody_is_not_in_it(server: Server) -> None:
    text = (
        (await server.ics())[1].decode()
        + await server.page()
        + feed_file(server.folder / "feeds", server.feed.digest).read_text()
    )
    assert "Secret talk" not in text
    assert not [name for name in ("moussa", "coordinator", "everyone") if name in text]


async def test_whoever_has_it_gets_nothing_twice(server: Server) -> None:
    _, body, headers = await server.ics()
    tag = headers["etag"]
    status, again, told = await server.ics(If_None_Match=tag)
    assert (status, again, told["etag"]) == (304, b"", tag)
    assert (await server.ics(If_None_Match=f'W/{tag}, "other"'))[0] == 304
    assert (await server.ics(If_None_Match='"other"'))[:2] == (200, body)


async def test_head_says_as_much_without_the_body(server: Server) -> None:
    _, body, headers = await server.ics()
    status, nothing, told = await server.ics(method="HEAD")
    assert (status, nothing) == (200, b"")
    assert (told["etag"], told["content-length"]) == (headers["etag"], str(len(body)))


async def test_a_change_is_another_tag_and_a_higher_sequence(server: Server) -> None:
    _, before, headers = await server.ics()
    async with await Store.open(f"sqlite+aiosqlite:///{server.folder}/palabre.db") as store:
        await store.entries.change([removed(DATES[1])], actor="@awa:x", at=NOW + timedelta(hours=1))
        await publish(store, COMMUNITY, server.folder / "feeds", NOW)
    status, after, told = await server.ics(If_None_Match=headers["etag"])
    assert status == 200
    assert told["etag"] != headers["etag"]
    assert len(after) < len(before)


async def test_a_revoked_address_is_gone_at_once(server: Server) -> None:
    assert (await server.ics())[0] == 200
    async with await Store.open(f"sqlite+aiosqlite:///{server.folder}/palabre.db") as store:
        feed = await store.feeds.revoke(server.feed.id, by="cli:root", at=NOW)
        assert feed is not None
        await withdraw(server.folder / "feeds", feed)
        assert (await server.ics())[0] == (await server.get(f"{server.secret}/fr"))[0] == 404
        # And does not come back.
        assert await publish(store, COMMUNITY, server.folder / "feeds", NOW) == 0
    assert (await server.ics())[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "{other}/fr.ics", "{secret}x/fr.ics", "x/fr.ics", "{secret}", "{secret}/", "{digest}/fr.ics",
        "{secret}/de.ics", "{secret}/.ics", "{secret}/fr.ics/2026-12", "{secret}/fr/2026-13", "{secret}/fr/2026-1",
        "{secret}/fr/1800-01", "{secret}/fr/٢٠٢٦-١٢", "{secret}/..%2f..%2fpalabre.db", "..%2ffeeds/fr.ics",
        "{secret}/fr/2026-12/x", "%00/fr.ics",
    ],
)  # fmt: skip
async def test_nothing_else_is_there(server: Server, path: str) -> None:
    other = "A" * 32
    asked = path.format(secret=server.secret, other=other, digest=digest_of(server.secret))
    assert (await server.get(asked))[0] in (400, 404)


async def test_nothing_is_taken(server: Server) -> None:
    for method in ("POST", "PUT", "DELETE", "PROPFIND"):
        assert (await server.ics(method=method))[0] == 405


async def test_the_address_is_in_no_log_and_goes_to_nobody(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _, _, headers = await server.ics()
    await server.get(f"{server.secret}/no/such/page")
    feed_file(server.folder / "feeds", server.feed.digest).write_bytes(b"damaged")
    assert (await server.ics())[0] == 404
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["cache-control"] == "private, no-cache"
    assert server.secret not in caplog.text


@pytest.mark.parametrize(
    "target", ["{}/fr.ics\xe9", "{}/fr.ics#x\x7f", "{}/fr .ics", "{}/fr.ics\x00", "{}\r\nx"]
)
async def test_the_address_of_a_malformed_request_is_in_no_log(
    server: Server, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], target: str
) -> None:
    caplog.set_level(logging.DEBUG)
    asked = URL(server.address)
    reader, writer = await asyncio.open_connection(asked.host, asked.port)
    path = target.format(server.secret).encode("latin-1")
    writer.write(b"GET /palabre/calendar/" + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.split()[1] in (b"400", b"404")
    told = capfd.readouterr()
    assert server.secret not in caplog.text + told.out + told.err


async def test_whoever_asks_too_often_is_told_when_to_come_back(server: Server) -> None:
    seen = [(await server.ics(method="HEAD"))[0] for _ in range(101)]
    assert seen == [200] * 100 + [429]
    status, _, headers = await server.ics()
    assert (status, headers["retry-after"]) == (429, "1")


@pytest.mark.parametrize(("month", "there"), [
    ("2025-09", False), ("2025-10", True), ("2036-12", True), ("2037-01", False), ("1950-01", False),
])  # fmt: skip
async def test_only_months_that_are_published_have_a_page(server: Server, month: str, there: bool) -> None:
    assert (await server.get(f"{server.secret}/fr/{month}"))[0] == (200 if there else 404)


async def test_no_page_leads_to_a_month_that_has_none(server: Server) -> None:
    assert 'rel="prev"' not in await server.page("2025-10")
    assert 'rel="next"' not in await server.page("2036-12")


async def test_a_few_months_are_drawn_at_once_and_those_that_were_drawn_stay_there(server: Server) -> None:
    months = [f"2027-{number:02}" for number in range(1, 13)]
    seen = [(await server.get(f"{server.secret}/fr/{month}"))[0] for month in (*months, "2028-01")]
    assert seen == [200] * 12 + [429]
    assert (await server.get(f"{server.secret}/fr/2028-01"))[2]["retry-after"] == "2"
    assert [(await server.get(f"{server.secret}/fr/{month}"))[0] for month in months] == [200] * 12
    assert (await server.ics())[0] == 200


def test_an_allowance_comes_back_with_time_and_no_further() -> None:
    allowance, start = Allowance(2, 0.5), datetime(2026, 12, 1, tzinfo=UTC)
    assert [allowance.wait("a", start) for _ in range(3)] == [0, 0, 2]
    assert allowance.wait("b", start) == 0
    assert allowance.wait("a", start + timedelta(seconds=2)) == 0
    assert [allowance.wait("a", start + timedelta(days=1)) for _ in range(3)] == [0, 0, 2]
    # A clock that goes back gives nothing and takes nothing.
    assert allowance.wait("a", start) == 2


async def test_a_feed_may_be_read_by_another_user_and_its_folder_lists_no_address(server: Server) -> None:
    folder = server.folder / "feeds"
    assert folder.stat().st_mode & 0o777 == 0o755
    (file,) = folder.glob("*.json")
    assert file.stat().st_mode & 0o777 == 0o644
    assert server.secret not in str(file)


# --- the page of a month ----------------------------------------------------------------------------------------------


async def test_the_page_has_what_takes_place_in_that_month(server: Server) -> None:
    text = (await server.page(language="en")).replace("\xa0", " ")
    assert "December 2026" in text
    assert [
        day
        for day in ("Thursday 3 December", "Thursday 10 December", "Tuesday 15 December")
        if day not in text
    ] == []
    assert "Cancelled: Call" in text
    assert 'href="https://example.org/meet?a=1&amp;b=2"' in text
    # In the zone of the community, which is two hours behind Kigali.
    assert "08:00 – 09:30" in text
    assert "until 10 December 2026" in text


async def test_what_people_have_written_is_text_and_nothing_else(server: Server) -> None:
    text = await server.page(language="en")
    assert HOSTILE not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "Hall &#34;B&#34; &amp; co" in text
    assert "<script" not in text


async def test_it_leads_to_the_months_beside_it_and_to_the_calendar_program(server: Server) -> None:
    text = await server.page()
    base = f"/palabre/calendar/{server.secret}"
    assert f'rel="prev" href="{base}/fr/2026-11"' in text
    assert f'rel="next" href="{base}/fr/2027-01"' in text
    assert f'href="{base}/fr.ics"' in text
    # Some programs ask for those without TLS first.
    assert "webcal" not in text
    for language in ("en", "ar"):
        assert f'href="{base}/{language}/2026-12"' in text


async def test_without_a_month_it_is_this_one(server: Server) -> None:
    status, body, _ = await server.get(f"{server.secret}/fr")
    assert status == 200
    assert body.decode() == await server.page()
    assert 'aria-current="date">5<' in body.decode()


async def test_arabic_runs_from_right_to_left(server: Server) -> None:
    text = await server.page(language="ar")
    assert '<html lang="ar" dir="rtl">' in text
    assert "اجتماع" in text
    assert 'aria-label="الشهر السابق"' in text


async def test_a_month_without_anything_says_so(server: Server) -> None:
    assert "Nothing this month." in await server.page("2025-11", "en")


async def test_a_full_month_stays_light(tmp_path: Path) -> None:
    title = {"ar": "اجتماع المدن الكبير " * 6}
    many = [
        event(
            f"e{number}",
            title=title,
            start=f"2026-12-{number % 28 + 1:02} 10:00",
            audience=EVERYONE,
            rooms=(),
        )
        for number in range(300)
    ]
    secret, feed = await published_feed(tmp_path, COMMUNITY, many)
    async with serving(Served(tmp_path, tmp_path / "feeds", lambda: NOW), "127.0.0.1", 0) as port:
        server = Server(f"http://127.0.0.1:{port}", tmp_path, secret, feed)
        body = (await server.page(language="ar")).encode()
    assert len(body) <= 30_000
    listed = body.decode().count("<li")
    assert f"{300 - listed} أخرى في تقويمكم." in body.decode()


def test_only_months_of_our_calendar_have_a_page() -> None:
    last, first = month_of("2198-12"), month_of("1901-01")
    assert last is not None
    assert first is not None
    assert (first.beside(first.first - timedelta(days=1)), last.beside(last.last + timedelta(days=1))) == (
        None,
        None,
    )
    assert month_of("2026-12") is not None
    assert [month_of(text) for text in ("2026-00", "2199-01", "26-1", "2026-1x", "")] == [None] * 5
