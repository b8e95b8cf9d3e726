"""Renders entries and their changes as lines: field, old value, new value. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, get_args

from babel import Locale

from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, locale_of, msg
from community.core.plain_text import clean, isolated, listed, shortened
from community.description.directory_model import Contact, Guarded, Visible
from community.description.fields import ANY_LANGUAGE, Localized
from community.description.model import Community
from community.directory.cards import RESOURCE_KINDS, STAGES
from community.directory.changes import as_values
from community.directory.date_values import DATE_FIELDS, EVENT_KINDS, DateValues
from community.directory.entry import Entry, name_of
from community.directory.visibility import may_see

FIELDS: Mapping[str, Message] = {
    "name": msg("Name"),
    "title": msg("Title"),
    "function": msg("What they do"),
    "summary": msg("Summary"),
    "link": msg("Link"),
    "links": msg("Links"),
    "file": msg("File"),
    "kind": msg("Kind"),
    "cities": msg("{Places}"),
    "themes": msg("Themes"),
    "languages": msg("Languages"),
    "role": msg("Role"),
    "member": msg("Account"),
    "email": msg("E-mail"),
    "phone": msg("Phone"),
    "hours": msg("Hours"),
    "deputy": msg("Deputy"),
    "stage": msg("Stage"),
    "lead": msg("Lead"),
    "partners": msg("Partners"),
    "results": msg("Results"),
    "words": msg("Further words"),
    "visible": msg("Who may see what"),
    "vacant": msg("Nobody there"),
    **DATE_FIELDS,
    "added_by": msg("Added by"),
    "date": msg("Date"),
    "confirmed": msg("Last confirmed"),
    "updated": msg("Last updated"),
}
"""The name of each field in chat, in the order in which fields are shown."""

KINDS: Mapping[str, Message] = {
    **RESOURCE_KINDS,
    **EVENT_KINDS,
    "person": msg("person"),
    "desk": msg("desk"),
}
_LONGEST = 300
"""Letters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs, as text for its reader. None where the field is or was empty."""

    label: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class DifferenceReader:
    """Renders for readers of one language. ``contact`` finds a contact by key."""

    community: Community
    translate: Translator
    contact: Callable[[str], Contact | None]

    def differences(
        self,
        before: Entry | None,
        after: Entry | None,
        *,
        hidden: Collection[str] = (),
        given: Collection[str] = (),
    ) -> tuple[FieldChange, ...]:
        """Return the fields that differ. Of ``hidden`` fields the values are not shown.

        ``given`` are those whose new values the person has just given: these are shown even where they are hidden, and
        a hidden one whether it differs or not, so that nobody finds out by trying what it was.
        """
        old = {} if before is None else as_values(before)
        new = {} if after is None else as_values(after)
        return tuple(
            self._difference(name, old.get(name), new.get(name), hidden=name in hidden, given=name in given)
            for name in FIELDS
            if old.get(name) != new.get(name) or (name in hidden and name in given)
        )

    def _difference(self, name: str, old: object, new: object, *, hidden: bool, given: bool) -> FieldChange:
        if not hidden and isinstance(old, dict) and isinstance(new, dict) and name in LOCALIZED:
            changed = [code for code in (*old, *new) if old.get(code) != new.get(code)]
            old, new = ({code: text[code] for code in changed if code in text} for text in (old, new))
        elif name in LOCALIZED:
            old, new = self._own_language(old), self._own_language(new)
        return FieldChange(
            self.label(name),
            self._shown(name, old, is_hidden=hidden),
            self._shown(name, new, is_hidden=hidden and not given),
        )

    def _own_language(self, value: object) -> object:
        """Return the text in the reader's language of a localized value."""
        return Localized(value).text(self.translate.language) if isinstance(value, dict) else value

    def line(self, difference: FieldChange) -> str:
        """Return a difference as a line."""
        label, new = difference.label, "–" if difference.new is None else self.apart(difference.new)
        if difference.old is None:
            return self.translate(msg("{label}: {value}", label=label, value=new))
        old = self.apart(difference.old)
        return self.translate(msg("{label}: {old} → {new}", label=label, old=old, new=new))

    def apart(self, text: str) -> str:
        """Return a value isolated, so that its text direction does not affect the line around it."""
        return isolated(text, self.translate.language)

    def fields(self, entry: Entry) -> tuple[FieldChange, ...]:
        """Return every field that an entry has."""
        return self.differences(None, entry)

    def said(self, values: Mapping[str, object]) -> tuple[str, ...]:
        """Return the given fields, each as a line."""
        shown = ((name, values[name]) for name in FIELDS if values.get(name) not in (None, ""))
        return tuple(
            self.line(FieldChange(self.label(name), None, self._given(name, value)))
            for name, value in shown
            if value != [] or name == "cities"
        )

    def _given(self, name: str, value: object) -> str:
        """Return a value that was given; no city means all of them."""
        is_everywhere = name == "cities" and value == []
        return self.translate(msg("for the whole network")) if is_everywhere else self.value(name, value)

    def label(self, name: str) -> str:
        """Return the name of a field in the reader's language."""
        return self.translate(FIELDS[name])

    def value(self, name: str, value: Any) -> str:
        """Return a field's JSON value as text."""
        match name:
            case "cities" | "themes" | "languages":
                return self._listed(self._one(name, key) for key in value)
            case "deputy" | "lead":
                return self._contact_name(value)
            case "kind" | "stage":
                return self.translate((KINDS if name == "kind" else STAGES)[value])
            case "role":
                return self._role(value)
            case "visible":
                return " · ".join(self._readers(field, roles) for field, roles in value.items())
            case "file":
                return clean(str(value["name"]), longest=_LONGEST)
            case "date" | "confirmed" | "updated":
                return locale_texts(self.translate.language).day(date.fromisoformat(value))
            case _ if value is True:
                return self.translate(msg("yes"))
            case _ if name in DATE_FIELDS.keys() - LOCALIZED:
                return shortened(self._dates.value(name, value), _LONGEST)
            case _:
                return clean(" · ".join(_texts(value)), longest=_LONGEST)

    @cached_property
    def _dates(self) -> DateValues:
        return DateValues(self.community, self.translate, self.contact)

    def name(self, entry: Entry) -> str:
        """Return an entry's name, safe to show."""
        return self.apart(clean(name_of(entry).text(self.translate.language), longest=_LONGEST))

    def city(self, key: str) -> str:
        """Return a city's name."""
        return self._one("cities", key)

    def _shown(self, name: str, value: object, *, is_hidden: bool) -> str | None:
        if value is None or value == {}:
            return None
        return self.translate(msg("(not shown here)")) if is_hidden else self.value(name, value)

    def _one(self, name: str, key: str) -> str:
        language = self.translate.language
        if name == "languages":
            return str(Locale.parse(locale_of(language)).languages.get(key, key))
        places = self.community.city if name == "cities" else self.community.theme
        found = places.get(key)
        return key if found is None else clean(found.name.text(language))

    def _listed(self, names: Iterable[str]) -> str:
        return listed(names, self.translate.language) or "–"

    def _role(self, key: str) -> str:
        found = self.community.role.get(key)
        return key if found is None else clean(found.name.text(self.translate.language))

    def _readers(self, field: str, roles: Sequence[str]) -> str:
        """Return who may see a field of a contact."""
        names = self._listed(map(self._role, roles))
        return self.translate(msg("{label}: {value}", label=self.label(field), value=names))

    def _contact_name(self, key: str) -> str:
        found = self.contact(key)
        return key if found is None else clean(found.name.text(self.translate.language))


def _texts(value: object) -> Iterator[str]:
    """Give the texts in a JSON value; those of a localized text with their language, where there are several."""
    match value:
        case dict():
            for name, inner in value.items():
                lone = name == ANY_LANGUAGE or len(value) == 1
                for text in _texts(inner):
                    yield text if lone else f"{text} ({name})"
        case list() | tuple():
            for inner in value:
                yield from _texts(inner)
        case _:
            yield str(value)


def hidden_from(readers: Set[str], entry: Entry, visible: Visible) -> frozenset[str]:
    """Return the fields of an entry that some of the roles ``readers`` may not see.

    ``visible`` is the rule of the directory; an entry may have its own for a field. Nobody sees the addresses of
    somebody who has left.
    """
    if not isinstance(entry, Contact):
        return frozenset()
    guarded: tuple[Guarded, ...] = get_args(Guarded)
    if entry.vacant:
        return frozenset(guarded)
    return frozenset(name for name in guarded if not may_see(name, entry, visible, readers))


def localized(old: object, text: str, language: str) -> object:
    """Return a localized field's JSON value with ``text`` as its text in ``language``.

    A value that was one text for all languages, or empty, is replaced.
    """
    if not isinstance(old, dict) or set(old) <= {ANY_LANGUAGE, language}:
        return {language: text} if isinstance(old, dict) and language in old else text
    return {**old, language: text}


LOCALIZED = frozenset(
    {"name", "title", "function", "summary", "hours", "results", "hand_in", "place", "where", "note"}
)
"""Fields that may differ from language to language."""
