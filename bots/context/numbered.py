"""Words with a number, which say by themselves what they mean: “yes 5”, “answer 12: …”. Pure.

Whoever changes events on the way can make a message look like a reply to another one, but cannot change its words. So
what leaves a room, and what cannot be undone for a person, is confirmed by the number of what was shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from bots.context.phrases import folded
from bots.context.short_words import Word, short_word, unquoted
from community.core.unseen import GAP, without_unseen
from community.core.words import words
from community.search.word_tables import expanded_words, phrases

_DIGIT = re.compile(r"\d")
_CONFIRMING = re.compile(r"(?P<word>[^\d]{1,24}?)[\s#:]+(?P<number>\d{1,9})[\s.!،,]*")
_ANSWER = re.compile(
    rf"[{GAP}]*(?P<word>\w{{2,12}})(?:[{GAP}]+(?P<between>\w{{1,10}}))?[{GAP}#]+(?P<number>\d{{1,9}})(?!\d)"
    rf"[{GAP}]*[:،,.–—-]*[{GAP}]*(?P<text>.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class AnswerCommand:
    """“answer 12: …”: the question's number, and the text of the answer, which may be empty."""

    number: int
    text: str


def confirmed_number(text: str) -> int | None:
    """Return the number that “yes 5” confirms, in any language; None for anything else."""
    if _DIGIT.search(text) is None:
        return None
    match = _CONFIRMING.fullmatch(unquoted(without_unseen(text))[:60])
    if match is None or short_word(_without_sign(match["word"])) is not Word.YES:
        return None
    return int(match["number"])


def decided_number(text: str) -> tuple[bool, int] | None:
    """Return what is decided by “yes 5”, “approve 5”, “no 5” or “decline 5”, and the number; None for anything else."""
    if _DIGIT.search(text) is None:
        return None
    match = _CONFIRMING.fullmatch(unquoted(without_unseen(text))[:60])
    if match is None:
        return None
    said, number = _without_sign(match["word"]), int(match["number"])
    match short_word(said):
        case Word.YES:
            return True, number
        case Word.NO:
            return False, number
        case _:
            return next(((granted, number) for granted, table in _DECIDING if _is_said(said, table)), None)


_DECIDING = ((True, "editing/approve"), (False, "editing/decline"))


def _is_said(said: str, table: str) -> bool:
    return any(words(said) in phrases for phrases in expanded_words(table).values())


def _without_sign(said: str) -> str:
    """Return “yes” without the sign of a number after it: “sim n.º”."""
    word, _, sign = said.rpartition(" ")
    # English writes the sign as it refuses: "yes no 5" is neither.
    is_sign = sign.casefold() != "no" and folded(sign).text in _folded("editing/number")
    return word if is_sign else said


def answer_command(text: str) -> AnswerCommand | None:
    """Return what “answer 12: …” says, in any language; None for anything else."""
    match = _ANSWER.fullmatch(text)
    if match is None or folded(match["word"]).text not in _folded("commands/answer"):
        return None
    if match["between"] is not None and folded(match["between"]).text not in _folded(
        "commands/before_number"
    ):
        return None
    return AnswerCommand(int(match["number"]), match["text"].strip())


@cache
def _folded(table: str) -> frozenset[str]:
    """Return the words of a table of all languages, folded."""
    return frozenset(folded(word).text for word in phrases(table))
