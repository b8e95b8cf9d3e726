"""Answers questions from the directory: contacts, resources and projects."""

from bots.context.feature import Feature, HelpLines
from bots.features.ask.effects import COUNT
from bots.features.ask.handlers import AskHandlers
from community.core.messages import msg

ASK = Feature(
    "ask",
    AskHandlers,
    guarded=False,
    effects=(COUNT,),
    help=HelpLines(questions=(msg("“more”: the next ones"), msg("“and in …?”: the same elsewhere"))),
)

__all__ = ["ASK"]
