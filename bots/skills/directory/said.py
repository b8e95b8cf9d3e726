"""Short things that people say to a bot in the middle of a conversation, in its four languages. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from bots.skill import AGREED
from community.asking.text import words


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
_MEANINGS = {
    Said.MORE: _folded(
        "more|show more|some more|and more|any more|more of them|next|the next ones|go on|the rest|"
        "suite|la suite|et la suite|plus|voir plus|en voir plus|encore|davantage|les suivants|les autres|d'autres|"
        "mais|ver mais|mostra mais|mostrar mais|mais alguns|seguintes|os seguintes|próximos|os próximos|o resto|"
        "المزيد|مزيد|المزيد منها|أكثر|التالي|البقية|اعرض المزيد|هات المزيد|غيرها".split("|")
    ),
    Said.YES: _folded(
        "yes|yes do|yes pass it on|ok|okay|sure|pass it on|please do|do it|agreed|"
        "oui|oui transmets|oui transmettez|transmets|transmettez|transmets-la|transmettez-la|d'accord|vas-y|allez-y|"
        "sim|sim passa|sim passe|passa|passe|transmite|transmita|encaminha|encaminhe|está bem|de acordo|"
        "نعم|أجل|موافق|حسنا|تمام|طيب|نعم أرسله|أرسله|مرره|نعم مرره|حوله|نعم حوله".split("|")
    ),
    Said.NO: _folded("no|no thanks|don't|non|non merci|não|não obrigado|لا|لا شكرا".split("|")),
}
_OUT_OF_DATE = {
    "en": _folded(
        "out of date|outdated|not up to date|no longer up to date|stale|not confirmed|unconfirmed|to be confirmed|"
        "needs confirming|need confirming|not been confirmed|nobody confirmed|nobody has confirmed".split("|")
    ),
    "fr": _folded(
        "plus à jour|pas à jour|périmé|périmée|périmés|périmées|obsolète|obsolètes|pas confirmé|plus confirmé|"
        "pas été confirmé|à confirmer|à vérifier|non confirmé|non confirmés|non confirmées".split("|")
    ),
    "pt": _folded(
        "desatualizado|desatualizada|desatualizados|desatualizadas|não está atualizado|não está em dia|"
        "por confirmar|não confirmado|não confirmados|sem confirmação|obsoleto|obsoletos".split("|")
    ),
    "ar": _folded(
        "غير محدث|غير محدثة|لم يعد محدثا|ليس محدثا|لم يحدث|لم تحدث|لم يؤكد|لم تؤكد|غير مؤكد|غير مؤكدة|قديمة لم تؤكد|"
        "لم يعد صالحا|يحتاج إلى تأكيد|يحتاج إلى تحديث|تحتاج إلى تأكيد|تحتاج إلى تحديث".split("|")
    ),
}


def said(text: str) -> Said | None:
    """Return what a short text means, None where it says more than that."""
    if text.strip() == AGREED:
        return Said.YES
    phrase = " ".join(words(text))
    for polite in sorted(_POLITE, key=len, reverse=True):
        phrase = phrase.removeprefix(f"{polite} ").removesuffix(f" {polite}")
    return next((meaning for meaning, phrases in _MEANINGS.items() if phrase in phrases), None)


def asks_what_is_out_of_date(text: str) -> tuple[str, str] | None:
    """Return the language, and the rest of a question for what is out of date; None for another question."""
    folded = f" {' '.join(words(text))} "
    for language, phrases in _OUT_OF_DATE.items():
        for phrase in sorted(phrases, key=len, reverse=True):
            if f" {phrase} " in folded:
                return language, folded.replace(f" {phrase} ", " ").strip()
    return None
