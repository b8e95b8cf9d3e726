"""Whoever is left out by name is not shown, which is said; whom to turn to instead is shown, in each language."""

from __future__ import annotations

import pytest

from bots.context.message import Reply
from community.search.asked import Excluded, Question
from community.search.index import index_of
from community.search.somebody_else import with_names_known
from tests.lib.asking import ROOT, Asker, visible
from tests.lib.descriptions import example
from tests.lib.sealed import HEDGES, features_of, says

WITHOUT = {
    "en": [
        "waste in Kigali, but not Claudine",
        "who handles waste in Kigali, other than Claudine Uwase?",
        "waste in Kigali, not Claudine Uwase, someone else",
    ],
    "fr": [
        "les déchets à Kigali, mais pas Claudine",
        "qui s'occupe des déchets à Kigali, sauf Claudine Uwase ?",
        "ordures à Kigali mais pas Claudine, elle est absente",
    ],
    "pt": [
        "lixo em Kigali, menos a Claudine",
        "quem trata do lixo em Kigali, sem ser a Claudine Uwase?",
        "resíduos em Kigali exceto a Claudine",
    ],
    "ar": ["النفايات في كيغالي غير Claudine Uwase", "من يهتم بالنفايات في كيغالي ما عدا Claudine؟"],
    "es": [
        "residuos en Kigali, menos Claudine",
        "¿quién se ocupa de la basura en Kigali, excepto Claudine Uwase?",
    ],
    "sw": ["taka Kigali, isipokuwa Claudine"],
}
NAMED_LIKE_A_WORD = [
    ("pt", "impostos na Matola sem o Armando", "matola-taxes"),
    ("pt", "impostos na Matola exceto o Armando Sitoe", "matola-taxes"),
    ("pt", "quem trata dos impostos na Matola, menos o Armando?", "matola-taxes"),
    ("pt", "impostos na Matola, não o Armando", "matola-taxes"),
    ("pt", "impostos na Matola, sem demora e sem o Armando", "matola-taxes"),
    ("es", "impuestos en Matola, excepto Armando", "matola-taxes"),
    ("sw", "kodi Kumasi, isipokuwa Kwame", "kumasi-taxes"),
    ("ar", "التنقل في بن جرير ما عدا حسن", "benguerir-mobility"),
    ("ar", "التنقل في بن جرير غير حسن الفاسي", "benguerir-mobility"),
]
"""People whose name is also the form of a verb or another word of every day."""
NO_NAMES = [
    ("en", "waste in Kigali, but not urgent"),
    ("en", "waste, not urgent and in Kigali"),
    ("en", "waste in Kigali, without hesitating"),
    ("en", "waste, not struggling and in Kigali"),
    ("fr", "les déchets, sans attendre et à Kigali"),
    ("fr", "les déchets à Kigali sans attendre"),
    ("pt", "lixo em Kigali sem demorar"),
    ("es", "residuos en Kigali sin esperar"),
    ("ar", "النفايات في كيغالي بدون تأخير"),
]
AFRICA = {
    "en": "mobility in Africa, but not in Lagos",
    "fr": "mobilité en Afrique, mais pas à Lagos",
    "pt": "mobilidade em África, mas não em Lagos",
    "ar": "النقل في أفريقيا ما عدا لاغوس",
    "es": "movilidad en África, pero no en Lagos",
    "sw": "usafiri Afrika, isipokuwa Lagos",
}
OWN = {
    "en": "Hello, I am from Bamako. Who handles waste in Kigali?",
    "fr": "Bonjour, je viens de Bamako, qui s'occupe des déchets à Kigali ?",
    "pt": "Olá, sou de Bamako. Quem trata do lixo em Kigali?",
    "ar": "السلام عليكم، أنا من بنزرت، من يهتم بالنفايات في كيغالي؟",
    "es": "Hola, soy de Bamako, ¿quién se ocupa de los residuos en Kigali?",
    "sw": "Habari, natoka Bamako, nani anashughulikia taka Kigali?",
}
SEVERAL = {
    "en": [
        "Who is based in Lagos and Kigali for waste?",
        "experts for waste based in Lagos or Kigali",
        "waste contacts here in Lagos and in Kigali",
        "We are in Lagos and Kigali, who does waste?",
    ],
    "fr": [
        "les contacts déchets ici à Lagos et à Kigali",
        "j'habite à Lagos et Kigali, qui gère les déchets ?",
    ],
    "pt": [
        "contactos de resíduos aqui em Lagos e em Kigali",
        "vivo em Lagos e em Kigali, quem trata do lixo?",
    ],
    "ar": ["نحن في لاغوس وكيغالي، من يهتم بالنفايات؟", "نحن في لاغوس وفي كيغالي، من يهتم بالنفايات؟"],
    "es": ["contactos de residuos aquí en Lagos y en Kigali"],
    "sw": ["tupo Lagos na Kigali, nani anashughulikia taka?"],
}
HERE = [
    ("en", "I am based in Lagos. Who handles waste in Kigali?"),
    ("en", "We here in Lagos would like to know who handles waste in Kigali"),
    ("en", "Hello, I am from Bamako, and in Kigali who handles waste?"),
    ("fr", "nous ici à Lagos voulons savoir qui s'occupe des déchets à Kigali"),
]
PARTNERS = {
    "en": "who are the partners of the project Clean beach?",
    "fr": "qui sont les partenaires du projet Plage propre ?",
    "pt": "quem são os parceiros do projeto Clean beach?",
    "es": "¿quiénes son los socios del proyecto Clean beach?",
}


def reply_to(language: str, text: str) -> Reply:
    asker = Asker("member", (language,), conversation=f"without-{language}-{text}")
    return features_of(ROOT / "config").answer(asker.asked(text))


def keys(reply: Reply) -> list[str]:
    return [] if reply.found is None else [key for _kind, key in reply.found.keys]


@pytest.mark.parametrize(("language", "text"), [(code, text) for code in WITHOUT for text in WITHOUT[code]])
def test_somebody_left_out_is_not_shown_and_their_desk_is(language: str, text: str) -> None:
    reply = reply_to(language, text)
    assert "kigali-waste" not in keys(reply)
    assert keys(reply)[:1] == ["kigali-cleanliness-desk"], reply.text
    assert "Claudine" in visible(reply.text).split("\n")[0]


@pytest.mark.parametrize(("language", "text", "out"), NAMED_LIKE_A_WORD)
def test_somebody_named_like_a_word_of_every_day_is_left_out(language: str, text: str, out: str) -> None:
    reply = reply_to(language, text)
    assert keys(reply)
    assert out not in keys(reply)
    first = visible(reply.text).split("\n")[0]
    assert any(name in first for name in ("Armando Sitoe", "Kwame Boateng", "حسن الفاسي")), first


@pytest.mark.parametrize(("language", "text"), NO_NAMES)
def test_a_word_of_every_day_that_nobody_is_called_by_leaves_out_nothing(language: str, text: str) -> None:
    reply = reply_to(language, text)
    assert keys(reply)[:1] == ["kigali-waste"], reply.text


@pytest.mark.parametrize(
    ("language", "text", "first"),
    [
        ("en", "health in Kampala without Grace", "kampala-clinics"),
        ("fr", "la santé à Kampala sans Grace", "kampala-clinics"),
        ("pt", "saúde em Kampala sem Grace", "kampala-clinics"),
        ("en", "everything on health in Niamey except Hadiza", "niamey-water"),
    ],
)
def test_a_theme_in_a_city_without_its_only_person_is_answered_with_its_projects(
    language: str, text: str, first: str
) -> None:
    reply = reply_to(language, text)
    assert keys(reply)[:1] == [first]

    assert reply.found is not None
    assert reply.found.certain


def test_a_word_of_every_day_leaves_out_people_and_no_desk_that_has_it_in_its_name() -> None:
    description = example()
    entries = index_of(description.community, description.directory).entries
    said = Question(ordinary=frozenset({"help"}), excluded=Excluded(names=(("help",), ("armando", "help"))))
    assert entries.contacts_named(("help",))
    assert with_names_known(entries, said).excluded.names == (("armando",),)


@pytest.mark.parametrize("text", ["sem o Armando", "e sem o Armando?", "outro, menos o Armando"])
def test_somebody_named_like_a_word_of_every_day_is_left_out_of_what_follows(text: str) -> None:
    features = features_of(ROOT / "config")
    asker = Asker("member", ("pt",), conversation=f"taxes-{text}")
    features.answer(asker.asked("quem trata dos impostos na Matola?"))
    reply = features.answer(asker.asked(text))
    assert keys(reply)
    assert "matola-taxes" not in keys(reply)


@pytest.mark.parametrize(
    ("language", "first", "text"),
    [
        ("en", "who handles taxes in Matola?", "not begging?"),
        ("en", "who handles taxes in Matola?", "no, hiring?"),
        ("fr", "qui s'occupe des taxes à Matola ?", "et les sans abri ?"),
        ("fr", "qui s'occupe des taxes à Matola ?", "non, la chasse ?"),
        ("pt", "quem trata dos impostos na Matola?", "e os sem abrigo?"),
        ("pt", "quem trata dos impostos na Matola?", "não, a caça?"),
    ],
)
def test_what_may_be_no_name_makes_a_follow_up_uncertain(language: str, first: str, text: str) -> None:
    features = features_of(ROOT / "config")
    asker = Asker("member", (language,), conversation=f"in-doubt-{language}-{text}")
    features.answer(asker.asked(first))
    reply = features.answer(asker.asked(text))
    assert reply.found is None or not reply.found.certain or says(reply.text, *HEDGES), reply.text


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("who does health in Kampala without Grace?", "niamey-health"),
        ("who handles health in Niamey except Hadiza?", "kampala-health"),
    ],
)
def test_who_is_asked_for_without_the_only_person_is_somebody_for_the_same_elsewhere(
    text: str, first: str
) -> None:
    reply = reply_to("en", text)
    assert keys(reply)[:1] == [first]
    assert reply.found is not None
    assert not reply.found.certain


@pytest.mark.parametrize("language", AFRICA)
def test_a_city_is_left_out_of_a_continent_and_people_come_first(language: str) -> None:
    reply = reply_to(language, AFRICA[language])
    assert keys(reply)
    assert "lagos-mobility" not in keys(reply)
    assert keys(reply)[0].endswith("-mobility"), reply.text


@pytest.mark.parametrize("language", OWN)
def test_where_somebody_is_from_is_not_asked_about(language: str) -> None:
    reply = reply_to(language, OWN[language])
    assert keys(reply) == ["kigali-waste"], reply.text


@pytest.mark.parametrize(("language", "text"), HERE)
def test_where_somebody_is_based_is_not_asked_about(language: str, text: str) -> None:
    assert keys(reply_to(language, text)) == ["kigali-waste"]


@pytest.mark.parametrize(("language", "text"), [(code, text) for code in SEVERAL for text in SEVERAL[code]])
def test_each_of_several_places_is_asked_about_wherever_they_stand(language: str, text: str) -> None:
    assert {"lagos-waste", "kigali-waste"} <= set(keys(reply_to(language, text)))


@pytest.mark.parametrize("language", PARTNERS)
def test_the_partners_of_a_project_are_on_its_card(language: str) -> None:
    reply = reply_to(language, PARTNERS[language])
    assert keys(reply)[:1] == ["seme-beach"]
    assert "Pêcheurs de Sèmè" in visible(reply.text)


def test_that_a_project_has_no_partners_is_said() -> None:
    reply = reply_to("en", "who are the partners of the project Ferry shuttles?")
    assert keys(reply)[:1] == ["lagos-ferry"]
    assert "I know of no partners of this project." in reply.text


@pytest.mark.parametrize(
    "text", ["شكون فالرباط على النفايات؟", "من المسؤول عن النفايات بالرباط؟", "النفايات في الرباط"]
)
def test_a_town_that_is_not_of_the_network_is_named_with_what_is_written_on_to_it(text: str) -> None:
    reply = reply_to("ar", text)
    assert reply.found is None or not reply.found.keys
    assert "رباط" in reply.text


@pytest.mark.parametrize(
    "text", ["من يهتم بالنفايات لكوماسي؟", "النفايات بكوماسي", "شكون فكوماسي على النفايات؟"]
)
def test_a_city_is_known_with_what_is_written_on_to_it(text: str) -> None:
    assert keys(reply_to("ar", text))[:1] == ["kumasi-waste"]


def test_a_harbour_is_no_verb_for_leading() -> None:
    features = features_of(ROOT / "config")
    asker = Asker("member", ("fr",), conversation="harbour")
    features.answer(asker.asked("qui s'occupe de la circulation à Bizerte ?"))
    reply = features.answer(asker.asked("et du port ?"))
    assert "bizerte-waste" not in keys(reply)


@pytest.mark.parametrize(
    ("language", "text", "town"),
    [
        ("en", "who handles waste in Settle?", "Settle"),
        ("en", "In Settle, who handles waste?", "Settle"),
        ("fr", "qui s'occupe des déchets à Passe ?", "Passe"),
        ("pt", "quem trata do lixo em Passos?", "Passos"),
        ("es", "¿quién se ocupa de la basura en Corre?", "Corre"),
        ("sw", "nani anashughulikia taka katika Lindi?", "Lindi"),
    ],
)
def test_a_town_whose_name_is_a_word_of_every_day_or_near_to_ours_is_named(
    language: str, text: str, town: str
) -> None:
    first, *_others = visible(reply_to(language, text).text).split("\n")
    assert town in first
    assert not any(key.endswith("-waste") for key in keys(reply_to(language, text)))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "who handles waste in Kigali in general?"),
        ("en", "Who Handles Waste In Kigali In General?"),
        ("en", "WHO HANDLES WASTE IN KIGALI IN GENERAL?"),
        ("pt", "quem trata do lixo em Kigali em geral?"),
    ],
)
def test_a_word_of_every_day_behind_in_is_no_town_by_itself(language: str, text: str) -> None:
    assert keys(reply_to(language, text))[:1] == ["kigali-waste"]


@pytest.mark.parametrize("text", ["who handles waste in general?", "WHO HANDLES WASTE IN GENERAL?"])
def test_in_general_is_nowhere(text: str) -> None:
    assert "not in the network" not in reply_to("en", text).text
