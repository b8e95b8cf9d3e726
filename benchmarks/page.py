"""How long the page of an invitation takes on a bad line until it can be filled in, beside an empty page (the floor).

A real Chromium asks for each in turn over a line of 50 kB a second on which an answer takes 400 ms, with nothing kept
from before. Chromium itself draws the requests out; how slow a telephone's processor is comes on top.

    python benchmarks/page.py [--quick]

Prints progress, then one line of JSON: bytes, milliseconds until the form can be filled in, ratio (median of rounds).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from community.core.language_folders import LANGUAGES
from community.joining.address import JOINING
from tests.lib.browser import BrowserPage, bare_page
from tests.lib.joining import SECRET, joining_server, link

BYTES_A_SECOND, LATENCY = 50_000, 400
EMPTY = b"<!DOCTYPE html><title>x</title>"
_HEAD = (
    f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(EMPTY)}\r\nConnection: close\r\n\r\n"
)
_MEASURED = """(() => {
    const [seen] = performance.getEntriesByType('navigation');
    return [seen.domContentLoadedEventEnd, seen.transferSize];
})()"""


@dataclass(frozen=True)
class Loaded:
    """How long an address took, and what came of it."""

    milliseconds: float
    size: int


async def answer_empty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer any request with the smallest page that there is."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(_HEAD.encode() + EMPTY)
    await writer.drain()
    writer.close()


async def load(page: BrowserPage, address: str) -> Loaded:
    """Open an address."""
    await page.open(address)
    milliseconds, size = await page.evaluate(_MEASURED)
    return Loaded(float(milliseconds), int(size))


async def measure(languages: Sequence[str], rounds: int) -> dict[str, list[Loaded]]:
    """Return what each page took in each round; the empty one has no name."""
    found: dict[str, list[Loaded]] = {name: [] for name in ("", *languages)}
    with tempfile.TemporaryDirectory() as folder:
        empty = await asyncio.start_server(answer_empty, "127.0.0.1", 0)
        floor = f"http://127.0.0.1:{empty.sockets[0].getsockname()[1]}/"
        async with joining_server(Path(folder)) as server, bare_page(Path(folder) / "profile") as page:
            server.publish([link(name=None, city=None, themes=(), uses=30)])
            line = {
                "downloadThroughput": BYTES_A_SECOND,
                "uploadThroughput": BYTES_A_SECOND,
                "latency": LATENCY,
            }
            await page.call("Network.emulateNetworkConditions", offline=False, **line)
            await page.call("Network.setCacheDisabled", cacheDisabled=True)
            for number in range(rounds):
                print(f"round {number + 1} of {rounds}", file=sys.stderr)
                for name, seen in found.items():
                    address = f"{server.address}{JOINING}/{SECRET}/{name}" if name else floor
                    seen.append(await load(page, address))
        empty.close()
    return found


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one language and two rounds: whether it runs")
    quick = parser.parse_args().quick
    found = asyncio.run(measure(("fr",) if quick else LANGUAGES, 2 if quick else 9))
    medians = {name: statistics.median(one.milliseconds for one in seen) for name, seen in found.items()}
    floor = medians.pop("")
    results = [
        {
            "language": name,
            "bytes": found[name][0].size,
            "milliseconds": round(milliseconds),
            "ratio_floor": round(milliseconds / floor, 2),
        }
        for name, milliseconds in medians.items()
    ]
    line = {"bytes_a_second": BYTES_A_SECOND, "latency": LATENCY, "empty_milliseconds": round(floor)}
    print(json.dumps({"benchmark": "page", **line, "results": results}))


if __name__ == "__main__":
    main()
