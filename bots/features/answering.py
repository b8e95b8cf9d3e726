"""The features that answer everybody from the directory alone: all that a question on the command line needs.

They are those of the registry that are not guarded (a test holds that); importing them alone takes half the time.
"""

from __future__ import annotations

from bots.context.feature import Feature
from bots.features.ask import ASK
from bots.features.help import HELP
from bots.features.small_talk import SMALL_TALK_FEATURE

ANSWERING: tuple[Feature, ...] = (ASK, SMALL_TALK_FEATURE, HELP)
