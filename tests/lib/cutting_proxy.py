"""A proxy before a homeserver that loses, or changes, what a test tells it to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

Hook = Callable[[web.Request, bytes], Awaitable[bool]]
"""Given a request and its body, says whether the connection is closed at this moment."""


Change = Callable[[web.Request, bytes], bytes]
"""Given a request and what the homeserver has answered, returns what arrives in place of it."""


async def _never(_request: web.Request, _body: bytes) -> bool:
    return False


def _unchanged(_request: web.Request, answer: bytes) -> bytes:
    return answer


class CuttingProxy:
    """Passes requests on; of those whose path contains `lose`, the homeserver's answers never arrive.

    ``times`` says how many answers are still to be lost; with ``then_gone`` the homeserver is away after them.
    ``before`` is asked before a request is passed on, ``after`` once the homeserver has answered it. ``change`` says
    what arrives of an answer.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.url = ""
        self.lose: str | None = None
        self.times = 0
        self.then_gone = False
        self.lost = 0
        self.methods: list[str] = []
        self.before: Hook = _never
        self.after: Hook = _never
        self.change: Change = _unchanged

    async def handle(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        self.methods.append(request.method)
        if self.then_gone and self.lost and not self.times:
            request.transport.close()
            return web.Response()
        body = await request.read()
        if await self.before(request, body):
            request.transport.close()
            return web.Response()
        headers = {name: value for name, value in request.headers.items() if name in _PASSED_ON}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, f"{self.upstream}{request.raw_path}", data=body, headers=headers
            ) as answer,
        ):
            content = await answer.read()
            if self.lose is not None and self.times and self.lose in request.path:
                self.times -= 1
                self.lost += 1
                request.transport.close()
            if await self.after(request, body):
                request.transport.close()
            changed = self.change(request, content)
            return web.Response(status=answer.status, body=changed, content_type="application/json")


_PASSED_ON = ("Authorization", "Content-Type")


@asynccontextmanager
async def cutting_proxy(upstream: str) -> AsyncIterator[CuttingProxy]:
    """Run a proxy before ``upstream``."""
    proxy = CuttingProxy(upstream)
    application = web.Application(client_max_size=50_000_000)
    application.router.add_route("*", "/{path:.*}", proxy.handle)
    runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        proxy.url = f"http://{host}:{port}"
        yield proxy
    finally:
        await runner.cleanup()
