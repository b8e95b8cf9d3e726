"""Small phrases about dates that are there already: corrections, "at the same time", which one of a list. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from bots.context.phrases import Folded, folded
from community.core.sentence_patterns import any_of, fold_text, leading
from community.search.when.when_words import names_of_days
from community.search.word_tables import groups, phrases

_SIGNS = " ,،;:.!…–-"
_MOST_CORRECTING = 6
"""How many words of a correction may follow each other: “ah non, pardon, finalement …”."""
_MOST_DENIED = 4
"""Words of a day or hour that is denied, and of the one that is meant: “le mercredi 2 décembre”."""
_MOST_DIVISIONS = 4
"""At how many places a text is divided into two wishes."""
_NTH = ("first", "second", "third", "fourth", "fifth")


def without_correction(text: str) -> str | None:
    """Return what a text says behind “sorry, I meant” or before “is better”; None where it corrects nothing."""
    said = text.strip(_SIGNS)
    for _ in range(_MOST_CORRECTING):
        bare = folded(said)
        begun, ended = _correcting().match(bare.text), _correcting_end().search(bare.text)
        if begun is not None:
            said = bare.between(begun.end(), len(bare.text)).strip(_SIGNS)
        elif ended is not None:
            said = bare.between(0, ended.start()).strip(_SIGNS)
        else:
            said, before = _without_denied(bare) or said, said
            if said == before:
                break
    return said if said and said != text.strip(_SIGNS) else None


@cache
def _correcting() -> re.Pattern[str]:
    return re.compile(rf"{any_of(phrases('changing/correcting'))}(?:[{_SIGNS}]+|$)")


@cache
def _correcting_end() -> re.Pattern[str]:
    return re.compile(rf"[{_SIGNS}]+{any_of(phrases('changing/correcting_end'))}$")


def _without_denied(said: Folded) -> str | None:
    """Return what is meant of “Wednesday not Thursday”, “not Thursday but Wednesday”; None where no day is denied."""
    for pattern in _denials():
        match = pattern.fullmatch(said.text)
        if match is not None and all(map(_names_time, (match["meant"], match["denied"]))):
            return said.span(match, "meant").strip(_SIGNS)
    return None


@cache
def _denials() -> tuple[re.Pattern[str], ...]:
    denied, meant = any_of(phrases("changing/not_that")), any_of(phrases("changing/but_this"))
    return (
        re.compile(rf"{denied} (?P<denied>.+?)[{_SIGNS}]+{meant} (?P<meant>.+)"),
        re.compile(rf"(?P<meant>.+?)[{_SIGNS}]+{denied} (?P<denied>[^,،;:]+)"),
    )


def _names_time(text: str) -> bool:
    """Whether a text is a few words, with a figure or the name of a day among them."""
    said = fold_text(text).split()
    named = not set(names_of_days()).isdisjoint(said) or any(char.isdecimal() for char in text)
    return named and len(said) <= _MOST_DENIED


def without_joined(text: str) -> str | None:
    """Return what a text says behind the “and” with which it begins; None where it does not."""
    said = folded(text.strip(_SIGNS))
    begun = _joined_start().match(said.text)
    return None if begun is None else said.between(begun.end(), len(said.text))


@cache
def _joined_start() -> re.Pattern[str]:
    return re.compile(rf"{leading(phrases('changing/joined'))}(?=.)")


@cache
def _correcting_start() -> re.Pattern[str]:
    return re.compile(leading(phrases("changing/correcting")))


def without_same_time(text: str) -> str | None:
    """Return a text without “at the same time”; None where it does not say that."""
    said = folded(text)
    match = _same_time().search(said.text)
    if match is None:
        return None
    rest = f"{said.between(0, match.start())} {said.between(match.end(), len(said.text))}"
    bare = folded(rest.strip(_SIGNS))
    joined = _correcting_start().match(bare.text)
    return bare.original if joined is None else bare.between(joined.end(), len(bare.text)).strip(_SIGNS)


@cache
def _same_time() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){any_of(phrases('changing/same_time'))}(?!\w)")


def days_beside(text: str) -> int | None:
    """Return 1 for a whole text “the day after”, -1 for “the day before”, 7 for “the week after”, else None."""
    said = folded(text.strip(_SIGNS)).text
    days = {"day_after": 1, "day_before": -1, "week_after": 7}
    return next((day for table, day in days.items() if said in _beside(table)), None)


@cache
def _beside(table: str) -> frozenset[str]:
    return frozenset(map(fold_text, phrases(f"changing/{table}")))


def wishes(text: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to divide a text into two wishes: “move it to Friday and make it two hours”."""
    said = folded(text)
    for number, match in enumerate(_joined().finditer(said.text)):
        if number == _MOST_DIVISIONS:
            return
        left, right = said.between(0, match.start()), said.between(match.end(), len(said.text))
        if left.strip(_SIGNS) and right.strip(_SIGNS):
            yield left.strip(_SIGNS), right.strip(_SIGNS)


@cache
def _joined() -> re.Pattern[str]:
    return re.compile(rf"(?:[,،;]? {leading(phrases('changing/joined'))}|[;,،] |\. )")


def joined_names(text: str) -> list[str]:
    """Return the parts of a text that “and” joins; the text alone where there is none."""
    said = folded(text)
    return [part for part in _and().split(said.text) if part.strip()]


@cache
def _and() -> re.Pattern[str]:
    return re.compile(rf"(?:[,،]? {leading(phrases('changing/joined'))}|[,،] )")


def number_chosen(text: str, most: int) -> int | None:
    """Return which of so many a whole answer means: “2”, “the second one”, “la dernière”; None for any other text.

    “Le 2” and “the 2nd” may as well be a day of the month.
    """
    said = folded(text.strip(_SIGNS + "()#°")).text
    if any(char.isdecimal() for char in said) and not said.isdecimal():
        return None
    for _ in range(_MOST_CORRECTING):
        bare = _around().sub("", said).strip(_SIGNS + "()#°")
        if bare == said:
            break
        said = bare
    found = most if said in _nth("last") else _number(said)
    return found if found is not None and 0 < found <= most else None


def _number(said: str) -> int | None:
    if said.isdecimal():
        return int(said) if len(said) == 1 else None
    return next((place for place, name in enumerate(_NTH, 1) if said in _nth(name)), None)


@cache
def _nth(name: str) -> frozenset[str]:
    tables = (groups(f"when/{table}").get(name, ()) for table in ("nth", "nth_behind"))
    return frozenset(fold_text(text) for texts in tables for text in texts if text.isalpha())


@cache
def _around() -> re.Pattern[str]:
    words = any_of(phrases("planning/choosing"))
    return re.compile(rf"^{words}(?:(?<=['’])| )|(?<=\w) {words}$")


def is_online(text: str) -> bool:
    """Whether a whole text says that something takes place without a room: “online”."""
    return folded(text.strip(_SIGNS)).text in _online()


@cache
def _online() -> frozenset[str]:
    return frozenset(map(fold_text, phrases("changing/online_words")))


def bare(text: str) -> Folded:
    """Return a text without the signs around it."""
    return folded(text.strip(_SIGNS))
