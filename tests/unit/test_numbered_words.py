"""“answer 12: …” and “yes 5”, in four languages, and what is neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.context.numbered import AnswerCommand, answer_command, confirmed_number


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


UNSEEN = ["\u200b", "\u200e", "\u2060", "\ufeff", "\u2800", "\u00a0"]


@pytest.mark.parametrize("char", UNSEEN, ids=lambda char: f"{ord(char):04X}")
def test_what_nobody_sees_does_not_matter_wherever_it_stands(char: str) -> None:
    for text in (f"{char}yes 1", f"yes 1{char}", f"yes{char} 1", f"yes {char}1", f"“yes 1{char}”"):
        assert confirmed_number(text) == 1, text
    for text in (
        f"{char}answer 12: Ask",
        f"answer{char} 12: Ask",
        f"answer 12{char}: Ask",
        f"answer 12:{char}Ask",
    ):
        assert answer_command(text) == AnswerCommand(12, "Ask"), text
    assert answer_command(f"answer 12: Ask{char}them") == AnswerCommand(12, f"Ask{char}them")


def test_an_answer_keeps_its_lines_and_may_be_empty() -> None:
    assert answer_command("answer 3:\nfirst\n\n12: second") == AnswerCommand(3, "first\n\n12: second")
    assert answer_command("answer 3") == AnswerCommand(3, "")


@pytest.mark.parametrize(
    "text",
    ["answer: ask them", "the answer 12: no", "12: ask", "we answer 12 today", "answer perhaps 12: x", ""],
)
def test_what_is_no_answer(text: str) -> None:
    assert answer_command(text) is None


QUOTED = [
    "« oui 5 »",
    "«\N{NO-BREAK SPACE}oui 5\N{NO-BREAK SPACE}»",
    "“yes 5”",
    '"yes 5"',
    "«نعم ٥»",
    "“sim 5”",
]
"""As the bot writes the words, copied with the quotation marks."""
SIGNED = ["oui n° 5", "sim n.º 5", "sim nº 5", "نعم رقم ٥", "نَعَم 5"]


@pytest.mark.parametrize(
    "text", ["yes 5", "Yes #5.", "oui 5 !", "sim 5", "نعم ٥", "نعم 5", "ok: 5", "✅ 5", *QUOTED, *SIGNED]
)
def test_a_yes_names_what_it_confirms(text: str) -> None:
    assert confirmed_number(text) == 5


@pytest.mark.parametrize(("text", "number"), [("oui 12", 12), ("نعم ١٢", 12), ("sim 4821", 4821)])
def test_a_number_is_as_long_as_it_is(text: str, number: int) -> None:
    assert confirmed_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "5",
        "no 5",
        "yes 5000000000",
        "yes we said 5",
        "yes 4 and 5",
        "yes5",
        "yes no 5",
        "sim não 5",
        "نعم لا 5",
    ],
)
def test_what_confirms_nothing(text: str) -> None:
    assert confirmed_number(text) is None


@given(st.text(max_size=80))
def test_no_text_whatever_breaks_it(text: str) -> None:
    answer_command(text)
    answer_command(f"answer {text}")
    assert confirmed_number(f"yes {text}") is None or any(letter.isdigit() for letter in text)
