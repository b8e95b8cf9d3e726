"""A feed as it is published for `palabre web`: all that it may show, as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from community.description.fields import Localized
from community.directory.entry import CALENDAR_KINDS, CalendarEntry, from_json, kind_of, to_json
from community.exchange.ics_file import PublishedCalendar, PublishedEntry

_VERSION = 1


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """What a feed shows.

    ``community``: its key. ``entry_zone``: the zone of entries that name none; ``zone``: that of the feed's readers.
    ``languages``: those it can be read in, the usual one first. ``made``: when the feed was made.
    """

    community: str
    name: Localized
    entry_zone: str
    zone: str
    languages: tuple[str, ...]
    made: datetime
    entries: tuple[PublishedEntry, ...]

    def calendar(self, language: str, year: int) -> PublishedCalendar:
        """Return it as it is given to calendar programs in that year."""
        name = self.name.text(language)
        return PublishedCalendar(self.community, name, self.entry_zone, self.made, year, self.entries)


def to_bytes(document: FeedDocument) -> bytes:
    """Return a document as JSON: the same bytes for the same document."""
    said = {
        "version": _VERSION,
        "community": document.community,
        "name": document.name.model_dump(),
        "entry_zone": document.entry_zone,
        "zone": document.zone,
        "languages": document.languages,
        "made": document.made.isoformat(),
        "entries": [_written(entry) for entry in document.entries],
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _written(published: PublishedEntry) -> dict[str, object]:
    return {
        "kind": kind_of(published.entry),
        "sequence": published.sequence,
        "modified": None if published.modified is None else published.modified.isoformat(),
        "entry": json.loads(to_json(published.entry)),
    }


def from_bytes(content: bytes) -> FeedDocument | None:
    """Return the document that `to_bytes` wrote; None where it is none of this version."""
    try:
        said = json.loads(content)
        if said["version"] != _VERSION:
            return None
        return FeedDocument(
            said["community"],
            Localized(said["name"]),
            said["entry_zone"],
            said["zone"],
            tuple(said["languages"]),
            datetime.fromisoformat(said["made"]),
            tuple(_read(entry) for entry in said["entries"]),
        )
    except (ValueError, KeyError, TypeError, ValidationError):
        return None


def _read(said: Mapping[str, Any]) -> PublishedEntry:
    kind = said["kind"]
    entry = from_json(kind, json.dumps(said["entry"])) if kind in CALENDAR_KINDS else None
    if not isinstance(entry, CalendarEntry):
        raise TypeError("no entry of a calendar")
    modified = said["modified"]
    return PublishedEntry(
        entry, said["sequence"], None if modified is None else datetime.fromisoformat(modified)
    )
