"""All features of the bot: one line for each."""

from __future__ import annotations

from bots.context.effects import EffectTypes
from bots.context.feature import Feature
from bots.features.ask.effects import COUNT
from bots.features.edit.executor import APPLY, DECIDE, PROPOSE
from bots.features.identity.executor import ACCEPT_IDENTITY
from bots.features.pass_on.executor import DELIVER, PASS_ON
from bots.features.privacy.executor import EXPORT, FORGET
from bots.features.removal.executor import REMOVE_FROM_SAFE_ROOM

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
