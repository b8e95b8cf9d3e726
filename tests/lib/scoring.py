"""Questions with their expected answers asked of the engine, and how many it got right.

A file of tests/data/questions is a list: `id`, `say`, `expect` (`kind/key` of each entry that is right as the first
answer; `nothing`: none may be asserted), and where they are needed `certain` (the answer must be asserted, not offered
as the nearest), `slips` (written in haste), `room_theme` (asked in the room of that theme), `more` (an entry that was
not shown before), `then` (what is asked next in the same thread). Asked on `TODAY`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from community.core.language_folders import LANGUAGES
from community.description.load import load_description
from community.description.model import Description
from community.directory.entry import kind_of
from community.search.answer import Answer
from community.search.index import Index, index_of
from community.search.lexicon import Lexicon, lexicon_of
from community.search.question import EntryKey, Question, parse

DATA = Path(__file__).parent.parent / "data"
EXAMPLE = "example"
"""The network of the configuration that comes with the program; the others are in tests/data."""
QUESTIONS = DATA / "questions"
LATER = ("later", "second", "third", "fourth", "second-fourth")
"""Files of further questions of our own, in four languages each."""
TODAY = date(2026, 11, 24)
SHOWN = 5
"""How many entries are shown before somebody asks for more."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that is said, and what is right: no entries means that none may be asserted."""

    id: str
    say: str
    entries: tuple[str, ...]
    certain: bool = False
    slips: bool = False
    more: bool = False
    theme: str | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """What one person says in a thread, in one language, from one file."""

    set: str
    language: str
    said: tuple[Expected, ...]


class Verdict(StrEnum):
    RIGHT = "right"
    MISSED = "missed"
    """What is expected is not first, or is offered as the nearest where it answers all; nothing wrong is asserted."""
    WRONG = "wrong asserted"


@dataclass(frozen=True, slots=True)
class Scored:
    """One answer: ``found`` are `kind/key` of what would be shown, best first."""

    set: str
    language: str
    expected: Expected
    found: tuple[str, ...]
    certain: bool
    verdict: Verdict

    def __str__(self) -> str:
        asked, answered = self.expected, ", ".join(self.found[:3]) or "nothing"
        wanted = ", ".join(asked.entries[:3]) or "nothing"
        sure = "asserted" if self.certain else "offered"
        return f"{asked.id} ({self.verdict}) “{asked.say}”: {sure} {answered}; expected {wanted}"


def threads(name: str) -> Iterator[Thread]:
    """Yield what is asked in the file of that name."""
    for question in yaml.load((QUESTIONS / f"{name}.yaml").read_text(), yaml.CSafeLoader):
        first = _expected(question, question["id"])
        later = (
            _expected(said, f"{question['id']}+{n}") for n, said in enumerate(question.get("then", ()), 1)
        )
        yield Thread(name, _language(name, question), (first, *later))


def by_name() -> Iterator[Thread]:
    """Yield every name and title of the directory, asked in its language: the entry of that name is right."""
    directory = network().directory
    named = [
        *((f"contact/{one.key}", one.name) for one in directory.contacts),
        *((f"resource/{one.key}", one.title) for one in directory.resources),
        *((f"project/{one.key}", one.name) for one in directory.projects),
    ]
    for entry, names in named:
        for language, text in names:
            if language in LANGUAGES:
                yield Thread("names", language, (Expected(f"{entry} ({language})", text, (entry,)),))


def sets(pattern: str) -> tuple[str, ...]:
    """Return the names of the files of questions that match."""
    return tuple(sorted(path.stem for path in QUESTIONS.glob(f"{pattern}.yaml")))


def _expected(said: dict[str, Any], name: str) -> Expected:
    entries = () if said["expect"] == "nothing" else tuple(said["expect"])
    flags = {flag: bool(said.get(flag)) for flag in ("certain", "slips", "more")}
    return Expected(name, said["say"], entries, theme=said.get("room_theme"), **flags)


def _language(name: str, question: dict[str, Any]) -> str:
    """Return the language of a question: its own, its file's, or what its ID begins with."""
    if "language" in question:
        return str(question["language"])
    parts = [*name.replace("_", "-").split("-"), *str(question["id"]).replace("_", "-").split("-")]
    return next(part for part in parts if part in LANGUAGES)


@cache
def network(name: str = "network") -> Description:
    """Return the network that is asked about: tests/data has one for most questions, and another of other themes."""
    return load_description(_folder(name))


def network_of(name: str) -> str:
    """Return which network that file of questions is asked of: the one that its name begins with, if there is one."""
    first = name.split("-", maxsplit=1)[0]
    return first if (_folder(first) / "directory.yaml").is_file() else "network"


def _folder(name: str) -> Path:
    return DATA.parent.parent / "config" if name == EXAMPLE else DATA / name


@dataclass(frozen=True)
class Engine:
    """The engine over a directory, as the skills use it."""

    lexicon: Lexicon
    index: Index

    def ask(self, asked: Expected, language: str, before: Asked | None) -> Asked:
        """Return what the engine understands, and its answer. ``before``: what was asked last in the thread."""
        previous, shown = (before.question, before.shown) if before is not None else (None, ())
        question = parse(asked.say, self.lexicon, language, TODAY, previous, shown)
        if asked.theme and not (question.themes or question.rest) and (question.kinds or question.cities):
            question = replace(question, themes=frozenset({asked.theme}))
        return Asked(question, self.index.search(question))


@dataclass(frozen=True)
class Asked:
    """A question as the engine understood it, and its answer."""

    question: Question
    answer: Answer

    @property
    def shown(self) -> tuple[EntryKey, ...]:
        """The entries that are shown: the first few, or after "more" the next few."""
        first = SHOWN * self.question.page
        return tuple((kind_of(entry), entry.key) for entry in self.answer.entries[first : first + SHOWN])


@cache
def engine(name: str = "network") -> Engine:
    """Return the engine over the network of that name."""
    description = network(name)
    return Engine(lexicon_of(description.community), index_of(description.community, description.directory))


def score(thread: Thread) -> Iterator[Scored]:
    """Ask everything of a thread in turn; yield each answer with its verdict."""
    asked: Asked | None = None
    shown: tuple[str, ...] = ()
    for expected in thread.said:
        asked = engine(network_of(thread.set)).ask(expected, thread.language, asked)
        found = tuple(f"{kind}/{key}" for kind, key in asked.shown)
        certain = asked.answer.certain and bool(found)
        verdict = judge(expected, found, shown, certain=certain)
        yield Scored(thread.set, thread.language, expected, found, certain, verdict)
        shown = found


def judge(expected: Expected, found: Sequence[str], shown: Sequence[str], *, certain: bool) -> Verdict:
    """Return whether the first of ``found`` is right. ``shown``: what was there before "more" was asked."""
    right = [entry for entry in expected.entries if not (expected.more and entry in shown)]
    if found[:1] and found[0] in right:
        return Verdict.MISSED if expected.certain and not certain else Verdict.RIGHT
    if certain:
        return Verdict.WRONG
    return Verdict.MISSED if expected.entries else Verdict.RIGHT


def scores(name: str) -> tuple[Scored, ...]:
    """Ask everything of the file of that name."""
    return tuple(scored for thread in threads(name) for scored in score(thread))


def count(scored: Sequence[Scored], verdict: Verdict) -> int:
    """Return how many answers have that verdict."""
    return sum(one.verdict is verdict for one in scored)


def share_right(scored: Sequence[Scored]) -> float:
    """Return how many of all are right, 0 to 1."""
    return count(scored, Verdict.RIGHT) / len(scored)


def misses(scored: Sequence[Scored]) -> str:
    """Return a line for each answer that is not right."""
    return "\n".join(str(one) for one in scored if one.verdict is not Verdict.RIGHT)
