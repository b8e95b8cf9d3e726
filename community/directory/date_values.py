"""Renders the fields that only events and deadlines have as text for their reader. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Literal

from babel.dates import format_timedelta

from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, locale_of, msg
from community.core.plain_text import clean, listed
from community.core.zones import ZoneInfo
from community.description.directory_model import Contact
from community.description.fields import Localized
from community.description.model import City, Cohort, Community, Role, Theme
from community.description.repetition_words import repetition_words
from community.description.room_lookup import described_rooms

EVENT_KINDS: Mapping[str, Message] = {
    "meeting": msg("meeting"),
    "training": msg("training"),
    "visit": msg("visit"),
    "celebration": msg("celebration"),
    "other": msg("something else"),
}
DATE_FIELDS: Mapping[str, Message] = {
    "hand_in": msg("To be handed in"),
    "start": msg("Start"),
    "due": msg("Due"),
    "originally": msg("First set for"),
    "lasts": msg("Lasts"),
    "timezone": msg("Time zone"),
    "repeat": msg("Repeated"),
    "except": msg("But not on"),
    "also": msg("Also on"),
    "changes": msg("Single dates"),
    "cancelled": msg("Cancelled"),
    "audience": msg("For whom"),
    "rooms": msg("Rooms"),
    "remind": msg("Reminders"),
    "place": msg("Place"),
    "where": msg("Where to"),
    "asked_by": msg("Asked for by"),
    "note": msg("Note"),
}
"""The name of each field that only they have, in the order in which fields are shown."""
_CHANGED: Mapping[str, Message] = {**DATE_FIELDS, "link": msg("Link")}
_Unit = Literal["minute", "hour", "day", "week"]
_UNITS: Mapping[str, _Unit] = {"min": "minute", "h": "hour", "d": "day", "w": "week"}
_LENGTHS: Mapping[_Unit, timedelta] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_NEVER_LARGER = 100_000
"""So many of a unit are not written as some of a larger one."""


@dataclass(frozen=True)
class DateValues:
    """Renders for readers of one language. Times are those of the entry's own zone. ``contact`` finds one by key."""

    community: Community
    translate: Translator
    contact: Callable[[str], Contact | None]

    def value(self, name: str, value: Any) -> str:
        """Return the JSON value of a field of `DATE_FIELDS` as text."""
        match name:
            case "start" | "due" | "originally":
                return self.moment(value)
            case "except" | "also":
                return self._listed(map(self.moment, value))
            case "lasts":
                return self._span(value)
            case "remind":
                return self._listed(map(self._reminder, value)) or self.translate(msg("none"))
            case "repeat":
                return self._rule(value)
            case "changes":
                return " · ".join(map(self._change, value))
            case "audience":
                return " · ".join(self._audience(value)) or "–"
            case "rooms":
                return self._listed(self._room_names.get(key, key) for key in value)
            case "asked_by":
                return self._asking(value)
            case _:
                return self._text(value)

    def moment(self, written: str) -> str:
        """Return a day, or a day and a time, as people write it."""
        texts = locale_texts(self.translate.language)
        if "T" not in written:
            return texts.day(date.fromisoformat(written))
        local = datetime.fromisoformat(written)
        return f"{texts.day(local)}, {texts.clock(local)}"

    def _span(self, written: str) -> str:
        number = written.rstrip("minhdw")
        return self._unit(int(number), _UNITS[written.removeprefix(number)])

    def _unit(self, count: int, unit: _Unit) -> str:
        length, locale = count * _LENGTHS[unit], locale_of(self.translate.language)
        return format_timedelta(length, granularity=unit, threshold=_NEVER_LARGER, locale=locale)

    def _reminder(self, written: str) -> str:
        if written.startswith("0"):
            return self.translate(msg("at the moment itself"))
        span = self._span(written.removeprefix("-"))
        after, before = msg("{span} after", span=span), msg("{span} before", span=span)
        return self.translate(after if written.startswith("-") else before)

    def _rule(self, written: str) -> str:
        """Return how often something is repeated; the end of a rule in UTC is a day of the community's time zone."""
        texts = locale_texts(self.translate.language)
        return clean(repetition_words(written, texts, self.translate, ZoneInfo(self.community.timezone)))

    def _change(self, change: Mapping[str, Any]) -> str:
        of = self.moment(change["of"])
        if change.get("cancelled"):
            return self.translate(msg("{day}: cancelled", day=of))
        said = [
            self._detail(name, change[name]) for name in ("lasts", "place", "link", "note") if name in change
        ]
        details = ", ".join(map(self.translate, said))
        if "start" in change:
            moved = self.translate(msg("{day}: moved to {new}", day=of, new=self.moment(change["start"])))
            return f"{moved}, {details}" if details else moved
        return self.translate(msg("{day}: {details}", day=of, details=details)) if details else of

    def _detail(self, name: str, value: Any) -> Message:
        text = value if isinstance(value, str) else Localized(value).text(self.translate.language)
        shown = self._span(value) if name == "lasts" else clean(text)
        return msg("{label}: {value}", label=self.translate(_CHANGED[name]), value=shown)

    def _audience(self, audience: Mapping[str, Any]) -> Iterator[str]:
        """Give what an audience says, each kind by itself."""
        if audience.get("everyone"):
            yield self.translate(msg("the whole network"))
        for name, names in audience.items():
            if isinstance(names, list):
                yield self._listed(self._one(name, key) for key in names)

    def _one(self, kind: str, key: str) -> str:
        described: Mapping[str, Mapping[str, Theme | Cohort | City | Role]] = {
            "themes": self.community.theme,
            "cohorts": self.community.cohort,
            "cities": self.community.city,
            "roles": self.community.role,
        }
        found = described.get(kind, {}).get(key)
        return self._member(key) if found is None else self._text(found.name)

    def _asking(self, name: str) -> str:
        """Return the name of a contact by its key, or of a member by their user name."""
        contact = self.contact(name)
        return self._member(name) if contact is None else self._text(contact.name)

    def _member(self, username: str) -> str:
        member = self.community.member.get(username)
        return clean(username if member is None else member.name)

    @cached_property
    def _room_names(self) -> dict[str, str]:
        return {room.key: self._text(room.name) for room in described_rooms(self.community)}

    def _text(self, text: Localized | str) -> str:
        return clean(text if isinstance(text, str) else text.text(self.translate.language))

    def _listed(self, names: Iterable[str]) -> str:
        return listed(names, self.translate.language)
