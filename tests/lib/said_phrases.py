"""Phrases that say when something is, each with who says it and what may be made of it (tests/data/said)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from community.search.when.when_setting import WhenSetting
from tests.lib.said_commands import FOLDER
from tests.lib.when_phrases import setting


@dataclass(frozen=True)
class SaidPhraseThere:
    """A phrase, its language, when and in whose zone it is said; all that is right, and the title that remains."""

    language: str
    where: WhenSetting
    text: str
    expected: tuple[str, ...]
    title: str


def said_phrases_there(name: str) -> Iterator[SaidPhraseThere]:
    """Yield the phrases of a file."""
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            said, _arrow, right = line.partition(" => ")
            language, now, zone, text = said.split(" ", 3)
            expected, _bar, title = right.partition(" | ")
            where = setting(datetime.fromisoformat(now), zone)
            yield SaidPhraseThere(language, where, text, tuple(expected.split(" or ")), title.strip())
