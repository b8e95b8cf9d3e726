"""Words, questions, the index and the cards."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.plain_text import clean
from community.core.words import stem, stems, words
from community.description.directory_model import Contact, Directory
from community.description.fields import Localized
from community.directory.entry import DirectoryEntry, kind_of
from community.search.index import Index, index_of
from community.search.language import language_of
from community.search.question import parse
from tests.lib.asking import ask, example_skills, skills_over
from tests.lib.descriptions import example
from tests.lib.editing import example_lexicon

EXAMPLE = example()
LEXICON = example_lexicon()
SKILLS = example_skills()
ENTRIES: list[DirectoryEntry] = [
    *EXAMPLE.directory.contacts,
    *EXAMPLE.directory.resources,
    *EXAMPLE.directory.projects,
]


def test_words_are_without_case_accents_and_elisions() -> None:
    assert words("L'État d’AUJOURD'HUI, Sèmè-Podji œuvre") == (
        "etat",
        "aujourd",
        "hui",
        "seme",
        "podji",
        "oeuvre",
    )


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("dechets", "dechet"),
        ("registries", "registry"),
        ("fiscaux", "fiscal"),
        ("bus", "bus"),
        ("glass", "glass"),
    ],
)
def test_plurals_and_singulars_meet(plural: str, singular: str) -> None:
    assert stem(plural) == stem(singular)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Qui contacter pour les déchets ?", "fr"),
        ("Who is the point of contact?", "en"),
        ("déchets Kigali", "fr"),
        ("waste Kigali", "en"),
        ("aide", "fr"),
        ("help", "en"),
        ("ou trouver un guide sur le tri", "fr"),
    ],
)
def test_the_language_of_a_question(text: str, language: str) -> None:
    assert language_of(text, "en") == language


def test_a_question_is_taken_apart() -> None:
    question = parse("Qui contacter pour les taxes foncières à Kumasi et à Lagos ?", LEXICON, "en")
    assert question.kinds == {"contact"}
    assert question.cities == {"kumasi", "lagos"}
    assert question.themes == {"local-taxes"}
    assert question.language == "fr"


def test_another_first_letter_is_another_word() -> None:
    assert parse("parking", LEXICON, "en").themes == frozenset()
    assert parse("mobilty", LEXICON, "en").themes == {"mobility"}


@given(st.text(max_size=300))
def test_no_text_whatever_breaks_the_reply(text: str) -> None:
    reply = ask(SKILLS, text)
    assert reply.text
    assert reply.html


@given(st.sets(st.integers(0, len(ENTRIES) - 1), max_size=30), st.integers(0, len(ENTRIES) - 1))
def test_adding_and_removing_an_entry_leaves_the_index_as_it_was(chosen: set[int], other: int) -> None:
    question = parse(ENTRIES[other].key.replace("-", " "), LEXICON, "en")
    plain, changed = Index(EXAMPLE.community), Index(EXAMPLE.community)
    for number in sorted(chosen - {other}):
        plain.add(ENTRIES[number])
        changed.add(ENTRIES[number])
    changed.add(ENTRIES[other])
    changed.add(ENTRIES[other])
    changed.remove((kind_of(ENTRIES[other]), ENTRIES[other].key))
    assert vars(changed.entries) == vars(plain.entries)
    assert changed.search(question) == plain.search(question)


def test_every_entry_is_found_by_its_own_name() -> None:
    index = index_of(EXAMPLE.community, EXAMPLE.directory)
    for entry in ENTRIES:
        name = entry.title if hasattr(entry, "title") else entry.name
        found = index.search(parse(name.text("en"), LEXICON, "en")).entries
        assert entry in found[:5], name


HOSTILE = "<b onclick=x>Eve</b> @room \u202edrow\u0007 https://evil"


def test_a_hostile_name_can_neither_ping_nor_break_nor_spoof() -> None:
    eve = Contact(
        key="eve",
        name=Localized(HOSTILE),
        function=Localized({"en": "</p><script>alert(1)</script>"}),
        cities=("kigali",),
        themes=("waste",),
        confirmed=date(2026, 1, 1),
    )
    description = type(EXAMPLE)(EXAMPLE.community, Directory(version=1, contacts=(eve,)), EXAMPLE.calendar)
    reply = ask(skills_over(description), "waste in Kigali")
    assert "<b " not in reply.html
    assert "<script" not in reply.html
    for text in (reply.text, reply.html):
        assert "@room" not in text
        assert "\u202e" not in text
        assert "\u0007" not in text


@given(st.text(max_size=500))
def test_clean_text_is_one_line_without_control_or_direction(text: str) -> None:
    cleaned = clean(text)
    assert "\n" not in cleaned
    assert "@room" not in cleaned
    assert not set(cleaned) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u0000\u0007\u001b")
    assert clean(cleaned) == cleaned


def test_stems_are_stable() -> None:
    assert stems(" ".join(stems("déchets registries travaux"))) == stems("déchets registries travaux")
