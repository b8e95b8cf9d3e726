"""`palabre web`: its health, the welcome page, and nothing else of the folder or the computer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from web.errors import WebPortTaken
from web.server import Served, serving


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    pages = tmp_path / "palabre"
    pages.mkdir()
    (pages / "welcome.html").write_text("<h1>Réseau</h1>")
    (pages / "other.html").write_text("not a page of ours")
    (tmp_path / "secret.txt").write_text("secret")
    async with serving(Served(pages), "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}"


async def answer(address: str, path: str, method: str = "GET") -> tuple[int, str, dict[str, str]]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, URL(address + path, encoded=True)) as got,
    ):
        return got.status, await got.text(), {name.lower(): value for name, value in got.headers.items()}


async def test_the_welcome_page_comes_with_what_protects_it(address: str) -> None:
    status, text, headers = await answer(address, "/palabre/welcome.html")
    assert (status, text) == (200, "<h1>Réseau</h1>")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"


async def test_it_says_that_it_is_well(address: str) -> None:
    assert (await answer(address, "/healthz"))[:2] == (200, "OK\n")


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/palabre", "/palabre/", "/palabre/other.html", "/palabre/../secret.txt"),
        *("/palabre/%2e%2e/secret.txt", "/palabre/..%2fsecret.txt", "/palabre/welcome.html/", "/healthz/x"),
        "/palabre/welcome.html%00",
    ],
)
async def test_nothing_else_is_there(address: str, path: str) -> None:
    status, text, _ = await answer(address, path)
    assert status in (400, 404)
    assert "secret" not in text.replace("secret.txt", "")
    assert "not a page" not in text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_nothing_is_taken(address: str, method: str) -> None:
    assert (await answer(address, "/palabre/welcome.html", method))[0] == 405


async def test_a_page_that_is_written_anew_is_shown(address: str, tmp_path: Path) -> None:
    (tmp_path / "palabre" / "welcome.html").write_text("new")
    assert (await answer(address, "/palabre/welcome.html"))[1] == "new"
    (tmp_path / "palabre" / "welcome.html").unlink()
    assert (await answer(address, "/palabre/welcome.html"))[0] == 404


async def test_a_port_that_is_taken_is_said(address: str, tmp_path: Path) -> None:
    port = int(address.rpartition(":")[2])
    with pytest.raises(WebPortTaken, match=f"Port {port}, where the pages should be, is taken"):
        async with serving(Served(tmp_path), "127.0.0.1", port):
            pass
