"""Feeds: people have the calendar in their telephone, by an address of their own or of their room."""

from bots.context.feature import Feature, HelpLines
from bots.features.feeds.effects import MAKE_FEED, REVOKE_FEEDS, MakeFeed, RevokeFeeds
from bots.features.feeds.handlers import FeedHandler, FeedsHandlers
from community.core.messages import msg

FEEDS = Feature(
    "feeds",
    FeedsHandlers,
    effects=(MAKE_FEED, REVOKE_FEEDS),
    help=HelpLines(
        commands=(
            msg(
                "“put the calendar on my phone”: an address for your telephone's calendar (in a direct message); "
                "“revoke my calendar address” takes it back"
            ),
        )
    ),
)

__all__ = ["FEEDS", "FeedHandler", "MakeFeed", "RevokeFeeds"]
