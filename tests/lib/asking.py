"""The features over a description, asked as a member would."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bots.context.message import MessageContext, Reply
from bots.feature_set import FeatureSet
from bots.features.registry import FEATURES
from community.description.model import Description, Status
from community.description.person import Person
from community.description.succession import hand_over
from tests.lib.descriptions import example

ROOT = Path(__file__).parent.parent.parent
CATALOGUES = (ROOT / "community", ROOT / "bots")
NOW = datetime(2026, 11, 23, 8, 42, tzinfo=UTC)
MEMBER = Person("@peter:example.org", "peter", "Peter", "coordinator", None, (), ("en", "fr"))
_INVISIBLE = re.compile("[\u200e\u200f\u2060\u2066-\u2069]")


def skills_over(description: Description) -> FeatureSet:
    """Return the features over a description's directory."""
    skills = FeatureSet(description.community, "example.org", CATALOGUES, FEATURES)
    skills.use(description.directory)
    return skills


def example_skills() -> FeatureSet:
    """Return the features over the example network."""
    return skills_over(example())


def skills_after_leaving(username: str) -> FeatureSet:
    """Return the features over the example network, which that member has left and nobody succeeds."""
    description = example()
    members = tuple(
        member.model_copy(update={"status": Status.LEFT}) if member.username == username else member
        for member in description.community.members
    )
    left = replace(description, community=description.community.model_copy(update={"members": members}))
    directory, _notes = hand_over(left)
    return skills_over(replace(left, directory=directory))


@dataclass(frozen=True)
class Asker:
    """Who asks, and where: in a direct message, or in a room that admits ``readers`` (roles) and may have a theme."""

    role: str = "city-lead"
    languages: tuple[str, ...] = ("en", "fr")
    theme: str | None = None
    readers: tuple[str, ...] | None = None
    conversation: str = ""
    name: str = "peter"

    def asked(self, text: str, *, now: datetime = NOW) -> MessageContext:
        """Return what this person asks."""
        person = replace(
            MEMBER,
            user_id=f"@{self.name}:example.org",
            username=self.name,
            role=self.role,
            languages=self.languages,
        )
        readers = frozenset({self.role} if self.readers is None else self.readers)
        is_direct = self.theme is None and self.readers is None
        return MessageContext(text, person, is_direct, now, self.theme, None, readers, self.conversation)


def ask(skills: FeatureSet, text: str, *, theme: str | None = None) -> Reply:
    """Ask as a member whose first language is English."""
    return skills.answer(Asker(theme=theme).asked(text))


def talk(skills: FeatureSet, asker: Asker, said: Iterable[str]) -> list[Reply]:
    """Say one thing after another in one conversation, and return the replies."""
    return [skills.answer(asker.asked(text)) for text in said]


def visible(text: str) -> str:
    """Return text without the invisible marks that set its direction or break mentions, with ordinary blanks."""
    return _INVISIBLE.sub("", text).replace("\N{NO-BREAK SPACE}", " ")
