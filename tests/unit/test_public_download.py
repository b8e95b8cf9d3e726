"""Getting a file from an address that a person named: from servers that answer wrongly, and that are in the way."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import subprocess
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from matrix.public_download import DownloadRefused, DownloadRules, asked_for, download, is_public
from palabre_cli.calendar.bringing import CalendarSource
from palabre_cli.calendar.bringing import got as got_by_command

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
MOST = 100_000


@dataclass(frozen=True)
class Certified:
    """A certificate of this machine's, for the server, and what believes it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "2"]
    subprocess.run(
        [*words, *named, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    return Certified(server, ssl.create_default_context(cafile=str(certificate)))


@asynccontextmanager
async def serving(answer: Answer, certified: Certified) -> AsyncIterator[str]:
    """Serve every path by ``answer``; give the address."""
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certified.server)
    await site.start()
    try:
        port = runner.addresses[0][1]
        yield f"https://localhost:{port}"
    finally:
        await runner.cleanup()


def got(answer: Answer, certified: Certified, path: str = "/calendar.ics", **how: object) -> bytes:
    """Return what is got from a server on this machine, which is allowed here."""

    async def run() -> bytes:
        async with serving(answer, certified) as address:
            rules = DownloadRules(MOST, lambda _: True, certified.client)
            return await download(str(how.get("address", address)) + path, rules)

    return asyncio.run(run())


def why(answer: Answer, certified: Certified) -> str:
    with pytest.raises(DownloadRefused) as refused:
        got(answer, certified, "/secret-7d1f.ics")
    assert "secret-7d1f" not in str(refused.value)
    return str(refused.value.sentence)


async def _calendar(_request: web.Request) -> web.Response:
    return web.Response(text="BEGIN:VCALENDAR", content_type="text/calendar")


def test_a_calendar(certified: Certified) -> None:
    assert got(_calendar, certified) == b"BEGIN:VCALENDAR"


def test_what_is_packed(certified: Certified) -> None:
    for form, packed in (("gzip", gzip.compress(b"x" * 500)), ("deflate", zlib.compress(b"x" * 500))):

        async def answer(_request: web.Request, form: str = form, packed: bytes = packed) -> web.Response:
            return web.Response(body=packed, headers={"Content-Encoding": form})

        assert got(answer, certified) == b"x" * 500


def test_what_comes_behind_the_end_of_what_is_packed_is_not_waited_for(certified: Certified) -> None:
    ended: list[int] = []

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Encoding": "gzip"})
        await response.prepare(request)
        await response.write(gzip.compress(b"x" * 500))
        try:
            for number in range(10**9):
                await response.write(bytes(65_536))
                ended[:] = [number]
        except ConnectionError:
            pass
        return response

    assert got(endless, certified) == b"x" * 500
    assert sum(ended) * 65_536 < 100 * MOST


def test_what_unpacks_to_too_much(certified: Certified) -> None:
    async def bomb(_request: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(b"\0" * 50_000_000), headers={"Content-Encoding": "gzip"})

    async def cut(_request: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(b"x" * 500)[:-9], headers={"Content-Encoding": "gzip"})

    async def odd(_request: web.Request) -> web.Response:
        return web.Response(body=b"x", headers={"Content-Encoding": "br"})

    assert "larger than 0 MB" in why(bomb, certified)
    assert "nothing there answers as a web server does" in why(cut, certified)
    assert "nothing there answers as a web server does" in why(odd, certified)


def test_what_never_ends_is_read_no_further_than_the_limit(certified: Certified) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while sent < 100_000_000:
                await response.write(b"x" * 65_536)
                sent += 65_536
        except ConnectionError:
            pass
        return response

    assert "larger than" in why(endless, certified)
    assert sent < 100_000_000


def test_it_goes_where_it_is_led_but_not_anywhere(certified: Certified) -> None:
    def leading(to: str) -> Answer:
        async def answer(request: web.Request) -> web.Response:
            if request.path == "/there.ics":
                return web.Response(text="there")
            return web.Response(status=302, headers={"Location": to})

        return answer

    assert got(leading("/there.ics"), certified) == b"there"
    assert "leads on and on" in why(leading("/again"), certified)
    for elsewhere in (
        "http://localhost/x",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "https://a:b@localhost/",
    ):
        assert "https://" in why(leading(elsewhere), certified) or "password" in why(
            leading(elsewhere), certified
        )


def test_an_answer_that_is_none(certified: Certified) -> None:
    async def gone(_request: web.Request) -> web.Response:
        return web.Response(status=404)

    assert "it answers 404" in why(gone, certified)


# --- where nothing is asked -----------------------------------------------------------------------------------------


def asked(address: str) -> str:
    """Return why an address is not asked, by the rules of the command."""
    with pytest.raises(DownloadRefused) as refused:
        asyncio.run(download(address, DownloadRules(MOST, is_public)))
    return str(refused.value.sentence)


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1",  # noqa: S104
     "192.168.1.1", "169.254.169.254", "100.64.0.1", "[fe80::1]", "[fc00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::1]",
     "224.0.0.1", "[ff02::1]", "[fec0::1]", "255.255.255.255", "[::]", "[::127.0.0.1]"],
)  # fmt: skip
def test_addresses_of_this_machine_and_its_network_are_not_asked(host: str) -> None:
    assert "is not on the public Internet, and was not asked" in asked(f"https://{host}:8443/calendar.ics")


def test_what_is_connected_to_was_looked_at(certified: Certified) -> None:
    """A name whose server gives another answer the second time (DNS rebinding) is looked at again at the socket."""
    looks = len(socket.getaddrinfo("localhost", 443, type=socket.SOCK_STREAM))
    answers = [*([True] * looks), False]

    async def run() -> None:
        async with serving(_calendar, certified) as address:
            with pytest.raises(DownloadRefused, match="is not on the public Internet"):
                await download(address, DownloadRules(MOST, lambda _: answers.pop(0), certified.client))

    asyncio.run(run())
    assert answers == []


@pytest.mark.parametrize(
    "address",
    ["http://example.org/a.ics", "ftp://example.org/a", "file:///etc/passwd", "https:///a", "https://[bad/", "gopher://x",
     "https://example.org:0/", "https://example.org:99999/"],
)  # fmt: skip
def test_only_https_is_asked(address: str) -> None:
    assert asked(address) == "Only addresses that begin with https:// are asked."


def test_names_and_passwords_do_not_belong_into_an_address() -> None:
    assert "has a user name or a password" in asked("https://awa:secret@example.org/a.ics")
    assert asked_for("webcal://example.org/a.ics#top").geturl() == "https://example.org/a.ics"


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "1.1.1.1"])
def test_the_public_internet_is_asked(address: str) -> None:
    assert is_public(address)


def test_what_is_no_address_in_figures_is_not_public() -> None:
    assert not is_public("example.org")
    assert not is_public("")


def test_nothing_is_listening(tmp_path: Path, certified: Certified) -> None:
    assert tmp_path.exists()
    with pytest.raises(DownloadRefused, match="nothing there answers"):
        asyncio.run(download("https://localhost:1/", DownloadRules(MOST, lambda _: True, certified.client)))


def test_the_command_names_the_server_alone(certified: Certified) -> None:
    async def run() -> CalendarSource:
        async with serving(_calendar, certified) as address:
            rules = DownloadRules(MOST, lambda _: True, certified.client)
            return await got_by_command(f"{address}/secret-7d1f.ics", rules)

    source = asyncio.run(run())
    assert (source.content, source.name) == (b"BEGIN:VCALENDAR", "localhost")
