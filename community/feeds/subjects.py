"""What each feed shows. Pure.

Its address may be passed on, and who reads it cannot be known: a feed has only what the least privileged member may
know of what it is about (`EntryRooms.is_open`); and the link, the note and what is to be handed in where, only if the
entry concerns every member of the network, theme, cohort or city that the feed is of, whatever else is known of them.
That of a role has what is for that role, also where it is posted in rooms of that role alone. A person's own has
besides what is for their role and for them alone, and all of it. What is for a safe room is in no
feed at all: it would be on the servers of others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from community.core.language_folders import LANGUAGES
from community.description.calendar_audience import EntryRooms
from community.description.calendar_model import NOBODY_NAMED, Calendar, Deadline, Event
from community.description.feed_subject import FeedSubject
from community.description.fields import Localized
from community.description.model import Community, Member, Policy
from community.description.person import Person
from community.description.room_lookup import described_rooms
from community.description.rooms import NO_ROLE, DescribedRoom
from community.directory.asking import ContactOf
from community.directory.concerned import concerns_city
from community.directory.entry import CalendarEntry, calendar_entries
from community.directory.visibility import may_be_told_of, roles_meant


def entries_in(
    subject: FeedSubject, calendar: Calendar, community: Community, contact: ContactOf
) -> tuple[CalendarEntry, ...]:
    """Return the entries that a feed shows, without whom they concern, who asks for them and who entered them.

    ``contact`` finds who asks for a deadline.
    """
    rooms = {room.key: room for room in described_rooms(community)}
    chosen = _Chosen(community, rooms, EntryRooms(community), contact)
    entries = (entry for entry in calendar_entries(calendar) if not chosen.is_for_safe_rooms(entry))
    shown = [entry for entry in entries if chosen.is_shown(entry, subject)]
    if subject.kind != "person":
        readers = _PlainReaders(subject, community)
        shown = [entry if readers.may_see_details(entry) else _outline(entry) for entry in shown]
    return tuple(_without_people(entry) for entry in shown)


class _PlainReaders:
    """Those of whom nothing is known but that they are of what a shared feed is of: for a cohort one of each city."""

    def __init__(self, subject: FeedSubject, community: Community) -> None:
        themes = (subject.key,) if subject.kind == "theme" else ()
        role = subject.key if subject.kind == "role" else NO_ROLE
        self._readers = tuple(
            Member.model_construct(
                username=f"reader {number}", name="", role=role, city=city, themes=themes, languages=()
            )
            for number, city in enumerate(_cities_of(subject, community))
        )
        self._rooms = EntryRooms(community.model_copy(update={"members": self._readers}))

    def may_see_details(self, entry: CalendarEntry) -> bool:
        return bool(self._readers) and all(self._rooms.concerns(entry, one) for one in self._readers)


def _cities_of(subject: FeedSubject, community: Community) -> tuple[str | None, ...]:
    match subject.kind:
        case "city":
            return (subject.key,)
        case "cohort":
            return community.cohort[subject.key].cities if subject.key in community.cohort else ()
        case "community" | "theme" | "role" | "person":
            return (None,)
        case _:
            assert_never(subject.kind)


def _outline(entry: CalendarEntry) -> CalendarEntry:
    """Return an entry without what is for those whom it concerns."""
    hidden: dict[str, object] = {"link": None, "note": None}
    match entry:
        case Event():
            changes = tuple(change.model_copy(update=hidden) for change in entry.changes)
            return entry.model_copy(update={**hidden, "changes": changes})
        case Deadline():
            return entry.model_copy(update={**hidden, "hand_in": None, "where": None})
        case _:
            assert_never(entry)


class _Chosen:
    def __init__(
        self,
        community: Community,
        rooms: dict[str, DescribedRoom],
        audiences: EntryRooms,
        contact: ContactOf,
    ) -> None:
        self._community = community
        self._rooms = rooms
        self._audiences = audiences
        self._contact = contact

    def is_for_safe_rooms(self, entry: CalendarEntry) -> bool:
        return any(room.policy is Policy.SAFE for room in self._rooms_named(entry))

    def is_shown(self, entry: CalendarEntry, subject: FeedSubject) -> bool:
        community = self._community
        if subject.kind == "person":
            member = member_of(subject, community)
            return member is not None and self._is_for(entry, member)
        if subject.kind == "role":
            return self._is_for_role(entry, subject)
        if not self._audiences.is_open(entry):
            return False
        match subject.kind:
            case "community":
                return True
            case "theme":
                named = {room.theme for room in self._rooms_named(entry)}
                return subject.key in entry.audience.themes or subject.key in named
            case "cohort":
                named = {room.cohort for room in self._rooms_named(entry)}
                return subject.key in entry.audience.cohorts or subject.key in named
            case "city":
                return concerns_city(entry, subject.key, community)
            case _:
                assert_never(subject.kind)

    def _is_for(self, entry: CalendarEntry, member: Member) -> bool:
        alone = Person(
            "", member.username, member.name, member.role, member.city, member.themes, member.languages
        )
        return self._audiences.concerns(entry, member) and (
            self._audiences.is_open(entry)
            or may_be_told_of(entry, self._community, frozenset((member.role,)), alone, self._contact)
        )

    def _is_for_role(self, entry: CalendarEntry, subject: FeedSubject) -> bool:
        """Whether an entry names a role, or is posted where that role is among others, and all of it may know of it."""
        is_open = self._audiences.is_open(entry)
        if subject.key in entry.audience.roles and (
            is_open or _PlainReaders(subject, self._community).may_see_details(entry)
        ):
            return True
        return not is_open and subject.key in roles_meant(entry, self._community)

    def _rooms_named(self, entry: CalendarEntry) -> Iterator[DescribedRoom]:
        return (self._rooms[key] for key in entry.rooms if key in self._rooms)


def _without_people(entry: CalendarEntry) -> CalendarEntry:
    hidden: dict[str, object] = {"audience": NOBODY_NAMED, "rooms": (), "added_by": None}
    match entry:
        case Event():
            return entry.model_copy(update=hidden)
        case Deadline():
            return entry.model_copy(update={**hidden, "asked_by": None})
        case _:
            assert_never(entry)


def member_of(subject: FeedSubject, community: Community) -> Member | None:
    """Return the active member whose feed it is."""
    return community.active_member.get(subject.key)


def name_of(subject: FeedSubject, community: Community) -> Localized | None:
    """Return what the feed is called; None where what it is of is no longer there, and so nothing is to be shown."""
    match subject.kind:
        case "community":
            return community.name if subject.key == community.key else None
        case "theme":
            return _beside(
                community, community.theme[subject.key].name if subject.key in community.theme else None
            )
        case "cohort":
            return _beside(
                community, community.cohort[subject.key].name if subject.key in community.cohort else None
            )
        case "city":
            return _beside(
                community, community.city[subject.key].name if subject.key in community.city else None
            )
        case "role":
            return _beside(
                community, community.role[subject.key].name if subject.key in community.role else None
            )
        case "person":
            return None if member_of(subject, community) is None else community.name
        case _:
            assert_never(subject.kind)


def _beside(community: Community, part: Localized | None) -> Localized | None:
    if part is None:
        return None
    languages = dict.fromkeys((*(code for code, _ in community.name), *(code for code, _ in part)))
    return Localized({code: f"{community.name.text(code)} · {part.text(code)}" for code in languages})


def zone_of(subject: FeedSubject, community: Community) -> str:
    """Return the time zone of those whose feed it is."""
    member = member_of(subject, community) if subject.kind == "person" else None
    key = subject.key if subject.kind == "city" else None if member is None else member.city
    return community.timezone if key is None or key not in community.city else community.city[key].timezone


def languages_of(subject: FeedSubject, community: Community) -> tuple[str, ...]:
    """Return the languages that a feed can be read in, those of its readers first."""
    member = member_of(subject, community) if subject.kind == "person" else None
    city = community.city.get(subject.key) if subject.kind == "city" else None
    own = member.languages if member is not None else city.languages if city is not None else ()
    spoken = dict.fromkeys((*own, *community.languages))
    return tuple(code for code in spoken if code in LANGUAGES) or ("en",)
