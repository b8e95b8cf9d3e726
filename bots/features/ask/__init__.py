"""The directory skill: who to ask, what to read, what goes on."""

from bots.features.ask.short_answer import said
from bots.features.ask.skill import Before, DirectorySkill

__all__ = ["Before", "DirectorySkill", "said"]
