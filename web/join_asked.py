"""Who asks for the pages of an invitation and what they send, and what they are answered with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from community.core.language_folders import LANGUAGES
from community.core.languages import SOURCE_LANGUAGE
from web.join_page import POLICY

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """What is answered; ``location``: where the browser is sent on."""

    status: int
    html: str = ""
    location: str | None = None
    retry_after: int | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """What stands above it."""
        more = {} if self.location is None else {"Location": self.location}
        again = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return {**_HEADERS, **more, **again}


@dataclass(frozen=True, slots=True)
class PageAsker:
    """Who asks. ``address``: as it is counted. ``accepts``: the languages they wish. ``agent``: their program."""

    address: str
    accepts: str = ""
    agent: str = ""

    @property
    def is_person(self) -> bool:
        """Whether it is no program that draws a preview of an address which it finds in a message."""
        return self.agent.startswith("Mozilla/") and "bot" not in self.agent.lower()


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form that was sent: its bytes, and the headers that say from where. ``host``: the name we are asked by."""

    body: bytes
    host: str
    origin: str | None = None
    site: str | None = None

    @property
    def is_from_here(self) -> bool:
        """Whether a page of ours has sent it, as far as the browser says.

        A page that passes on no address, as ours, says ``null``; then the token in the form alone tells.
        """
        if self.site is not None:
            return self.site in ("same-origin", "none")
        return self.origin in (None, "null") or urlsplit(self.origin or "").netloc == self.host


def spoken_by(language: str, asker: PageAsker) -> str:
    """Return the language of a page: the one asked for, else the first of the browser's that we speak."""
    wished = [part.split(";")[0].strip().lower().split("-")[0] for part in asker.accepts[:500].split(",")]
    return next((code for code in (language, *wished) if code in LANGUAGES), SOURCE_LANGUAGE)
