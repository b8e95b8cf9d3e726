"""The only importer of aiohttp's server: what `palabre web` answers, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from community.core.allowance import Allowance
from community.core.errors import place_of
from community.feeds.address import FEEDS, HEALTH
from community.joining.address import JOINING
from community.joining.desk import JoiningDesk
from web.errors import WebPortTaken
from web.feeds import FeedRequest, PublishedFeeds, Shown, TooOften
from web.join_asked import PageAnswer, PageAsker, SentForm
from web.join_form import MOST_BYTES
from web.join_seals import KEY_BYTES
from web.joining import MADE, JoiningPages
from web.limits import counted_as
from web.pages import page
from web.paths import PATH

log = structlog.get_logger()

_AT_ONCE, _EACH_SECOND = 100, 2.0
"""How often one feed may be asked for."""
_NEW_AT_ONCE, _NEW_EACH_SECOND = 12, 0.5
"""Of how many months and languages one feed's page is drawn that was not drawn before."""
_TO_SEND = 60.0
"""Seconds that somebody on a bad line has to send a form."""
_TO_END = 5.0
"""Seconds that requests under way have when it is stopped."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-cache",
}
"""Of whatever is answered, also where there is nothing; a page may say something else of itself."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Served:
    """What is served: the pages in the folder ``pages``, the feeds of the calendar in ``feeds`` (None: none).

    ``joining``: the pages of invitations, None: none.
    """

    pages: Path
    feeds: Path | None = None
    now: Callable[[], datetime] = _utc_now
    joining: ServedInvitations | None = None


@dataclass(frozen=True, slots=True)
class ServedInvitations:
    """The pages of the invitations in ``folder``; ``desk`` makes the accounts."""

    folder: Path
    desk: JoiningDesk


async def run(
    served: Served,
    bind: str,
    ports: Sequence[int],
    *,
    stop: asyncio.Event,
    listening: Callable[[int], None] = lambda _port: None,
) -> None:
    """Serve until ``stop`` on the first of ``ports`` that nothing else listens on, which ``listening`` is given.

    Raises:
        WebPortTaken: something else listens on each.
    """
    async with _serving_on_one(served, bind, ports) as at:
        log.info("pages_served", port=at)
        listening(at)
        await stop.wait()


@asynccontextmanager
async def _serving_on_one(served: Served, bind: str, ports: Sequence[int]) -> AsyncIterator[int]:
    first, *others = ports
    async with AsyncExitStack() as stack:
        try:
            at = await stack.enter_async_context(serving(served, bind, first))
        except WebPortTaken:
            if not others:
                raise
            at = await stack.enter_async_context(_serving_on_one(served, bind, others))
        yield at


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
    """Passes on of which kind an error is and where it was raised, and nothing of the request."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        is_malformed = isinstance(error, HttpProcessingError)  # whoever asks has made it, and is told
        if isinstance(error, Exception) and error.__traceback__ is not None and not is_malformed:
            log.error("request_failed", kind=type(error).__name__, at=place_of(error))


def _application(served: Served) -> web.Application:
    async def healthy(_request: web.Request) -> web.Response:
        return web.Response(text="OK\n")

    async def shown(request: web.Request) -> web.Response:
        found = await asyncio.to_thread(page, served.pages, request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(text=found, content_type="text/html", charset="utf-8")

    application = web.Application(client_max_size=0)
    application.on_response_prepare.append(_guard)
    application.router.add_get("/healthz", healthy)
    application.router.add_get(f"{PATH}/{{name}}", shown)
    if served.feeds is not None:
        asking, drawing = Allowance(_AT_ONCE, _EACH_SECOND), Allowance(_NEW_AT_ONCE, _NEW_EACH_SECOND)
        answer = _feed_answers(PublishedFeeds(served.feeds, asking, drawing), served.now)
        application.router.add_get(HEALTH, _feeds_healthy(served.feeds))
        application.router.add_get(f"{FEEDS}/{{secret}}/{{what}}", answer)
        application.router.add_get(f"{FEEDS}/{{secret}}/{{what}}/{{month}}", answer)
    if served.joining is not None:
        _add_joining(application, served.joining, served.now)
    return application


async def _guard(_request: web.Request, response: web.StreamResponse) -> None:
    for name, said in _HEADERS.items():
        response.headers.setdefault(name, said)


def _add_joining(
    application: web.Application, served: ServedInvitations, now: Callable[[], datetime]
) -> None:
    """Answer at the addresses of invitations. The key of what they seal is known to this process alone."""
    pages = JoiningPages(served.folder, served.desk, now, os.urandom(KEY_BYTES))

    async def shown(request: web.Request) -> web.Response:
        named = request.match_info
        return _page_response(await pages.shown(named["secret"], named.get("language", ""), _asker(request)))

    async def sent(request: web.Request) -> web.Response:
        named = request.match_info
        headers, form = request.headers, await _form_of(request)
        sent = SentForm(form, request.host, headers.get("Origin"), headers.get("Sec-Fetch-Site"))
        return _page_response(await pages.sent(named["secret"], named["language"], _asker(request), sent))

    async def made(request: web.Request) -> web.Response:
        return _page_response(
            await asyncio.to_thread(pages.made, request.match_info["ticket"], _asker(request))
        )

    application.router.add_get(f"{JOINING}/{MADE}/{{ticket}}", made)
    application.router.add_get(f"{JOINING}/{{secret}}", shown)
    application.router.add_get(f"{JOINING}/{{secret}}/{{language}}", shown)
    application.router.add_post(f"{JOINING}/{{secret}}/{{language}}", sent)


def _page_response(answer: PageAnswer) -> web.Response:
    return web.Response(
        text=answer.html,
        status=answer.status,
        content_type="text/html",
        charset="utf-8",
        headers=answer.headers,
    )


def _asker(request: web.Request) -> PageAsker:
    """Return who asks: as the proxy says who it is, whose word comes last; else who is connected."""
    passed_on = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    headers = request.headers
    return PageAsker(
        counted_as(passed_on or request.remote or ""),
        headers.get("Accept-Language", ""),
        headers.get("User-Agent", "") if request.method == "GET" else "",
    )


async def _form_of(request: web.Request) -> bytes:
    """Return the bytes of a form, as long as it is one, is not too large and comes in time."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BYTES, request.content_length or 0)
    form = bytearray()
    try:
        async with asyncio.timeout(_TO_SEND):
            async for part in request.content.iter_any():
                form += part
                if len(form) > MOST_BYTES:
                    raise web.HTTPRequestEntityTooLarge(MOST_BYTES, len(form))
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    return bytes(form)


def _feeds_healthy(folder: Path) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return what says whether what was published can be read here; of which feeds there are it says nothing."""

    async def answer(_request: web.Request) -> web.Response:
        readable = await asyncio.to_thread(os.access, folder, os.R_OK | os.X_OK)
        text = "OK\n" if readable else "nothing is published here\n"
        return web.Response(text=text, status=200 if readable else 503)

    return answer


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
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(error.seconds)}) from error
        if found is None:
            raise web.HTTPNotFound
        return _if_changed(request, found)

    return answer


def _if_changed(request: web.Request, found: Shown) -> web.Response:
    """Return what was found; nothing but its tag to whoever has it already."""
    headers = {"ETag": f'"{found.tag}"', "X-Robots-Tag": "noindex, nofollow"}
    if any(tag.value in (found.tag, "*") for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=found.body, content_type=found.content_type, charset="utf-8", headers=headers)
