"""Short messages that refer to the answer before: "more", "yes", "no, thanks", in the bot's four languages. Pure."""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from bots.context.numbered import confirmed_number
from bots.context.short_words import Word, short_word
from community.core.words import words
from community.search.follow import asks_for_more
from community.search.word_tables import expanded_words


class ShortAnswer(StrEnum):
    """What a message means that refers to the answer before and asks nothing by itself."""

    MORE = "more"
    YES = "yes"
    NO = "no"


@cache
def _joined(*tables: str) -> frozenset[str]:
    """Return the phrases of tables of `commands.yaml` in all languages, as their words."""
    return frozenset(
        " ".join(phrase)
        for table in tables
        for own in expanded_words(f"commands/{table}").values()
        for phrase in own
    )


def short_answer(text: str) -> ShortAnswer | None:
    """Return what a short text means, None for a text that says anything more."""
    if text.strip() == "✅":
        return ShortAnswer.YES
    found = words(text)
    if asks_for_more(found):
        return ShortAnswer.MORE
    phrase = " ".join(found)
    bare = _without_polite_words(phrase)
    if {phrase, bare} & _joined("yes", "yes_to_passing"):
        return ShortAnswer.YES
    return ShortAnswer.NO if {phrase, bare} & _joined("no", "no_to_passing") else None


def refers_back(text: str) -> bool:
    """Whether a text means something only after what the bot said last: it answers or goes on, and asks nothing."""
    if confirmed_number(text) is not None:
        return True
    return short_answer(text) is not None or short_word(text) not in (None, Word.HELP)


def _without_polite_words(phrase: str) -> str:
    for polite in sorted(_joined("polite"), key=len, reverse=True):
        phrase = phrase.removeprefix(f"{polite} ").removesuffix(f" {polite}")
    return phrase
