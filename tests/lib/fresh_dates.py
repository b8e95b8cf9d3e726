"""Sentences about dates as people type them, what is right for each, and how what is made of them is counted.

Two files a round: ``NAME.txt``, phrases for the reader of times alone (in the form of `tests/lib/when_phrases.py`), and
``NAME.yaml``, whole commands that are said to the editing skill.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from re import sub
from typing import Any, Literal

from bots.features.edit import EditDraft, Turn
from community.description.yaml_text import parse
from community.directory.changes import as_values
from tests.lib.editing import Stage
from tests.lib.when_phrases import read_as, setting

FOLDER = Path(__file__).parent.parent / "data" / "when_fresh"
WHO = "mariam.coulibaly"
Outcome = Literal["right", "asked", "wrong", "not understood"]
"""``asked``: where a reading was expected. ``wrong``: another reading is shown, or one where it must be asked."""


@dataclass(frozen=True)
class Judged:
    """What was said, what came of it, and how that counts."""

    said: str
    outcome: Outcome
    got: str
    expected: str


def judged_phrases(name: str) -> Iterator[Judged]:
    """Yield how each phrase of a round is read."""
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            said, _arrow, right = line.partition(" => ")
            _language, now, zone, text = said.split(" ", 3)
            expected = right.partition(" | ")[0].strip()
            got = read_as(text, setting(datetime.fromisoformat(now), zone))
            yield Judged(said, _phrase_outcome(got, expected), got, expected)


def _phrase_outcome(got: str, expected: str) -> Outcome:
    reading, may_ask, _rest = expected.partition(" or ask")
    if got == "none":
        return "not understood"
    if got.startswith("unsure"):
        return "right" if may_ask or reading.startswith("unsure") else "asked"
    return "right" if got == reading else "wrong"


def judged_commands(name: str) -> Iterator[Judged]:
    """Yield what is made of each command of a round."""
    path = FOLDER / f"{name}.yaml"
    parsed = parse(path.read_bytes(), path.name)
    assert not parsed.problems
    for line in parsed.value["said"]:
        before = parsed.value["before"].get(line.get("given"), ())
        yield _judged(line, before)


def _judged(line: Mapping[str, Any], before: list[str]) -> Judged:
    stage = Stage()
    languages = (line["in"], "en")
    for text in before:
        stage.say(WHO, text, languages=languages)
    turn = stage.say(WHO, line["say"], languages=languages)
    said = " / ".join((*before, line["say"]))
    expected = str({name: value for name, value in line.items() if name not in ("in", "say", "given")})
    return Judged(said, _outcome(line, turn), _shown(turn), expected)


def _outcome(line: Mapping[str, Any], turn: Turn | None) -> Outcome:
    if turn is None:
        return "not understood"
    draft = turn.draft
    if draft is None or not _is_settled(draft):
        return "right" if line.get("ask") or line.get("may_ask") else "asked"
    return "right" if not line.get("ask") and _is_as_said(draft, line) else "wrong"


def _is_settled(draft: EditDraft) -> bool:
    """Whether nothing is asked of when it is: for whom it is, or what it is called, may be."""
    return draft.asking in (None, "whom", "title", "hand_in") and not draft.offered


def _is_as_said(draft: EditDraft, line: Mapping[str, Any]) -> bool:
    values = {**({} if draft.before is None else as_values(draft.before)), **draft.fields}
    texts = {name: str(values.get(name, "")).lower() for name in ("title", "place")}
    key = line.get("key")
    return (
        (draft.before is None if key is None else draft.key == key)
        and all(_alike(values.get(name)) == _alike(right) for name, right in line["is"].items())
        and all(line.get(name, "").lower() in texts[name] for name in texts)
    )


def _alike(value: object) -> str:
    """Return a value as it is compared: times to the minute, in no order."""
    text = sub(r"(T\d\d:\d\d):00", r"\1", str(value))
    return str(sorted(value, key=str)) if isinstance(value, list) and "T" not in text else text


def _shown(turn: Turn | None) -> str:
    if turn is None:
        return "nothing"
    fields = (
        ""
        if turn.draft is None
        else f"{turn.draft.key} asking={turn.draft.asking} {dict(turn.draft.fields)} "
    )
    return fields + " / ".join(turn.reply.text.splitlines()[:6])
