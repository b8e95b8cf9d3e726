"""What entries name that the community does not have any more. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from community.core.messages import Message, msg
from community.description.model import Community
from community.directory.entry import Entry, EntryKey, key_of


class _Keyed(Protocol):
    """What is described under a key, and may have had another one until now."""

    @property
    def key(self) -> str: ...

    @property
    def was(self) -> str | None: ...


@dataclass
class MissingReferences:
    """What the community has, and the missing references found so far.

    ``cities`` and ``themes`` are the keys of today by those and by the former ones; ``members`` the user names.
    """

    community: Community
    cities: Mapping[str, str] = field(init=False)
    themes: Mapping[str, str] = field(init=False)
    members: frozenset[str] = field(init=False)
    missing: dict[EntryKey, dict[str, None]] = field(default_factory=dict)
    gone: set[EntryKey] = field(default_factory=set)
    """The entries that are taken out for it."""

    def __post_init__(self) -> None:
        self.cities, self.themes = todays_keys(self.community.cities), todays_keys(self.community.themes)
        self.members = frozenset(member.username for member in self.community.members)

    def known(self, entry: Entry, names: Iterable[str], known: Mapping[str, str]) -> tuple[str, ...]:
        """Return the names as they are today, each once, without those that are missing, which are noted."""
        named = tuple(names)
        self.miss(entry, (name for name in named if name not in known))
        return tuple(dict.fromkeys(known[name] for name in named if name in known))

    def miss(self, entry: Entry, names: Iterable[str]) -> None:
        """Note that an entry names what is not there."""
        for name in names:
            self.missing.setdefault(key_of(entry), {})[name] = None

    def notes(self, taken_out: Callable[[str, str], Message]) -> Iterator[tuple[EntryKey, Message]]:
        """Yield a note for each entry that had a missing reference; ``taken_out`` makes it for those of ``gone``."""
        for key, missing in self.missing.items():
            names = ", ".join(missing)
            if key in self.gone:
                yield key, taken_out(key[1], names)
            else:
                what = msg(
                    "The entry “{key}” named {names}, which is no longer there: that was taken out.",
                    key=key[1],
                    names=names,
                )
                yield key, what


def todays_keys(described: Iterable[_Keyed]) -> dict[str, str]:
    """Return the current key by each current and former key."""
    some = tuple(described)
    before = {one.was: one.key for one in some if one.was is not None}
    return before | {one.key: one.key for one in some}
