"""In which language a question was asked: English or French."""

from __future__ import annotations

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from community.asking.text import fold, words

ANSWERED = ("fr", "en")

_FRENCH = frozenset(
    """
    le la les un une des du de au aux et ou est sont qui que quoi quel quelle quels quelles comment pourquoi
    pour sur dans avec sans chez par en ce cette ces mon ma mes notre nos votre vos son sa ses je tu il elle nous
    vous ils elles contacter joindre cherche trouver voir avoir puis peux besoin aide merci bonjour salut
    ressources ressource projet projets referent referente responsable
    """.split()
)
_ENGLISH = frozenset(
    """
    the a an of to in on at for and or is are who whom whose what which where how why with without by from this
    that these those my our your his her their i you he she we they can could do does need want find ask about
    reach help thanks thank hello hi please show me any resources resource project projects lead person point
    """.split()
)
_ACCENTED = frozenset("àâçéèêëîïôùûüœ")


def language_of(text: str, default: str) -> str:
    """Return ``fr`` or ``en``; ``default`` where the text does not tell."""
    found = words(text)
    french = sum(word in _FRENCH for word in found)
    english = sum(word in _ENGLISH for word in found)
    if french != english:
        return "fr" if french > english else "en"
    if any(char in _ACCENTED for char in text.casefold()):
        return "fr"
    if len(found) >= 4:
        return str(_identifier().classify(fold(text))[0])
    return default


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(ANSWERED))
    return identifier
