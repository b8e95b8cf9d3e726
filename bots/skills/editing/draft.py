"""A guided edit that is not finished: what was said so far. It is kept as JSON, so that it survives a restart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from community.directory.changes import Edit, Refusal, as_values, edited, entry_from_values
from community.directory.entry import Entry, EntryChange, EntryKind

KEPT_FOR = timedelta(days=1)
"""How long a draft waits for its next word."""


class Purpose(StrEnum):
    """What a draft is for."""

    ADD = "add"
    CHANGE = "change"
    CONFIRM = "confirm"
    REMOVE = "remove"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Draft:
    """One person's edit in one conversation.

    ``fields`` are JSON values given so far, ``before`` is the entry as it was when the draft began. ``asking`` is the
    step that is asked for, None once everything is there and waits to be confirmed. ``done`` are the steps that
    were answered or skipped, in order. ``heard_at`` is the last word, in UTC.
    """

    user_id: str
    purpose: Purpose
    kind: EntryKind
    key: str
    language: str
    heard_at: datetime
    fields: Mapping[str, object] = field(default_factory=dict)
    before: Entry | None = None
    asking: str | None = None
    done: tuple[str, ...] = ()
    undoes: int | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether it has waited too long."""
        return now - self.heard_at > KEPT_FOR

    def with_fields(self, fields: Mapping[str, object]) -> Draft:
        """Return it with these fields as well."""
        return replace(self, fields={**self.fields, **fields})

    def removes(self) -> bool:
        """Whether the entry is gone when it is confirmed."""
        return self.purpose is Purpose.REMOVE or (self.purpose is Purpose.UNDO and not self.fields)

    def result(self) -> Entry | tuple[Refusal, ...] | None:
        """Return the entry that comes of it, None where it is removed, or why none comes of it."""
        if self.removes():
            return None
        return edited(Edit(self.kind, self.key, self.fields), self.before)

    def change(self) -> EntryChange | tuple[Refusal, ...]:
        """Return the change that it stands for, or why it makes none."""
        after = self.result()
        return after if isinstance(after, tuple) else EntryChange(self.kind, self.key, self.before, after)

    def to_json(self) -> str:
        """Return it as text that `from_json` reads."""
        return json.dumps(
            {
                "user_id": self.user_id,
                "purpose": self.purpose,
                "kind": self.kind,
                "key": self.key,
                "language": self.language,
                "heard_at": self.heard_at.isoformat(),
                "fields": dict(self.fields),
                "before": None if self.before is None else as_values(self.before),
                "asking": self.asking,
                "done": self.done,
                "undoes": self.undoes,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Draft:
        """Return the draft that `to_json` wrote. Raises ValueError or KeyError for another text."""
        values = json.loads(text)
        return cls(
            **{
                **values,
                "purpose": Purpose(values["purpose"]),
                "heard_at": datetime.fromisoformat(values["heard_at"]),
                "before": entry_from_values(values["kind"], values["before"]),
                "done": tuple(values["done"]),
            }
        )
