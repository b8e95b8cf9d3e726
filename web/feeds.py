"""What is answered at the address of a feed: its file for calendar programs, or the page of a month."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import community
from community.core.address_secret import digest_of
from community.core.allowance import Allowance
from community.core.messages import translator
from community.core.zones import ZoneInfo
from community.exchange.ics_file import ics_bytes
from community.feeds.document import FeedDocument, from_bytes
from community.feeds.folder import published_file
from web.month import Month, MonthPage, month_of

_COMMUNITY = Path(community.__file__).parent
_ICS_ENDING = ".ics"
_PAGES_KEPT = 64


@dataclass(frozen=True, slots=True)
class Shown:
    """A body that is answered; ``tag`` changes with it."""

    body: bytes
    content_type: str

    @property
    def tag(self) -> str:
        """The value of its ETag, without quotation marks."""
        return hashlib.sha256(self.body).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """What an address asks of a feed: ``what`` is ``fr.ics`` or a language; ``month`` as ``2026-12``, or empty for now.

    ``base``: the address of the feed on this server.
    """

    what: str
    month: str
    base: str


class TooOften(Exception):
    """A feed was asked for more often than anybody needs; ``seconds`` until it is answered again."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


class PublishedFeeds:
    """The feeds in a folder. Whatever is read is read again at each request: what was revoked is not there any more."""

    def __init__(self, folder: Path, allowance: Allowance, drawing: Allowance) -> None:
        self._folder = folder
        self._allowance = allowance
        self._pages = _Pages(drawing)

    def shown(self, secret: str, asked: FeedRequest, now: datetime) -> Shown | None:
        """Return what is answered, None where there is no such feed, language or month.

        Raises:
            TooOften: it is asked for too often.
        """
        digest = digest_of(secret)
        content = None if digest is None else published_file(self._folder, digest)
        if digest is None or content is None:
            return None
        wait = self._allowance.wait(digest, now)
        if wait:
            raise TooOften(wait)
        if asked.what.endswith(_ICS_ENDING):
            language = asked.what.removesuffix(_ICS_ENDING)
            body = None if asked.month else _ics(content, language, now.year)
            return None if body is None else Shown(body, "text/calendar")
        return self._page(digest, content, asked, now)

    def _page(self, digest: str, content: bytes, asked: FeedRequest, now: datetime) -> Shown | None:
        document = _document(content)
        if document is None or asked.what not in document.languages:
            return None
        today = now.astimezone(ZoneInfo(document.zone)).date()
        month = month_of(asked.month) if asked.month else Month(today.year, today.month)
        if month is None or not month.is_published(today):
            return None
        key = _PageKey(content, month, asked.what, asked.base, today)
        return self._pages.drawn(digest, key, document, now)


class _PageKey(NamedTuple):
    """What a page is made of."""

    content: bytes
    month: Month
    language: str
    base: str
    today: date


class _Pages:
    """Draws the pages of months, and keeps the last ones. ``drawing``: how often one feed may need a new one."""

    def __init__(self, drawing: Allowance) -> None:
        self._drawing = drawing
        self._kept: OrderedDict[_PageKey, Shown] = OrderedDict()
        self._one_at_a_time = Lock()

    def drawn(self, digest: str, key: _PageKey, document: FeedDocument, now: datetime) -> Shown:
        """Return a page.

        Raises:
            TooOften: its feed has needed too many new ones.
        """
        with self._one_at_a_time:
            kept = self._kept.get(key)
            wait = self._drawing.wait(digest, now) if kept is None else 0
        if kept is not None:
            return kept
        if wait:
            raise TooOften(wait)
        page = MonthPage(document, key.month, key.language, key.base, key.today)
        made = Shown(page.html().encode(), "text/html")
        with self._one_at_a_time:
            self._kept[key] = made
            if len(self._kept) > _PAGES_KEPT:
                self._kept.popitem(last=False)
        return made


@lru_cache(maxsize=16)
def _document(content: bytes) -> FeedDocument | None:
    return from_bytes(content)


@lru_cache(maxsize=16)
def _ics(content: bytes, language: str, year: int) -> bytes | None:
    document = _document(content)
    if document is None or language not in document.languages:
        return None
    return ics_bytes(document.calendar(language, year), translator(language, [_COMMUNITY]))
