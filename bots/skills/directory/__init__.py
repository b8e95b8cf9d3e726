"""The directory skill: who to ask, what to read, what goes on."""

from bots.skills.directory.skill import DirectorySkill

__all__ = ["DirectorySkill"]
