"""Removes from events and deadlines the references to what no longer exists, and hands over those of leavers. Pure.

A city, theme, cohort or room with a new key (``was``) is replaced by it. Somebody who has left is replaced by their
successor, and removed where they have none. An event or deadline is removed with the last city, theme, cohort or role
of those that it is for, and with the last room that it names, because without it would be for more people, and where
nobody is left whom it concerns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from community.core.messages import Message, msg
from community.description.calendar_model import Audience, Calendar, Deadline, Event
from community.description.model import Community, Status
from community.description.room_lookup import room_keys
from community.directory.entry import EntryKey, key_of
from community.directory.erasure import NOBODY
from community.directory.missing_references import MissingReferences, todays_keys

_Date = TypeVar("_Date", Event, Deadline)


def fitting_calendar(
    calendar: Calendar, community: Community, contacts: Collection[str]
) -> tuple[Calendar, tuple[tuple[EntryKey, Message], ...]]:
    """Return the calendar without broken references, and a note for each entry that had one.

    ``contacts``: the keys of the directory's contacts.
    """
    fits = _CalendarFilter(community, contacts=frozenset(contacts))
    events = tuple(fits.placed(calendar.events))
    deadlines = tuple(fits.asked(deadline) for deadline in fits.placed(calendar.deadlines))
    update = {"events": events, "deadlines": deadlines}
    return calendar.model_copy(update=update), tuple(fits.notes(_taken_out))


def _taken_out(key: str, names: str) -> Message:
    if not names:
        return msg(
            "The entry “{key}” was taken out of the calendar: the person for whom alone it was has been forgotten. "
            "Its history has it still.",
            key=key,
        )
    return msg(
        "The entry “{key}” was taken out of the calendar: {names}, for which it was made, is no longer there. Its "
        "history has it still.",
        key=key,
        names=names,
    )


@dataclass
class _CalendarFilter(MissingReferences):
    """Leaves out of events and deadlines what the community does not have.

    ``heirs``: who stands for each member now, themselves or a successor.
    """

    contacts: frozenset[str] = frozenset()
    cohorts: Mapping[str, str] = field(init=False)
    roles: Mapping[str, str] = field(init=False)
    rooms: Mapping[str, str] = field(init=False)
    heirs: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.cohorts = todays_keys(self.community.cohorts)
        self.roles = {role: role for role in self.community.role}
        self.rooms = room_keys(self.community)
        standing = (
            (one.username, one.successor if one.status is Status.LEFT else one.username)
            for one in self.community.members
        )
        self.heirs = {username: heir for username, heir in standing if heir is not None}

    def placed(self, entries: Iterable[_Date]) -> Iterator[_Date]:
        """Yield the entries with those whom they are for today, without entries that would be for others."""
        for entry in entries:
            audience = self._audience(entry)
            rooms = self.known(entry, entry.rooms, self.rooms)
            is_homeless = bool(entry.rooms) and not rooms
            if (
                audience is None
                or is_homeless
                or not (rooms or audience.is_said or self._is_for_nobody(entry))
            ):
                self.gone.add(key_of(entry))
                # Of somebody who has been forgotten nothing is left to be named.
                self.missing.setdefault(key_of(entry), {})
                continue
            added_by = entry.added_by
            if added_by is not None and added_by not in self.members:
                self.miss(entry, [added_by])
                added_by = None
            update = {"audience": audience, "rooms": rooms, "added_by": added_by}
            unchanged = all(getattr(entry, name) == value for name, value in update.items())
            yield entry if unchanged else entry.model_copy(update=update)

    def _audience(self, entry: Event | Deadline) -> Audience | None:
        """Return an entry's audience as it is today; None where it would be a wider one."""
        before = entry.audience
        narrowing = {
            "themes": self.known(entry, before.themes, self.themes),
            "cohorts": self.known(entry, before.cohorts, self.cohorts),
            "cities": self.known(entry, before.cities, self.cities),
            "roles": self.known(entry, before.roles, self.roles),
        }
        if any(getattr(before, name) and not left for name, left in narrowing.items()):
            return None
        people = self.known(entry, (name for name in before.people if name != NOBODY), self.heirs)
        return before.model_copy(update={**narrowing, "people": people})

    @staticmethod
    def _is_for_nobody(entry: Event | Deadline) -> bool:
        return not entry.rooms and not entry.audience.is_said

    def asked(self, deadline: Deadline) -> Deadline:
        """Return a deadline with who asks for it today: a member or a contact."""
        by = deadline.asked_by
        if by is None or by in self.contacts or self.heirs.get(by) == by:
            return deadline
        if by not in self.heirs:
            self.miss(deadline, [by])
        return deadline.model_copy(update={"asked_by": self.heirs.get(by)})
