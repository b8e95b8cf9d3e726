"""Privacy: people export their own data, or have it erased."""

from bots.context.feature import Feature, HelpLines
from bots.features.privacy.effects import EXPORT, FORGET
from bots.features.privacy.handlers import PrivacyHandler, PrivacyHandlers
from community.core.messages import msg

PRIVACY = Feature(
    "privacy",
    PrivacyHandlers,
    is_for_former=True,
    effects=(EXPORT, FORGET),
    help=HelpLines(
        commands=(
            msg(
                "“export my data”, “forget me”: to get, or to erase, what I know about you (in a direct message)"
            ),
        )
    ),
)

__all__ = ["PRIVACY", "PrivacyHandler"]
