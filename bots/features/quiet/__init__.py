"""Quiet hours: people say when the bot is to write to them only what cannot wait."""

from bots.context.feature import Feature, HelpLines
from bots.features.quiet.effects import KEEP_QUIET_HOURS, KeepQuietHours
from bots.features.quiet.handlers import QuietHandler, QuietHandlers
from community.core.messages import msg

QUIET = Feature(
    "quiet",
    QuietHandlers,
    effects=(KEEP_QUIET_HOURS,),
    help=HelpLines(
        commands=(
            msg(
                "“quiet hours 21:00 to 7:00”: I then write to you only what cannot wait (in a direct message); "
                "“no quiet hours” takes it back"
            ),
        )
    ),
)

__all__ = ["QUIET", "KeepQuietHours", "QuietHandler"]
