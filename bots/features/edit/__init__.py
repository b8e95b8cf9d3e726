"""The editing skill: add, change, confirm, remove, take back, propose and approve, guided and confirmed in a thread."""

from bots.features.edit.draft import EditDraft
from bots.features.edit.effects import (
    Apply,
    Decide,
    Proposal,
    Propose,
    Records,
    Turn,
    Wanted,
)
from bots.features.edit.skill import EditingSkill, editor

__all__ = [
    "Apply",
    "Decide",
    "EditDraft",
    "EditingSkill",
    "Proposal",
    "Propose",
    "Records",
    "Turn",
    "Wanted",
    "editor",
]
