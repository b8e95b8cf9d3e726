"""What is asked in a second turn is never answered with whom was shown in the first, in each language."""

from __future__ import annotations

import pytest

from bots.context.message import Reply
from tests.lib.asking import ROOT, Asker, visible
from tests.lib.sealed import HEDGES, features_of, says

FIRST = {
    "en": "Who handles waste in Kigali?",
    "fr": "Qui s'occupe des déchets à Kigali ?",
    "pt": "Quem trata do lixo em Kigali?",
    "ar": "من يهتم بالنفايات في كيغالي؟",
    "es": "¿Quién se ocupa de los residuos en Kigali?",
    "sw": "Nani anashughulikia taka Kigali?",
}
SHOWN = "kigali-waste"
DESK = "kigali-cleanliness-desk"
NOTHING_OF = {
    "en": [
        "and begging?",
        "and the deaf?",
        "what about hiring?",
        "Who handles smoking?",
        "Who handles begging in Lagos?",
        "and begging in Lagos?",
        "and waste and begging?",
    ],
    "fr": ["et la chasse ?", "Qui s'occupe des visas à Lagos ?", "et les sourds ?"],
    "pt": ["e as armas?", "e os surdos?"],
    "es": ["¿y la sal?", "¿y los sordos?"],
    "sw": ["na kupika?"],
    "ar": ["والبحث؟"],
}
NAMED_LIKE_A_WORD = [
    ("pt", "Quem é o Armando?", "matola-taxes"),
    ("sw", "Nani ni Kwame?", "kumasi-taxes"),
    ("ar", "من هو حسن الفاسي؟", "benguerir-mobility"),
]
ELSE_FOR_HEALTH = {
    "en": "who else does health there?",
    "fr": "qui d'autre pour la santé là-bas ?",
    "pt": "mais alguém para a saúde lá?",
    "ar": "هل من شخص آخر للصحة هناك؟",
    "es": "¿alguien más para la salud allí?",
    "sw": "mtu mwingine kwa afya huko?",
}
ELSE_FOR_LAND = {
    "en": "anyone else for land in Kampala?",
    "fr": "quelqu'un d'autre pour le foncier à Kampala ?",
    "pt": "há outra pessoa para as terras em Kampala?",
    "ar": "شخص آخر للعقار في كمبالا؟",
    "es": "¿otra persona para tierras en Kampala?",
    "sw": "mtu mwingine wa ardhi Kampala?",
}
DETAILS_OF_GRACE = [
    ("en", "she has left, what is the number of Grace Nakato?"),
    ("en", "she is off, what is Grace Nakato's email?"),
    ("fr", "elle est partie, quel est le numéro de Grace Nakato ?"),
    ("pt", "ela saiu, qual é o número da Grace Nakato?"),
    ("ar", "هي غائبة، ما رقم Grace Nakato؟"),
    ("es", "ya no está, ¿cuál es el número de Grace Nakato?"),
    ("sw", "ameondoka, namba ya Grace Nakato ni ipi?"),
]
MAY_BE_MEANT = [
    ("en", "she does not answer, how do I reach Grace?", "kampala-health"),
    ("pt", "ela saiu, qual é o número do Armando?", "matola-taxes"),
]
OF_WHOM_WAS_SHOWN = [
    ("en", "she has left, what is the number?"),
    ("en", "he doesn't answer, the phone please, urgently"),
    ("en", "she has left, thanks Claudine"),
    ("en", "someone else, not Grace"),
    ("sw", "hayupo, nipe namba, asante"),
]


def second(language: str, text: str) -> Reply:
    """Return the reply to ``text`` behind the question for waste in Kigali, in a conversation of its own."""
    features = features_of(ROOT / "config")
    asker = Asker("member", (language,), conversation=f"second-{language}-{text}")
    assert keys(features.answer(asker.asked(FIRST[language])))[0] == SHOWN
    return features.answer(asker.asked(text))


def keys(reply: Reply) -> list[str]:
    return [] if reply.found is None else [key for _kind, key in reply.found.keys]


@pytest.mark.parametrize(
    ("language", "text"), [(code, text) for code in NOTHING_OF for text in NOTHING_OF[code]]
)
def test_what_nothing_is_known_of_is_not_asserted(language: str, text: str) -> None:
    reply = second(language, text)
    assert reply.found is None or not reply.found.certain or says(reply.text, *HEDGES), reply.text


@pytest.mark.parametrize(("language", "text", "who"), NAMED_LIKE_A_WORD)
def test_who_is_named_like_a_word_of_every_day_is_shown(language: str, text: str, who: str) -> None:
    assert keys(second(language, text))[:1] == [who]


@pytest.mark.parametrize("language", ELSE_FOR_HEALTH)
def test_somebody_else_for_another_theme_is_not_the_desk(language: str) -> None:
    reply = second(language, ELSE_FOR_HEALTH[language])
    assert keys(reply)[:1] not in ([DESK], [SHOWN])
    assert reply.found is None or not reply.found.certain, reply.text


@pytest.mark.parametrize("language", ELSE_FOR_LAND)
def test_somebody_else_for_another_theme_and_city_is_who_does_that(language: str) -> None:
    assert keys(second(language, ELSE_FOR_LAND[language])) == ["kampala-land"]


@pytest.mark.parametrize(("language", "text"), DETAILS_OF_GRACE)
def test_details_of_somebody_named_are_theirs(language: str, text: str) -> None:
    assert keys(second(language, text)) == ["kampala-health"]


@pytest.mark.parametrize(("language", "text", "who"), MAY_BE_MEANT)
def test_somebody_who_may_be_meant_comes_first_and_makes_the_answer_uncertain(
    language: str, text: str, who: str
) -> None:
    reply = second(language, text)
    assert keys(reply) == [who, DESK]
    assert reply.found is not None
    assert not reply.found.certain


def test_details_of_somebody_unknown_are_nobody_elses() -> None:
    reply = second("en", "she has left, what is the number of Jane Doe?")
    assert keys(reply) == []
    assert "Jane Doe" in visible(reply.text)


@pytest.mark.parametrize(("language", "text"), OF_WHOM_WAS_SHOWN)
def test_details_of_nobody_named_are_of_who_stands_in(language: str, text: str) -> None:
    assert keys(second(language, text)) == [DESK]
