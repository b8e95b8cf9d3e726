"""What a skill is: it sees what somebody asked, and gives a reply or leaves it to another skill. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from community.store import Person


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as a skill sees it.

    ``text`` has no prefix or mention any more. ``theme`` and ``cohort`` are keys where the room belongs to one.
    ``now`` is in UTC.
    """

    text: str
    person: Person
    is_direct: bool
    now: datetime
    theme: str | None = None
    cohort: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: plain text, and the same in Matrix's subset of HTML (spec, "m.room.message msgtypes")."""

    text: str
    html: str


class Skill(Protocol):
    """One thing that the bot can do."""

    def answer(self, asked: Asked) -> Reply | None:
        """Return the reply, None where the question is not for this skill."""
        ...
