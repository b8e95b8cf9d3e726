"""Phrases that say when something is, with what is right for each, and readings written in the same form.

A file has a line ``phrase => expected`` for each. What is expected: ``none``, ``unsure DOUBT``, or the start (local
time or day), then what is not as usual: a zone, ``lasts=``, ``repeat=``, ``except=``, ``also=``, ``due``. Lines with #
are remarks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from community.core.zones import ZoneInfo
from community.description.when import When
from community.search.when.reader import Unsure, WhenRead, read_when
from community.search.when.when_setting import WhenSetting
from community.search.when.zone_reader import WhenPlaces
from tests.lib.descriptions import example

FOLDER = Path(__file__).parent.parent / "data" / "when"
SEALED = FOLDER.parent / "when_sealed"
ZONE = "Africa/Accra"
"""Of whoever says the phrases."""
NOW = datetime(2026, 12, 2, 9, 40, tzinfo=ZoneInfo(ZONE))
"""A Wednesday."""


@dataclass(frozen=True)
class SaidPhrase:
    """A phrase, what is right for it, and where it stands."""

    text: str
    expected: str
    line: int


@cache
def example_places() -> WhenPlaces:
    return WhenPlaces.of(example().community)


def setting(now: datetime = NOW, zone: str = ZONE) -> WhenSetting:
    return WhenSetting(now, zone, example_places())


def said_phrases(name: str) -> Iterator[SaidPhrase]:
    """Yield the phrases of a file."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            text, _arrow, expected = line.partition(" => ")
            yield SaidPhrase(text, expected.strip(), number)


@dataclass(frozen=True)
class SealedPhrase:
    """A phrase of a sealed evaluation: in which language, when and in whose zone it is said, and what is right for it.

    ``title`` is None where what remains of it is not compared.
    """

    language: str
    where: WhenSetting
    text: str
    expected: str
    title: str | None


def sealed_phrases() -> Iterator[SealedPhrase]:
    """Yield the phrases of the sealed evaluations that have been."""
    for path in sorted(SEALED.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                said, _arrow, right = line.partition(" => ")
                language, now, zone, text = said.split(" ", 3)
                expected, bar, title = right.partition(" | ")
                where = setting(datetime.fromisoformat(now), zone)
                yield SealedPhrase(language, where, text, expected, title if bar else None)


def read_as(text: str, where: WhenSetting | None = None) -> str:
    """Return what is read, in the form of what is expected."""
    found = read_when(text, where or setting())
    match found:
        case None:
            return "none"
        case Unsure(doubt):
            return f"unsure {doubt.name}"
        case WhenRead(when):
            return as_text(when)


def as_text(when: When) -> str:
    """Return a time in the form of what is expected."""
    parts = [
        _moment(when.start) + ("/2" if when.is_second else ""),
        *([when.zone] if when.zone != ZONE else []),
        *([f"lasts={_length(when.lasts)}"] if when.lasts else []),
        *([f"repeat={when.repeat}"] if when.repeat else []),
        *([f"except={','.join(map(_moment, when.without))}"] if when.without else []),
        *([f"also={','.join(map(_moment, when.also))}"] if when.also else []),
        *(["due"] if when.is_due else []),
    ]
    return " ".join(parts)


def _moment(start: date) -> str:
    if not isinstance(start, datetime):
        return start.isoformat()
    return f"{start:%Y-%m-%dT%H:%M}"


def _length(lasts: timedelta) -> str:
    return (
        f"{lasts.days}d"
        if lasts % timedelta(days=1) == timedelta(0)
        else f"{int(lasts.total_seconds() // 60)}min"
    )
