"""A problem as text for people and as data for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from community.core.errors import Problem
from community.core.messages import Message, Translator, msg
from community.core.words import fold

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


def meant(text: str, names: Mapping[str, Iterable[str]]) -> str | None:
    """Return the key that ``text`` is nearest to, itself or one of its names; ``names`` are by key.

    Else the one in whose names ``text`` is a word, if it is in those of no other key.
    """
    keys = {fold(name): key for key in sorted(names) for name in names[key]}
    keys |= {fold(key): key for key in sorted(names)}
    wanted = fold(text)
    likely = wanted if wanted in keys else nearest(wanted, keys)
    if likely is not None:
        return keys[likely]
    having = {key for called, key in keys.items() if wanted in called.replace("-", " ").split()}
    return having.pop() if len(having) == 1 else None


def unknown(kind: Message, name: str, known: Mapping[str, Iterable[str]]) -> Message:
    """Say that ``name`` is no known ``kind``, with a suggestion where there is one; ``known``: names by key."""
    return missing(kind, name, meant(name, known))


def missing(kind: Message, name: str, likely: str | None) -> Message:
    """Say that there is no ``kind`` of that name, and which one may be meant."""
    if likely is None:
        return msg("there is no {kind} “{name}”", kind=kind, name=name)
    return msg("there is no {kind} “{name}”: did you mean “{likely}”?", kind=kind, name=name, likely=likely)


def unknown_name(name: str, known: Iterable[str]) -> Message:
    """Say that a name is none of ``known``, with the likeliest of them."""
    likely = nearest(name, known)
    if likely is None:
        return msg("“{name}” is not known here", name=name)
    return msg("“{name}” is not known here: did you mean “{likely}”?", name=name, likely=likely)
