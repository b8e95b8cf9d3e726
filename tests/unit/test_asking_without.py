"""What somebody says they do not want is in no answer; a negation that denies a verb leaves out nothing."""

from __future__ import annotations

import pytest

from community.directory.entry import kind_of
from tests.lib.scoring import Asked, Expected, engine


def ask(language: str, *said: str) -> Asked:
    asked: Asked | None = None
    for say in said:
        asked = engine("example").ask(Expected("x", say, ()), language, asked)
    assert asked is not None
    return asked


def found(asked: Asked) -> list[str]:
    return [f"{kind_of(entry)}/{entry.key}" for entry in asked.answer.entries]


@pytest.mark.parametrize(
    ("language", "say", "out"),
    [
        ("en", "waste contacts, but not Lagos", ["contact/lagos-waste"]),
        ("en", "Who handles waste in West Africa except Kumasi?", ["contact/kumasi-waste"]),
        ("en", "waste, but neither in Lagos nor in Kigali", ["contact/lagos-waste", "contact/kigali-waste"]),
        ("en", "waste anywhere but Lagos", ["contact/lagos-waste"]),
        ("en", "not Lagos please, who does taxes elsewhere?", ["contact/lagos-taxes"]),
        ("en", "someone for land who isn't in Kigali", ["contact/kigali-land"]),
        (
            "en",
            "everyone for waste, Lagos and Kampala excluded",
            ["contact/lagos-waste", "contact/kampala-waste"],
        ),
        ("en", "Who besides Moses Okello works on waste?", ["contact/kampala-waste"]),
        (
            "en",
            "anything on waste except guides",
            ["resource/sorting-at-source", "resource/compost-handbook"],
        ),
        ("en", "projects on waste that are not finished", ["project/lagos-pickers"]),
        ("en", "who handles local taxes outside Nigeria", ["contact/lagos-taxes"]),
        ("fr", "les contacts déchets, sauf Lagos", ["contact/lagos-waste"]),
        ("fr", "qui s'occupe des déchets mais pas à Lagos ?", ["contact/lagos-waste"]),
        ("fr", "les taxes en Afrique de l'Ouest hors Kumasi", ["contact/kumasi-taxes"]),
        ("fr", "quelqu'un pour le foncier qui n'est pas à Kigali", ["contact/kigali-land"]),
        (
            "fr",
            "qui gère l'eau, ni à Niamey ni à Kampala",
            ["contact/niamey-health", "contact/kampala-health"],
        ),
        ("fr", "les déchets à l'exception de Lagos", ["contact/lagos-waste"]),
        ("fr", "la mobilité, ailleurs qu'à Bamako", ["contact/bamako-mobility"]),
        ("fr", "des documents sur le foncier, pas de vidéos", ["resource/cadastre-film"]),
        ("pt", "quem trata do lixo, mas não em Lagos", ["contact/lagos-waste"]),
        ("pt", "contactos de resíduos exceto Lagos", ["contact/lagos-waste"]),
        ("pt", "quem trata dos impostos fora de Lagos", ["contact/lagos-taxes"]),
        ("pt", "mobilidade em qualquer cidade menos Bamako", ["contact/bamako-mobility"]),
        ("pt", "alguém das terras que não seja de Kigali", ["contact/kigali-land"]),
        (
            "pt",
            "todos os contactos de lixo, salvo Lagos e Kigali",
            ["contact/lagos-waste", "contact/kigali-waste"],
        ),
        ("pt", "quem trata do lixo sem ser a Ngozi Eze", ["contact/lagos-waste"]),
        ("ar", "من المسؤول عن النفايات، ليس في لاغوس", ["contact/lagos-waste"]),
        ("ar", "من يهتم بالنفايات ما عدا لاغوس", ["contact/lagos-waste"]),
        ("ar", "الضرائب في كل المدن باستثناء لاغوس", ["contact/lagos-taxes"]),
        ("ar", "النقل في أي مدينة غير باماكو", ["contact/bamako-mobility"]),
        ("ar", "النفايات إلا لاغوس وكيغالي", ["contact/lagos-waste", "contact/kigali-waste"]),
        ("ar", "من المسؤول عن العقار خارج كيغالي", ["contact/kigali-land"]),
    ],
)
def test_what_is_not_wanted_is_left_out(language: str, say: str, out: list[str]) -> None:
    asked = ask(language, say)
    assert asked.answer.certain
    assert found(asked)
    assert not set(out) & set(found(asked))
    assert not asked.question.cities


@pytest.mark.parametrize(
    ("language", "say", "first"),
    [
        ("en", "waste in Lagos, not Kigali", "contact/lagos-waste"),
        ("en", "not waste but mobility in Kigali", "contact/kigali-mobility"),
        ("en", "I don't want documents, I want a person for waste in Kigali", "contact/kigali-waste"),
        ("fr", "pas les déchets mais la mobilité à Kigali", "contact/kigali-mobility"),
        (
            "fr",
            "je ne veux pas de document mais une personne pour le foncier à Kigali",
            "contact/kigali-land",
        ),
        ("pt", "não quero vídeos sobre lixo, só guias", "resource/sorting-at-source"),
        ("ar", "لا أريد وثائق، أريد شخصا للنفايات في كيغالي", "contact/kigali-waste"),
    ],
)
def test_what_is_wanted_instead_is_found(language: str, say: str, first: str) -> None:
    asked = ask(language, say)
    assert asked.question.excluded
    assert asked.answer.certain
    assert found(asked)[0] == first


@pytest.mark.parametrize(
    ("language", "say"),
    [
        ("en", "I do not know who handles waste in Lagos"),
        ("en", "I can't find the waste contact in Lagos"),
        ("en", "No idea who handles waste in Lagos"),
        ("en", "Not sure if you can help: who handles waste in Lagos?"),
        ("en", "Isn't there somebody for waste in Lagos?"),
        ("fr", "je ne sais pas qui gère les déchets à Lagos"),
        ("fr", "je trouve pas le contact déchets de Lagos"),
        ("fr", "il y a quelqu'un pour les déchets à Lagos, n'est-ce pas ?"),
        ("fr", "pourquoi pas un contact déchets à Lagos ?"),
        ("pt", "não sei quem trata do lixo em Lagos"),
        ("pt", "não encontro o contacto do lixo em Lagos"),
        ("pt", "lixo no Lagos"),
        ("ar", "لا أعرف من المسؤول عن النفايات في لاغوس"),
        ("ar", "لا أجد مسؤول النفايات في لاغوس"),
        ("ar", "أليس في لاغوس مسؤول عن النفايات؟"),
    ],
)
def test_a_negated_verb_leaves_out_nothing(language: str, say: str) -> None:
    asked = ask(language, say)
    assert asked.answer.certain
    assert found(asked)[0] == "contact/lagos-waste"


def test_a_follow_up_may_leave_something_out() -> None:
    asked = ask("en", "who handles waste?", "not in Kigali")
    assert asked.answer.certain
    assert "contact/kigali-waste" not in found(asked)
    assert "contact/lagos-waste" in found(asked)


def test_a_deputy_of_whom_is_left_out_is_not_named() -> None:
    asked = ask("en", "who is the deputy for waste, but not in Kigali?")
    assert "contact/kigali-cleanliness-desk" not in found(asked)
