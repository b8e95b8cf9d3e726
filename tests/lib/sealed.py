"""The turns of the sealed rounds said to the features, and what a program can see of whether the reply is right.

People judged each reply once (`verdicts.yaml`); here only the first entry shown, and whether the reply hedges, are
looked at, so that a change can be compared with what was before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bots.context.message import FoundEntries
from bots.feature_set import FeatureSet
from community.core.language_folders import LANGUAGES
from community.core.messages import Message, translator
from community.description.load import load_description
from tests.lib.asking import CATALOGUES, ROOT, Asker, skills_over, visible

SEALED = ROOT / "tests" / "data" / "sealed"
WHEN = datetime(2026, 11, 24, 8, 42, tzinfo=UTC)
_TALK = frozenset({"small-talk", "off-topic"})


class Seen(StrEnum):
    """What can be seen of a reply."""

    RIGHT = "right"
    UNSURE = "unsure"
    """The entry expected is first, beside a sentence that hedges."""
    WRONG = "wrong"
    """Another entry is first, without a sentence that hedges."""
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that is said: what may be the first entry shown (nothing: none may be asserted)."""

    id: str
    language: str
    kind: str
    say: str
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A turn with what was seen of its reply."""

    turn: Turn
    reply: str
    found: tuple[str, ...]
    seen: Seen


Dialogue = tuple[Turn, ...]


def rounds() -> Iterator[tuple[str, Path, tuple[Dialogue, ...]]]:
    """Yield each file of the sealed rounds: its name, the folder of the network it is asked of, the dialogues."""
    for folder in sorted(path for path in SEALED.iterdir() if path.is_dir()):
        for name in (name for name in ("example", "third", "talk") if (folder / f"{name}.yaml").exists()):
            config = folder / "third" if name == "third" else ROOT / "config"
            asked = yaml.safe_load((folder / f"{name}.yaml").read_text())
            yield f"{folder.name}/{name}", config, tuple(map(_dialogue, asked))


def _dialogue(asked: dict[str, Any]) -> Dialogue:
    turns = (asked, *asked.get("then", ()))
    return tuple(
        Turn(
            asked["id"] if number == 0 else f"{asked['id']}+{number}",
            asked["lang"],
            str(asked.get("kind", "question")),
            turn["say"],
            _expected(turn.get("expect", "nothing")),
        )
        for number, turn in enumerate(turns)
    )


def _expected(said: str | list[str]) -> tuple[str, ...]:
    return () if isinstance(said, str) else tuple(said)


def judged(features: FeatureSet, name: str, dialogue: Dialogue) -> Iterator[Judged]:
    """Say the turns of a dialogue of a file one after the other, and yield what is seen of each reply."""
    language = dialogue[0].language
    others = [code for code in ("fr", "en") if code != language]
    asker = Asker("member", (language, *others[:1]), conversation=f"{name}/{dialogue[0].id}")
    for turn in dialogue:
        reply = features.answer(asker.asked(turn.say, now=WHEN))
        text = visible(reply.text)
        yield Judged(turn, text, _keys(reply.found), _seen(turn, text, reply.found))


@cache
def features_of(config: Path) -> FeatureSet:
    """Return the features over the network in a folder."""
    return skills_over(load_description(config))


def _keys(found: FoundEntries | None) -> tuple[str, ...]:
    return () if found is None else tuple(f"{kind}/{key}" for kind, key in found.keys)


def _seen(turn: Turn, text: str, found: FoundEntries | None) -> Seen:
    keys = _keys(found)
    if turn.kind in _TALK:
        return Seen.WRONG if keys else Seen.MISSED if says(text, NOTHING_FOUND) else Seen.RIGHT
    certain = found is not None and found.certain and not says(text, *HEDGES)
    if not keys:
        return Seen.MISSED if turn.expected and "nothing" not in turn.expected else Seen.RIGHT
    if keys[0] in turn.expected:
        return Seen.RIGHT if certain else Seen.UNSURE
    if not turn.expected:
        return Seen.WRONG if certain else Seen.RIGHT
    return Seen.WRONG if certain else Seen.MISSED


NOTHING_FOUND = "I found nothing for that. I know contacts, resources and projects:"
HEDGES = ("I did not understand “{word}”.", "I did not understand “{first}” and “{second}”.")


def says(text: str, *sentences: str) -> bool:
    """Whether a reply has one of these sentences, in any language."""
    return any(begin in text for sentence in sentences for begin in _begins(sentence))


@cache
def _begins(sentence: str) -> tuple[str, ...]:
    said = Message(sentence, {"word": "\0", "first": "\0", "second": "\0"})
    translated = (visible(translator(code, CATALOGUES)(said)) for code in LANGUAGES)
    return tuple(text.partition("\0")[0].rstrip('“« „"') for text in translated)
