"""The question for what is new, as people ask it; and what is not that question."""

from __future__ import annotations

from datetime import date

import pytest

from bots.features.missed.handlers import MissedHandler
from community.core.language_folders import LANGUAGES
from community.core.words import words
from community.description.fields import Localized
from community.search import word_tables
from community.search.calendar_texts import text_read
from community.search.meanings import Concept, Sort
from community.search.news_reading import NewsQuestion, read_news_question, signs
from tests.lib.editing import example_lexicon

TODAY = date(2026, 11, 27)
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)

ASKING = {
    "en": [
        "what did I miss?",
        "What did I miss this week?",
        "hi, what have I missed since Tuesday?",
        "anything I missed?",
        "did I miss anything?",
        "catch me up please",
        "bring me up to date",
        "what's new since Tuesday?",
        "What's new?",
        "news this week",
        "any news since I last wrote?",
        "what has changed since yesterday",
        "what changed in the calendar this week?",
        "what did I miss in the last 3 days?",
        "what did I miss in the last two weeks",
        "what happened while I was away?",
        "what's new since 20 November",
        "any updates since last week?",
        "what did I miss on waste?",
        "what did I miss about mobility since Monday",
        "which deadlines did I miss",
        "what meetings were cancelled since Monday?",
        "what was moved last week?",
        "what's new in the directory since Monday?",
        "what did i miss yesterday",
        "give me a summary of what I missed",
        "what did I miss today?",
        "Since I last wrote, what's new?",
        "what's new for Kigali since Monday",
        "what have I missed in November",
        "news since the 15th of November",
        "catch me up on the last week",
        "so what did I miss lately",
        "new deadlines since Monday?",
        "what's changed",
        "recap of this week",
        "whats new this week",
    ],
    "fr": [
        "qu'est-ce que j'ai raté ?",
        "Qu'est-ce que j'ai raté cette semaine ?",
        "qu'est ce que j'ai loupé depuis mardi",
        "j'ai raté quelque chose ?",
        "quoi de neuf ?",
        "quoi de neuf cette semaine ?",
        "quoi de neuf depuis mardi ?",
        "du nouveau depuis hier ?",
        "quelles sont les nouvelles depuis lundi ?",
        "les nouveautés de la semaine",
        "qu'est-ce qui a changé depuis vendredi ?",
        "mets-moi au courant",
        "que s'est-il passé en mon absence ?",
        "quoi de neuf depuis la dernière fois ?",
        "depuis mon dernier message, quoi de neuf ?",
        "qu'est-ce que j'ai manqué sur les déchets ?",
        "qu'est-ce que j'ai raté ces trois derniers jours ?",
        "quoi de neuf depuis le 20 novembre",
        "quoi de neuf dans l'annuaire depuis lundi ?",
        "qu'est-ce qui a été annulé depuis lundi ?",
        "qu'ai-je manqué hier",
        "j'ai raté quoi",
        "bonjour, qu'est-ce que j'ai raté depuis deux semaines ?",
        "quoi de nouveau dans le calendrier ?",
        "quoi de neuf ce mois-ci côté déchets ?",
    ],
    "pt": [
        "o que perdi?",
        "O que perdi esta semana?",
        "o que é que perdi desde terça?",
        "perdi alguma coisa?",
        "o que há de novo?",
        "o que há de novo desde segunda-feira?",
        "novidades desta semana",
        "novidades desde segunda-feira",
        "alguma novidade desde ontem?",
        "o que mudou desde sexta?",
        "o que se passou na minha ausência?",
        "o que perdi nos últimos 3 dias?",
        "o que perdi sobre resíduos?",
        "novidades desde a última vez",
        "põe-me a par",
        "o que mudou no calendário?",
        "o que foi cancelado desde segunda?",
        "olá, o que perdi?",
        "o que aconteceu enquanto estive fora?",
        "o que perdi desde 20 de novembro",
    ],
    "ar": [
        "ما الذي فاتني؟",
        "ماذا فاتني هذا الأسبوع؟",
        "ما الذي فاتني منذ الثلاثاء؟",
        "هل فاتني شيء؟",
        "ما الجديد؟",
        "ما الجديد منذ يوم الاثنين",
        "ما الجديد هذا الأسبوع؟",
        "ما هي الأخبار منذ أمس؟",
        "ماذا تغير منذ الجمعة؟",
        "ماذا حدث في غيابي؟",
        "ما الجديد منذ آخر مرة كتبت فيها؟",
        "ما الذي فاتني عن النفايات؟",
        "ما الذي فاتني منذ أسبوعين؟",
        "آخر المستجدات",
        "ما الجديد في التقويم؟",
        "شنو فاتني",
        "ما الذي فاتني منذ 20 نوفمبر؟",
    ],
    "es": [
        "¿qué me perdí?",
        "¿qué hay de nuevo desde el martes?",
        "novedades de esta semana",
    ],
    "sw": [
        "nimekosa nini?",
        "kuna jipya?",
        "kuna jipya tangu Jumanne?",
        "nimekosa nini wiki hii?",
    ],
}

GOING_ON = {
    "en": [
        "only the deadlines",
        "just the deadlines",
        "only waste",
        "only the meetings",
        "and since Monday?",
        "only contacts",
        "only what was cancelled",
        "what about waste?",
        "and this week?",
        "just waste please",
        "deadlines only",
        "and on mobility?",
        "only projects",
        "only Kigali",
    ],
    "fr": [
        "seulement les échéances",
        "que les réunions",
        "et depuis lundi ?",
        "juste les déchets",
        "les échéances seulement",
        "uniquement l'annuaire",
        "et sur les déchets ?",
        "et cette semaine ?",
        "rien que les projets",
    ],
    "pt": [
        "só os prazos",
        "apenas as reuniões",
        "e desde segunda?",
        "só resíduos",
        "somente os projetos",
        "e sobre os resíduos?",
    ],
    "ar": [
        "المواعيد النهائية فقط",
        "الاجتماعات فقط",
        "النفايات فقط",
        "المشاريع فقط",
    ],
}


def read(text: str, language: str = "en", previous: NewsQuestion | None = None) -> NewsQuestion | None:
    return read_news_question(text, example_lexicon(), language, TODAY, previous)


def each(texts: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, text) for language, some in texts.items() for text in some]


@pytest.mark.parametrize(("language", "text"), each(ASKING))
def test_it_is_asked_for_in_many_ways(language: str, text: str) -> None:
    found = read(text, language)
    assert found is not None
    assert found.language == language
    # What has none of these words is not even looked at.
    assert not signs().isdisjoint(words(text))


@pytest.mark.parametrize(("language", "text"), each(GOING_ON))
def test_it_is_gone_on_from(language: str, text: str) -> None:
    before = NewsQuestion(language, since=TUESDAY)
    found = read(text, language, before)
    assert found is not None
    assert found.follows
    assert found.narrows or found.since != TUESDAY
    assert read(text, language) is None
    trigger = MissedHandler.trigger
    assert trigger is not None
    assert any(tuple(words(text)[: len(start)]) == start for start in trigger.starts) or (
        not trigger.contains.isdisjoint(words(text))
    )


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("what did I miss?", None, None),
        ("what's new since Tuesday?", TUESDAY, None),
        ("what's new since I last wrote?", None, None),
        ("what did I miss this week?", MONDAY, None),
        ("what did I miss last week?", date(2026, 11, 16), date(2026, 11, 22)),
        ("what did I miss yesterday?", date(2026, 11, 26), date(2026, 11, 26)),
        ("what did I miss today?", TODAY, None),
        ("what did I miss this morning?", TODAY, None),
        ("what did I miss in the last 3 days?", TUESDAY, None),
        ("news since the 15th of November", date(2026, 11, 15), None),
        ("what did I miss from Monday to Tuesday?", MONDAY, TUESDAY),
        ("qu'est-ce que j'ai raté depuis deux semaines ?", date(2026, 11, 13), None),
        ("o que perdi desde ontem?", date(2026, 11, 26), None),
        ("ما الذي فاتني منذ أسبوعين؟", date(2026, 11, 13), None),
    ],
)
def test_since_when(text: str, since: date | None, until: date | None) -> None:
    found = read(text)
    assert found is not None
    assert (found.since, found.until) == (since, until)


@pytest.mark.parametrize(
    ("text", "kinds", "themes", "cities"),
    [
        ("what deadlines did I miss?", {"deadline"}, set(), set()),
        ("what did I miss on waste?", set(), {"waste"}, set()),
        ("what did I miss in Kigali since Monday?", set(), set(), {"kigali"}),
        ("what was cancelled since Monday?", {"cancelled"}, set(), set()),
        ("which meetings were moved last week?", {"event", "moved"}, set(), set()),
        ("what changed in the directory this week?", {"directory"}, set(), set()),
        ("qu'est-ce que j'ai manqué sur les déchets ?", set(), {"waste"}, set()),
    ],
)
def test_of_which_part(text: str, kinds: set[str], themes: set[str], cities: set[str]) -> None:
    found = read(text)
    assert found is not None
    assert (set(found.kinds), set(found.themes), set(found.cities)) == (kinds, themes, cities)


@pytest.mark.parametrize(
    "text",
    [
        "who do I ask about waste in Kigali?",
        "what's new on mobility?",
        "what is new on land in Niamey?",
        "any new projects since Monday?",
        "quoi de neuf dans la bibliothèque depuis hier ?",
        "I missed the bus in Lagos",
        "who misses the meeting?",
        "did I miss the leads' meeting?",
        "when is the next meeting?",
        "is anything cancelled this week?",
        "what's new in the next two weeks?",
        "what's new tomorrow?",
        "is the workshop on bus lanes cancelled?",
        "news of my sister",
        "only the deadlines",
        "more",
        "",
        "missed " * 30,
    ],
)
def test_what_is_another_question(text: str) -> None:
    assert read(text) is None


def test_going_on_changes_the_days_or_the_part_and_keeps_the_rest() -> None:
    before = NewsQuestion("en", since=MONDAY, kinds=frozenset({"deadline"}))
    later = read("and since Tuesday?", previous=before)
    assert later is not None
    assert (later.since, later.kinds) == (TUESDAY, before.kinds)
    other = read("only waste", previous=before)
    assert other is not None
    assert (other.since, other.kinds, other.themes) == (MONDAY, frozenset(), frozenset({"waste"}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_phrase_has_one_of_the_words_that_show_it(language: str) -> None:
    shown = word_tables.folded_in(language, "news/signs")
    for table in ("missed", "news"):
        for phrase in word_tables.own_phrases_in(language, f"news/{table}"):
            assert not shown.isdisjoint(words(phrase)), phrase


def test_a_title_that_is_of_no_language_is_read_too() -> None:
    read_title = text_read([Localized("Zanzibarology of waste")], example_lexicon())
    assert Concept(Sort.THEME, "waste") in read_title.meanings
