"""The help skill: what one can type, and an answer to everything that no other skill understands."""

from bots.features.help.examples import examples
from bots.features.help.skill import HelpSkill

__all__ = ["HelpSkill", "examples"]
