"""The directory skill: who to ask, what to read, what goes on."""

from bots.features.ask.short_answer import short_answer
from bots.features.ask.skill import DirectorySkill, PreviousQuestion

__all__ = ["DirectorySkill", "PreviousQuestion", "short_answer"]
