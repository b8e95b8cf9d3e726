"""Small talk, questions about the bot, and what is none of the network's business."""

from bots.context.feature import Feature
from bots.features.small_talk.handlers import SmallTalkHandlers

SMALL_TALK_FEATURE = Feature("small_talk", SmallTalkHandlers, guarded=False)

__all__ = ["SMALL_TALK_FEATURE"]
