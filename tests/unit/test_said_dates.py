"""Phrases and commands about dates as different people type them: right, or asked about."""

from __future__ import annotations

import pytest

from community.core.language_folders import LANGUAGES
from community.search.when.reader import Unsure, WhenRead, read_when
from tests.lib.cases import try_each
from tests.lib.said_commands import SaidCommand, outcome, said_commands, said_to_bot
from tests.lib.said_phrases import SaidPhraseThere, said_phrases_there
from tests.lib.when_phrases import as_text

ROUNDS = ("first", "second", "third")


def is_right_or_asked_about(phrase: SaidPhraseThere) -> None:
    found = read_when(phrase.text, phrase.where, tuple(dict.fromkeys((phrase.language, *LANGUAGES))))
    match found:
        case WhenRead(when, _used, title):
            assert as_text(when) in phrase.expected
            assert phrase.title in ("", title)
        case Unsure(doubt):
            assert {"unsure", f"unsure {doubt.name}"} & set(phrase.expected)
        case None:
            raise AssertionError("no time was read")


@pytest.mark.parametrize("name", ROUNDS)
def test_a_phrase_is_read_as_it_was_meant_or_asked_about(name: str) -> None:
    try_each(said_phrases_there(f"bare_{name}"), is_right_or_asked_about)


def does_what_was_meant_or_asks(said: SaidCommand) -> None:
    turn, _stage = said_to_bot(said.language, said.text)
    assert outcome(said, turn) in (("ask", "none") if said.is_left else ("right",))


@pytest.mark.parametrize("name", [*ROUNDS, "fourth"])
def test_a_command_does_what_was_meant_or_it_is_asked(name: str) -> None:
    try_each(said_commands(f"commands_{name}"), does_what_was_meant_or_asks)
