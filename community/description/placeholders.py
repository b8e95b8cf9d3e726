"""Replaces invalid values by harmless placeholders, so that one mistake does not hide others. Pure.

References are checked between models, and a file with an invalid value makes no model. So invalid values are replaced
by placeholders for this check only; faults about the placeholders themselves are not reported.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from community.description.described import Described
from community.description.yaml_text import Path

Model = TypeVar("Model", bound=Described)

_STAND_INS: dict[str, Any] = {
    "version": 1,
    "key": "stand-in",
    "name": "-",
    "languages": ["en"],
    "timezone": "UTC",
}
"""What a file as a whole must have, besides its lists."""
_ENTRIES: dict[str, dict[str, Any]] = {
    "cities": {"name": "-", "country": "ML", "timezone": "UTC", "languages": ["en"]},
    "cohorts": {"name": "-", "cities": ["stand-in"], "from": "1900-01-01", "until": "2199-12-31"},
    "themes": {"name": "-", "summary": "-"},
    "roles": {"name": "-"},
    "rooms": {"for": "community", "policy": "lobby", "name": "-", "topic": "-"},
    "members": {"name": "-", "role": "stand-in", "languages": ["en"]},
    "contacts": {"name": "-", "function": "-", "confirmed": "2000-01-01"},
    "resources": {
        "kind": "guide",
        "title": "-",
        "summary": "-",
        "themes": ["stand-in"],
        "languages": ["en"],
        "date": "2000-01-01",
    },
    "projects": {
        "name": "-",
        "summary": "-",
        "cities": ["stand-in"],
        "themes": ["stand-in"],
        "stage": "idea",
        "updated": "2000-01-01",
    },
    "events": {"title": "-", "start": "2000-01-01", "lasts": "1h", "rooms": ["stand-in"]},
    "deadlines": {"title": "-", "due": "2000-01-01", "rooms": ["stand-in"]},
}
"""A whole entry of each list."""
_TEXTS = ("name", "title", "topic", "summary", "function", "hours", "place", "note", "words")


_MOST_MENDINGS = 6
"""How often placeholders are put in: where one does not do, the next is for all that is around it."""


def mended_model(
    tree: Any, error: ValidationError, model: type[Model]
) -> tuple[Model | None, frozenset[Path]]:
    """Return the model of a tree with placeholders for invalid values, None if it is still not valid.

    ``error`` says what is not valid. The paths are those that were replaced.
    """
    replaced: frozenset[Path] = frozenset()
    for _ in range(_MOST_MENDINGS):
        tree, replaced = with_stand_ins(tree, error.errors(include_url=False), replaced)
        try:
            return model.model_validate_json(json.dumps(tree), strict=True), replaced
        except ValidationError as again:
            error = again
    return None, frozenset()


def is_within(path: Path, replaced: Iterable[Path]) -> bool:
    """Whether a path is, or is within, one that was replaced."""
    return any(path[: len(one)] == one for one in replaced)


def with_stand_ins(
    tree: Any, errors: Iterable[ErrorDetails], before: frozenset[Path]
) -> tuple[Any, frozenset[Path]]:
    """Return a copy of ``tree`` with placeholders for the values in ``errors``, and the paths that were replaced.

    ``before``: those that were replaced before, and did not do: what is around them is replaced.
    """
    mended = copy.deepcopy(tree)
    replaced: set[Path] = set()
    for number, error in enumerate(errors, len(before)):
        if is_miscounted(error):
            continue
        path = _field(error["loc"], mended)
        if error["type"] == "period":
            path = (*error["loc"], "until")
        while path in before:
            path = path[:-1]
        if path and _replace(mended, path, number, is_extra=error["type"] == "extra_forbidden"):
            replaced.add(path)
    return mended, before | replaced


def _replace(mended: Any, path: Path, number: int, *, is_extra: bool) -> bool:
    """Put a placeholder at a path, or take away what needs none; return whether that could be done."""
    parent, name = _at(mended, path[:-1]), path[-1]
    if isinstance(parent, dict):
        value = None if is_extra else _stand_in(path, number)
        if value is None:
            parent.pop(name, None)
        else:
            parent[name] = value
        return True
    if isinstance(parent, list) and isinstance(name, int) and path[0] in _ENTRIES and len(path) == 2:
        parent[name] = _entry(str(path[0]), number)
        return True
    return False


def _stand_in(path: Path, number: int) -> Any:
    """Return a value that is valid at a path, None where there need not be one."""
    section, name = str(path[0]), str(path[-1])
    match len(path):
        case 1 if section in _ENTRIES:
            return [_entry(section, number)]
        case 1:
            return copy.copy(_STAND_INS.get(name))
        case 3 if section in _ENTRIES:
            return _entry(section, number).get(name)
        case _:
            return None


def _entry(section: str, number: int) -> dict[str, Any]:
    key = "username" if section == "members" else "key"
    return {**copy.deepcopy(_ENTRIES[section]), key: f"stand-in-{number}"}


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
        is_entry = isinstance(part, int) and isinstance(here, list) and len(path) == 1 and path[0] in _ENTRIES
        inner = isinstance(part, int) and isinstance(_at(here, (part,)), dict)
        if not (isinstance(here, dict) or inner or is_entry):
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
