"""The editing skill: add, change, confirm, remove, take back, propose and approve, guided and confirmed in a thread."""

from bots.skills.editing.draft import Draft
from bots.skills.editing.effects import (
    Apply,
    Decide,
    Proposal,
    Propose,
    Records,
    Turn,
    Wanted,
)
from bots.skills.editing.skill import EditingSkill, editor

__all__ = [
    "Apply",
    "Decide",
    "Draft",
    "EditingSkill",
    "Proposal",
    "Propose",
    "Records",
    "Turn",
    "Wanted",
    "editor",
]
