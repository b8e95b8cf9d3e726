"""What people say that is no question for the directory, said to the bot over the example, and how it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bots.context.message import Reply
from bots.feature_set import FeatureSet
from tests.lib.asking import Asker, example_skills, visible

DATA = Path(__file__).parent.parent / "data" / "talk"
OTHERS = {
    "fr": ("fr", "en"),
    "en": ("en", "fr"),
    "pt": ("pt", "en"),
    "ar": ("ar", "fr"),
    "es": ("es",),
    "sw": ("sw",),
}
"""What the askers of each language read."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that somebody says, in a language, and the reply."""

    say: str
    language: str
    expected: Any
    reply: Reply

    @property
    def text(self) -> str:
        return visible(self.reply.text)

    @property
    def lines(self) -> list[str]:
        return [line for line in self.text.split("\n") if line]

    @property
    def has_cards(self) -> bool:
        return self.reply.found is not None and bool(self.reply.found.keys)


@cache
def _skills() -> FeatureSet:
    return example_skills()


def _said(number: int, language: str, say: str, expected: Any) -> Said:
    asker = Asker(languages=OTHERS[language], conversation=f"{language} {number}", name=f"asker{number}")
    return Said(say, language, expected, _skills().answer(asker.asked(say)))


def small_talk(name: str) -> Iterator[Said]:
    """Yield what is said of each kind of small talk; expected is the kind."""
    of_kinds = yaml.load((DATA / f"{name}.yaml").read_text(), yaml.CSafeLoader)
    for kind, by_language in of_kinds.items():
        for language, said in by_language.items():
            yield from (_said(number, language, say, kind) for number, say in enumerate(said))


def off_topic(name: str) -> Iterator[Said]:
    """Yield what is not the network's."""
    for language, said in yaml.load((DATA / f"{name}.yaml").read_text(), yaml.CSafeLoader).items():
        yield from (_said(number, language, say, None) for number, say in enumerate(said))


def unknown(name: str) -> Iterator[Said]:
    """Yield questions about what the network does not have; expected is what the reply must have."""
    for language, said in yaml.load((DATA / f"{name}.yaml").read_text(), yaml.CSafeLoader).items():
        for number, one in enumerate(said):
            expected = [one["names"], *([one["also"]] if "also" in one else [])]
            yield _said(number, language, one["say"], expected)


def is_one_line(said: Said) -> bool:
    """Whether a reply is one line without cards."""
    return not said.has_cards and len(said.lines) == 1


def names_the_unknown(said: Said) -> bool:
    """Whether a reply names in its first line what is unknown, and has at most three short lines."""
    first, lines = said.lines[0], said.lines
    short = len(lines) <= 3 and all(len(line) <= 170 for line in lines)
    return short and said.expected[0] in first and all(part in said.text for part in said.expected[1:])
