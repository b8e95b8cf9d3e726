"""The work for one message grows with its length and no faster, and is bounded, whatever the message is.

Lines of Python and steps of regular expressions are counted, never seconds (`tests.lib.operations`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bots.context import phrases
from bots.context.incoming import LONGEST_QUESTION, IncomingMessage
from bots.context.phrases import LONGEST, folded
from bots.context.short_answer import short_answer
from bots.context.short_words import short_word
from bots.features.edit import command_parser, date_commands, text_reader
from bots.features.edit.command_parser import MOST_READINGS, command, field_and_value
from bots.features.edit.commands import Change
from bots.features.identity import handlers as identity
from bots.features.identity.handlers import _request_in
from bots.features.inviting import detail_words, details
from bots.features.inviting import words as inviting_words
from bots.features.inviting.details import DetailReader
from bots.features.removal import words as removal
from bots.features.removal.words import readings
from community.core import words as core
from community.core.words import fold, words
from community.directory import naming
from community.directory.entry import EntryKind
from community.directory.naming import NamedEntry
from community.search import question
from community.search.dates import period_in
from community.search.question import parse
from tests.lib.descriptions import example as example_network
from tests.lib.editing import Stage, example_lexicon
from tests.lib.operations import Count, counted

TODAY = date(2026, 11, 23)
MODULES = (
    command_parser,
    date_commands,
    text_reader,
    removal,
    core,
    question,
    naming,
    phrases,
    identity,
    details,
    detail_words,
    inviting_words,
)


@cache
def stage() -> Stage:
    """Give one for all tests; every process of the tests imports this module, and one of them needs it."""
    return Stage()


def described(kind: EntryKind, text: str) -> object:
    return stage().skill._knowledge.text_reader.described(kind, text)


def _inviting(text: str) -> object:
    reader = DetailReader(example_network().community, example_lexicon())
    found = inviting_words.reading(f"invite {text}", ("en",))
    return found and reader.invitation(found.rest, found.perhaps_in, is_clear=True), reader.answer(text)


PARSERS: dict[str, Callable[[str], object]] = {
    "commands": lambda text: command(text, "fr"),
    "guided editing, a correction": lambda text: field_and_value(text, "en"),
    "guided editing, a contact": lambda text: described("contact", text),
    "guided editing, a resource": lambda text: described("resource", text),
    "guided editing, a project": lambda text: described("project", text),
    "removal": lambda text: readings(text, "en"),
    "identity": _request_in,
    "inviting": _inviting,
    "questions": lambda text: parse(text, example_lexicon(), "en", TODAY),
    "dates": lambda text: period_in(words(text), TODAY),
    "short words": lambda text: (short_word(text), short_answer(text)),
    "folding": lambda text: (folded(text), words(text)),
}
STARTS = (
    "|change phone of |remove |confirm |undo |a is now |project |the phone of |history of |save this |add contact |"
    "change |a |my phone is now |please |مشروعي |غير رقم |projet |passe le projet |احذف |accept identity of |since "
).split("|")
UNITS = (
    "to |before |a to |. |? |is now |is now in |is now the deputy of |still right |is |from |from the |of |'s |"
    "a's phone |the |in the |please |in a |\"|a@|+1|https://|undo |project |est maintenant |في |الان |e agora |en |-|"
    "n |1 |no. |#|as a |phone |since |until |kigaly |who |\ufdfa|\ufb03|\u0301|\u202e| "
).split("|")
TEXTS = st.tuples(
    st.sampled_from(STARTS), st.lists(st.sampled_from(UNITS), min_size=1, max_size=3).map("".join)
)
SHORTER, LONGER = 150, 300
"""Lengths of texts that are compared: both shorter than any limit of ours."""


def work(parser: Callable[[str], object], text: str) -> Count:
    patch = pytest.MonkeyPatch()
    parser(text)  # what is made once, or remembered, is not counted
    with counted(patch, MODULES) as count:
        parser(text)
    return count


def repeated(start: str, unit: str, length: int) -> str:
    """Return a text of about that length, with an end that makes a pattern fail late."""
    return f"{(start + unit * length)[:length]}x"


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
@example(("change phone of ", "to "))
@example(("undo ", "before "))
@example(("remove ", ". "))
@example(("مشروعي ", "في "))
@example(("passe le projet ", "en "))
@example(("add contact ", "a@"))
@example(("remove a ", "from b "))
@example(("", ". 1 "))
def test_twice_the_text_is_twice_the_work(name: str, said: tuple[str, str]) -> None:
    short, long = (work(PARSERS[name], repeated(*said, length)) for length in (SHORTER, LONGER))
    # Not two times, because a text may be cut into more parts, each looked at once; four would be the square of it.
    assert long.lines <= 3 * short.lines + 500
    assert long.steps <= 2.5 * short.steps + 1500


MOST_LINES = 250_000
"""Lines of Python for one message to the editor, all of it: less than a tenth of a second."""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
@example(("change phone of ", "to "))
@example(("change phone of ", "a to "))
@example(("history of ", "1 "))
@example(("add contact ", "in a "))
@example(("confirm ", "\ufdfa"))
@example(("", "e agora "))
@example(("", "and "))
@example(("move it to ", "16h and "))
def test_no_message_costs_more_than_so_many_lines(said: tuple[str, str]) -> None:
    start, unit = said
    text = (start + unit * LONGEST_QUESTION)[:LONGEST_QUESTION]
    quoted = IncomingMessage("!room", "$1", "@a:h", body="\n".join([text] * 30))
    # The words of the languages are read once, whatever is said first.
    stage().say("oumar.keita", start + unit, quoted=quoted)

    def say(text: str) -> None:
        stage().drafts.clear()
        stage().say("oumar.keita", text, quoted=quoted)

    assert work(say, text).lines < MOST_LINES


@pytest.mark.parametrize("letter", ["\ufdfa", "\ufb03", "\u1e9b\u0323", "\U0001d15f", "a\u0301"])
def test_a_letter_that_grows_when_folded_makes_no_long_text(letter: str) -> None:
    text = letter * 2000
    assert len(folded(text).text) <= LONGEST
    assert len(folded(text).starts) == len(folded(text).text)
    assert len(fold(text)) <= LONGEST


def test_few_places_are_tried_where_a_name_may_end() -> None:
    found = command("change phone of " + "to " * 600, "en")
    assert found is not None
    assert isinstance(found.command, Change)
    assert len(found.command.readings) == MOST_READINGS
    assert len(readings("remove a " + "from b " * 250, "en")) == removal.MOST_READINGS


def test_a_name_with_the_dividing_word_in_it_is_still_found() -> None:
    found = command("change the link of How to get to the market to https://example.org", "en")
    assert found is not None
    assert isinstance(found.command, Change)
    assert ("How to get to the market", "https://example.org") in found.command.readings


def test_a_very_long_name_is_compared_with_no_other() -> None:
    known = stage().known
    assert known.named("Awa Diallo Dialo", ("contact",)).near
    assert known.named("Awa Diallo Dialo " * 100, ("contact",)) == NamedEntry(None)
