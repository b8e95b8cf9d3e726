"""The only importer of aiohttp's server: what `palabre web` answers, until it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from aiohttp import web

from web.errors import WebPortTaken
from web.pages import page

log = structlog.get_logger()

PATH = "/palabre"
"""Our own pages are below it, beside Element Web at ``/`` and the homeserver at ``/_matrix``."""
_TO_END = 5.0
"""Seconds that requests under way have when it is stopped."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


async def run(pages: Path, bind: str, port: int, *, stop: asyncio.Event) -> None:
    """Serve the pages in the folder ``pages`` until ``stop``.

    Raises:
        WebPortTaken: something else listens there.
    """
    async with serving(pages, bind, port) as served:
        log.info("pages_served", port=served)
        await stop.wait()


@asynccontextmanager
async def serving(pages: Path, bind: str, port: int) -> AsyncIterator[int]:
    """Serve the pages on a port (0: any that is free), and give the port.

    Raises:
        WebPortTaken: something else listens there.
    """
    # Who asks for what is written nowhere.
    runner = web.AppRunner(_application(pages), access_log=None, shutdown_timeout=_TO_END)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, bind, port).start()
        except OSError as error:
            raise WebPortTaken(port) from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _application(pages: Path) -> web.Application:
    async def healthy(_request: web.Request) -> web.Response:
        return web.Response(text="OK\n", headers=_HEADERS)

    async def shown(request: web.Request) -> web.Response:
        found = await asyncio.to_thread(page, pages, request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound(headers=_HEADERS)
        return web.Response(text=found, content_type="text/html", charset="utf-8", headers=_HEADERS)

    application = web.Application(client_max_size=0)
    application.router.add_get("/healthz", healthy)
    application.router.add_get(f"{PATH}/{{name}}", shown)
    return application
