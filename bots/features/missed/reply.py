"""The reply to a question for what is new: since when, and of each group some lines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bots.context.asker import REST_DIRECTLY, asker_city, asker_zone
from bots.context.knowledge import Knowledge
from bots.context.message import FoundEntries, MessageContext, Reply
from bots.context.occurrence_times import OccurrenceTimes
from bots.context.reply_text import LARGEST, reply_of, size
from bots.features.missed import sentences
from bots.features.missed.items import NewsGroup, NewsItem
from bots.features.missed.window import Window
from community.agenda.date_news import DateNews
from community.agenda.occurrences import Occurrence
from community.core.language_folders import with_stand_ins
from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, isolated, listed
from community.description.directory_model import Contact, Project, Resource
from community.description.fields import Localized
from community.directory.cards import RESOURCE_KINDS, STAGES
from community.directory.differences import FIELDS, KINDS
from community.directory.entry import DirectoryEntry, key_of, name_of
from community.directory.entry_news import EntryNews
from community.directory.lines import Line

_AT_MOST = (5, 3, 1)
"""How many lines of each group are shown; fewer where they would be too large for one event."""
_LONGEST = 90
"""Letters of a title."""
_LONGEST_DETAIL = 60


@dataclass(frozen=True)
class NewsReply:
    """Makes the reply for one asker in one language, to a question for a part of the news if it ``narrows``.

    ``head`` is said in place of since when: nobody has asked.
    """

    known: Knowledge
    context: MessageContext
    translate: Translator
    window: Window
    narrows: bool
    head: tuple[Message, ...] = ()

    def of(self, items: Sequence[NewsItem], *, goes_on: bool) -> tuple[Reply, tuple[NewsItem, ...]]:
        """Return the reply with the first items of each group, and those; ``goes_on``: others were shown before."""
        for most in _AT_MOST:
            shown = tuple(_first(items, most))
            reply = self._with(shown, len(items) - len(shown), goes_on=goes_on)
            if size(reply) <= LARGEST:
                break
        keys = tuple(dict.fromkeys(key_of(item.entry) for item in items))
        found = FoundEntries(self.translate.language, certain=True, keys=keys, total=len(keys))
        return replace(reply, found=found), shown

    def _with(self, shown: Sequence[NewsItem], left: int, *, goes_on: bool) -> Reply:
        groups = [group for group in NewsGroup if any(item.group is group for item in shown)]
        cards = [self._card(group, shown) for group in groups]
        head = self.head or self._head(shown, goes_on=goes_on)
        return reply_of(
            list(map(self.translate, head)), cards, list(self._below(shown, left)), self._language
        )

    def lines_to_come(self, items: Sequence[NewsItem]) -> list[Line]:
        """Return the lines of what is to come, and in which city's time that is said."""
        legend = self._times.legend(_occurrences(items))
        below = [] if legend is None else [Line(self.translate(legend))]
        return [*self._card(NewsGroup.TO_COME, items), *below]

    def _card(self, group: NewsGroup, shown: Sequence[NewsItem]) -> list[Line]:
        return [Line(self.translate(sentences.HEADINGS[group]), strong=True), *self._lines(group, shown)]

    def _head(self, shown: Sequence[NewsItem], *, goes_on: bool) -> Iterator[Message]:
        if goes_on:
            if not shown:
                yield sentences.NOTHING_MORE_NEW
            return
        texts, zone = locale_texts(self._language), self._times.zone
        yield sentences.since_when(
            self.window, self.context.now, zone, texts, is_direct=self.context.is_direct
        )
        if all(item.group is NewsGroup.TO_COME for item in shown):
            yield sentences.NOTHING_NEW_OF_THAT if self.narrows else sentences.NOTHING_NEW

    def _below(self, shown: Sequence[NewsItem], left: int) -> Iterator[str]:
        legend = self._times.legend(_occurrences(shown))
        if legend is not None and _occurrences(shown):
            yield self.translate(legend)
        if not self.context.is_direct:
            yield self.translate(REST_DIRECTLY)
        if self.head:
            yield self.translate(sentences.ALL_NEWS)
        elif left:
            word = self.translate(msg("more"))
            said = isolated(word if self.context.is_direct else f"!p {word}", self._language)
            yield self.translate(sentences.more(left, said))

    # --- single lines ---------------------------------------------------------------------------------------------

    def _lines(self, group: NewsGroup, shown: Sequence[NewsItem]) -> Iterator[Line]:
        dates = _occurrences(shown)
        yield from (Line(f"• {self._said(item, dates)}") for item in shown if item.group is group)

    def _said(self, item: NewsItem, dates: Sequence[Occurrence]) -> str:
        match item.what:
            case DateNews(change, one, before):
                return self.translate(
                    sentences.date_said(
                        change,
                        one.entry,
                        title=self._text(one.entry.title),
                        when=self._times.when(one, dates),
                        before="" if before is None else self._times.when(before, dates),
                    )
                )
            case Occurrence() as one:
                return f"{self._text(one.entry.title)} · {self._times.line(one, dates)}"
            case EntryNews(entry, fields):
                return self._entry_said(entry, fields)

    def _entry_said(self, entry: DirectoryEntry, fields: Sequence[str]) -> str:
        name = self._text(name_of(entry))
        if not fields:
            return self.translate(msg("New: {what}", what=f"{name} · {self._kind(entry)}"))
        labels = listed((self.translate(FIELDS[field]) for field in fields), self._language)
        return self.translate(msg("Changed: {name} ({fields})", name=name, fields=labels))

    def _kind(self, entry: DirectoryEntry) -> str:
        """Return what an entry is, in a few words."""
        match entry:
            case Contact(function=None):
                return self.translate(KINDS[entry.kind])
            case Contact():
                return self._text(entry.function, _LONGEST_DETAIL)
            case Resource():
                return self.translate(RESOURCE_KINDS[entry.kind])
            case Project():
                return self.translate(STAGES[entry.stage])

    def _text(self, text: Localized, longest: int = _LONGEST) -> str:
        said = clean(text.text(self._language, *self._languages), longest=longest)
        return isolated(said, self._language)

    @cached_property
    def _languages(self) -> tuple[str, ...]:
        """The further languages that the asker reads."""
        city = asker_city(self.known, self.context)
        return (*with_stand_ins(self.context.person.languages), *(() if city is None else city.languages))

    @property
    def _language(self) -> str:
        return self.translate.language

    @cached_property
    def _times(self) -> OccurrenceTimes:
        known, context = self.known, self.context
        zone = asker_zone(known, context)
        if not context.is_direct:
            keys = known.calendar.cities_of_room(context.room_key or "")
            cities = tuple(known.community.city[key] for key in keys)
            return OccurrenceTimes(self.translate, zone, context.now, cities)
        city = asker_city(known, context)
        return OccurrenceTimes(self.translate, zone, context.now, (), "" if city is None else city.country)


def _first(items: Sequence[NewsItem], most: int) -> Iterator[NewsItem]:
    """Yield the first items of each group."""
    for group in NewsGroup:
        yield from [item for item in items if item.group is group][:most]


def _occurrences(shown: Sequence[NewsItem]) -> list[Occurrence]:
    """Return the dates that a reply tells, those of before too."""
    found: list[Occurrence] = []
    for item in shown:
        match item.what:
            case DateNews(_change, one, before):
                found += [one] if before is None else [one, before]
            case Occurrence() as one:
                found.append(one)
            case EntryNews():
                pass
    return found
