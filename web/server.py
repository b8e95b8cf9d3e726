"""The only importer of aiohttp's server: what `palabre web` answers, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from community.core.errors import place_of
from web.allowance import Allowance
from web.errors import WebPortTaken
from web.feeds import FeedRequest, PublishedFeeds, Shown, TooOften
from web.pages import page
from web.paths import FEEDS, PATH

log = structlog.get_logger()

_AT_ONCE, _EACH_SECOND = 100, 2.0
"""How often one feed may be asked for."""
_TO_END = 5.0
"""Seconds that requests under way have when it is stopped."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-cache",
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Served:
    """What is served: the pages in the folder ``pages``, the feeds of the calendar in ``feeds`` (None: none)."""

    pages: Path
    feeds: Path | None = None
    now: Callable[[], datetime] = _utc_now


async def run(served: Served, bind: str, port: int, *, stop: asyncio.Event) -> None:
    """Serve until ``stop``.

    Raises:
        WebPortTaken: something else listens there.
    """
    async with serving(served, bind, port) as at:
        log.info("pages_served", port=at)
        await stop.wait()


@asynccontextmanager
async def serving(served: Served, bind: str, port: int) -> AsyncIterator[int]:
    """Serve it on a port (0: any that is free), and give the port.

    Raises:
        WebPortTaken: something else listens there.
    """
    # Who asks for what is written nowhere.
    runner = web.AppRunner(
        _application(served), access_log=None, logger=_without_requests(), shutdown_timeout=_TO_END
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, bind, port).start()
        except OSError as error:
            raise WebPortTaken(port) from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _without_requests() -> logging.Logger:
    """Return a logger for aiohttp's server that is under no other: what it says has the address, a secret, in it."""
    found = logging.Logger("palabre.web.requests", logging.ERROR)
    found.addHandler(_KindAlone())
    return found


class _KindAlone(logging.Handler):
    """Passes on of which kind an error is and where it was raised, and nothing of the request; malformed ones are no error."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        is_malformed = isinstance(error, HttpProcessingError)  # whoever asks has made it, and is told
        if isinstance(error, Exception) and error.__traceback__ is not None and not is_malformed:
            log.error("request_failed", kind=type(error).__name__, at=place_of(error))


def _application(served: Served) -> web.Application:
    async def healthy(_request: web.Request) -> web.Response:
        return web.Response(text="OK\n", headers=_HEADERS)

    async def shown(request: web.Request) -> web.Response:
        found = await asyncio.to_thread(page, served.pages, request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound(headers=_HEADERS)
        return web.Response(text=found, content_type="text/html", charset="utf-8", headers=_HEADERS)

    application = web.Application(client_max_size=0)
    application.router.add_get("/healthz", healthy)
    application.router.add_get(f"{PATH}/{{name}}", shown)
    if served.feeds is not None:
        answer = _feed_answers(PublishedFeeds(served.feeds, Allowance(_AT_ONCE, _EACH_SECOND)), served.now)
        application.router.add_get(f"{FEEDS}/{{secret}}/{{what}}", answer)
        application.router.add_get(f"{FEEDS}/{{secret}}/{{what}}/{{month}}", answer)
    return application


def _feed_answers(
    feeds: PublishedFeeds, now: Callable[[], datetime]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        named = request.match_info
        base = f"{FEEDS}/{named['secret']}"
        asked = FeedRequest(named["what"], named.get("month", ""), base)
        try:
            found = await asyncio.to_thread(feeds.shown, named["secret"], asked, now())
        except TooOften as error:
            raise web.HTTPTooManyRequests(headers={**_HEADERS, "Retry-After": str(error.seconds)}) from error
        if found is None:
            raise web.HTTPNotFound(headers=_HEADERS)
        return _if_changed(request, found)

    return answer


def _if_changed(request: web.Request, found: Shown) -> web.Response:
    """Return what was found; nothing but its tag to whoever has it already."""
    headers = {**_HEADERS, "ETag": f'"{found.tag}"', "X-Robots-Tag": "noindex, nofollow"}
    if any(tag.value in (found.tag, "*") for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=found.body, content_type=found.content_type, charset="utf-8", headers=headers)
