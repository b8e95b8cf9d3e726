"""The short words that mean the same wherever the bot asks back: yes, no, skip, back, cancel, remove, all, help. Pure.

The phrases stand in the languages' `commands.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cache

from bots.context.phrases import folded
from community.core.language_folders import LANGUAGES
from community.core.messages import Message
from community.search.word_tables import phrases, phrases_in


class Word(StrEnum):
    """What a short word means where the bot has asked something."""

    YES = "yes"
    NO = "no"
    SKIP = "skip"
    BACK = "back"
    CANCEL = "cancel"
    HELP = "help"
    REMOVE = "remove"
    ALL = "that is all"


_TABLES: dict[Word, tuple[str, ...]] = {
    Word.YES: ("yes", "yes_also"),
    Word.NO: ("no", "no_also"),
    Word.SKIP: ("skip",),
    Word.BACK: ("back",),
    Word.CANCEL: ("cancel",),
    Word.ALL: ("all",),
    Word.HELP: ("help",),
    Word.REMOVE: ("remove",),
}
"""The tables of the languages' `commands.yaml` that mean each word."""
_SIGNS: dict[str, Word] = {
    **dict.fromkeys("✅☑✔👍", Word.YES),
    **dict.fromkeys("👎", Word.NO),
    **dict.fromkeys("❌✖", Word.CANCEL),
}
_QUOTES = ' \t\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}«»“”"'
_LONGEST = 60
"""Characters; a longer text is no short word."""
_VARIATION = "\ufe0f"
"""Variation selector 16 (Unicode Standard Annex 51), which some clients put after an emoji."""
_SKIN = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
"""Skin tones (Unicode Standard Annex 51, "Emoji Modifiers"): a thumb means the same in each."""

YES_REACTIONS = frozenset("✅☑✔👍")
NO_REACTIONS = frozenset("❌✖👎")


def unquoted(text: str) -> str:
    """Return a text without the quotation marks around it: the bot writes words to be said between them."""
    return text.strip(_QUOTES)


def short_word(text: str) -> Word | None:
    """Return what a text of one short word (or a few) means; None for anything longer."""
    return None if len(text) > _LONGEST else _word_of().get(_bare(text))


def spoken_in(text: str) -> frozenset[str]:
    """Return the codes of the languages that have a text as a short word; none for a sign and for anything longer."""
    return frozenset() if len(text) > _LONGEST else _languages_of().get(_bare(text), frozenset())


def _bare(text: str) -> str:
    return folded(unquoted(text).replace(_VARIATION, "")).text.strip(" .!,،")


@cache
def _word_of() -> dict[str, Word]:
    """Return what each phrase means, folded."""
    tables = ((word, phrases(f"commands/{table}")) for word, names in _TABLES.items() for table in names)
    return {**{folded(text).text: word for word, texts in tables for text in texts}, **_SIGNS}


@cache
def _languages_of() -> dict[str, frozenset[str]]:
    """Return which languages each phrase is of, folded."""
    found: dict[str, frozenset[str]] = {}
    for table in (table for names in _TABLES.values() for table in names):
        for language in LANGUAGES:
            for text in phrases_in(language, f"commands/{table}"):
                phrase = folded(text).text
                found[phrase] = found.get(phrase, frozenset()) | {language}
    return found


def asked_signs(sentences: Iterable[Message]) -> tuple[str, ...]:
    """Return the signs that sentences of the bot's ask for: ✅, ❌. Names and other values in them do not count."""
    asked = [sentence.msgid for sentence in sentences]
    return tuple(sign for sign in ("✅", "❌") if any(sign in each for each in asked))


def reaction(key: str) -> bool | None:
    """Return whether a reaction (spec, ``m.annotation``'s ``key``) means yes or no; None for any other."""
    bare = key.replace(_VARIATION, "").rstrip(_SKIN)
    if bare in YES_REACTIONS:
        return True
    return False if bare in NO_REACTIONS else None
