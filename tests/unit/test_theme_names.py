"""Whatever a theme is called: who asks for it in a city by its own name gets its contact there, asserted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from community.core.language_folders import CHAT_LANGUAGES
from community.core.words import words
from community.description.directory_model import Contact
from community.description.fields import Localized
from community.description.model import Community, Theme
from community.search import thesaurus, word_tables
from community.search.index import Index
from community.search.lexicon import lexicon_of
from community.search.meanings import Stems, phrase_of
from community.search.network_words import names_with_meanings
from community.search.question import parse
from tests.lib.scoring import TODAY, network

QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Who do I ask about {theme} in {city}?",
        "who is responsible for {theme} in {city}",
        "Good morning all! I am new here. I need the contact for {theme} in {city}, thank you",
        "{theme} {city}",
    ),
    "fr": (
        "À qui demander pour {theme} à {city} ?",
        "qui s'occupe de {theme} à {city}",
        "Bonjour à tous ! Je suis nouvelle ici. Il me faut le contact {theme} à {city}, merci",
        "{theme} {city}",
    ),
    "pt": (
        "A quem pergunto sobre {theme} em {city}?",
        "quem trata de {theme} em {city}",
        "Bom dia a todos! Sou nova aqui. Preciso do contacto de {theme} em {city}, obrigada",
        "{theme} {city}",
    ),
    "ar": (
        "من أسأل عن {theme} في {city}؟",
        "من المسؤول عن {theme} في {city}",
        "صباح الخير جميعا! أنا جديدة هنا. أحتاج إلى المسؤول عن {theme} في {city}، شكرا",
        "{theme} {city}",
    ),
}
PEOPLE = ("Zylla Quorn", "Vexo Trabbin", "Ymir Dauph")
CITIES = ("yaounde", "lyon", "beirut")
LISTS = ("common/everyday", "questions/newest", "questions/speaking", "questions/library", "questions/leads")
GROUPS = ("questions/kinds", "questions/resource_kinds", "questions/stages", "questions/fields")
LETTERS = {"ar": "بتجدرسشفقكلمنوي"}


@cache
def listed(language: str) -> tuple[str, ...]:
    """Return words to which the lists of a language give a meaning, or of which they say that they have none."""
    found = [word for table in LISTS for word in word_tables.phrases_in(language, table)]
    # Not words for people: each of the questions may say one ("the contact for …") beside the theme.
    found += [
        word
        for table in GROUPS
        for key, names in word_tables.groups_in(language, table).items()
        if key != "contact"
        for word in names
    ]
    return tuple(found)


@cache
def municipal(language: str) -> tuple[str, ...]:
    """Return the names that the thesaurus has in a language."""
    return tuple(name for _key, topic in thesaurus.topics() for name in topic.by_language[language])


def nonsense(language: str) -> st.SearchStrategy[str]:
    letters = LETTERS.get(language, "abcdefgijlmnopqrstuvz")
    return st.text(alphabet=letters, min_size=4, max_size=12)


def theme_names(language: str) -> st.SearchStrategy[list[str]]:
    any_name = st.one_of(
        st.sampled_from(municipal(language)), st.sampled_from(listed(language)), nonsense(language)
    )
    return st.lists(any_name, min_size=3, max_size=3, unique_by=phrase_of)


@cache
def taken() -> frozenset[Stems]:
    """Return what the cities, countries and roles are called, and the words that ask."""
    community = network("second").community
    own = {phrase_of(text) for text, concept in names_with_meanings(community) if concept.sort != "theme"}
    return frozenset(own)


def community_of(language: str, names: list[str]) -> Community:
    themes = tuple(
        Theme(key=f"t{number}", name=Localized({language: name}), summary=Localized({language: "…"}))
        for number, name in enumerate(names)
    )
    return network("second").community.model_copy(update={"themes": themes, "members": ()})


def contacts() -> list[Contact]:
    return [
        Contact(
            key=f"{city}-t{number}",
            name=Localized({"und": f"{PEOPLE[number]} {chr(65 + at) * 3}"}),
            function=Localized({"und": "…"}),
            cities=(city,),
            themes=(f"t{number}",),
            confirmed=date(2026, 9, 1),
        )
        for number in range(3)
        for at, city in enumerate(CITIES)
    ]


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_contact_of_a_theme_is_asserted_by_the_themes_own_name(
    language: str, data: st.DataObject
) -> None:
    names = data.draw(theme_names(language))
    phrases = [phrase_of(name) for name in names]
    assume(all(words(name) for name in names) and taken().isdisjoint(phrases))
    community = community_of(language, names)
    index, lexicon = Index(community), lexicon_of(community)
    for contact in contacts():
        index.add(contact)
    number, city = data.draw(st.integers(0, 2)), data.draw(st.sampled_from(CITIES))
    said = next(c for c in community.cities if c.key == city).name.text(language)
    for question in QUESTIONS[language]:
        text = question.format(theme=names[number], city=said)
        answer = index.search(parse(text, lexicon, language, TODAY))
        assert [entry.key for entry in answer.entries[:1]] == [f"{city}-t{number}"], text
        assert answer.certain, text
