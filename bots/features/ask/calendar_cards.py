"""Events and deadlines as cards, for those who read the reply. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from bots.context.occurrence_times import OccurrenceTimes
from community.agenda.calendar_index import CalendarIndex, name_of_item
from community.agenda.entry_scope import EntryScope, Sight, Viewer
from community.agenda.occurrences import Occurrence
from community.core.messages import Translator, msg
from community.core.plain_text import clean, listed
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event
from community.description.fields import Localized
from community.description.model import Community
from community.directory.lines import Line
from community.search.calendar_question import Wanted

_LONGEST = 90
"""Letters of a title."""
_NO_PLACE = msg("I have no place to give here.")
_NO_LINK = msg("I have no link to give here.")
_FOR_EVERYBODY = msg("For everybody.")
_NO_WHOM = msg("I cannot say here for whom it is.")
_ONCE = msg("It takes place once.")
_NOTHING_SAID = msg("The calendar does not say what is to be handed in.")
_NOTHING_DUE = msg("Nothing is to be handed in for it, as far as the calendar says.")
_NOBODY_ASKS = msg("I cannot say here who asks for it.")

_SAID_FIRST = frozenset(
    {
        Wanted.WHERE,
        Wanted.LINK,
        Wanted.LASTS,
        Wanted.FOR_WHOM,
        Wanted.HOW_OFTEN,
        Wanted.CLOCK,
        Wanted.ASKED_BY,
        Wanted.HAND_IN,
    }
)
"""Details that stand first where they were asked for."""


def no_name(_key: str) -> None:
    """Return no name: nobody is known."""


@dataclass(frozen=True, slots=True)
class OccurrenceCards:
    """Renders occurrences for the readers of one reply. ``languages`` are further ones that the asker reads.

    ``clock`` are the cities whose time is asked for; ``name_of`` gives the name of whoever asks for a deadline.
    """

    community: Community
    calendar: CalendarIndex
    sight: Sight
    viewer: Viewer
    times: OccurrenceTimes
    languages: tuple[str, ...] = ()
    clock: frozenset[str] = frozenset()
    name_of: Callable[[str], str | None] = no_name

    @property
    def _translate(self) -> Translator:
        return self.times.translate

    def cards(self, shown: Sequence[Occurrence], wanted: Wanted, *, brief: bool) -> list[list[Line]]:
        """Return a card for each occurrence: with all that may be said of it, or ``brief`` on a narrow screen."""
        return [list(self._card(one, shown, wanted, brief=brief)) for one in shown]

    def _card(
        self, one: Occurrence, group: Sequence[Occurrence], wanted: Wanted, *, brief: bool
    ) -> Iterator[Line]:
        asks_left = wanted is Wanted.LEFT
        left = self.times.left(one, in_days=asks_left)
        yield Line(self._joined(self._title(one), *([left] if asks_left else [])), strong=True)
        says_left = not (brief or asks_left or one.is_cancelled)
        yield Line(self._joined(self.times.line(one, group), *([left] if says_left else [])))
        details = self._sees(one)
        asked = wanted if wanted in _SAID_FIRST else None
        if asked is not None:
            yield from self._asked(one, asked, details=details)
        if not one.is_cancelled and (not brief or wanted is Wanted.CHANGED):
            yield from self._changed(one, group)
        if not brief and not one.is_cancelled:
            yield from self._rest(one, asked, details=details)
        if asked is not Wanted.FOR_WHOM and not self.sight.concerns(one.entry, self._scope(one), self.viewer):
            yield from self._for_whom(self._scope(one))

    def _title(self, one: Occurrence) -> str:
        title = self._text(one.entry.title)
        return self._translate(msg("Cancelled: {title}", title=title)) if one.is_cancelled else title

    def _changed(self, one: Occurrence, group: Sequence[Occurrence]) -> Iterator[Line]:
        if one.is_moved:
            before = replace(one, start=one.original, end=one.original + (one.end - one.start))
            yield Line(self._translate(msg("Moved from {when}", when=self.times.when(before, group))))

    def _asked(self, one: Occurrence, wanted: Wanted, *, details: bool) -> Iterator[Line]:
        """Yield the detail that was asked for, or that there is none that may be shown."""
        links = list(self._link(one)) if details and not one.is_cancelled else []
        match wanted:
            case Wanted.LINK:
                yield from links or [Line(self._translate(_NO_LINK))]
            case Wanted.WHERE:
                there = [*self._place(one), *(self._where_to(one) if details else ()), *links]
                yield from there or [Line(self._translate(_NO_PLACE))]
            case Wanted.LASTS:
                yield from self._length(one)
            case Wanted.HOW_OFTEN:
                yield Line(self._how_often(one))
            case Wanted.CLOCK:
                yield from self._in_cities(one)
            case Wanted.ASKED_BY:
                yield Line(self._asker(one) if details else self._translate(_NOBODY_ASKS))
            case Wanted.HAND_IN:
                yield from list(self._handed_in(one) if details else ()) or [Line(self._without(one))]
            case _:
                nobody = _FOR_EVERYBODY if self._scope(one).everyone else _NO_WHOM
                yield from list(self._for_whom(self._scope(one))) or [Line(self._translate(nobody))]

    def _in_cities(self, one: Occurrence) -> Iterator[Line]:
        for key in sorted(self.clock & self.community.city.keys()):
            city = self.community.city[key]
            there = replace(self.times, zone=ZoneInfo(city.timezone), cities=())
            yield Line(
                self._translate(
                    msg("In {city}: {when}", city=self._text(city.name), when=there.when(one, (one,)))
                )
            )

    def _asker(self, one: Occurrence) -> str:
        by = one.entry.asked_by if isinstance(one.entry, Deadline) else None
        name = None if by is None else self.name_of(by)
        return self._translate(_NOBODY_ASKS if name is None else msg("Asked for by: {name}", name=name))

    def _without(self, one: Occurrence) -> str:
        return self._translate(_NOTHING_SAID if isinstance(one.entry, Deadline) else _NOTHING_DUE)

    def _handed_in(self, one: Occurrence) -> Iterator[Line]:
        if isinstance(one.entry, Deadline) and one.entry.hand_in is not None:
            yield Line(self._translate(msg("To hand in: {what}", what=self._text(one.entry.hand_in))))

    def _length(self, one: Occurrence) -> Iterator[Line]:
        if one.end > one.start:
            yield Line(self._translate(msg("Lasts: {length}", length=self.times.length(one.end - one.start))))

    def _how_often(self, one: Occurrence) -> str:
        rule = one.entry.repeat if isinstance(one.entry, Event) else None
        if rule is None:
            return self._translate(_ONCE)
        return self._translate(msg("Repeated: {how}", how=clean(self.times.repetition(rule, one.zone))))

    def _rest(self, one: Occurrence, asked: Wanted | None, *, details: bool) -> Iterator[Line]:
        if asked is not Wanted.WHERE:
            yield from self._place(one)
        if not details:
            return
        if asked is not Wanted.HAND_IN:
            yield from self._handed_in(one)
        if asked is not Wanted.WHERE:
            yield from self._where_to(one)
        if one.note is not None:
            yield Line(self._text(one.note))
        if asked not in (Wanted.WHERE, Wanted.LINK):
            yield from self._link(one)

    def _where_to(self, one: Occurrence) -> Iterator[Line]:
        if isinstance(one.entry, Deadline) and one.entry.where is not None:
            yield Line(self._translate(msg("Where to: {what}", what=self._text(one.entry.where))))

    def _place(self, one: Occurrence) -> Iterator[Line]:
        if one.place is not None:
            yield Line(self._text(one.place))

    def _link(self, one: Occurrence) -> Iterator[Line]:
        if one.link is not None:
            yield Line(one.link, link=one.link)

    def _for_whom(self, scope: EntryScope) -> Iterator[Line]:
        names = list(self._names(scope))
        if names:
            who = listed(names, self._translate.language)
            yield Line(self._translate(msg("For: {who}", who=who)))

    def _names(self, scope: EntryScope) -> Iterator[str]:
        """Yield the names of those whom an entry is for; cities where no cohort has them."""
        known = self.community
        roles = {role.key: role.name for role in known.roles}
        yield from (self._text(known.theme[key].name) for key in sorted(scope.themes) if key in known.theme)
        yield from (
            self._text(known.cohort[key].name) for key in sorted(scope.cohorts) if key in known.cohort
        )
        cities = () if scope.cohorts else sorted(scope.cities)
        yield from (self._text(known.city[key].name) for key in cities if key in known.city)
        yield from (self._text(roles[key]) for key in sorted(scope.roles) if key in roles)

    def _sees(self, one: Occurrence) -> bool:
        return self.sight.may_see_details(one.entry, self._scope(one), self.viewer)

    def _scope(self, one: Occurrence) -> EntryScope:
        return self.calendar.scope(name_of_item(one.entry))

    def _text(self, text: Localized) -> str:
        return clean(text.text(self._translate.language, *self.languages), longest=_LONGEST)

    def _joined(self, *parts: str) -> str:
        return " · ".join(parts)
