"""Short messages that refer to the answer before: "more", "yes", "no, thanks", in the bot's four languages. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from bots.context.numbered import confirmed_number
from bots.context.short_words import NO, YES, Word, short_word
from community.core.words import words
from community.search.follow import asks_for_more


class ShortAnswer(StrEnum):
    """What a message means that refers to the answer before and asks nothing by itself."""

    MORE = "more"
    YES = "yes"
    NO = "no"


def _folded(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(" ".join(words(phrase)) for phrase in phrases)


_POLITE = _folded(
    "please|pls|thanks|s'il te plaît|s'il vous plaît|svp|stp|merci|por favor|faz favor|obrigado|obrigada|"
    "من فضلك|لو سمحت|رجاء|شكرا".split("|")
)
_YES = _folded(
    f"{YES}|yes do|yes pass it on|sure|pass it on|please do|do it|agreed|"
    "oui transmets|oui transmettez|transmets|transmettez|transmets-la|transmettez-la|vas-y|allez-y|"
    "sim passa|sim passe|passa|passe|transmite|transmita|encaminha|encaminhe|está bem|"
    "تمام|طيب|نعم أرسله|أرسله|مرره|نعم مرره|حوله|نعم حوله|أحله|نعم أحله".split("|")
)
_NO = _folded(f"{NO}|no thanks|don't|non merci|não obrigado|não obrigada|لا شكرا".split("|"))


def short_answer(text: str) -> ShortAnswer | None:
    """Return what a short text means, None for a text that says anything more."""
    if text.strip() == "✅":
        return ShortAnswer.YES
    found = words(text)
    if asks_for_more(found):
        return ShortAnswer.MORE
    phrase = " ".join(found)
    bare = _without_polite_words(phrase)
    if {phrase, bare} & _YES:
        return ShortAnswer.YES
    return ShortAnswer.NO if {phrase, bare} & _NO else None


def refers_back(text: str) -> bool:
    """Whether a text means something only after what the bot said last: it answers or goes on, and asks nothing."""
    if confirmed_number(text) is not None:
        return True
    return short_answer(text) is not None or short_word(text) not in (None, Word.HELP)


def _without_polite_words(phrase: str) -> str:
    for polite in sorted(_POLITE, key=len, reverse=True):
        phrase = phrase.removeprefix(f"{polite} ").removesuffix(f" {polite}")
    return phrase
