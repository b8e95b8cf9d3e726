"""The state of a guided edit that is not finished. It is stored as JSON, so that it survives a restart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from community.directory.changes import Edit, Refusal, as_values, edited, entry_from_values
from community.directory.entry import Entry, EntryChange, EntryKind

KEPT_FOR = timedelta(days=1)
"""How long a draft waits for the person's next message."""


_REACH = ("phone", "email", "member")
"""The fields of a contact by which people are reached, and which account is theirs."""


def touches_reach(change: EntryChange) -> bool:
    """Whether a change sets, changes or takes away a telephone number, an e-mail address or an account."""
    return any(getattr(change.before, name, None) != getattr(change.after, name, None) for name in _REACH)


class Purpose(StrEnum):
    """What a draft is for."""

    ADD = "add"
    CHANGE = "change"
    CONFIRM = "confirm"
    REMOVE = "remove"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class EditDraft:
    """One person's edit in one conversation.

    ``fields`` are the JSON values given so far, ``before`` is the entry as it was when the draft began. ``asking`` is
    the name of the step that the person was asked for, None once the draft is complete and waits for confirmation.
    ``done`` are the steps that were answered or skipped, in order. ``heard_at`` is the time of the person's last
    message, in UTC. ``undoes``: the id of the history row that it takes back. ``is_quoting``: it began with a message
    of the room, whose words leave the room when it is saved. ``number`` confirms what it says (`needs_number`), None
    until it was shown. Of a date that is set: ``said`` are the words of a time that is still asked about, ``offered``
    the fields of each reading of it.
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
    is_quoting: bool = False
    number: int | None = None
    said: str = ""
    offered: tuple[Mapping[str, object], ...] = ()

    def needs_number(self) -> bool:
        """Whether a reaction or a “yes” is not enough to confirm it: “yes” and its number is needed.

        The homeserver can make a reaction up, and have a “yes” answer another message.
        """
        # A field that is named counts also where its value stays the same: whether it does may be hidden from them.
        is_named = self.purpose is not Purpose.UNDO and any(name in self.fields for name in _REACH)
        change = self.change()
        reaches = isinstance(change, EntryChange) and touches_reach(change)
        return self.removes() or self.is_quoting or is_named or reaches

    def is_confirmed_by(self, number: int | None) -> bool:
        """Whether a “yes” with that number after it (None: without one) is enough to confirm it."""
        return number == self.number and (number is not None or not self.needs_number())

    def is_over(self, now: datetime) -> bool:
        """Whether the draft has expired."""
        return now - self.heard_at > KEPT_FOR

    def with_fields(self, fields: Mapping[str, object]) -> EditDraft:
        """Return the draft with these fields added or replaced: what was shown before is not what it says now."""
        return replace(self, fields={**self.fields, **fields}, number=None)

    def is_choice(self) -> bool:
        """Whether it only asks which of several is meant: another command takes its place."""
        return self.purpose is Purpose.CHANGE and self.asking is not None and bool(self.offered)

    def removes(self) -> bool:
        """Whether the draft removes the entry when it is confirmed."""
        return self.purpose is Purpose.REMOVE or (self.purpose is Purpose.UNDO and not self.fields)

    def result(self) -> Entry | tuple[Refusal, ...] | None:
        """Return the resulting entry, None where it is removed, or the reasons why the fields make no valid entry."""
        if self.removes():
            return None
        return edited(Edit(self.kind, self.key, self.fields), self.before)

    def change(self) -> EntryChange | tuple[Refusal, ...]:
        """Return the change that the draft makes, or the reasons why its fields make no valid entry."""
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
                "is_quoting": self.is_quoting,
                "number": self.number,
                **({"said": self.said, "offered": self.offered} if self.said or self.offered else {}),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> EditDraft:
        """Return the draft that `to_json` wrote. Raises ValueError or KeyError for another text."""
        values = json.loads(text)
        return cls(
            **{
                **values,
                "purpose": Purpose(values["purpose"]),
                "heard_at": datetime.fromisoformat(values["heard_at"]),
                "before": entry_from_values(values["kind"], values["before"]),
                "done": tuple(values["done"]),
                "offered": tuple(values.get("offered", ())),
            }
        )
