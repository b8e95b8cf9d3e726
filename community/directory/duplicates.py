"""Entries that are probably in the directory already. Pure.

Two entries with the same link, file, address, number or account are probably the same. Nearly equal names count only
if the entries share a city or theme (there is more than one "waste guide").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from rapidfuzz import fuzz

from community.core.words import words
from community.description.directory_model import Contact, Project, Resource
from community.description.fields import Localized
from community.directory.entry import DirectoryEntry, kind_of, name_of

NEARLY_EQUAL = 88.0
"""rapidfuzz's token_sort_ratio (0 to 100) from which two names are nearly equal."""


class Sign(StrEnum):
    """What two entries have in common, the surest first."""

    LINK = "link"
    FILE = "file"
    MEMBER = "member"
    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"


_SURENESS = tuple(Sign)


@dataclass(frozen=True, slots=True)
class Double:
    """An entry that is probably the same."""

    entry: DirectoryEntry
    sign: Sign


def _all_seen(_entry: DirectoryEntry) -> Collection[str]:
    return ()


def likely_doubles(
    entry: DirectoryEntry,
    others: Iterable[DirectoryEntry],
    *,
    limit: int = 3,
    unseen: Callable[[DirectoryEntry], Collection[str]] = _all_seen,
) -> tuple[Double, ...]:
    """Return the entries of the same kind that ``entry`` is probably a double of, the surest first.

    ``unseen`` gives the fields of another entry that are not compared.
    """
    same_kind = (o for o in others if kind_of(o) == kind_of(entry) and o.key != entry.key)
    found = [Double(other, sign) for other in same_kind if (sign := _sign(entry, other, unseen)) is not None]
    found.sort(key=lambda double: (_SURENESS.index(double.sign), double.entry.key))
    return tuple(found[:limit])


def _sign(
    entry: DirectoryEntry, other: DirectoryEntry, unseen: Callable[[DirectoryEntry], Collection[str]]
) -> Sign | None:
    theirs = set(_marks(other))
    common = [sign for sign, value in _marks(entry) if (sign, value) in theirs]
    marked = next((sign for sign in common if sign not in unseen(other)), None)
    if marked is not None:
        return marked
    return Sign.NAME if _share_a_place(entry, other) and _named_alike(entry, other) else None


def _marks(entry: DirectoryEntry) -> Iterator[tuple[Sign, str]]:
    match entry:
        case Contact():
            found = (
                (Sign.MEMBER, entry.member),
                (Sign.EMAIL, None if entry.email is None else entry.email.casefold()),
                (Sign.PHONE, None if entry.phone is None else entry.phone.replace(" ", "")),
            )
        case Resource():
            found = (
                (Sign.LINK, None if entry.link is None else plain_link(entry.link)),
                (Sign.FILE, None if entry.file is None else entry.file.sha256),
                (Sign.FILE, None if entry.file is None else entry.file.url),
            )
        case Project():
            yield from ((Sign.LINK, plain_link(link)) for link in entry.links)
            return
        case _:
            assert_never(entry)
    yield from ((sign, value) for sign, value in found if value is not None)


def plain_link(link: str) -> str:
    """Return a link in the form that is compared: without scheme, www, fragment, tracking parameters, last slash."""
    bare = re.sub(r"^(https?://(www\.)?)+", "", link.partition("#")[0], flags=re.IGNORECASE)
    host, slash, rest = bare.partition("/")
    path, _, query = rest.partition("?")
    kept = sorted(part for part in query.split("&") if part and not part.startswith(("utm_", "fbclid=")))
    return f"{host.casefold()}{slash}{path.rstrip('/')}".rstrip("/") + ("?" + "&".join(kept) if kept else "")


def _share_a_place(entry: DirectoryEntry, other: DirectoryEntry) -> bool:
    everywhere = not entry.cities or not other.cities
    return (
        everywhere
        or bool(set(entry.cities) & set(other.cities))
        or bool(set(entry.themes) & set(other.themes))
    )


def _named_alike(entry: DirectoryEntry, other: DirectoryEntry) -> bool:
    theirs = _names(name_of(other))
    return any(fuzz.token_sort_ratio(a, b) >= NEARLY_EQUAL for a in _names(name_of(entry)) for b in theirs)


def _names(name: Localized) -> set[str]:
    return {" ".join(words(text)) for _language, text in name} - {""}
