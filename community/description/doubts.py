"""What cannot be known while an entry's key cannot be read: a name that seems missing may mean that entry. Pure.

Such a name is not reported, as the mistake in the key is. Any other name that is missing is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from community.core.problems import nearest
from community.core.words import fold
from community.description.model import Community
from community.description.names import KINDS, names_in
from community.description.yaml_text import Path

_ROOM_PARTS = frozenset({"key", "for", "themes", "cohorts", "cities"})
"""The fields on which the keys of rooms depend."""


@dataclass(frozen=True)
class Doubts:
    """The entries whose key cannot be read.

    ``called`` has, by kind, what may be meant by those keys: what stands there, and the entries' names, folded. None in
    it is an entry of which nothing can be read, so that any name may mean it. ``rooms``: whether which rooms there are
    depends on such an entry.
    """

    called: Mapping[str, tuple[str | None, ...]]
    rooms: bool

    def may_mean(self, kind: str, name: str, community: Community) -> bool:
        """Whether a key that no valid entry has may mean one of these entries; of a room, may follow from one."""
        if self.rooms and kind == "room":
            words = tuple(word for of_kind in self.called.values() for word in of_kind)
            return may_be_room(name, community, words)
        return _near(name, self.called.get(kind, ()))


def doubts_of(files: Iterable[tuple[Any, Collection[Path]]]) -> Doubts:
    """Return the doubts about files; of each are given its plain values and the paths of those that are not valid."""
    called: dict[str, tuple[str | None, ...]] = {}
    rooms = False
    for tree, replaced in files:
        for path in replaced:
            kind = KINDS.get(str(path[0]), "")
            if len(path) < 3 or path[-1] in ("key", "username"):
                called[kind] = (*called.get(kind, ()), *_called(tree, path))
            in_lists = path[0] in ("rooms", "themes", "cohorts", "cities")
            rooms = rooms or (in_lists and (len(path) < 3 or path[2] in _ROOM_PARTS))
    return Doubts(called, rooms)


def may_be_room(name: str, community: Community, doubtful: Collection[str | None] = ()) -> bool:
    """Whether a room of that key may follow from the description: ``room.theme`` needs such a room and such a theme."""
    first, *rest = name.split(".")
    parts = {*community.theme, *community.cohort, *community.city}
    specs = {spec.key for spec in community.rooms}
    return (first in specs or _near(first, doubtful)) and all(
        part in parts or _near(part, doubtful) for part in rest
    )


def _near(name: str, called: Collection[str | None]) -> bool:
    known = [word for word in called if word is not None]
    return len(known) < len(called) or nearest(fold(name), known) is not None


def _called(tree: Any, path: Path) -> tuple[str | None, ...]:
    """Return what the entry at a path may be called: its key as it is written, and its names."""
    entry = tree
    for part in path[:2]:
        try:
            entry = entry[part]
        except (LookupError, TypeError):
            return (None,)
    if not isinstance(entry, dict):
        return (fold(entry),) if isinstance(entry, str) else (None,)
    key = entry.get(path[-1])
    words = (*((key,) if isinstance(key, str) and key else ()), *names_in(entry))
    return tuple(fold(word) for word in words) or (None,)
