"""An entry as its reader sees it: lines of plain text, and the same in Matrix's subset of HTML. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import assert_never, get_args
from urllib.parse import quote

from community.core.locale_texts import LocaleTexts, locale_texts
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, isolated, left_to_right, listed
from community.core.zones import ZoneInfo
from community.description.directory_model import Attachment, Contact, Guarded, Project, Resource, Visible
from community.description.fields import Localized
from community.description.model import Community, Member, Status
from community.directory.entry import DirectoryEntry
from community.directory.lines import Line, sentence
from community.directory.links import pill, safe_link
from community.directory.reaching import WAYS, way_to
from community.directory.titles import says, says_more
from community.directory.visibility import may_see

__all__ = ["Cards", "Line", "Readers"]

STALE_AFTER = timedelta(days=365)
"""What nobody has confirmed for longer than this is shown with a warning."""
_NAME, _SHORT, _LONG = 120, 200, 400
"""Characters shown of a name, of a function or the like, of a summary."""
_PARTNERS, _LINKS = 8, 3
"""How many of them are shown."""
_KILO = 1000


@dataclass(frozen=True)
class Readers:
    """Who reads: ``roles`` are all roles among them (none: unknown), ``visible`` what the directory says of fields.

    ``asker`` is the role of who asked, who may be one of many in a room.
    """

    roles: frozenset[str]
    asker: str
    visible: Visible

    def see(self, field: Guarded, contact: Contact) -> bool:
        """Whether all of them may see that field."""
        return may_see(field, contact, self.visible, self.roles)

    def can_reach(self, contact: Contact) -> bool:
        """Whether all of them may see some way to reach a contact."""
        return any(getattr(contact, way) is not None and self.see(way, contact) for way in WAYS)

    def asker_alone_sees(self, field: Guarded, contact: Contact) -> bool:
        """Whether the asker may see that field, and not everybody else who reads."""
        return not self.see(field, contact) and may_see(field, contact, self.visible, frozenset({self.asker}))


@dataclass(frozen=True)
class Cards:
    """Renders entries for readers of one language at one moment (``now``, aware).

    ``contact`` gives a contact by key, ``members`` those with an account by user name. ``server_name`` makes Matrix
    IDs of user names. ``also`` are further languages that the asker reads, for texts that are not in the first;
    where they are not known (``reads_as_there``), those of an entry's own cities are taken for them.
    ``is_brief``: of a contact only who it is and how to reach them, for several on a narrow screen.
    """

    community: Community
    members: Mapping[str, Member]
    translate: Translator
    server_name: str
    now: datetime
    contact: Callable[[str], Contact | None]
    readers: Readers
    also: tuple[str, ...] = ()
    reads_as_there: bool = False
    is_brief: bool = False

    def lines(self, entry: DirectoryEntry) -> tuple[Line, ...]:
        """Return the lines of an entry's card."""
        if self.reads_as_there:
            return replace(self, also=self._languages_there(entry), reads_as_there=False).lines(entry)
        match entry:
            case Contact(vacant=True):
                return tuple(self._vacant(entry))
            case Contact():
                return tuple(self._contact(entry))
            case Resource():
                return tuple(self._resource(entry))
            case Project():
                return tuple(self._project(entry))
            case _:
                assert_never(entry)

    def _languages_there(self, entry: DirectoryEntry) -> tuple[str, ...]:
        cities = (self.community.city[key] for key in entry.cities if key in self.community.city)
        return (*self.also, *(code for city in cities for code in city.languages))

    def keeps_back(self, entry: DirectoryEntry) -> bool:
        """Whether the card leaves out something that the asker may see alone."""
        if not isinstance(entry, Contact) or entry.vacant:
            return False
        return any(
            self.readers.asker_alone_sees(field, entry)
            for field in _GUARDED
            if getattr(entry, field) is not None
        )

    # --- contacts -----------------------------------------------------------------------------------------

    def _vacant(self, contact: Contact) -> Iterable[Line]:
        """Give the card of somebody who has left: nothing that leads to them."""
        yield self._who(Line(self._name(contact), strong=True), contact)
        yield self._say(msg("No longer there, and nobody has taken over yet: ask the coordinators."))

    def _contact(self, contact: Contact) -> Iterable[Line]:
        """Give a person's card: who it is in one strong line, and few others, for a telephone is 28 letters wide."""
        yield self._who(self._person(contact, strong=True), contact)
        if not self.is_brief:
            said = self._function(contact)
            roles = [role for role in self._role(contact) if not says(said, role)]
            around = self._joined(*roles, *self._clock(contact.cities), *self._languages(contact.languages))
            if around.text:
                yield around
        yield from self._reach(contact)
        if contact.kind == "desk" and not self.readers.can_reach(contact):
            ways = [way for way in WAYS if getattr(contact, way) is not None]
            alone = any(self.readers.asker_alone_sees(way, contact) for way in ways)
            yield self._say(way_to(contact, alone=alone))
        if self.is_brief:
            if contact.confirmed is not None and self._is_old(contact.confirmed):
                yield self._fresh(contact.confirmed, msg("Confirmed on {day}"))
            return
        if contact.hours is not None and self.readers.see("hours", contact):
            hours = _HOUR.sub("\N{NO-BREAK SPACE}", self._text(contact.hours, _SHORT))
            yield self._say(msg("Hours: {hours}", hours=hours))
        deputy = None if contact.deputy is None else self.contact(contact.deputy)
        if deputy is not None and self._is_offered(deputy) and self.readers.see("deputy", contact):
            yield sentence(
                self.translate, msg("In their absence: {name}"), {"name": self._person(deputy, strong=False)}
            )
        if contact.confirmed is not None:
            yield self._fresh(contact.confirmed, msg("Confirmed on {day}"))

    def _who(self, name: Line, contact: Contact) -> Line:
        """Return the first line of a contact's card: name, what they do, where; all of it strong."""
        # Whose cities are all unknown is not for the whole network.
        cities = (
            self._cities(contact.cities) if contact.cities else self.translate(msg("for the whole network"))
        )
        rest = " · ".join(part for part in (self._function(contact), cities) if part)
        return replace(name, more=(Line(f" · {rest}", strong=True),))

    def _function(self, contact: Contact) -> str:
        """Return what a contact does: by the name of their role, where that says the same and more."""
        function = self._text(contact.function, _SHORT)
        return next((role for role in self._role(contact) if says_more(role, function)), function)

    def _reach(self, contact: Contact) -> Iterable[Line]:
        user_id = self._user_id(contact)
        if user_id is not None:
            # In HTML the name is the link; an address would be made into a second one.
            yield Line(left_to_right(user_id, self._language), plain_only=True)
        if contact.email is not None and self.readers.see("email", contact):
            yield Line(clean(contact.email, longest=254), f"mailto:{quote(contact.email, safe='@+')}")
        if contact.phone is not None and self.readers.see("phone", contact):
            phone = left_to_right(clean(contact.phone), self._language)
            yield Line(phone, f"tel:{_NOT_DIALLED.sub('', contact.phone)}")

    def _is_offered(self, deputy: Contact) -> bool:
        """Whether a deputy leads somewhere: who is gone, or cannot be reached, is no help."""
        return not deputy.vacant and self.readers.can_reach(deputy)

    def _role(self, contact: Contact) -> Iterable[str]:
        """Give what a contact is in the network: by their account, where there is one to be seen."""
        has_account = contact.member is not None and self.readers.see("member", contact)
        member = self.members.get(contact.member or "") if has_account else None
        role = self.community.role.get((contact.role or "") if member is None else member.role)
        if role is not None:
            yield self._text(role.name, _SHORT)

    def _person(self, contact: Contact, *, strong: bool) -> Line:
        """Return a contact's name, as a pill where they have an account; a pill does not notify them."""
        user_id = self._user_id(contact)
        return Line(self._name(contact), None if user_id is None else pill(user_id), strong)

    def _name(self, contact: Contact) -> str:
        return self._text(contact.name, _NAME) or contact.key

    def _user_id(self, contact: Contact) -> str | None:
        if contact.member is None or not self.readers.see("member", contact):
            return None
        return f"@{contact.member}:{self.server_name}"

    # --- resources ----------------------------------------------------------------------------------------

    def _resource(self, resource: Resource) -> Iterable[Line]:
        has_day_of_its_own = resource.confirmed not in (None, resource.date)
        yield Line(self._text(resource.title, _NAME) or resource.key, safe_link(resource.link), strong=True)
        yield Line(self._text(resource.summary, _LONG))
        yield self._joined(
            self.translate(RESOURCE_KINDS[resource.kind]),
            self._cities(resource.cities),
            *self._languages(resource.languages),
            self._day(resource.date) if has_day_of_its_own else "",
        )
        if resource.file is not None:
            yield self._say(msg("File: {name} ({size})", **self._file(resource.file)))
        if resource.added_by is not None:
            yield sentence(self.translate, msg("Added by {name}"), {"name": self._member(resource.added_by)})
        if resource.confirmed is None:
            yield self._fresh(resource.date, msg("Dated {day}"))
        else:
            yield self._fresh(resource.confirmed, msg("Confirmed on {day}"))

    def _file(self, file: Attachment) -> dict[str, object]:
        kilobytes = max(1, round(file.size / _KILO))
        size = (
            msg("{count} kB", count=kilobytes)
            if kilobytes < _KILO
            else msg("{count} MB", count=round(kilobytes / _KILO))
        )
        return {"name": isolated(clean(file.name, longest=_NAME), self._language), "size": size}

    def _member(self, username: str) -> Line:
        """Return a member as a pill; who has left has a name, and nothing that leads to them."""
        member = self.members.get(username)
        name = self._value(username if member is None else member.name, _NAME)
        has_account = member is not None and member.status is not Status.LEFT
        return Line(name, pill(f"@{username}:{self.server_name}") if has_account else None)

    # --- projects -----------------------------------------------------------------------------------------

    def _project(self, project: Project) -> Iterable[Line]:
        links = [link for each in project.links if (link := safe_link(each)) is not None][:_LINKS]
        yield Line(self._text(project.name, _NAME) or project.key, links[0] if links else None, strong=True)
        yield Line(self._text(project.summary, _LONG))
        yield self._joined(self._cities(project.cities), self.translate(STAGES[project.stage]))
        lead = None if project.lead is None else self.contact(project.lead)
        if lead is not None:
            yield self._lead(lead)
        if project.partners:
            names = [self._value(name, _SHORT) for name in project.partners[:_PARTNERS]]
            more = ["…"] if len(project.partners) > _PARTNERS else []
            yield self._say(msg("Partners: {names}", names=self._list([*names, *more])))
        if project.results is not None:
            yield self._say(msg("Results: {results}", results=self._text(project.results, _LONG)))
        yield from (Line(link, link) for link in links[1:])
        yield self._fresh(project.updated, msg("Updated on {day}"), ages=project.stage != "finished")

    def _lead(self, lead: Contact) -> Line:
        if lead.vacant:
            name = Line(self._text(lead.name, _NAME) or lead.key)
            return sentence(self.translate, msg("Lead: {name}, who is no longer there"), {"name": name})
        return sentence(self.translate, msg("Lead: {name}"), {"name": self._person(lead, strong=False)})

    # --- what they have in common -------------------------------------------------------------------------

    @property
    def _language(self) -> str:
        return self.translate.language

    @cached_property
    def _locale(self) -> LocaleTexts:
        return locale_texts(self._language)

    def _say(self, message: Message) -> Line:
        return Line(self.translate(message))

    def _text(self, text: Localized, longest: int) -> str:
        return self._value(text.text(self._language, *self.also), longest)

    def _value(self, text: str, longest: int) -> str:
        return isolated(clean(text, longest=longest), self._language)

    def _joined(self, *parts: str) -> Line:
        return Line(" · ".join(part for part in parts if part))

    def _list(self, names: Iterable[str]) -> str:
        return listed(names, self._language)

    def _clock(self, cities: tuple[str, ...]) -> Iterable[str]:
        """Give the country of a single city of the community's, with the time there."""
        city = self.community.city.get(cities[0]) if len(cities) == 1 else None
        if city is None:
            return
        zone = ZoneInfo(city.timezone)
        clock = self._locale.clock(self.now.astimezone(zone))
        country = self._locale.territories.get(city.country, city.country)
        yield self.translate(msg("{country} ({time} there)", country=country, time=clock))

    def _cities(self, cities: tuple[str, ...]) -> str:
        known = (self.community.city[key] for key in cities if key in self.community.city)
        return self._list(self._text(city.name, _NAME) for city in known)

    def _languages(self, languages: tuple[str, ...]) -> Iterable[str]:
        if languages:
            yield self._list(self._locale.languages.get(code, code) for code in languages)

    def _day(self, day: date) -> str:
        return self._locale.day(day)

    def _is_old(self, day: date) -> bool:
        return self.now.date() - day > STALE_AFTER

    def _fresh(self, day: date, message: Message, *, ages: bool = True) -> Line:
        """Return the line that says when an entry was last confirmed, and how long ago; a warning where it is long."""
        days = (self.now.date() - day).days
        said = f"{self._day(day)} ({self._locale.ago(days)})" if days > 0 else self._day(day)
        line = self.translate(Message(message.msgid, {"day": said}))
        if not ages or not self._is_old(day):
            return Line(line)
        return self._say(msg("⚠ {said}: it may be out of date", said=line))


_HOUR = re.compile(r"(?<=\d) (?=h\b)|(?<=\dh) (?=\d)|(?<=\d h) (?=\d)")
"""The blanks of “8 h” and “8 h 30”, at which no line is to end."""
_NOT_DIALLED = re.compile(r"[^+0-9]")
_GUARDED: tuple[Guarded, ...] = get_args(Guarded)
RESOURCE_KINDS = {
    "document": msg("document"),
    "tool": msg("tool"),
    "guide": msg("guide"),
    "video": msg("video"),
    "advice": msg("advice"),
}
STAGES = {
    "idea": msg("an idea"),
    "preparation": msg("in preparation"),
    "pilot": msg("in pilot"),
    "running": msg("running"),
    "finished": msg("finished"),
}
