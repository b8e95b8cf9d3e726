"""The editing skill: add, change, confirm, remove, take back, propose and approve, guided and confirmed in a thread."""

from bots.skills.editing.draft import Draft
from bots.skills.editing.effects import (
    Apply,
    Decide,
    Effect,
    Proposal,
    Propose,
    Records,
    Turn,
    Wanted,
)
from bots.skills.editing.skill import EditingSkill

__all__ = [
    "Apply",
    "Decide",
    "Draft",
    "EditingSkill",
    "Effect",
    "Proposal",
    "Propose",
    "Records",
    "Turn",
    "Wanted",
]
