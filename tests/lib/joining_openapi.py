"""The pages of invitations as OpenAPI (`tests/data/joining_openapi.yaml`), and a real `palabre web` with them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from community.core.address_secret import digest_of
from community.feeds.listening import noted_port
from community.joining.publishing import published_links, write_links
from provisioning.desk_server import serving_desk
from tests.lib.forked import ROOT, fork
from tests.lib.invitations import invitation, terms
from tests.lib.joining import COMMUNITY, DOMAIN, NETWORK, PEOPLE, AnsweringDesk
from tests.lib.running import EXAMPLE

DESCRIBED = ROOT / "tests" / "data" / "joining_openapi.yaml"


def _open_links() -> tuple[str, ...]:
    described = yaml.safe_load(DESCRIBED.read_text())
    return tuple(described["components"]["parameters"]["Secret"]["schema"]["oneOf"][0]["enum"])


OPEN_LINKS = _open_links()
"""The secrets of the links that are open there."""


@dataclass
class ServedPages:
    """The pages, and who makes the accounts."""

    address: str
    desk: AnsweringDesk = field(default_factory=AnsweringDesk)


@asynccontextmanager
async def palabre_web(folder: Path) -> AsyncIterator[ServedPages]:
    """Run `palabre web` with the open links; it asks a desk of this process over the real socket."""
    now = datetime.now(UTC)
    inviter = f"@{COMMUNITY.members[0].username}:{DOMAIN}"
    open_to_many = terms(name=None, city=None, themes=(), uses=500)
    links = [
        invitation(
            digest=digest_of(secret), inviter=inviter, terms=open_to_many, expires_at=now + timedelta(days=1)
        )
        for secret in OPEN_LINKS
    ]
    invitations, place, note = folder / "invitations", folder / "desk", folder / "web.json"
    write_links(invitations, published_links(NETWORK, COMMUNITY, links, now, PEOPLE))
    pages = ServedPages("")
    async with serving_desk(pages.desk, place):
        options = {"config": EXAMPLE, "invitations": invitations, "desk": place, "port": 0, "note": note}
        words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
        process = await fork("-m", "palabre_cli", "web", *words, environment={"LANG": "C.UTF-8"})
        try:
            async with asyncio.timeout(120):
                while (port := noted_port(note)) is None:
                    assert process.returncode is None
                    await asyncio.sleep(0.05)
            pages.address = f"http://127.0.0.1:{port}"
            yield pages
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()
