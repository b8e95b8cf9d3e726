"""The short words that mean the same wherever the bot asks back: yes, no, skip, back, cancel, remove, all, help. Pure.

`YES` and `NO` are what agrees and refuses everywhere; each dialogue adds what it alone understands.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from bots.context.phrases import folded
from community.core.messages import Message


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


YES = "yes|y|yep|ok|okay|oui|d'accord|sim|s|de acordo|نعم|اجل|موافق|حسنا"
"""Phrases that agree in any dialogue, in the bot's four languages, separated by ``|``."""
NO = "no|n|non|nao|لا"
"""Phrases that refuse in any dialogue."""

_PHRASES: dict[Word, str] = {
    Word.YES: YES + "|save|send|confirm|c'est bon|je confirme|enregistrer|confirmo|اكد|✅|☑|✔|👍",
    Word.NO: NO + "|wrong|faux|errado|خطا|👎",
    Word.SKIP: (
        "skip|next|pass|none|nothing|no idea|passe|passer|saute|sauter|suivant|aucun|aucune|rien|pular|saltar|passar|"
        "seguinte|nenhum|nenhuma|nada|تخط|تخطي|تجاوز|التالي|لا شيء|لا يوجد"
    ),
    Word.BACK: "back|go back|previous|retour|precedent|revenir|en arriere|voltar|atras|anterior|رجوع|ارجع|عودة|السابق",
    Word.CANCEL: (
        "cancel|stop|abort|never mind|nevermind|forget it|annule|annuler|annulez|arrete|arreter|laisse tomber|"
        "abandonner|abandonne|cancelar|cancela|cancele|parar|esquece|الغ|الغاء|توقف|انس الامر|❌|✖"
    ),
    Word.ALL: (
        "that is all|that's all|that's it|nothing else|c'est tout|voila|rien d'autre|e tudo|so isso|e so isso|"
        "mais nada|"
        "هذا كل شيء|هذا كل شي|كفى"
    ),
    Word.HELP: "help|aide|ajuda|مساعدة|ساعدني",
    Word.REMOVE: (
        "remove|delete|supprimer|supprime|supprimez|retirer|effacer|remover|remove|apagar|eliminar|احذف|حذف"
    ),
}
_WORD_OF = {folded(phrase).text: word for word, phrases in _PHRASES.items() for phrase in phrases.split("|")}
_VARIATION = "\ufe0f"
"""Variation selector 16 (Unicode Standard Annex 51), which some clients put after an emoji."""
_SKIN = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
"""Skin tones (Unicode Standard Annex 51, "Emoji Modifiers"): a thumb means the same in each."""

YES_REACTIONS = frozenset("✅☑✔👍")
NO_REACTIONS = frozenset("❌✖👎")


def short_word(text: str) -> Word | None:
    """Return what a text of one short word (or a few) means; None for anything longer."""
    if len(text) > 60:
        return None
    return _WORD_OF.get(folded(text.replace(_VARIATION, "")).text.strip(" .!,،"))


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
