"""Faults in a description, and the checks that all its parts share. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from community.core.messages import Message, msg
from community.core.problems import unknown
from community.description.fields import Localized
from community.description.names import NOUNS
from community.description.placeholders import is_stand_in
from community.description.yaml_text import Path

COMMUNITY, DIRECTORY, CALENDAR = "community.yaml", "directory.yaml", "calendar.yaml"
SETTINGS, MEMBERS = "settings.yaml", "members.csv"


class Fault(NamedTuple):
    """One fault: file name, path of the value, what is wrong.

    ``given`` are the paths of other values that the fault depends on: if one of them is invalid, the fault is not
    reported. ``first`` is where the same name was used before. ``missing`` is the kind of entry that has no such name.
    """

    file: str
    path: Path
    what: Message
    given: tuple[Path, ...] = ()
    first: Path | None = None
    missing: str | None = None


def known(
    file: str, path: Path, names: Iterable[str] | None, entries: Collection[str], kind: str
) -> Iterator[Fault]:
    """Check that each name in a list exists among the ``entries`` of a kind and is listed once."""
    for index, name in enumerate(names or ()):
        yield from one(file, (*path, index), name, entries, kind)
    yield from each_once(file, path, names or ())


def each_once(file: str, path: Path, names: Iterable[str]) -> Iterator[Fault]:
    """Check that no name stands twice in a list."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield Fault(file, (*path, index), msg("“{key}” stands here twice: keep one", key=name))
        seen.add(name)


def one(file: str, path: Path, name: str, entries: Collection[str], kind: str) -> Iterator[Fault]:
    """Check that a name exists; for a former name (``was``) the fault names the current one."""
    if name in entries:
        return
    noun, found = NOUNS[kind], entries.items() if isinstance(entries, Mapping) else ()
    today = next((key for key, entry in found if getattr(entry, "was", None) == name), None)
    called = {key: tuple(_names(entry)) for key, entry in found} or dict.fromkeys(entries, ())
    what = unknown(noun, name, {key: names for key, names in called.items() if not is_stand_in(key)})
    if today is not None:
        what = msg(
            "there is no {kind} “{name}” any more: it is “{today}” now", kind=noun, name=name, today=today
        )
    yield Fault(file, path, what, missing=kind)


def _names(entry: object) -> Iterator[str]:
    """Yield what people call an entry: its name, a room's plain name, and its further words, in every language."""
    name = getattr(entry, "name", None)
    if isinstance(name, str):
        yield name
    elif isinstance(name, Localized):
        yield from (text for _language, text in name)
    for words in getattr(entry, "words", {}).values():
        yield from words


def twice(file: str, name: str, keys: Iterable[str], field: str) -> Iterator[Fault]:
    """Check that no two entries of the list ``name`` have one key."""
    seen: dict[str, int] = {}
    for index, key in enumerate(keys):
        if key in seen:
            what = msg("“{key}” is used twice in {name}", key=key, name=name)
            yield Fault(file, (name, index, field), what, first=(name, seen[key], field))
        seen.setdefault(key, index)
