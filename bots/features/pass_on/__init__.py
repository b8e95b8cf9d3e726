"""Passes questions without an answer on to the coordinators, and their answer back to the asker."""

from bots.context.feature import Feature
from bots.features.pass_on.effects import DELIVER, KEEP_ANSWER, PASS_ON, Deliver, PassOn
from bots.features.pass_on.handlers import QUESTIONS, PassOnHandlers

PASSING = Feature("pass_on", PassOnHandlers, effects=(PASS_ON, KEEP_ANSWER, DELIVER), requests=(QUESTIONS,))

__all__ = ["PASSING", "Deliver", "PassOn"]
