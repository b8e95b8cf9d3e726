"""Inviting people to the network by a link, in chat: whom, the text to send them, how far they are."""

from bots.context.feature import Feature, HelpLines
from bots.features.inviting.effects import KEEP_INVITING, MAKE_INVITATION, TAKE_BACK_INVITATION
from bots.features.inviting.handlers import InvitingHandlers
from bots.features.inviting.news import background, is_still_news
from community.core.messages import msg

INVITING = Feature(
    "inviting",
    InvitingHandlers,
    effects=(KEEP_INVITING, MAKE_INVITATION, TAKE_BACK_INVITATION),
    help=HelpLines(
        commands=(
            msg(
                "“invite …”: a link for somebody new, for leads and coordinators (in a direct message); “where are my "
                "guests?” shows how far they are"
            ),
        )
    ),
    background=background,
)

__all__ = ["INVITING", "is_still_news"]
