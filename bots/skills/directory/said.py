"""Short things that people say to a bot in the middle of a conversation, in its four languages. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from bots.skill import AGREED
from community.core.words import words
from community.search.follow import asks_for_more


class Said(StrEnum):
    """What somebody means who says no more than that."""

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
    "yes|yes do|yes pass it on|ok|okay|sure|pass it on|please do|do it|agreed|"
    "oui|oui transmets|oui transmettez|transmets|transmettez|transmets-la|transmettez-la|d'accord|vas-y|allez-y|"
    "sim|sim passa|sim passe|passa|passe|transmite|transmita|encaminha|encaminhe|está bem|de acordo|"
    "نعم|أجل|موافق|حسنا|تمام|طيب|نعم أرسله|أرسله|مرره|نعم مرره|حوله|نعم حوله|أحله|نعم أحله".split("|")
)
_NO = _folded("no|no thanks|don't|non|non merci|não|não obrigado|não obrigada|لا|لا شكرا".split("|"))


def said(text: str) -> Said | None:
    """Return what a short text means, None where it says more than that."""
    if text.strip() == AGREED:
        return Said.YES
    found = words(text)
    if asks_for_more(found):
        return Said.MORE
    phrase = " ".join(found)
    bare = _without_politeness(phrase)
    if {phrase, bare} & _YES:
        return Said.YES
    return Said.NO if {phrase, bare} & _NO else None


def _without_politeness(phrase: str) -> str:
    for polite in sorted(_POLITE, key=len, reverse=True):
        phrase = phrase.removeprefix(f"{polite} ").removesuffix(f" {polite}")
    return phrase
