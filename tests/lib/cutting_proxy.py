"""A reverse proxy between the bots and the homeserver that can be told to cut a request, before or after it arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

Hook = Callable[[web.Request, bytes], Awaitable[bool]]
"""Says whether to cut here: the connection is closed without an answer."""


async def _never(_request: web.Request, _body: bytes) -> bool:
    return False


@dataclass
class CuttingProxy:
    """Passes requests on to ``upstream``, which may be set later. ``before`` and ``after`` say when to cut."""

    upstream: str = ""
    url: str = ""
    before: Hook = _never
    after: Hook = _never
    cut: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Pass one request on."""
        body = await request.read()
        if request.method != "GET":
            self.writes.append(f"{request.method} {request.path}")
        if await self.before(request, body):
            return self._cut(request, "before")
        skipped = ("host", "content-length", "accept-encoding")
        headers = {k: v for k, v in request.headers.items() if k.lower() not in skipped}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, self.upstream + request.raw_path, data=body, headers=headers
            ) as answer,
        ):
            content = await answer.read()
            if await self.after(request, body):
                return self._cut(request, "after")
            return web.Response(
                status=answer.status, body=content, headers={"Content-Type": "application/json"}
            )

    def _cut(self, request: web.Request, moment: str) -> web.StreamResponse:
        self.cut.append(f"{moment} {request.path}")
        assert request.transport is not None
        request.transport.abort()
        return web.Response()


@asynccontextmanager
async def cutting_proxy() -> AsyncIterator[CuttingProxy]:
    """Run a proxy on a free port of the loopback interface."""
    proxy = CuttingProxy()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", proxy.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    proxy.url = f"http://127.0.0.1:{port}"
    try:
        yield proxy
    finally:
        await runner.cleanup()
