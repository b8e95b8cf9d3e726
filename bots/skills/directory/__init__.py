"""The directory skill: who to ask, what to read, what goes on."""

from bots.skills.directory.said import said
from bots.skills.directory.skill import Before, DirectorySkill

__all__ = ["Before", "DirectorySkill", "said"]
