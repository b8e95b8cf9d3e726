"""Whether feeds are served where their addresses lead: asked of the address itself, without any feed's secret."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

from community.description.settings import is_for_this_computer
from community.feeds.address import HEALTH
from matrix.public_server import HTTPS, PublicAnswer, PublicServer, answer_here

PATIENCE = 3.0
"""Seconds for an answer."""


async def serving(
    server: str | None, ask: Callable[[str], PublicAnswer] | None = None, *, patience: float = PATIENCE
) -> str | None:
    """Return an address at which feeds are to be served; None where there is none, or something else answers there.

    What is not reached from here, as nothing outside is from a container, others may reach. ``ask`` asks a server.
    """
    if server is None:
        return None
    try:
        answer = await asyncio.wait_for(asyncio.to_thread(ask or _health, server), patience)
    except TimeoutError:
        return server
    is_refused = answer.failure is None and (answer.status, answer.body) != (200, b"OK\n")
    # Nothing between this process and one of this computer could be in the way.
    is_refused = is_refused or (answer.failure is not None and is_for_this_computer(server))
    return None if is_refused else server


def _health(server: str) -> PublicAnswer:
    named = urlsplit(server)
    host = named.hostname or ""
    if is_for_this_computer(server):
        return answer_here(host, named.port or 80, HEALTH)
    return PublicServer(host, named.port or HTTPS).ask(HEALTH)
