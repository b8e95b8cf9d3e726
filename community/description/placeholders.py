"""Replaces invalid values by harmless placeholders, so that one mistake does not hide others. Pure.

References are checked between models, and a file with an invalid value makes no model. So invalid values are replaced
by placeholders for this check only; faults about the placeholders themselves are not reported.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from pydantic_core import ErrorDetails

from community.description.yaml_text import Path

_STAND_INS: dict[str, Any] = {
    "country": "ML",
    "timezone": "UTC",
    "languages": ["en"],
    "from": "1900-01-01",
    "until": "2199-12-31",
    "confirmed": "2000-01-01",
    "date": "2000-01-01",
    "updated": "2000-01-01",
    "start": "2000-01-01",
    "due": "2000-01-01",
    "lasts": "1h",
    "version": 1,
    "for": "community",
    "policy": "lobby",
    "kind": "guide",
    "stage": "idea",
    "name": "-",
    "title": "-",
    "topic": "-",
    "summary": "-",
    "function": "-",
    "role": "stand-in",
    "cities": ["stand-in"],
    "themes": ["stand-in"],
    "rooms": ["stand-in"],
}
_UNIQUE = ("key", "username")
_TEXTS = ("name", "title", "topic", "summary", "function", "hours", "place", "note", "words")


def with_stand_ins(tree: Any, errors: Iterable[ErrorDetails]) -> tuple[Any, frozenset[Path]]:
    """Return a copy of ``tree`` with placeholders for the values in ``errors``, and the paths that were replaced."""
    mended = copy.deepcopy(tree)
    replaced: set[Path] = set()
    for number, error in enumerate(errors):
        if is_miscounted(error):
            continue
        path = _field(error["loc"], mended)
        if error["type"] == "period":
            path = (*error["loc"], "until")
        parent = _at(mended, path[:-1])
        if not isinstance(parent, dict) or not path:
            continue
        name = str(path[-1])
        if error["type"] == "extra_forbidden" or name not in (*_STAND_INS, *_UNIQUE):
            parent.pop(name, None)
        else:
            parent[name] = f"stand-in-{number}" if name in _UNIQUE else copy.copy(_STAND_INS[name])
        replaced.add(path)
    return mended, frozenset(replaced)


def is_miscounted(error: ErrorDetails) -> bool:
    """Whether a list is reported as too short only because pydantic counts its valid entries alone."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _field(loc: tuple[int | str, ...], tree: Any) -> Path:
    """Return the path of the field that an error is about: texts and lists of keys are replaced as a whole."""
    path: Path = ()
    for part in loc:
        here = _at(tree, path)
        if path and path[-1] in _TEXTS and not isinstance(part, int):
            return path
        if not (isinstance(here, dict) or (isinstance(part, int) and isinstance(_at(here, (part,)), dict))):
            return path
        path = (*path, part)
    return path


def _at(tree: Any, path: Path) -> Any:
    for part in path:
        if isinstance(tree, dict):
            tree = tree.get(part)
        elif isinstance(tree, list) and isinstance(part, int) and part < len(tree):
            tree = tree[part]
        else:
            return None
    return tree
