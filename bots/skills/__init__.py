"""The skills, in the order in which they are asked: the first that has a reply gives it."""

from bots.skills.skill_set import SkillSet

__all__ = ["SkillSet"]
