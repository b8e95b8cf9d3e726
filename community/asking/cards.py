"""An entry as its reader sees it: lines of plain text, and the same in Matrix's subset of HTML. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import assert_never
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time

from community.asking.index import Entry
from community.messages import Message, Translator, locale_of, msg
from community.model import Community, Contact, Project, Resource
from community.plain_text import clean


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a card. ``link`` is where its text leads; ``strong``: shown in bold."""

    text: str
    link: str | None = None
    strong: bool = False

    def html(self) -> str:
        """Return the line in HTML, everything of it escaped."""
        inner = escape(self.text)
        if self.link is not None:
            inner = f'<a href="{escape(self.link)}">{inner}</a>'
        return f"<strong>{inner}</strong>" if self.strong else inner

    def plain(self) -> str:
        """Return the line as text, with its link where that says more."""
        if self.link is None or self.link.startswith(("https://matrix.to/", "mailto:")):
            return self.text
        return f"{self.text}: {self.link}"


@dataclass(frozen=True)
class Cards:
    """Renders entries for readers of one language at one moment (``now``, aware).

    ``deputy`` gives a contact by key. ``server_name`` makes Matrix IDs of user names.
    """

    community: Community
    translate: Translator
    server_name: str
    now: datetime
    deputy: Callable[[str], Contact | None]

    def lines(self, entry: Entry) -> tuple[Line, ...]:
        """Return the lines of an entry's card."""
        match entry:
            case Contact():
                return tuple(self._contact(entry))
            case Resource():
                return tuple(self._resource(entry))
            case Project():
                return tuple(self._project(entry))
            case _:
                assert_never(entry)

    @property
    def _language(self) -> str:
        return self.translate.language

    def _text(self, message: Message) -> Line:
        return Line(self.translate(message))

    def _contact(self, contact: Contact) -> Iterable[Line]:
        if contact.vacant:
            return self._vacant(contact)
        return self._present(contact)

    def _vacant(self, contact: Contact) -> Iterable[Line]:
        """Give the card of somebody who has left: nothing that leads to them."""
        yield Line(clean(contact.name.text(self._language)), strong=True)
        yield Line(clean(contact.function.text(self._language)))
        yield Line(self._places(contact.cities))
        yield self._text(msg("No longer there, and nobody has taken over yet: ask the coordinators."))

    def _present(self, contact: Contact) -> Iterable[Line]:
        yield Line(clean(contact.name.text(self._language)), self._pill(contact), strong=True)
        yield Line(clean(contact.function.text(self._language)))
        yield Line(" · ".join([self._places(contact.cities), *self._speaks(contact.languages)]))
        if contact.email is not None:
            yield Line(clean(contact.email), f"mailto:{contact.email}")
        if contact.phone is not None:
            yield Line(clean(contact.phone))
        if contact.hours is not None:
            yield Line(clean(contact.hours.text(self._language)))
        deputy = None if contact.deputy is None else self.deputy(contact.deputy)
        if deputy is not None and not deputy.vacant:
            yield self._text(msg("In their absence: {name}", name=clean(deputy.name.text(self._language))))
        yield self._text(msg("Confirmed on {day}", day=self._day(contact.confirmed)))

    def _resource(self, resource: Resource) -> Iterable[Line]:
        yield Line(clean(resource.title.text(self._language)), resource.link, strong=True)
        yield Line(clean(resource.summary.text(self._language)))
        kind = self.translate(_KINDS[resource.kind])
        parts = [kind, self._languages(resource.languages), self._day(resource.date)]
        if resource.cities:
            parts.insert(1, self._cities(resource.cities))
        yield Line(" · ".join(parts))

    def _project(self, project: Project) -> Iterable[Line]:
        yield Line(
            clean(project.name.text(self._language)), project.links[0] if project.links else None, strong=True
        )
        yield Line(clean(project.summary.text(self._language)))
        stage = self.translate(_STAGES[project.stage])
        yield Line(" · ".join([self._cities(project.cities), stage]))
        lead = None if project.lead is None else self.deputy(project.lead)
        if lead is not None:
            name = clean(lead.name.text(self._language))
            yield self._text(
                msg("Lead: {name}, who is no longer there", name=name)
                if lead.vacant
                else msg("Lead: {name}", name=name)
            )
        if project.partners:
            yield self._text(msg("Partners: {names}", names=", ".join(map(clean, project.partners))))
        yield self._text(msg("Updated on {day}", day=self._day(project.updated)))

    def _pill(self, contact: Contact) -> str | None:
        """Return the link that Matrix clients show as a person; it does not notify them."""
        if contact.member is None:
            return None
        return f"https://matrix.to/#/{quote(f'@{contact.member}:{self.server_name}', safe='@:')}"

    def _places(self, cities: tuple[str, ...]) -> str:
        if not cities:
            return self.translate(msg("for the whole network"))
        if len(cities) > 1:
            return self._cities(cities)
        city = self.community.city[cities[0]]
        zone = ZoneInfo(city.timezone)
        clock = format_time(self.now.astimezone(zone), "short", tzinfo=zone, locale=locale_of(self._language))
        country = Locale.parse(locale_of(self._language)).territories.get(city.country, city.country)
        name = clean(city.name.text(self._language))
        return self.translate(msg("{city}, {country} ({time} there)", city=name, country=country, time=clock))

    def _cities(self, cities: tuple[str, ...]) -> str:
        return ", ".join(clean(self.community.city[key].name.text(self._language)) for key in cities)

    def _speaks(self, languages: tuple[str, ...]) -> Iterable[str]:
        if languages:
            yield self._languages(languages)

    def _languages(self, languages: tuple[str, ...]) -> str:
        names = Locale.parse(locale_of(self._language)).languages
        return ", ".join(names.get(code, code) for code in languages)

    def _day(self, day: date) -> str:
        return format_date(day, "long", locale=locale_of(self._language))


_KINDS = {
    "document": msg("document"),
    "tool": msg("tool"),
    "guide": msg("guide"),
    "video": msg("video"),
    "advice": msg("advice"),
}
_STAGES = {
    "idea": msg("an idea"),
    "preparation": msg("in preparation"),
    "pilot": msg("in pilot"),
    "running": msg("running"),
    "finished": msg("finished"),
}
