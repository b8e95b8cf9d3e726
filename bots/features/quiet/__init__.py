"""Quiet hours: people say when the bot is to write to them only what cannot wait."""

from bots.context.background import Background, PeriodicWork, Services
from bots.context.feature import Feature, HelpLines
from bots.features.quiet.effects import KEEP_QUIET_HOURS, KeepQuietHours
from bots.features.quiet.handlers import QuietHandler, QuietHandlers
from community.core.messages import msg

SWEEP_EVERY = 6 * 60 * 60.0
"""Seconds between looks for the hours of people who are no members any more."""


def background(services: Services) -> Background:
    """Return the work of forgetting these."""
    sweep = PeriodicWork(services.store.quiet_hours.drop_old, SWEEP_EVERY, "quiet_hours_not_swept")
    return Background(periodic=(sweep,))


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
    background=background,
)

__all__ = ["QUIET", "KeepQuietHours", "QuietHandler"]
