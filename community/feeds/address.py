"""Where feeds are read: the address of this network, and what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass

from community.description.data_folder import DataFolder
from community.description.settings import Settings
from community.feeds.listening import served_at

FEEDS = "/palabre/calendar"
"""The feeds of the calendar are below it, at the address of the network."""
HEALTH = f"{FEEDS}/healthz"
"""What answers there where feeds are served."""


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """The two addresses of a feed in one language: ``ics`` for calendar programs, ``page`` shows the month."""

    ics: str
    page: str


def feed_address(server: str, secret: str, language: str) -> FeedAddress:
    """Return the addresses of the feed with that secret; ``server`` is what `feed_server` returns."""
    page = f"{server}{FEEDS}/{secret}/{language}"
    return FeedAddress(f"{page}.ics", page)


def feed_server(settings: Settings, data: DataFolder) -> str | None:
    """Return the address at which feeds are served, without a slash at its end; None where they are not.

    That is the public one, or what `palabre up` serves on this computer alone.
    """
    return settings.public_address or served_at(data)
