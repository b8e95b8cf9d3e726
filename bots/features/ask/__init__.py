"""Answers questions from the directory (contacts, resources, projects) and from the calendar."""

from bots.context.feature import Feature, HelpLines
from bots.features.ask.effects import COUNT
from bots.features.ask.handlers import AskHandlers
from community.core.messages import msg

ASK = Feature(
    "ask",
    AskHandlers,
    guarded=False,
    effects=(COUNT,),
    help=HelpLines(
        questions=(
            msg("“what's next?”: what the calendar has, also “deadlines this week”"),
            msg("“more”: the next ones"),
            msg("“and in …?”: the same elsewhere"),
        )
    ),
)

__all__ = ["ASK"]
