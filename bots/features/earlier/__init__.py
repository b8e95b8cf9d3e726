"""Earlier: people ask for what was said in a room before they came."""

from bots.context.feature import Feature
from bots.features.earlier.effects import INVITE_ONCE_LEFT, InviteOnceLeft
from bots.features.earlier.handlers import EarlierHandler, EarlierHandlers

EARLIER = Feature("earlier", EarlierHandlers, effects=(INVITE_ONCE_LEFT,))

__all__ = ["EARLIER", "EarlierHandler", "InviteOnceLeft"]
