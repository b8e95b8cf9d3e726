"""Contacts, resources and projects written as three tables, and empty tables to fill in. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from community.core.csv_text import written
from community.description.directory_model import Directory
from community.description.model import Community
from community.directory.entry import DirectoryEntry, EntryKind
from community.exchange.canonical import SECTIONS, canonical
from community.exchange.columns import LIST_OF, NO, by_language, cells, columns_of


def tables(directory: Directory, separator: str = ";") -> dict[str, bytes]:
    """Return the three tables by file name; what `Directory.visible` says stands in none of them."""
    whole = canonical(directory)
    return {f"{s.name}.csv": _table(s.kind, getattr(whole, s.name), separator) for s in SECTIONS}


def _table(kind: EntryKind, entries: Sequence[DirectoryEntry], separator: str) -> bytes:
    rows = [cells(entry) for entry in entries]
    columns = columns_of(kind, {column for row in rows for column in row})
    return written([columns, *([row.get(column, "") for column in columns] for row in rows)], separator)


def templates(community: Community, separator: str = ";") -> dict[str, bytes]:
    """Return an empty table of each kind by file name: its columns, and an example that is not read.

    The example uses the first city, theme and language of the community; its key begins with ``#``.
    """
    return {
        f"{LIST_OF[kind]}.csv": written(_template(kind, example, community), separator)
        for kind, example in _EXAMPLES.items()
    }


def _template(kind: EntryKind, example: Mapping[str, str], community: Community) -> list[list[str]]:
    used = {by_language(name, language) for name in _TRANSLATED[kind] for language in community.languages}
    if kind == "contact":
        used |= {f"visible:{name}" for name in ("phone", "email")}
    columns = columns_of(kind, used)
    here = {
        "cities": community.cities[0].key,
        "themes": community.themes[0].key if community.themes else "",
        "languages": " | ".join(community.languages[:2]),
    }
    said = {**example, **here}
    for name in _TRANSLATED[kind] & example.keys():
        said[f"{name}:{community.languages[0]}"] = said[name]
    return [columns, [said.get(column, "") for column in columns]]


_TRANSLATED: dict[EntryKind, frozenset[str]] = {
    "contact": frozenset(("function", "hours", "words")),
    "resource": frozenset(("title", "summary", "words")),
    "project": frozenset(("name", "summary", "results", "words")),
}
_EXAMPLES: dict[EntryKind, dict[str, str]] = {
    "contact": {
        "key": "# example-desk",
        "kind": "desk",
        "name": "Example desk",
        "function": "What one may ask this desk",
        "email": "desk@example.org",
        "phone": "+000 00 00 00 00",
        "hours": "Monday to Friday, 9:00 to 16:00",
        "vacant": NO,
        "words": "further word | another",
        "confirmed": "2026-11-01",
    },
    "resource": {
        "key": "# example-guide",
        "kind": "guide",
        "title": "Example guide",
        "summary": "What one finds in it",
        "link": "https://example.org/guide",
        "words": "further word | another",
        "date": "2026-11-01",
        "confirmed": "2026-11-01",
    },
    "project": {
        "key": "# example-project",
        "name": "Example project",
        "summary": "What it is about",
        "stage": "pilot",
        "partners": "First partner | Second partner",
        "links": "https://example.org/project",
        "words": "further word | another",
        "updated": "2026-11-01",
    },
}
