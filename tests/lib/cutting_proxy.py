"""A proxy before a homeserver that loses what a test tells it to lose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web


class CuttingProxy:
    """Passes requests on; of those whose path ends with `lose` the homeserver's answers never arrive."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.url = ""
        self.lose: str | None = None
        self.times = 0
        """How many answers are still to be lost."""
        self.lost = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name in _PASSED_ON}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, f"{self.upstream}{request.raw_path}", data=body, headers=headers
            ) as answer,
        ):
            content = await answer.read()
            if self.lose is not None and self.times and request.path.endswith(self.lose):
                self.times -= 1
                self.lost += 1
                assert request.transport is not None
                request.transport.close()
            return web.Response(status=answer.status, body=content, content_type="application/json")


_PASSED_ON = ("Authorization", "Content-Type")


@asynccontextmanager
async def cutting_proxy(upstream: str) -> AsyncIterator[CuttingProxy]:
    """Run a proxy before ``upstream``."""
    proxy = CuttingProxy(upstream)
    application = web.Application(client_max_size=50_000_000)
    application.router.add_route("*", "/{path:.*}", proxy.handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        proxy.url = f"http://{host}:{port}"
        yield proxy
    finally:
        await runner.cleanup()
