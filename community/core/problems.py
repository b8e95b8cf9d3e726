"""A problem as text for people and as data for programs."""

from __future__ import annotations

from collections.abc import Iterable

from community.core.errors import Problem
from community.core.messages import Message, Translator, msg

_LIKELY = 70.0
"""rapidfuzz similarity (0 to 100) from which a name is worth suggesting."""


def problem_line(problem: Problem, translate: Translator) -> str:
    """Return ``file:line:column: path: what is wrong``."""
    parts = [str(problem.place), *([problem.path] if problem.path else []), translate(problem.what)]
    return ": ".join(parts)


def problem_dict(problem: Problem, translate: Translator) -> dict[str, object]:
    """Return the problem as plain values, for ``--json``."""
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "path": problem.path,
        "message": translate(problem.what),
    }


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` is most like, None where nothing is near."""
    # Imported here because every command stands on this module, and few have something to suggest.
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    found = process.extractOne(name, sorted(known), scorer=fuzz.ratio, score_cutoff=_LIKELY)
    return None if found is None else found[0]


def unknown(kind: Message, name: str, known: Iterable[str]) -> Message:
    """Say that ``name`` is no known ``kind``, with a suggestion where there is one."""
    likely = nearest(name, known)
    if likely is None:
        return msg("there is no {kind} “{name}”", kind=kind, name=name)
    return msg("there is no {kind} “{name}”: did you mean “{likely}”?", kind=kind, name=name, likely=likely)
