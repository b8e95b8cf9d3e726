"""Help: what one can type, and an answer to greetings and thanks."""

from bots.context.feature import Feature
from bots.features.help.handlers import HelpHandlers

HELP = Feature("help", HelpHandlers, guarded=False)

__all__ = ["HELP"]
