"""The identity skill: a coordinator accepts somebody's new identity, having reached them another way."""

from bots.features.identity.effects import AcceptIdentity
from bots.features.identity.held import held_reply, held_tail
from bots.features.identity.skill import Accepting, IdentitySkill, Pinned

__all__ = ["AcceptIdentity", "Accepting", "IdentitySkill", "Pinned", "held_reply", "held_tail"]
