"""Identity: a coordinator accepts somebody's new identity, having reached them another way."""

from bots.context.feature import Feature
from bots.features.identity.effects import ACCEPT_IDENTITY
from bots.features.identity.handlers import IdentityHandler, IdentityHandlers, Pinned

IDENTITY = Feature("identity", IdentityHandlers, effects=(ACCEPT_IDENTITY,))

__all__ = ["IDENTITY", "IdentityHandler", "Pinned"]
