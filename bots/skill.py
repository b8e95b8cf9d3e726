"""What a skill is: it sees what somebody asked, and gives a reply or leaves it to another skill. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from community.description.model import Attachment
from community.description.person import Person
from community.directory.entry import EntryKey

AGREED = "✅"


@dataclass(frozen=True, slots=True)
class Quoted:
    """A message that somebody replies to: who sent it and its content, decrypted. Both are that sender's word."""

    sender: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as a skill sees it.

    ``text`` has no prefix or mention any more. ``theme`` and ``cohort`` are keys where the room belongs to one.
    ``readers`` are the keys of the roles that read the answer: in a direct message the asker's own, in a room those
    of everybody admitted to it. ``conversation`` names what follow-ups refer to: the thread, or the direct message.
    ``quoted`` is the message that this one replies to. ``now`` is in UTC. A reaction ``AGREED`` of the person's to the
    bot's newest reply to them in the conversation comes as that text (to `SkillSet.agreed`).
    """

    text: str
    person: Person
    is_direct: bool
    now: datetime
    theme: str | None = None
    cohort: str | None = None
    readers: frozenset[str] = frozenset()
    conversation: str = ""
    quoted: Quoted | None = None


@dataclass(frozen=True, slots=True)
class PassOn:
    """Pass a question on to the coordinators, whose answer travels back to the asker: the asker has agreed to it.

    ``question`` is in the asker's words, ``language`` is theirs.
    """

    question: str
    language: str


@dataclass(frozen=True, slots=True)
class Count:
    """Count a question: keys of themes, cities and kinds of entry, never a word of it."""

    topics: tuple[str, ...]
    answered: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question in ``language``: kinds and keys of the entries, best first, from those shown on.

    ``certain``: each of them answers all that was asked; else they only come near. ``total`` counts all there are.
    """

    language: str
    certain: bool = False
    keys: tuple[EntryKey, ...] = ()
    total: int = 0


Effect = PassOn | Count
"""What the runtime is to do besides sending the reply. A skill itself does nothing."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: plain text, and the same in Matrix's subset of HTML (spec, "m.room.message msgtypes").

    ``files`` are sent after it, in the same thread. ``effects`` are carried out in their order. ``found`` is what it
    was made of, where a question was asked of the directory.
    """

    text: str
    html: str
    files: tuple[Attachment, ...] = ()
    effects: tuple[Effect, ...] = ()
    found: Found | None = None


class Skill(Protocol):
    """One thing that the bot can do."""

    def answer(self, asked: Asked) -> Reply | None:
        """Return the reply, None where the question is not for this skill."""
        ...
