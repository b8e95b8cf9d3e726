"""Reads that somebody invites, asks where their guests are, or takes an invitation back. Pure.

The phrases stand in `inviting.yaml` of each language. The last two are whole sentences; what begins with one of the
`openings` may still be no invitation to the network: `details` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache

from bots.context.phrases import folded as folded_text
from community.core.language_folders import LANGUAGES
from community.core.sentence_patterns import any_of
from community.core.words import words
from community.search.word_tables import expanded_in, expanded_words, folded

LONGEST = 500
"""Characters; a longer message is none of these."""
_LONGEST_NUMBER = 9
"""Digits of an invitation's number."""


SIGNS = folded("inviting/signs")
"""One of these is in each such message."""


class InvitingWish(Enum):
    """What is wanted: to invite, to see one's own guests or everybody's, to take an invitation back."""

    INVITE = auto()
    GUESTS = auto()
    ALL_GUESTS = auto()
    TAKE_BACK = auto()


@dataclass(frozen=True, slots=True)
class InvitingReading:
    """A wish, read in ``language``. ``rest``: whom and as what, as it was written. ``number``: of an invitation.

    ``perhaps_in``: all languages in which the message begins so.
    """

    language: str
    wish: InvitingWish
    rest: str = ""
    number: int | None = None
    perhaps_in: frozenset[str] = frozenset()


def reading(text: str, preferred: Sequence[str]) -> InvitingReading | None:
    """Return what a message wants, read in one of the languages ``preferred`` where it may be; None for any other."""
    if len(text) > LONGEST:
        return None
    order = sorted(LANGUAGES, key=lambda language: (language not in preferred, *_ranks(language, preferred)))
    said = words(text)
    found = _sentence(said)
    if found is not None:
        wish, number, spoken = found
        return InvitingReading(next(each for each in order if each in spoken), wish, number=number)
    if not _opens(said):
        return None
    begun = list(_invitations(text, order))
    return replace(begun[0], perhaps_in=frozenset(each.language for each in begun)) if begun else None


def _ranks(language: str, preferred: Sequence[str]) -> tuple[int, ...]:
    return (preferred.index(language),) if language in preferred else (0,)


def _opens(said: Sequence[str]) -> bool:
    openings, longest = _openings()
    return any(tuple(said[:length]) in openings for length in range(1, longest + 1))


def _invitations(text: str, order: Iterable[str]) -> Iterator[InvitingReading]:
    said = folded_text(text)
    for language in order:
        begun = _opening(language).match(said.text)
        if begun is not None:
            rest = said.between(begun.end(), len(said.text))
            yield InvitingReading(language, InvitingWish.INVITE, rest)


def _sentence(said: Sequence[str]) -> tuple[InvitingWish, int | None, frozenset[str]] | None:
    """Return what a whole sentence wants, with the number at its end, and the languages in which it does."""
    bare = tuple(word for word in said if word not in folded("commands/polite"))
    number = int(bare[-1]) if bare and _is_number(bare[-1]) else None
    for phrase in dict.fromkeys((tuple(said), bare, bare[:-1] if number is not None else bare)):
        found = _sentences().get(phrase)
        if found is not None and (number is None or found[0] is InvitingWish.TAKE_BACK):
            return found[0], number, found[1]
    return None


def _is_number(word: str) -> bool:
    return word.isdecimal() and len(word) <= _LONGEST_NUMBER


@cache
def _openings() -> tuple[frozenset[tuple[str, ...]], int]:
    every = frozenset().union(*expanded_words("inviting/openings").values())
    return every, max(map(len, every))


@cache
def _opening(language: str) -> re.Pattern[str]:
    phrases = any_of(expanded_in(language, "inviting/openings"))
    return re.compile(phrases.replace(r"\ ", "[ ,]+") + r"(?:[ :,]+|$)")


@cache
def _sentences() -> dict[tuple[str, ...], tuple[InvitingWish, frozenset[str]]]:
    """Return what each sentence wants, and in which languages."""
    tables = {
        "guests": InvitingWish.GUESTS,
        "all_guests": InvitingWish.ALL_GUESTS,
        "take_back": InvitingWish.TAKE_BACK,
    }
    found: dict[tuple[str, ...], tuple[InvitingWish, frozenset[str]]] = {}
    for table, wish in tables.items():
        for language, phrases in expanded_words(f"inviting/{table}").items():
            for phrase in phrases:
                found[phrase] = wish, found.get(phrase, (wish, frozenset()))[1] | {language}
    return found
