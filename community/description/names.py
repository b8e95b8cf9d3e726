"""What the entries of a description are called, to say which key somebody meant who wrote a name in its place. Pure.

It is read from the plain values of the files, so that a mistake elsewhere in a file does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from community.core.messages import PLACE, Message, msg
from community.core.problems import meant, missing
from community.description.code_names import localpart
from community.description.fields import is_key, is_username

KINDS = {
    "cities": "city",
    "cohorts": "cohort",
    "themes": "theme",
    "roles": "role",
    "rooms": "room",
    "members": "member",
    "contacts": "contact",
}
"""The kind of the entries of each list."""
NOUNS: Mapping[str, Message] = {
    "city": PLACE,
    "cohort": msg("cohort"),
    "theme": msg("theme"),
    "role": msg("role"),
    "room": msg("room"),
    "member": msg("member"),
    "contact": msg("contact"),
}
"""The word for each kind of entry in a sentence."""
_MEANT_BY = {
    "cities": "city",
    "city": "city",
    "cohorts": "cohort",
    "themes": "theme",
    "roles": "role",
    "role": "role",
    "visible": "role",
    "rooms": "room",
    "people": "member",
    "member": "member",
    "successor": "member",
    "added_by": "member",
    "asked_by": "member",
    "deputy": "contact",
    "lead": "contact",
}
"""Which kind of entry the values of a field are keys of."""


@dataclass(frozen=True)
class Names:
    """The names of each key, by kind of entry."""

    by_kind: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @classmethod
    def of(cls, trees: Iterable[Any]) -> Names:
        """Return the names in the plain values of files, of whatever shape they are; a key that is none has none."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for tree in trees:
            for section, kind in KINDS.items():
                for entry in _entries(tree, section):
                    key = entry.get("username" if kind == "member" else "key")
                    is_right = is_username if kind == "member" else is_key
                    if isinstance(key, str) and is_right(key):
                        found.setdefault(kind, {})[key] = tuple(names_in(entry))
        return cls(found)

    def sentence(self, loc: tuple[str | int, ...], value: object) -> Message | None:
        """Return which key was meant by ``value``, at a place that wants a key of another entry; None if none is."""
        kind = _kind_at(loc)
        if kind is None or not isinstance(value, str):
            return None
        likely = meant(localpart(value) if kind == "member" else value, self.by_kind.get(kind, {}))
        return None if likely is None else missing(NOUNS[kind], value, likely)


def names_in(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of an entry's plain values: its name or title in each language, and its further words."""
    for name in ("name", "title", "words"):
        yield from _texts(entry.get(name))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _entries(tree: Any, section: str) -> Iterator[dict[str, Any]]:
    found = tree.get(section) if isinstance(tree, dict) else None
    yield from (entry for entry in found or () if isinstance(entry, dict)) if isinstance(found, list) else ()


def _kind_at(loc: tuple[str | int, ...]) -> str | None:
    """Return the kind of entry that a value is the key of: by its field's name."""
    if "visible" in loc[:-1]:
        return "role"
    named = [part for part in loc[1:] if isinstance(part, str)]
    return _MEANT_BY.get(named[-1]) if named else None
