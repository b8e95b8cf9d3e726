"""All features of the bot: one line for each.

The order is that in which handlers of the same precedence are asked; lines of help come in the opposite order.
"""

from __future__ import annotations

from bots.context.feature import Feature
from bots.features.ask import ASK
from bots.features.earlier import EARLIER
from bots.features.edit import EDIT
from bots.features.feeds import FEEDS
from bots.features.help import HELP
from bots.features.identity import IDENTITY
from bots.features.invitations import INVITATIONS
from bots.features.inviting import INVITING
from bots.features.leaving import LEAVING
from bots.features.missed import MISSED
from bots.features.newcomers import NEWCOMERS
from bots.features.pass_on import PASSING
from bots.features.privacy import PRIVACY
from bots.features.quiet import QUIET
from bots.features.removal import REMOVAL
from bots.features.scheduled import SCHEDULED
from bots.features.small_talk import SMALL_TALK_FEATURE
from bots.features.spaces import SPACES

FEATURES: tuple[Feature, ...] = (
    LEAVING,
    PRIVACY,
    REMOVAL,
    IDENTITY,
    PASSING,
    FEEDS,
    INVITING,
    EARLIER,
    SPACES,
    QUIET,
    EDIT,
    MISSED,
    ASK,
    SMALL_TALK_FEATURE,
    HELP,
    INVITATIONS,
    SCHEDULED,
    NEWCOMERS,
)
