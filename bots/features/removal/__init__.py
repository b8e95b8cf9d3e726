"""Removal: a keeper has somebody taken out of a safe room."""

from bots.features.removal.effects import RemoveFromSafeRoom
from bots.features.removal.skill import RemovalSkill, SafePlace

__all__ = ["RemovalSkill", "RemoveFromSafeRoom", "SafePlace"]
