"""“answer 12: …” and “yes 4821”, in four languages, and what is neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.context.numbered import AnswerCommand, answer_command, confirmation_number, confirmed_number


@pytest.mark.parametrize(
    "text",
    [
        "answer 12: Ask them",
        "Answer to 12: Ask them",
        "reply #12 Ask them",
        "réponse 12 : Ask them",
        "réponse numéro 12 : Ask them",
        "répondre 12 Ask them",
        "resposta 12: Ask them",
        "Resposta à 12 - Ask them",
        "جواب 12: Ask them",
        "الجواب على 12: Ask them",
        "رد ١٢ : Ask them",
    ],
)
def test_an_answer_names_its_question(text: str) -> None:
    assert answer_command(text) == AnswerCommand(12, "Ask them")


def test_an_answer_keeps_its_lines_and_may_be_empty() -> None:
    assert answer_command("answer 3:\nfirst\n\n12: second") == AnswerCommand(3, "first\n\n12: second")
    assert answer_command("answer 3") == AnswerCommand(3, "")


@pytest.mark.parametrize(
    "text",
    ["answer: ask them", "the answer 12: no", "12: ask", "we answer 12 today", "answer perhaps 12: x", ""],
)
def test_what_is_no_answer(text: str) -> None:
    assert answer_command(text) is None


@pytest.mark.parametrize(
    "text", ["yes 4821", "Yes #4821.", "oui 4821 !", "sim 4821", "نعم ٤٨٢١", "ok: 4821", "✅ 4821"]
)
def test_a_yes_names_what_it_confirms(text: str) -> None:
    assert confirmed_number(text) == 4821


@pytest.mark.parametrize(
    "text", ["yes", "4821", "no 4821", "yes 482", "yes 48210", "yes we said 4821", "yes 4821 and 5"]
)
def test_what_confirms_nothing(text: str) -> None:
    assert confirmed_number(text) is None


@given(st.text(max_size=80))
def test_no_text_whatever_breaks_it(text: str) -> None:
    answer_command(text)
    answer_command(f"answer {text}")
    assert confirmed_number(f"yes {text}") is None or any(letter.isdigit() for letter in text)


@given(st.text(), st.text())
def test_a_number_has_four_digits_and_is_of_its_words(one: str, other: str) -> None:
    assert 1000 <= confirmation_number(one, other) <= 9999
    assert confirmation_number(one, other) == confirmation_number(one, other)
    assert confirmed_number(f"yes {confirmation_number(one, other)}") == confirmation_number(one, other)
