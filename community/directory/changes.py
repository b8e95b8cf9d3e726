"""Makes changes of entries from edits, and converts entries and changes to and from JSON. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from pydantic import ValidationError

from community.core.messages import Message
from community.core.words import fold
from community.description.findings import sentence_of
from community.directory.entry import MODELS, Entry, EntryChange, EntryKind, cities_of_entry

_NO_PART_OF_A_KEY = re.compile(r"[^a-z0-9]+")
LONGEST_KEY = 48
"""The longest key, in characters (`community.description.fields`)."""


def freshness(kind: EntryKind) -> str | None:
    """Return the field that says when an entry of that kind was last confirmed; None where nothing says so."""
    match kind:
        case "contact" | "resource":
            return "confirmed"
        case "project":
            return "updated"
        case "event" | "deadline":
            return None
        case _:
            assert_never(kind)


@dataclass(frozen=True, slots=True)
class Edit:
    """New values of some fields of an entry, as JSON values; None removes a field.

    A field that is not in ``fields`` stays as it is. ``key`` is that of the entry, also of a new one (`new_key`).
    """

    kind: EntryKind
    key: str
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason why an edit makes no valid entry: the field (empty for the whole entry) and a sentence."""

    field: str
    what: Message


def edited(edit: Edit, before: Entry | None) -> Entry | tuple[Refusal, ...]:
    """Return the entry that ``edit`` makes of ``before``, or all reasons why it is not valid."""
    model = MODELS[edit.kind]
    values = {**({} if before is None else as_values(before)), **edit.fields, "key": edit.key}
    given = json.dumps({name: value for name, value in values.items() if value is not None})
    try:
        return model.model_validate_json(given, strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False)
    return tuple(Refusal(str((*d["loc"], "")[0]), sentence_of(d, model)) for d in found)


def as_values(entry: Entry) -> dict[str, object]:
    """Return an entry's fields as JSON values, without those that have their default."""
    values = json.loads(entry.model_dump_json(by_alias=True, exclude_defaults=True))
    assert isinstance(values, dict)  # noqa: S101 - a model is dumped as an object
    return values


def all_values(entry: Entry) -> dict[str, object]:
    """Return every field of an entry's kind, None for defaults: as an edit it replaces all fields."""
    names = (field.alias or name for name, field in type(entry).model_fields.items())
    return dict.fromkeys(names) | as_values(entry)


def new_key(kind: EntryKind, title: str, taken: Collection[str]) -> str:
    """Return a key for a new entry: always the same for the same title, and none of ``taken``.

    For a title in another script than Latin a part of its hash is used.
    """
    readable = _NO_PART_OF_A_KEY.sub("-", fold(title)).strip("-")[: LONGEST_KEY - 4].strip("-")
    base = readable if len(readable) > 2 else f"{kind}-{hashlib.sha256(title.encode()).hexdigest()[:8]}"
    candidates = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(key for key in candidates if key not in taken)


def cities_of(changes: Iterable[EntryChange]) -> tuple[str, ...]:
    """Return the keys of the cities that changes concern, before or after, sorted."""
    entries = (entry for change in changes for entry in (change.before, change.after) if entry is not None)
    return tuple(sorted({city for entry in entries for city in cities_of_entry(entry)}))


def changes_to_json(changes: Sequence[EntryChange]) -> str:
    """Return changes as JSON text for `changes_from_json`, in the payload of a proposal."""
    return json.dumps(
        [
            {
                "kind": change.kind,
                "key": change.key,
                "before": None if change.before is None else as_values(change.before),
                "after": None if change.after is None else as_values(change.after),
            }
            for change in changes
        ]
    )


def changes_from_json(text: str) -> tuple[EntryChange, ...]:
    """Return the changes that `changes_to_json` wrote. Raises pydantic's or json's ValueError for another text."""
    return tuple(
        EntryChange(
            row["kind"],
            row["key"],
            entry_from_values(row["kind"], row["before"]),
            entry_from_values(row["kind"], row["after"]),
        )
        for row in json.loads(text)
    )


def entry_from_values(kind: EntryKind, values: object) -> Entry | None:
    """Return the entry that `as_values` gave. Raises pydantic's ValidationError where it is none."""
    return None if values is None else MODELS[kind].model_validate_json(json.dumps(values), strict=True)
