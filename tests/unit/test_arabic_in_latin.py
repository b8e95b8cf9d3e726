"""Arabic written in Latin letters is read by a table of letters; other languages' words are not taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.language_folders import CHAT_LANGUAGES
from community.core.words import words
from community.search.arabic_in_latin import LatinArabic, has_figures_for_letters
from community.search.language import language_of
from community.search.question import parse
from tests.lib.scoring import TODAY, engine, threads

KNOWN = [
    word
    for text in ("نفايات نقل مسؤول عقار سوق ضرائب مواصلات النظافة تقرير مشاريع رقم",)
    for word in words(text)
]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("nifayat", "نفايات"),
        ("nfayat", "نفايات"),
        ("annifayat", "نفايات"),
        ("naql", "نقل"),
        ("n9al", "نقل"),
        ("mas2oul", "مسؤول"),
        ("lmas2oul", "مسؤول"),
        ("elmas2oul", "مسؤول"),
        ("3a9ar", "عقار"),
        ("sou9", "سوق"),
        ("souk", "سوق"),
        ("dara2ib", "ضرائب"),
        ("daraib", "ضرائب"),
        ("mowasalat", "مواصلات"),
        ("nadhafa", "النظافة"),
        ("nazafa", "النظافة"),
        ("taqrir", "تقرير"),
        ("machari3", "مشاريع"),
        ("mashari3", "مشاريع"),
        ("ra9m", "رقم"),
        ("Youssef", None),
        ("Claudine", None),
        ("library", None),
        ("matatu", None),
        ("trotoar", None),
    ],
)
def test_a_word_is_read_by_its_sounds(said: str, meant: str | None) -> None:
    expected = None if meant is None else words(meant)[0]
    assert LatinArabic(KNOWN).meant(words(said)[0]) == expected


@pytest.mark.parametrize(
    ("word", "has"), [("mas2oul", True), ("3la", True), ("3", False), ("2026", False), ("bus", False)]
)
def test_figures_stand_for_letters_only_inside_of_words(word: str, has: bool) -> None:
    assert has_figures_for_letters(word) is has


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789éñ", max_size=40))
def test_any_word_is_read_or_refused(word: str) -> None:
    assert LatinArabic(KNOWN).meant(word) in {None, *KNOWN}


@pytest.mark.parametrize("language", [code for code in CHAT_LANGUAGES if code != "ar"])
def test_questions_of_other_languages_are_not_taken_for_arabic(language: str) -> None:
    asked = [said.say for thread in threads(language) for said in thread.said]
    assert asked
    assert [text for text in asked if language_of(text, language) == "ar"] == []


@pytest.mark.parametrize(
    ("text", "theme", "city"),
    [
        ("chkoun l mas2oul 3la nifayat f tunis", "waste", "tunis"),
        ("zbel f casa", "waste", "casablanca"),
        ("الزبل فالدار البيضاء", "waste", "casablanca"),
        ("والنقل وبالدار البيضاء", "mobility", "casablanca"),
        ("النقل فتونس", "mobility", "tunis"),
        ("الضرائب للاغوس", "local-taxes", "lagos"),
    ],
)
def test_prefixes_and_letters_hide_no_theme_and_no_city(text: str, theme: str, city: str) -> None:
    question = parse(text, engine().lexicon, "ar", TODAY)
    assert (*question.themes, *question.cities, question.language) == (theme, city, "ar")
