"""Passes questions without an answer on to the coordinators, and their answer back to the asker."""

from bots.context.feature import Feature, HelpLines
from bots.features.pass_on.effects import DELIVER, KEEP_ANSWER, PASS_ON, Deliver, PassOn
from bots.features.pass_on.handlers import QUESTIONS, PassOnHandlers
from bots.features.pass_on.withdrawal import WITHDRAW
from community.core.messages import msg

PASSING = Feature(
    "pass_on",
    PassOnHandlers,
    effects=(PASS_ON, KEEP_ANSWER, DELIVER, WITHDRAW),
    requests=(QUESTIONS,),
    help=HelpLines(
        commands=(msg("“withdraw my question”: to take back the last one that I passed on for you"),)
    ),
)

__all__ = ["PASSING", "Deliver", "PassOn"]
