"""No word of a time is passed over: put into a phrase that is read rightly, it changes the time, or it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from community.core.language_folders import LANGUAGES
from community.description.yaml_text import parse
from community.search.when.left_words import is_numbering
from community.search.when.reader import Unsure, WhenRead, read_when
from community.search.when.when_setting import WhenSetting
from community.search.when.when_tokens import when_tokens
from community.search.when.when_words import WhenWords
from tests.lib.cases import try_each
from tests.lib.fresh_dates import fresh_phrases
from tests.lib.said_phrases import said_phrases_there
from tests.lib.when_phrases import as_text, setting

INSERTED = Path(__file__).parent.parent / "data" / "when_inserted.yaml"
FRESH, SAID = (
    ("first", "second", "third", "fourth", "fifth", "sixth"),
    ("bare_first", "bare_second", "bare_third"),
)
APART = 3
"""Days and months between what is said and what is put in."""


@dataclass(frozen=True)
class Phrase:
    """What somebody says, when and where, in which language."""

    language: str
    where: WhenSetting
    text: str

    def read(self, text: str) -> WhenRead | Unsure | None:
        return read_when(text, self.where, tuple(dict.fromkeys((self.language, *LANGUAGES))))


def phrases() -> Iterator[Phrase]:
    for name in FRESH:
        for line in fresh_phrases(name):
            language, now, zone, text = line.partition(" => ")[0].split(" ", 3)
            yield Phrase(language, setting(datetime.fromisoformat(now), zone), text)
    for name in SAID:
        for phrase in said_phrases_there(name):
            yield Phrase(phrase.language, phrase.where, phrase.text)


NUMBERED = list(enumerate(phrases()))


@cache
def inserted() -> Any:
    return parse(INSERTED.read_bytes(), INSERTED.name).value


def put_in(number: int, phrase: Phrase, read: WhenRead) -> Iterator[str]:
    """Yield the phrase with some of the words in it; each phrase has others, at other places."""
    words, start = inserted()[phrase.language], read.when.start
    named = (
        words["weekdays"][(start.weekday() + APART) % 7],
        words["months"][(start.month + APART) % len(words["months"])],
        *words["anywhere"],
    )
    spots = sorted({0, *(token.end for token in when_tokens(phrase.text))})
    for step in range(3):
        yield with_word(
            phrase.text, named[(number + 5 * step) % len(named)], spots[(number + step) % len(spots)]
        )
    before, behind = words["before"], words["behind"]
    first = before[number % len(before)]
    if not first.isdigit() or not may_be_numbered(phrase, read.used[0][0]):
        yield with_word(phrase.text, first, read.used[0][0])
    last = behind[number % len(behind)]
    if last != str(start.day):  # “Tuesday 9” is that day
        yield with_word(phrase.text, last, read.used[-1][1])


def may_be_numbered(phrase: Phrase, at: int) -> bool:
    """Whether a figure there would be the name of what stands before it: “team 9”."""
    tokens = when_tokens(f"{phrase.text[:at]} 9")
    return is_numbering(WhenWords(phrase.language, tokens), len(tokens) - 1)


def with_word(text: str, word: str, at: int) -> str:
    return f"{text[:at]} {word} {text[at:]}".strip()


def none_is_passed_over(numbered: tuple[int, Phrase]) -> None:
    number, phrase = numbered
    read = phrase.read(phrase.text)
    if not isinstance(read, WhenRead):
        return  # it is asked about as it is
    for text in put_in(number, phrase, read):
        changed = phrase.read(text)
        if isinstance(changed, WhenRead):
            assert changed.when != read.when, (text, as_text(changed.when))


@pytest.mark.parametrize("language", sorted({phrase.language for _number, phrase in NUMBERED}))
def test_no_word_of_a_time_is_passed_over(language: str) -> None:
    try_each((each for each in NUMBERED if each[1].language == language), none_is_passed_over)
