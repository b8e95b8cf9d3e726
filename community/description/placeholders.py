"""Replaces invalid values by harmless placeholders, so that one mistake does not hide others. Pure.

References are checked between models, and a file with an invalid value makes no model. So invalid values are replaced
by placeholders for this check only; faults about the placeholders themselves are not reported. A value in a list is
left out of it: the others are checked like those of any list.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from community.description.described import Described
from community.description.yaml_text import Path

Model = TypeVar("Model", bound=Described)

_STAND_IN = "stand-in"
_STAND_INS: dict[str, Any] = {
    "version": 1,
    "key": _STAND_IN,
    "name": "-",
    "languages": ["en"],
    "timezone": "UTC",
}
"""What a file as a whole must have, besides its lists."""
_ENTRIES: dict[str, dict[str, Any]] = {
    "cities": {"name": "-", "country": "ML", "timezone": "UTC", "languages": ["en"]},
    "cohorts": {"name": "-", "cities": [_STAND_IN], "from": "1900-01-01", "until": "2199-12-31"},
    "themes": {"name": "-", "summary": "-"},
    "roles": {"name": "-"},
    "rooms": {"for": "community", "policy": "lobby", "name": "-", "topic": "-"},
    "members": {"name": "-", "role": _STAND_IN, "languages": ["en"]},
    "contacts": {"name": "-", "function": "-", "confirmed": "2000-01-01"},
    "resources": {
        "kind": "guide",
        "title": "-",
        "summary": "-",
        "themes": [_STAND_IN],
        "languages": ["en"],
        "date": "2000-01-01",
    },
    "projects": {
        "name": "-",
        "summary": "-",
        "cities": [_STAND_IN],
        "themes": [_STAND_IN],
        "stage": "idea",
        "updated": "2000-01-01",
    },
    "events": {"title": "-", "start": "2000-01-01", "lasts": "1h", "rooms": [_STAND_IN]},
    "deadlines": {"title": "-", "due": "2000-01-01", "rooms": [_STAND_IN]},
}
"""A whole entry of each list."""
_TEXTS = ("name", "title", "topic", "summary", "function", "hours", "place", "note", "words")


_MOST_MENDINGS = 6
"""How often placeholders are put in: where one does not do, the next is for all that is around it."""


@dataclass(frozen=True)
class Mending:
    """What was done to the plain values of a file to make a model of them.

    ``replaced``: the paths, as they are written, of what is a placeholder or was left out of a list. ``left_out``: the
    indexes of what was left out, by the path of the list.
    """

    replaced: frozenset[Path] = frozenset()
    left_out: Mapping[Path, frozenset[int]] = field(default_factory=dict)

    def is_replaced(self, path: Path) -> bool:
        """Whether a path, as it is written, is one of those, or within."""
        return any(path[: len(one)] == one for one in self.replaced)

    def is_doubtful(self, path: Path) -> bool:
        """Whether a path, as it is written, is one of those, or within, or has one within."""
        return self.is_replaced(path) or any(one[: len(path)] == path for one in self.replaced)

    def as_written(self, path: Path) -> Path:
        """Return the path that a value of the model has in the file, where its list may have more before it."""
        written: Path = ()
        for part in path:
            place = part
            for index in sorted(self.left_out.get(written, ())):
                place = place + 1 if isinstance(place, int) and index <= place else place
            written = (*written, place)
        return written


UNMENDED = Mending()
"""Of a file that is valid as it is."""


def mended_model(tree: Any, error: ValidationError, model: type[Model]) -> tuple[Model | None, Mending]:
    """Return the model of a tree with placeholders for invalid values, None if it is still not valid.

    ``error`` says what is not valid.
    """
    mending = UNMENDED
    for _ in range(_MOST_MENDINGS):
        tree, mending = with_stand_ins(tree, error.errors(include_url=False), mending)
        try:
            return model.model_validate_json(json.dumps(tree), strict=True), mending
        except ValidationError as again:
            error = again
    return None, UNMENDED


def with_stand_ins(tree: Any, errors: Iterable[ErrorDetails], before: Mending) -> tuple[Any, Mending]:
    """Return a copy of ``tree`` with placeholders for the values in ``errors``, and what was done to it in all.

    ``before``: what was done before, and did not do: what is around it is replaced.
    """
    mended = copy.deepcopy(tree)
    replaced: set[Path] = set()
    unwanted: dict[Path, frozenset[int]] = {}
    for number, error in enumerate(errors, len(before.replaced)):
        if is_miscounted(error):
            continue
        path = _field(error["loc"], mended)
        index = _index(error["loc"], path, mended)
        if index is not None and before.as_written(path) not in before.left_out:
            unwanted[path] = unwanted.get(path, frozenset()) | {index}
            continue
        if error["type"] == "period":
            path = (*error["loc"], "until")
        while before.as_written(path) in before.replaced:
            path = path[:-1]
        if path and _replace(mended, path, number, is_extra=error["type"] == "extra_forbidden"):
            replaced.add(before.as_written(path))
    _leave_out(mended, unwanted)
    left_out = {before.as_written(path): some for path, some in unwanted.items()}
    items = {(*path, index) for path, some in left_out.items() for index in some}
    return mended, Mending(before.replaced | replaced | items, {**before.left_out, **left_out})


def _index(loc: tuple[int | str, ...], path: Path, tree: Any) -> int | None:
    """Return which value of the list at ``path`` an error is about, None where it is about no list's value."""
    following = loc[len(path) : len(path) + 1]
    match following:
        case (int(index),) if path and isinstance(_at(tree, path), list):
            return index
        case _:
            return None


def _leave_out(mended: Any, indexes: Mapping[Path, frozenset[int]]) -> None:
    """Take values out of their lists: first out of the innermost, whose paths change with those around them."""
    for path, some in sorted(indexes.items(), key=lambda pair: -len(pair[0])):
        values = _at(mended, path)
        if isinstance(values, list):  # what is around it may have been replaced
            values[:] = [value for index, value in enumerate(values) if index not in some]


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
    return {**copy.deepcopy(_ENTRIES[section]), key: f"{_STAND_IN}-{number}"}


def is_stand_in(key: str) -> bool:
    """Whether a key is a placeholder's, or that of a room that was made for one."""
    return any(part.startswith(_STAND_IN) for part in key.split("."))


def is_miscounted(error: ErrorDetails) -> bool:
    """Whether a list is reported as too short only because pydantic counts its valid entries alone."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _field(loc: tuple[int | str, ...], tree: Any) -> Path:
    """Return the path of the field that an error is about, also where it is about a part of a text or of a list."""
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
