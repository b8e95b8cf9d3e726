"""Answers “what did I miss?”: dates set, moved and cancelled, what is still to come, the news of the directory."""

from bots.context.feature import Feature, HelpLines
from bots.features.missed.coming import coming
from bots.features.missed.handlers import MissedHandlers
from bots.features.missed.welcome import ANNOUNCED_FOR, EnteredRoom, welcome
from community.core.messages import msg

MISSED = Feature(
    "missed",
    MissedHandlers,
    help=HelpLines(
        questions=(
            msg("“what did I miss?”: what is new since you last wrote, also “what's new since Tuesday?”"),
        )
    ),
)

__all__ = ["ANNOUNCED_FOR", "MISSED", "EnteredRoom", "coming", "welcome"]
