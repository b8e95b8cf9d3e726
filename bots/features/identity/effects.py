"""The effect of accepting somebody's new identity."""

from __future__ import annotations

from dataclasses import dataclass

from bots.context.effects import EffectType, ImportedExecutor
from bots.context.message import Effect


@dataclass(frozen=True, slots=True)
class AcceptIdentity(Effect):
    """Pin ``master_key`` (unpadded base64) for a person, in the name of the coordinator who asked for it."""

    user_id: str
    master_key: str


ACCEPT_IDENTITY = EffectType(
    "accept-identity",
    AcceptIdentity,
    execute=ImportedExecutor("bots.features.identity.executor:accept_identity"),
)
