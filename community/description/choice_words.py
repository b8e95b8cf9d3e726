"""Words by which people name a choice of a field (``kind: film``), to suggest the one that is written. Pure.

The choices of fields are English words with one spelling. What is here is only suggested, never taken for the choice.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from community.core.words import fold

_WORDS = {
    "video": "film movie clip vidéo filme recording enregistrement فيديو فيلم",
    "document": "doc report rapport relatório pdf file fichier documento paper وثيقة تقرير",
    "guide": "manual manuel handbook guia tutorial tutoriel دليل",
    "tool": "outil software logiciel app application ferramenta template modèle أداة",
    "advice": "conseil conseils tip tips conselho astuce نصيحة",
    "person": "personne people pessoa human someone شخص",
    "desk": "bureau office guichet service balcão team équipe مكتب",
    "idea": "idée ideia proposal projet فكرة",
    "preparation": "préparation preparação planned planning planifié prévu تحضير",
    "pilot": "pilote piloto test essai trial تجريبي",
    "running": "active ongoing current started actif curso corrente جار",
    "finished": "done completed complete closed ended fini terminé achevé concluído منته",
    "active": "actif active ativo present نشط",
    "alumni": "alumnus alumna former ancien ancienne antigo سابق",
    "left": "gone parti partie departed saiu inactive inactif غادر",
    "announce": "announcement announcements annonce annonces anúncio publish",
    "moderate": "moderator modérer moderar admin administrator",
    "edit": "editor write modify modifier éditer editar",
    "lobby": "welcome accueil entrance recepção",
    "cafe": "café coffee social",
    "open": "public ouvert ouverte aberto",
    "closed": "private privé privée fechado members",
    "safe": "secure secret sûr sûre seguro confidential",
    "community": "all everybody everyone tous toutes communauté comunidade",
    "theme": "topic thème tema subject sujet",
    "cohort": "cohorte coorte group groupe",
    "city": "ville cidade town",
    "single": "one unique seul seule",
    "shared": "all everything public",
    "invited": "invitation invité",
    "joined": "join membership",
}


def choice_meant(text: str, choices: Collection[str]) -> str | None:
    """Return the one of ``choices`` that a word stands for in the languages of the chat, None where none is known."""
    wanted = fold(text)
    return next((choice for choice in choices if wanted in _words_of(choice)), None)


@cache
def _words_of(choice: str) -> frozenset[str]:
    return frozenset(fold(word) for word in _WORDS.get(choice, "").split())
