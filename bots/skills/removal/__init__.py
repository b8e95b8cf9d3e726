"""Removal: a keeper has somebody taken out of a safe room."""

from bots.skills.removal.skill import RemovalAnswer, RemovalSkill, RemovalWish, RemoveFromSafeRoom, SafePlace

__all__ = ["RemovalAnswer", "RemovalSkill", "RemovalWish", "RemoveFromSafeRoom", "SafePlace"]
