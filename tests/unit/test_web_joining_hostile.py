"""Harm meant at the pages of invitations: forged and guessed links, forms of other sites, code as text, floods."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from community.core.address_secret import digest_of
from community.core.language_folders import LANGUAGES
from community.joining.account_request import AccountRefusal
from community.joining.address import JOINING
from community.joining.publishing import published_links
from tests.lib.descriptions import changed
from tests.lib.examples import some_of
from tests.lib.invitations import NOW
from tests.lib.joining import (
    COMMUNITY,
    DIGEST,
    NETWORK,
    PASSWORD,
    PEOPLE,
    RULES,
    SECRET,
    JoiningServer,
    PageSeen,
    joining_server,
    link,
)
from web.join_form import MOST_BYTES, account_request, form_faults, read_form
from web.join_seals import MadeAccount, PageSeals
from web.limits import AddressLimit, counted_as

OPEN_LINK = published_links(
    NETWORK, COMMUNITY, [link(name=None, city=None, themes=(), uses=3)], NOW, PEOPLE
).links[DIGEST]
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}${7*7}"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[JoiningServer]:
    async with joining_server(tmp_path) as serving:
        yield serving


def is_harmless(page: PageSeen) -> bool:
    """Whether a page has one script, its own, and nothing that another text has put in."""
    return (
        page.text.count("<script") <= 1
        and not re.search(r"<img|onerror=[^&]|\b49\b", unescape(page.text).replace(HOSTILE, ""))
        and "alert(1)</script>" not in page.text
    )


# --- text that is code ------------------------------------------------------------------------------------------------


async def test_no_text_of_a_description_or_a_link_is_more_than_text(server: JoiningServer) -> None:
    named = {"fr": HOSTILE}
    community = changed(
        COMMUNITY,
        {
            "name": named,
            "rules": [named],
            "cities": [{**city.model_dump(mode="json"), "name": named} for city in COMMUNITY.cities],
            "themes": [{**theme.model_dump(mode="json"), "name": named} for theme in COMMUNITY.themes],
            "roles": [{**role.model_dump(mode="json"), "name": named} for role in COMMUNITY.roles],
            "members": [{**one.model_dump(mode="json"), "name": HOSTILE} for one in COMMUNITY.members],
            "places": {"one": named, "many": named},
        },
    )
    for offered in (link(name=HOSTILE), link(name=None, city=None, themes=(), uses=3)):
        server.publish([offered], community)
        shown = await server.get()
        assert shown.status == 200
        assert "&lt;script&gt;" in shown.text
        assert is_harmless(shown)
        form = await server.form(consent=shown.text.split('name="consent" value="')[1].split('"')[0])
        made = await server.ask((await server.send(form)).headers["location"])
        assert made.status == 200
        assert is_harmless(made)


@pytest.mark.parametrize(
    "field",
    ["name", "username", "password", "again", "language", "city", "theme", "consent", "token", "other"],
)
async def test_nothing_that_is_sent_is_more_than_text(server: JoiningServer, field: str) -> None:
    server.publish([link(name=None, city=None, themes=(), uses=3)])
    server.desk.refusals[:] = [AccountRefusal.NAME_TAKEN]
    shown = await server.send(await server.form(**{field: HOSTILE}))
    assert shown.status == 422
    assert is_harmless(shown)


async def test_what_is_sent_makes_no_header(server: JoiningServer) -> None:
    for name in ("x\r\nSet-Cookie: a=b", "x\r\n\r\n<script>", "x\x00y"):
        sent = await server.send(await server.form(name=name))
        assert sent.status == 303
        assert "set-cookie" not in sent.headers
        assert "\n" not in server.desk.asked[-1].name
    for path in (f"{SECRET}%0d%0aSet-Cookie:%20a=b", f"{SECRET}/fr%0d%0aX:%20y", "made/x%0d%0aX:%20y.1.2"):
        assert (await server.get(path)).status == 404


async def test_the_policy_of_the_pages_lets_nothing_in(server: JoiningServer) -> None:
    pages = [await server.get(), await server.get("A" * 32), await server.send(await server.form(name=""))]
    pages.append(await server.ask((await server.send(await server.form())).headers["location"]))
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        for held in ("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert held in policy
        wanted = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-frame-options": "DENY",
                  "x-content-type-options": "nosniff", "x-robots-tag": "noindex, nofollow"}  # fmt: skip
        assert {name: page.headers[name] for name in wanted} == wanted
        assert "set-cookie" not in page.headers


# --- other sites, forged links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({"Sec_Fetch_Site": "same-origin"}, True),
        ({"Sec_Fetch_Site": "none"}, True),
        ({"Sec_Fetch_Site": "cross-site"}, False),
        ({"Sec_Fetch_Site": "same-site"}, False),
        ({"Sec_Fetch_Site": "", "Origin": "null"}, False),
    ],
)
async def test_a_form_of_another_site_is_not_taken(
    server: JoiningServer, headers: dict[str, str], is_taken: bool
) -> None:
    sent = await server.send(await server.form(), **headers)
    assert sent.status == (303 if is_taken else 403)
    assert len(server.desk.asked) == is_taken


async def test_an_old_browser_that_says_only_an_origin(server: JoiningServer) -> None:
    fields = await server.form()
    for origin, status in ((server.address, 303), ("null", 303), ("https://evil.example", 403), ("x", 403)):
        how: dict[str, Any] = {"data": fields, "headers": {"Origin": origin}}
        assert (await server.ask(f"{JOINING}/{SECRET}/fr", "POST", **how)).status == status


async def test_the_token_of_a_form_is_of_its_link_and_of_this_process(server: JoiningServer) -> None:
    form = await server.form()
    others = (
        "", ".", "0.0", form["token"][:-1], form["token"] + "0", "é.é", "-1." + "0" * 64,
        PageSeals(b"x" * 32).form_token(digest_of(SECRET) or "", NOW), "9" * 400, "\u0661.0",
    )  # fmt: skip
    for token in others:
        assert (await server.send({**form, "token": token})).status == 422
    moment, seal = form["token"].split(".")
    later = f"{int(moment, 16) + 3600:x}.{seal}"
    assert (await server.send({**form, "token": later})).status == 422
    assert server.desk.asked == []


async def test_no_page_says_what_nobody_has_made(server: JoiningServer) -> None:
    ticket = PageSeals(b"x" * 32).ticket(MadeAccount("evil", "fr"), datetime.now(UTC))
    for path in (ticket, "x", "..", "a.b.c", "%C3%A9", "%00.1.2", "." * 3000):
        answer = await server.get(f"made/{path}")
        assert answer.status == 404
        assert "evil" not in answer.text


async def test_guessed_links_are_all_alike_and_soon_refused(server: JoiningServer) -> None:
    seen = [await server.get(f"{number:032}", method="HEAD") for number in range(310)]
    assert [page.status for page in seen] == [404] * 300 + [429] * 10
    assert int(seen[-1].headers["retry-after"]) >= 1
    # From another address, as the proxy says, others go on.
    assert (await server.get(X_Forwarded_For="forged, 192.0.2.7")).status == 200
    server.now = NOW + timedelta(minutes=5)
    assert (await server.get()).status == 200


async def test_ten_thousand_tries_at_one_form_reach_the_desk_rarely(server: JoiningServer) -> None:
    server.desk.refusals[:] = [AccountRefusal.NAME_TAKEN] * 10_000
    form = await server.form()
    statuses = []
    for number in range(400):
        server.now = NOW + timedelta(milliseconds=number)
        sent = await server.send(
            {**form, "username": f"try{number}"}, X_Forwarded_For=f"192.0.2.{number % 250}"
        )
        statuses.append(sent.status)
    assert statuses == [422] * 60 + [429] * 340
    assert len(server.desk.asked) == 60


# --- sizes and slowness -----------------------------------------------------------------------------------------------


async def raw(server: JoiningServer, head: str, body: bytes = b"") -> bytes:
    """Write a request as it is; return what is answered until the connection ends."""
    asked = URL(server.address)
    reader, writer = await asyncio.open_connection(asked.host, asked.port)
    writer.write(
        f"POST {JOINING}/{SECRET}/fr HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}\r\n".encode() + body
    )
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    return answer


async def test_a_form_that_is_too_large_or_none_is_refused(server: JoiningServer) -> None:
    kind = "Content-Type: application/x-www-form-urlencoded\r\n"
    large = MOST_BYTES + 1
    assert b" 413 " in await raw(server, f"{kind}Content-Length: {large}\r\n")
    chunked = f"{large:x}\r\n".encode() + b"a" * large + b"\r\n0\r\n\r\n"
    assert b" 413 " in await raw(server, f"{kind}Transfer-Encoding: chunked\r\n", chunked)
    assert b" 415 " in await raw(
        server, "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 0\r\n"
    )
    fields = b"&".join(b"theme=x" for _ in range(600))
    for body in (b"\xff\xfe", b"name=%ff", fields):
        assert b" 403 " in await raw(server, f"{kind}Content-Length: {len(body)}\r\n", body)
    assert server.desk.asked == []


async def test_whoever_is_slow_keeps_nobody_waiting_and_is_let_go(
    server: JoiningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.server._TO_SEND", 0.3)
    kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n"
    slow = [asyncio.create_task(raw(server, kind, b"name=")) for _ in range(20)]
    assert (await server.get()).status == 200
    assert all(b" 408 " in answer for answer in await asyncio.gather(*slow))


# --- what nobody reads ------------------------------------------------------------------------------------------------


async def test_neither_secret_nor_password_is_in_a_log_or_in_a_repr(
    server: JoiningServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)

    async def failing(_request: object) -> None:
        raise RuntimeError(PASSWORD, SECRET)

    form = await server.form()
    await server.send(form)
    server.desk.make_account = failing  # type: ignore[method-assign,assignment]
    assert (await server.send(form)).status == 500
    await server.send({**form, "name": ""})
    told = capfd.readouterr()
    for secret in (SECRET, PASSWORD, form["token"]):
        assert secret not in caplog.text + told.out + told.err
        assert secret not in repr(server.desk.asked) + repr(
            read_form(f"password={PASSWORD}&token=x".encode())
        )


# --- whatever is sent -------------------------------------------------------------------------------------------------


@settings(max_examples=some_of(400), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"name={text}&username={text}".encode())
)
def test_any_bytes_are_a_form_or_none(body: bytes) -> None:
    form = read_form(body)
    if form is not None:
        faults = form_faults(form, "x" * 16)
        assert "consent" in faults
        assert all(str(fault) for fault in faults.values())


TYPED = (
    st.text(max_size=130) | st.text("abc-._=/+@: \u0640\u202e\ud83d\n\x00é", max_size=80) | st.just(PASSWORD)
)


@settings(max_examples=some_of(1200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(("name", "username", "password", "city", "theme", "language")), TYPED))
def test_what_has_no_fault_can_be_asked_for(fields: dict[str, str]) -> None:
    typed = {"name": "Awa", "password": PASSWORD, "consent": RULES, **fields}
    form = read_form(
        urlencode({key: value.encode("utf-8", "replace") for key, value in typed.items()}).encode()
    )
    assert form is not None
    if not form_faults(form, RULES):
        for offered in (None, OPEN_LINK):
            asked = account_request(form, SECRET, offered, LANGUAGES)
            assert asked.name == form.name
            assert asked.language in LANGUAGES


@settings(max_examples=some_of(400), deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_counted_as_something_short(address: str) -> None:
    assert len(counted_as(address)) <= 50


def test_an_address_is_counted_by_what_its_owner_cannot_change() -> None:
    assert counted_as("2001:db8::1") == counted_as("2001:db8::2") != counted_as("2001:db8:0:1::1")
    assert counted_as("::ffff:192.0.2.1") == counted_as("192.0.2.1") == "192.0.2.1"


def test_a_limit_forgets_whoever_asked_longest_ago_and_lets_others_in_again() -> None:
    limit = AddressLimit(2, 1.0, rows=2)
    assert [limit.wait("a", NOW) for _ in range(3)] == [0, 0, 1]
    assert limit.wait("a", NOW + timedelta(seconds=1)) == 0
    assert [limit.wait(name, NOW) for name in ("b", "c")] == [0, 0]
    assert limit.wait("a", NOW) == 0
