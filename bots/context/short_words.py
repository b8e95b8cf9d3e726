"""The short words of a guided edit: yes, no, skip, back, cancel, help, in four languages. Pure."""

from __future__ import annotations

from enum import StrEnum

from bots.context.phrases import folded


class Word(StrEnum):
    """What a short word means in the middle of an edit."""

    YES = "yes"
    NO = "no"
    SKIP = "skip"
    BACK = "back"
    CANCEL = "cancel"
    HELP = "help"
    REMOVE = "remove"
    ALL = "that is all"


_SAID: dict[Word, str] = {
    Word.YES: (
        "yes|y|yep|ok|okay|save|send|confirm|oui|d'accord|c'est bon|je confirme|enregistrer|sim|s|confirmo|de acordo|"
        "نعم|اجل|موافق|حسنا|اكد|✅|☑|✔|👍"
    ),
    Word.NO: "no|n|wrong|non|faux|nao|errado|لا|خطا|👎",
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
_MEANS = {
    said: word
    for word, phrases in _SAID.items()
    for phrase in phrases.split("|")
    for said in [folded(phrase).text]
}
_VARIATION = "\ufe0f"

YES_REACTIONS = frozenset("✅☑✔👍")
NO_REACTIONS = frozenset("❌✖👎")


def short_word(text: str) -> Word | None:
    """Return what a text of one short word (or a few) means; None for anything longer."""
    if len(text) > 60:
        return None
    return _MEANS.get(folded(text.replace(_VARIATION, "")).text.strip(" .!,،"))


def reaction(key: str) -> bool | None:
    """Return whether a reaction (spec, ``m.annotation``'s ``key``) means yes or no; None for any other."""
    bare = key.replace(_VARIATION, "")
    if bare in YES_REACTIONS:
        return True
    return False if bare in NO_REACTIONS else None
