"""Looks up the small words around the details of an invitation: connectives, counts, lengths of time. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from community.core.words import words
from community.description.code_names import language_names, languages_known
from community.search.word_tables import expanded_words, folded_phrases, groups, words_in

_LONGEST_NETWORK = 6
"""Words of what is said of the network."""
_BETWEEN = re.compile(r"[,;،؛\n]|\s[-–—]\s")
_DAYS = {"day": 1, "week": 7, "month": 30}

Words = tuple[str, ...]


def parts_of(text: str) -> list[str]:
    """Return the parts of a text between commas, line ends and dashes."""
    return [part for one in _BETWEEN.split(text) if (part := one.strip())]


def without_network(text: str) -> tuple[list[str], bool]:
    """Return the parts of a text without what they say of the network that somebody is invited to, and if they did."""
    parts = parts_of(text) or [""]
    for index in (0, -1):
        said = parts[index].split()
        for length in range(1, min(len(said), _LONGEST_NETWORK) + 1):
            if words(" ".join(said[-length:])) in _network():
                parts[index] = " ".join(said[:-length])
                return [parts[0], *filter(None, parts[1:])], True
    return parts, False


def without_leading(said: Words) -> Words:
    """Return words without the small ones before what they say, and without labels: "role", "as a"."""
    for _ in range(4):
        length = next((n for n in (4, 3, 2, 1) if len(said) > n and said[:n] in _before()), None)
        if length is None:
            break
        said = said[length:]
    return said


def leads_on(said: Words) -> bool:
    """Whether words begin with one that shows a detail behind it."""
    return (
        any(said[:length] in _before() for length in (1, 2, 3, 4))
        or rest_behind(said, greeter_words()) is not None
    )


def rest_behind(said: Words, phrases: frozenset[Words]) -> Words | None:
    """Return the words behind one of some phrases; None where they begin with none."""
    length = next((n for n in (3, 2, 1) if len(said) > n and said[:n] in phrases), None)
    return None if length is None else said[length:]


def uses_in(said: Words) -> int | None:
    """Return how many people some words count."""
    numbers = [number for word in said if (number := _number(word)) is not None]
    others = [word for word in said if _number(word) is None]
    counts = [(word,) for word in others if (word,) not in _before()]
    if (
        len(numbers) != 1
        or not counts
        or not all(count in folded_phrases("inviting/people") for count in counts)
    ):
        return None
    return numbers[0]


def days_in(said: Words) -> int | None:
    """Return how many days some words count: 14 days, two weeks."""
    bare = tuple(word for word in said if (word,) not in _before())
    if len(bare) == 1:
        twice = (days for unit, days in _DAYS.items() if bare[0] in _units("two", unit))
        return next((2 * days for days in twice), None)
    if len(bare) != 2:
        return None
    number, unit = _number(bare[0]), bare[1]
    days = next((days for name, days in _DAYS.items() if unit in _units("units", name)), None)
    return None if number is None or days is None else number * days


def _number(word: str) -> int | None:
    if word.isdecimal():
        return int(word) if len(word) <= 6 else None
    return _numbers().get(word)


@cache
def _numbers() -> Mapping[str, int]:
    named = groups("dates/numbers")
    order = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    found = {w: n for n, name in enumerate(order, 2) for text in named.get(name, ()) for w in words(text)}
    return {"one": 1, **found}


@cache
def _units(table: str, unit: str) -> frozenset[str]:
    return frozenset(word for text in groups(f"dates/{table}").get(unit, ()) for word in words(text))


@cache
def language_codes() -> Mapping[Words, str]:
    """Return the code of each language by its names, in each language of the chat."""
    spoken = {words(text): code for code, texts in groups("speakers/speakers").items() for text in texts}
    return {**spoken, **language_names(languages_known())}


@cache
def somebody() -> frozenset[Words]:
    """Return what stands in place of a name."""
    return folded_phrases("inviting/somebody")


@cache
def _network() -> frozenset[Words]:
    return frozenset().union(*expanded_words("inviting/network").values())


@cache
def greeter_words() -> frozenset[Words]:
    """Return what stands before the name of whoever receives a guest."""
    return folded_phrases("inviting/greeter")


@cache
def _before() -> frozenset[Words]:
    tables = ("before_details", "before_details_perhaps", "labels")
    return frozenset().union(*(folded_phrases(f"inviting/{table}") for table in tables))


@cache
def never_in_a_name(language: str) -> frozenset[str]:
    """Return the words of a language of which none is in the name of somebody who is invited to the network."""
    phrases = (
        p for table in ("before_details", "elsewhere") for p in words_in(language, f"inviting/{table}")
    )
    return frozenset(phrase[0] for phrase in phrases if len(phrase) == 1)
