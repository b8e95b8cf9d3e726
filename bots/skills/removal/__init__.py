"""Removal: a keeper has somebody taken out of a safe room."""

from bots.skills.removal.skill import RemovalSkill, RemoveFromSafeRoom, SafePlace

__all__ = ["RemovalSkill", "RemoveFromSafeRoom", "SafePlace"]
