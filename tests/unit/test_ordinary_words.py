"""Words of every day make no answer uncertain, and none of them is what somebody may be asked for."""

from __future__ import annotations

import pytest

from community.core.language_folders import CHAT_LANGUAGES, LANGUAGES
from community.core.words import is_arabic, stem, words
from community.search import thesaurus, word_tables
from community.search.lexicon import lexicon_of
from community.search.ordinary_words import is_ordinary
from community.search.question import parse
from tests.lib.asking import ROOT, Asker, visible
from tests.lib.descriptions import example
from tests.lib.sealed import HEDGES, features_of, says

LISTS = ("verbs", "verb_forms", "adverbs", "adjectives", "others")
FORMS = {
    "en": "struggling tries recommended desperately gently boss hesitated happily",
    "fr": "redonnerais conseillons tenu désespérément supérieure négocieraient collègues",
    "pt": "andamos verificaram gostaríamos urgentemente simpáticas colegas perceberam",
    "ar": "يفهم سنتصل يشرحون بسرعة زميلتي",
    "es": "encontramos explicarme urgentemente simpáticas compañeras conocieron",
    "sw": "ninatafuta wanasaidia tutakutana haraka rafiki nisaidie",
}
NOTHING_OF = {
    "en": "elephants nuclear volcano blacksmiths tapestry submarine ostrich",
    "fr": "éléphants nucléaire volcan forgerons tapisserie autruche brocatelle",
    "pt": "elefantes nuclear vulcão ferreiros tapeçaria submarino avestruz",
    "ar": "الفيلة النووي البركان الحدادة الغواصة النعام",
    "es": "elefantes nuclear volcán herreros tapicería submarino avestruz",
    "sw": "tembo volkano mhunzi mbuni nyambizi",
}
JOINED = [
    ("en", "waste and begging in Lagos", "begging"),
    ("en", "logging and land in Kampala", "logging"),
    ("en", "the deaf and health in Kampala", "deaf"),
    ("en", "health and the blind in Kampala", "blind"),
    ("en", "health in Kampala and begging", "begging"),
    ("en", "Who handles hiring and waste in Kigali?", "hiring"),
    ("fr", "bois et déchets à Bamako", "bois"),
    ("fr", "déchets et chasse à Bamako", "chasse"),
    ("fr", "la santé et les muets à Kampala", "muets"),
    ("pt", "lixo e caça em Kigali", "caça"),
    ("pt", "a saúde e os surdos em Kampala", "surdos"),
    ("es", "basura y caza en Kigali", "caza"),
    ("sw", "taka na kupika Kigali", "kupika"),
    ("sw", "safari na taka Kigali", "safari"),
    ("ar", "النفايات والبحث في كيغالي", "البحث"),
]
"""What "and" joins to a theme, and may be a theme of its own."""
JOINED_VERBS = [
    ("en", "who handles waste and helps us in Kigali?"),
    ("en", "who handles waste in Kigali and could help us?"),
    ("en", "waste in Kigali and quickly please"),
    ("en", "waste in Kigali and urgently"),
    ("fr", "qui s'occupe des déchets et peut aider à Kigali ?"),
    ("fr", "déchets à Kigali et rapidement"),
    ("fr", "déchets à Kigali et environs"),
    ("pt", "quem trata do lixo em Kigali e pode ajudar?"),
    ("es", "¿quién se ocupa de la basura en Kigali y puede ayudarnos?"),
    ("ar", "من يهتم بالنفايات ويساعدنا في كيغالي؟"),
]
ASKED = {
    "en": "Who handles {what} in Kumasi?",
    "fr": "Qui s'occupe des {what} à Kumasi ?",
    "pt": "Quem trata de {what} em Kumasi?",
    "ar": "من يهتم ب{what} في كوماسي؟",
    "es": "¿Quién se ocupa de {what} en Kumasi?",
    "sw": "Nani anashughulikia {what} Kumasi?",
}
SAID_AROUND = {
    "en": "My boss keeps hesitating, who could advise us quickly about waste in Kigali?",
    "fr": "Mon chef hésite énormément, qui pourrait vite nous conseiller sur les déchets à Kigali ?",
    "pt": "O meu chefe hesita imenso, quem poderia aconselhar-nos depressa sobre o lixo em Kigali?",
    "ar": "مديري يتردد كثيرا، من يستطيع أن ينصحنا بسرعة حول النفايات في كيغالي؟",
    "es": "Mi jefe duda muchísimo, ¿quién podría aconsejarnos rápido sobre residuos en Kigali?",
    "sw": "Bosi wangu anasubiri sana, nani anaweza kutusaidia haraka kuhusu taka Kigali?",
}


@pytest.mark.parametrize(
    ("language", "form"), [(code, form) for code in FORMS for form in FORMS[code].split()]
)
def test_the_forms_of_a_word_of_every_day_are_known(language: str, form: str) -> None:
    assert is_ordinary(words(form)[0], language)


@pytest.mark.parametrize(
    ("language", "what"), [(code, what) for code in NOTHING_OF for what in NOTHING_OF[code].split()]
)
def test_what_somebody_may_be_asked_for_is_none(language: str, what: str) -> None:
    assert not is_ordinary(words(what)[0], language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_every_day_is_a_subject(language: str) -> None:
    listed = {stem(word) for table in LISTS for word in word_tables.folded_in(language, f"ordinary/{table}")}
    named = {
        stem(found[0])
        for _key, topic in thesaurus.topics()
        for name in topic.by_language.get(language, ())
        if len(found := words(name)) == 1
    }
    assert sorted(listed & named) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_of_a_subject_is_the_form_of_a_word_of_every_day(language: str) -> None:
    names = {
        words(name) for _key, topic in thesaurus.topics() for name in topic.by_language.get(language, ())
    }
    single = sorted(name[0] for name in names if len(name) == 1)
    assert single
    assert [name for name in single if is_ordinary(name, language)] == []


@pytest.mark.parametrize(("language", "text", "what"), JOINED)
def test_what_is_joined_to_a_theme_is_not_passed_over(language: str, text: str, what: str) -> None:
    reply = features_of(ROOT / "config").answer(Asker("member", (language,), conversation=text).asked(text))
    assert says(reply.text, *HEDGES), reply.text
    assert what in visible(reply.text).split("\n")[0]


@pytest.mark.parametrize(("language", "text"), JOINED_VERBS)
def test_a_verb_or_adverb_behind_and_is_no_theme(language: str, text: str) -> None:
    reply = features_of(ROOT / "config").answer(Asker("member", (language,), conversation=text).asked(text))
    assert reply.found is not None
    assert reply.found.keys[0] == ("contact", "kigali-waste")
    assert not says(reply.text, *HEDGES), reply.text


@pytest.mark.parametrize("text", ["next meeting", "When is the next market?"])
def test_when_something_is_next_is_not_asserted(text: str) -> None:
    reply = features_of(ROOT / "config").answer(Asker("member", ("en",), conversation=text).asked(text))
    assert reply.found is None or not reply.found.certain or says(reply.text, *HEDGES), reply.text


@pytest.mark.parametrize(
    ("language", "text"),
    [("sw", "Nani ni Yaw Asante?"), ("es", "¿quién es Cheikh El Hacen?")],
)
def test_a_name_that_is_also_a_word_of_every_day_is_looked_for(language: str, text: str) -> None:
    reply = features_of(ROOT / "config").answer(Asker("member", (language,), conversation=text).asked(text))
    assert reply.found is not None
    assert reply.found.certain
    assert reply.found.keys[0][1] in {"kumasi-waste", "nouakchott-land"}


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
def test_a_complete_language_has_many_words_of_every_day(language: str) -> None:
    least = 300 if language == "ar" else 600  # an Arabic one stands for more forms
    assert len(word_tables.own_phrases_in(language, "ordinary/verbs")) >= least
    assert sum(len(word_tables.own_phrases_in(language, f"ordinary/{table}")) for table in LISTS) > 2 * least


@pytest.mark.parametrize(
    ("language", "what"), [(code, what) for code in NOTHING_OF for what in NOTHING_OF[code].split()]
)
def test_a_subject_that_nothing_is_known_of_is_never_asserted(language: str, what: str) -> None:
    written = what.removeprefix("ال") if is_arabic(what) else what
    asker = Asker("member", (language,), conversation=f"unknown-{language}-{what}")
    reply = features_of(ROOT / "config").answer(asker.asked(ASKED[language].format(what=written)))
    assert reply.found is None or not reply.found.certain or says(reply.text, *HEDGES), reply.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_around_a_question_makes_the_answer_no_less_certain(language: str) -> None:
    asker = Asker("member", (language,), conversation=f"around-{language}")
    reply = features_of(ROOT / "config").answer(asker.asked(SAID_AROUND[language]))
    assert reply.found is not None
    assert reply.found.keys[0] == ("contact", "kigali-waste")
    assert reply.found.certain
    assert not says(reply.text, *HEDGES), reply.text


@pytest.mark.parametrize(
    ("language", "text", "first"),
    [
        ("en", "who handles compos in Bamako?", "bamako-waste"),
        ("en", "compos in Kigali", "kigali-waste"),
        ("fr", "qui gère le compos à Bamako ?", "bamako-waste"),
    ],
)
def test_a_slip_that_is_a_word_of_another_language_is_corrected(language: str, text: str, first: str) -> None:
    reply = features_of(ROOT / "config").answer(Asker("member", (language,), conversation=text).asked(text))
    assert reply.found is not None
    assert reply.found.keys[0] == ("contact", first)
    assert reply.found.certain


@pytest.mark.parametrize(
    ("language", "text"), [("pt", "Quem compôs em Kigali?"), ("en", "who handles uses in Lagos?")]
)
def test_a_word_of_every_day_of_the_language_asked_in_is_no_slip(language: str, text: str) -> None:
    question = parse(text, lexicon_of(example().community), language)
    assert question.themes == frozenset()
    assert question.guesses == ()
