"""Removal: a keeper has somebody taken out of a safe room."""

from bots.skills.removal.effects import RemoveFromSafeRoom
from bots.skills.removal.skill import RemovalSkill, SafePlace

__all__ = ["RemovalSkill", "RemoveFromSafeRoom", "SafePlace"]
