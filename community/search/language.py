"""In which language a question was asked: French, English, Portuguese or Arabic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from community.core.words import fold, is_arabic, words
from community.search.filler import filler_of
from community.search.lexicon import said_in

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

ANSWERED = ("fr", "en", "pt", "ar")

# Beside those of `community.search.filler`.
_FURTHER: Mapping[str, str] = {
    "fr": """
    qui contacter joindre ressources ressource projet projets referent referente responsable adjoint
    documents outils conseils terminés depuis lundi mardi mercredi jeudi vendredi francais anglais portugais arabe
    nouveautés parle parlent semaine mois annee numero telephone courriel dirige mene deuxieme suite
    """,
    "en": """
    whom resources resource projects project lead person point deputy documents tools
    finished since monday tuesday wednesday thursday friday french english portuguese arabic news speaks
    week month year phone number address runs leads latest tool advice guide ongoing
    """,
    "pt": """
    quem contactar contatar contacto projetos projeto projectos projecto recursos adjunto suplente
    documentos ferramentas conselhos concluidos desde segunda terca quarta quinta sexta frances ingles portugues
    arabe novidades fala falam semana mes ano numero telefone lidera responsavel lider guia dicas andamento
    """,
    "ar": "",
}
_SURE = {"fr": frozenset("èëîïùûüœ"), "pt": frozenset("ãõáíóú")}
"""Letters that one of the two writes and the other never does."""


def language_of(text: str, default: str) -> str:
    """Return ``fr``, ``en``, ``pt`` or ``ar``; ``default`` where the text does not tell."""
    found = words(text)
    if 2 * sum(is_arabic(word) for word in found) >= max(len(found), 1):
        return "ar"
    counts = {code: _count(code, text, found) for code in ("fr", "en", "pt")}
    best = max(counts.values())
    leading = [code for code, count in counts.items() if count == best]
    if best > 0 and len(leading) == 1:
        return leading[0]
    if default in leading and best > 0:
        return default
    # The identifier needs some words to go by.
    return str(_identifier().classify(fold(text))[0]) if len(found) >= 4 else default


def _count(code: str, text: str, found: Sequence[str]) -> float:
    plain = sum(word in _plain()[code] for word in found)
    of_subjects = sum(_tells(word, code) for word in found if word not in _plain()[code])
    letters = set(text.casefold())
    accents = 2 * bool(letters & _SURE[code]) if code in _SURE else 0
    both = 0.5 * bool(letters & set("éçàâêô")) if code in _SURE else 0
    return plain + of_subjects + accents + both


def _tells(word: str, code: str) -> float:
    languages = said_in(word)
    return 1 / len(languages) if code in languages else 0


@cache
def _plain() -> Mapping[str, frozenset[str]]:
    """Return the everyday words of each language."""
    further = {code: frozenset(map(fold, text.split())) for code, text in _FURTHER.items()}
    return {code: filler_of(code) | further[code] for code in ANSWERED}


@cache
def _identifier() -> LanguageIdentifier:
    # Imported here, with its model of all languages, because the words of a question mostly tell its language.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([code for code in ANSWERED if code != "ar"])
    return identifier
