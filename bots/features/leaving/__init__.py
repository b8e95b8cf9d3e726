"""Leaving: somebody leaves the network, and says first what becomes of what they wrote and what is in their name."""

from bots.context.background import Background, Services
from bots.context.feature import Feature, HelpLines
from bots.features.leaving.dialogue import KeptRoom, LeavingDialogue, LeavingRecords
from bots.features.leaving.effects import LEAVE_NETWORK, LEAVING_WISH, LeaveNetwork, LeavingWish
from bots.features.leaving.forgetting import ForgettingHandler
from bots.features.leaving.handler import LeavingHandlers
from community.core.messages import msg


def _background(services: Services) -> Background:
    return Background(jobs=(ForgettingHandler(services.store, services.personal_data, services.now),))


LEAVING = Feature(
    "leaving",
    LeavingHandlers,
    is_for_former=True,
    effects=(LEAVE_NETWORK, LEAVING_WISH),
    help=HelpLines(
        commands=(msg("“leave the network”: I say first what happens then, and ask (in a direct message)"),)
    ),
    background=_background,
)

__all__ = ["LEAVING", "KeptRoom", "LeaveNetwork", "LeavingDialogue", "LeavingRecords", "LeavingWish"]
