"""Whether the words of a text ask for a person, or for things. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from community.search import word_tables
from community.search.clauses import Clauses

WHO = "questions/who_words"


def asks_who(said: Sequence[str], clauses: Clauses) -> bool:
    """Whether the text, or a clause of it, begins or ends by asking for a person.

    Elsewhere "who" is mostly a relative pronoun: "projects which …" in French or Arabic.
    """
    who = word_tables.folded(WHO)
    if not said or who.isdisjoint(said):
        return False
    parts = (said[part.start : part.end] for part in clauses.parts)
    return said[-1] in who or any(_opens_with_who(part) for part in (said, *parts))


def _opens_with_who(clause: Sequence[str]) -> bool:
    who = word_tables.folded(WHO)
    at = next((at for at, word in enumerate(clause) if word in who), None)
    those = word_tables.folded("questions/those")
    if at is None or (at > 0 and clause[at - 1] in those):
        return False  # “c'est quoi qui est prévu”, “celles qui me concernent”
    opening = at < 6 and word_tables.folded("questions/opening").issuperset(clause[:at])
    return opening or (at > 0 and clause[at - 1] in word_tables.folded("questions/before_who"))


def asks_what(said: Sequence[str]) -> bool:
    """Whether the text begins by asking for things: "what do we have", "quelque chose", "ماذا لدينا"."""
    return (
        not word_tables.folded("questions/what").isdisjoint(said[:4])
        or not word_tables.folded("questions/what_early").isdisjoint(said[:2])
        or tuple(said[:2]) in word_tables.folded_phrases("questions/what_opening")
    )
