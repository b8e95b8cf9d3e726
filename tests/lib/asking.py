"""The skills over a description, asked as a member would."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bots.skill import Asked, Reply
from bots.skills import SkillSet
from community.handover import hand_over
from community.load import load_description
from community.model import Description, Status
from community.store import Person

ROOT = Path(__file__).parent.parent.parent
CATALOGUES = (ROOT / "community", ROOT / "bots")
NOW = datetime(2026, 11, 23, 8, 42, tzinfo=UTC)
MEMBER = Person("@peter:example.org", "peter", "Peter", "coordinator", None, (), ("en", "fr"))


def skills_over(description: Description) -> SkillSet:
    """Return the skills over a description's directory."""
    skills = SkillSet(description.community, "example.org", CATALOGUES)
    skills.use(description.directory)
    return skills


def example_skills() -> SkillSet:
    """Return the skills over the example network."""
    return skills_over(load_description(ROOT / "config"))


def skills_after_leaving(username: str) -> SkillSet:
    """Return the skills over the example network, which that member has left and nobody succeeds."""
    description = load_description(ROOT / "config")
    members = tuple(
        member.model_copy(update={"status": Status.LEFT}) if member.username == username else member
        for member in description.community.members
    )
    left = replace(description, community=description.community.model_copy(update={"members": members}))
    directory, _notes = hand_over(left)
    return skills_over(replace(left, directory=directory))


def ask(skills: SkillSet, text: str, *, theme: str | None = None) -> Reply:
    """Ask as a member whose first language is English."""
    return skills.answer(Asked(text, MEMBER, is_direct=theme is None, now=NOW, theme=theme))
