"""A real browser (Debian's Chromium, without a window) before a `Proxy` of the tests, driven by its DevTools protocol.

It resolves the network's name to the proxy and no other name at all, and believes the proxy's own certificate authority
alone. What it asks for, and what a policy keeps it from, is kept.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from Crypto.PublicKey import ECC

from tests.lib.proxy import Proxy

PHONE_WIDTH = 390
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--remote-debugging-port=0",
)
_SECONDS_TO_START = 120
_SECONDS_TO_ANSWER = 120


@dataclass
class BrowserPage:
    """One page. ``asked``: the addresses that it has asked for, those that were refused included."""

    socket: aiohttp.ClientWebSocketResponse
    asked: list[str] = field(default_factory=list)
    _last: int = 0

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of the protocol; return its result."""
        self._last += 1
        await self.socket.send_json({"id": self._last, "method": method, "params": parameters})
        async with asyncio.timeout(_SECONDS_TO_ANSWER):
            while True:
                said = await self.socket.receive_json()
                if said.get("method") == "Network.requestWillBeSent":
                    self.asked.append(said["params"]["request"]["url"])
                if said.get("id") == self._last:
                    assert "error" not in said, said
                    result: dict[str, Any] = said["result"]
                    return result

    async def evaluate(self, expression: str) -> Any:
        """Return what an expression of JavaScript is, once it is settled."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def open(self, address: str, ready: str = "document.readyState === 'complete'") -> None:
        """Go to an address; wait until an expression is true there."""
        answer = await self.call("Page.navigate", url=address)
        assert "errorText" not in answer, answer
        await self.until(f"location.href.startsWith('http') && Boolean({ready})")

    async def until(self, expression: str) -> None:
        """Wait until an expression is true on a page that is loaded whole."""
        async with asyncio.timeout(_SECONDS_TO_ANSWER):
            while not await self.evaluate(f"document.readyState === 'complete' && Boolean({expression})"):
                await asyncio.sleep(0.1)

    async def picture(self) -> bytes:
        """Return what is drawn, as PNG."""
        shot = await self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])


@asynccontextmanager
async def browser_page(proxy: Proxy, folder: Path) -> AsyncIterator[BrowserPage]:
    """Open an empty page as wide as a phone; its profile is in ``folder``."""
    name = f"MAP {proxy.host}:443 127.0.0.1:{proxy.port}"
    authority = _key_digest(proxy.authority.with_name("intermediate.crt"))
    flags = (
        f"--host-resolver-rules={name}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={authority}",
    )
    async with bare_page(folder, *flags) as page:
        metrics = {"width": PHONE_WIDTH, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        await page.call("Emulation.setDeviceMetricsOverride", **metrics)
        yield page


@asynccontextmanager
async def bare_page(folder: Path, *flags: str) -> AsyncIterator[BrowserPage]:
    """Open an empty page of a browser with these flags besides."""
    program = shutil.which("chromium")
    assert program is not None, "“./palabre test” installs Chromium"
    process = subprocess.Popen(
        [program, *_FLAGS, f"--user-data-dir={folder}", *flags, "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        port = await _port(folder / "DevToolsActivePort", process)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [each for each in json.loads(await answer.text()) if each["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = BrowserPage(socket)
                for domain in ("Page", "Network", "Runtime"):
                    await page.call(f"{domain}.enable")
                yield page
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


def _key_digest(certificate: Path) -> str:
    """Return the digest of a certificate's public key, as Chromium names those of a chain that is sent to it."""
    lines = ECC.import_key(certificate.read_text()).public_key().export_key(format="PEM").splitlines()
    key = base64.b64decode("".join(line for line in lines if not line.startswith("-")))
    return base64.b64encode(hashlib.sha256(key).digest()).decode()


async def _port(path: Path, process: subprocess.Popen[bytes]) -> int:
    async with asyncio.timeout(_SECONDS_TO_START):
        while True:
            assert process.poll() is None, "Chromium has ended"
            with suppress(FileNotFoundError, ValueError, IndexError):
                return int(path.read_text().splitlines()[0])
            await asyncio.sleep(0.1)
