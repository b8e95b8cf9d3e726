"""Which sentence of a text asks; what is told before it, and words that nobody knows, say nothing against an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.words import words
from community.search.clauses import clauses_of
from community.search.question import Question, parse
from tests.lib.scoring import TODAY, Asked, Expected, engine


def ask(language: str, say: str) -> Asked:
    return engine("example").ask(Expected("x", say, ()), language, None)


def understood(say: str, language: str = "en") -> Question:
    return parse(say, engine("example").lexicon, language, TODAY)


def test_sentences_and_their_parts_are_found_by_the_words_in_them() -> None:
    text = "Hello, dear all 😊 Who is it? Waste: Kigali."
    said = words(text)
    clauses = clauses_of(text, said)
    assert [(said[part.start : part.end], part.sentence, part.asks) for part in clauses.parts] == [
        (("hello",), 0, False),
        (("dear", "all"), 0, False),
        (("who", "is", "it"), 1, True),
        (("waste",), 2, False),
        (("kigali",), 2, False),
    ]


@given(st.text(alphabet="aé1 .,?!:;'’-–…()\n😊ا، ؟", max_size=60))
def test_every_word_is_in_one_part(text: str) -> None:
    said = words(text)
    clauses = clauses_of(text, said)
    assert [at for part in clauses.parts for at in range(part.start, part.end)] == list(range(len(said)))


def test_a_sentence_that_does_not_ask_names_no_kind_and_no_thing() -> None:
    question = understood("I am writing a long report on trucks for the ministry. Who does waste in Lagos?")
    assert question.themes == {"waste"}
    assert not question.resource_kinds
    assert not question.loose
    assert not question.rest


def test_what_the_question_leaves_open_is_taken_from_the_sentence_before() -> None:
    question = understood("I work on waste. Whom do I ask in Kampala?")
    assert question.themes == {"waste"}
    assert question.cities == {"kampala"}


def test_the_place_of_the_question_wins_over_the_one_of_a_greeting() -> None:
    assert understood("Greetings from Kumasi! Who handles waste in Lagos?").cities == {"lagos"}


def test_a_day_in_a_sentence_that_does_not_ask_is_no_period() -> None:
    question = understood("We had a flood on 3 November 2026. Who handles waste in Lagos?")
    assert question.since is None
    assert understood("Which documents on waste came since 3 November 2026?").since is not None


def test_two_questions_are_both_read() -> None:
    question = understood("Who handles waste in Lagos? And land in Kigali?")
    assert question.themes == {"waste", "land"}
    assert question.cities == {"lagos", "kigali"}


@pytest.mark.parametrize(
    ("language", "say"),
    [
        ("en", "xyzzy who handles waste in Lagos plugh"),
        ("en", "Xyzzy! Who frobs waste in Lagos?"),
        ("fr", "xyzzy qui gère les déchets à Lagos plugh"),
        ("pt", "xyzzy quem trata do lixo em Lagos plugh"),
        ("ar", "xyzzy من المسؤول عن النفايات في لاغوس plugh"),
    ],
)
def test_a_word_that_no_entry_has_leaves_the_answer_certain(language: str, say: str) -> None:
    answer = ask(language, say).answer
    assert answer.certain
    assert answer.entries[0].key == "lagos-waste"


def test_a_word_that_narrows_a_theme_makes_it_likely_where_no_place_is_named() -> None:
    answer = ask("en", "expert on xyzzy waste").answer
    assert (answer.certain, answer.likely, answer.unknown) == (False, True, ("xyzzy",))
    assert [entry.key for entry in answer.entries] == ["network-waste-expert"]


def test_a_place_outside_the_network_is_never_asserted() -> None:
    for say in ("who handles waste in Timbuktu?", "I am from Dakar. Who handles waste here?"):
        assert not ask("en", say).answer.certain


def test_another_entry_of_the_place_that_has_the_word_makes_it_uncertain() -> None:
    assert not ask("en", "Umuganda and land in Kigali, who?").answer.certain
    assert ask("en", "xyzzy and land in Kigali, who?").answer.certain
