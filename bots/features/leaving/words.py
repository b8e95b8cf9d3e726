"""Reads what people say when they leave the network, and what they choose then. Pure.

The sentences stand in `leaving.yaml` of each language. A message is such a one only as a whole: "leave mobility" asks
for something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from bots.context.phrases import folded
from bots.context.short_words import unquoted
from community.core.sentence_patterns import fold_text
from community.core.words import words
from community.description.model import Member, Status
from community.search.word_tables import Phrases, expanded_in, expanded_words


class LeavingChoice(Enum):
    """What somebody chooses while they leave."""

    TAKE_BACK = auto()
    """That what they wrote is deleted."""
    ERASE = auto()
    """That their name and data are deleted too."""
    ALUMNI = auto()
    """To stay as a former member."""
    FOR_GOOD = auto()
    """Not to."""
    HAND_OVER = auto()
    """Who takes over what is in their name."""


@dataclass(frozen=True, slots=True)
class SaidChoice:
    """A choice; ``name``: the words for whoever takes over, empty for nobody."""

    choice: LeavingChoice
    name: str = ""


LEAVE = expanded_words("leaving/leave")
_CHOICES = {
    "leaving/take_back": LeavingChoice.TAKE_BACK,
    "leaving/erase": LeavingChoice.ERASE,
    "commands/forget": LeavingChoice.ERASE,
    "leaving/alumni": LeavingChoice.ALUMNI,
    "leaving/for_good": LeavingChoice.FOR_GOOD,
}
_EXPORT = expanded_words("commands/export")
_MARKS = " .!,،:"


def leaving_language(text: str, preferred: Sequence[str]) -> str | None:
    """Return the language in which a message asks to leave the network, None where it does not."""
    said = words(unquoted(text)[:120])
    found = [language for language, phrases in LEAVE.items() if said in phrases]
    return next((code for code in preferred if code in found), found[0] if found else None)


def asks_for_copy(text: str) -> bool:
    """Whether a message asks for a copy of one's data, which another feature gives."""
    return _is_in(words(unquoted(text)), _EXPORT)


def choice_in(text: str, language: str) -> SaidChoice | None:
    """Return what a message chooses, in any language; None where it is nothing of that."""
    said = words(unquoted(text)[:200])
    for table, choice in _CHOICES.items():
        if _is_in(said, expanded_words(table)):
            return SaidChoice(choice)
    return next(_handing_over(text, language), None)


def _handing_over(text: str, language: str) -> Iterator[SaidChoice]:
    said = folded(unquoted(text))
    for code in dict.fromkeys((language, *LEAVE)):
        starts = sorted(map(fold_text, expanded_in(code, "leaving/hand_over")), key=len, reverse=True)
        for start in starts:
            if said.text.startswith(f"{start} "):
                name = said.between(len(start), len(said.text)).strip(_MARKS)
                if _is_in(words(name), expanded_words("leaving/coordinators")):
                    yield SaidChoice(LeavingChoice.HAND_OVER)
                elif name:
                    yield SaidChoice(LeavingChoice.HAND_OVER, name)


def heirs_called(name: str, members: Mapping[str, Member], leaver: str) -> list[Member]:
    """Return the active members, but for whoever leaves, with that user name or name, else with all words of it."""
    wanted = words(name)
    there = [one for one in members.values() if one.status is Status.ACTIVE and one.username != leaver]
    username = name.strip().removeprefix("@").partition(":")[0].casefold()
    return (
        [one for one in there if username == one.username]
        or [one for one in there if wanted == words(one.name)]
        or [one for one in there if wanted and set(wanted) <= set(words(one.name))]
    )


def likely_heirs(leaver: Member, members: Mapping[str, Member]) -> list[Member]:
    """Return up to three active members to propose: of the same city and role, of the city, then of the role."""

    def rank(one: Member) -> int:
        is_of_city = one.city is not None and one.city == leaver.city
        return 2 * (not is_of_city) + (one.role != leaver.role)

    there = [
        one for one in members.values() if one.status is Status.ACTIVE and one.username != leaver.username
    ]
    near = sorted((one for one in there if rank(one) < 3), key=lambda one: (rank(one), one.username))
    return near[:3]


def _is_in(said: Phrases, tables: Mapping[str, frozenset[Phrases]]) -> bool:
    return any(said in phrases for phrases in tables.values())
