"""The effects of the feeds: one is made in place of others of the same thing, or those are revoked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.context.effects import EffectType, ImportedExecutor
from bots.context.message import Effect
from community.core.messages import msg
from community.description.feed_subject import FeedSubject

_NOT_MADE = msg(
    "Something went wrong on my side, and you did not get the address. Please ask for it again: whatever there is of "
    "the one that you did not get is then replaced."
)


@dataclass(frozen=True, slots=True)
class MakeFeed(Effect):
    """Make the feed of ``subject`` whose address has ``secret``, which nobody but the reply says.

    It stands in what is kept of the decision, encrypted, until the reply is sent: carried out again, it is the same.
    """

    subject: FeedSubject
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RevokeFeeds(Effect):
    """Revoke all feeds of ``subject``."""

    subject: FeedSubject


def _made(values: Mapping[str, Any]) -> MakeFeed:
    return MakeFeed(FeedSubject(**values["subject"]), values["secret"])


MAKE_FEED = EffectType(
    "make-feed",
    MakeFeed,
    from_json=_made,
    execute=ImportedExecutor("bots.features.feeds.executor:make"),
    apology=_NOT_MADE,
)
REVOKE_FEEDS = EffectType(
    "revoke-feeds",
    RevokeFeeds,
    from_json=lambda values: RevokeFeeds(FeedSubject(**values["subject"])),
    execute=ImportedExecutor("bots.features.feeds.executor:revoke"),
)
