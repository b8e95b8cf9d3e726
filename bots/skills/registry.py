"""All features of the bot: one line for each."""

from __future__ import annotations

from bots.context.effects import EffectTypes
from bots.context.feature import Feature
from bots.skills.directory.effects import COUNT
from bots.skills.editing.executor import APPLY, DECIDE, PROPOSE
from bots.skills.identity.executor import ACCEPT_IDENTITY
from bots.skills.pass_on.executor import DELIVER, PASS_ON
from bots.skills.privacy.executor import EXPORT, FORGET
from bots.skills.removal.executor import REMOVE_FROM_SAFE_ROOM

FEATURES = (
    Feature("privacy", (EXPORT, FORGET)),
    Feature("removal", (REMOVE_FROM_SAFE_ROOM,)),
    Feature("identity", (ACCEPT_IDENTITY,)),
    Feature("edit", (APPLY, PROPOSE, DECIDE)),
    Feature("ask", (COUNT,)),
    Feature("pass-on", (PASS_ON, DELIVER)),
)
EFFECT_TYPES = EffectTypes(each for feature in FEATURES for each in feature.effects)
"""The types of effects of all features."""
