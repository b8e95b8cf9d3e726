"""The reply to one question to the calendar, from the events and deadlines that were found for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from bots.context.asker import REST_DIRECTLY, asker_city, asker_zone, viewer_of
from bots.context.conversation_memory import ConversationMemory
from bots.context.knowledge import Knowledge
from bots.context.message import FoundEntries, MessageContext, Reply
from bots.context.occurrence_times import OccurrenceTimes
from bots.context.reply_text import fitting, reply_of
from bots.context.shown_dates import dates_mark
from bots.features.ask import calendar_sentences as sentences
from bots.features.ask.calendar_cards import OccurrenceCards
from bots.features.ask.effects import CountQuestion
from bots.features.ask.occasions import Occasions, in_asked_order
from bots.features.ask.sentences import NOTHING_MORE, tail
from community.agenda.calendar_index import name_of_item
from community.agenda.entry_scope import Sight
from community.agenda.occurrences import Occurrence
from community.core.language_folders import with_stand_ins
from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean
from community.description.calendar_model import Event
from community.description.directory_model import Contact
from community.directory.entry import key_of
from community.directory.lines import Line
from community.search.calendar_match import Selection
from community.search.calendar_question import CalendarQuestion, Wanted

AT_MOST = 5
"""The most events and deadlines in one reply."""
_IN_FULL = 2
"""The most that are shown with all details: more are one long grey column on a phone."""
_ONE = frozenset({Wanted.NEXT, Wanted.FIRST, Wanted.LAST})
"""What asks for one of several."""
_NEAREST = 3
"""The most that are shown where none is just what was asked for."""


@dataclass(frozen=True, slots=True)
class PreviousOccasions:
    """The previous question to the calendar in a conversation, and the state of its answer.

    ``listed`` are the occurrences found, by the name of their entry and their original start; ``shown`` counts those
    shown so far, ``page`` are those shown last. ``is_near``: none of them is just what was asked for.
    """

    question: CalendarQuestion
    listed: tuple[tuple[str, datetime], ...] = ()
    shown: int = 0
    page: tuple[tuple[str, datetime], ...] = ()
    is_near: bool = False


@dataclass(frozen=True, slots=True)
class CalendarAnswer:
    """The reply to a question to the calendar. ``leaves_open``: somebody may know what the calendar does not have."""

    reply: Reply
    leaves_open: bool = False


@dataclass(frozen=True)
class CalendarReply:
    """Makes the reply to ``question``, and remembers in ``conversations`` what it has shown."""

    known: Knowledge
    sight: Sight
    conversations: ConversationMemory[PreviousOccasions]
    context: MessageContext
    question: CalendarQuestion

    @cached_property
    def occasions(self) -> Occasions:
        """What there is for those who read the reply."""
        zone = asker_zone(self.known, self.context)
        viewer = viewer_of(self.known, self.context)
        return Occasions(self.known.calendar, self.sight, viewer, zone, self.context.now)

    @property
    def _translate(self) -> Translator:
        return self.known.translators[self.question.language]

    # --- what was found -------------------------------------------------------------------------------------------

    def reply(
        self,
        found: Sequence[Occurrence],
        before: PreviousOccasions,
        *,
        is_more: bool = False,
        again: bool = False,
        first: int = 1,
    ) -> Reply:
        """Return what was found: the first, and how many more there are. ``again``: they were shown before.

        ``first``: how many are shown where only the next one is asked for.
        """
        first_only = self.question.wanted in _ONE and not (is_more or again)
        cards = self._cards(found[: first if first_only else AT_MOST])
        shown = tuple(found[: len(cards)])
        if not again:
            listed = before.listed or tuple(map(_named, found))
            before = replace(before, listed=listed, shown=before.shown + len(shown))
        self._remember(replace(before, page=tuple(map(_named, shown))), goes_on=is_more or again)
        left = 0 if again else len(before.listed) - before.shown
        head = [] if is_more or again else list(self._heading())
        if self.question.wanted is Wanted.CHANGED and not any(
            one.is_moved or one.is_cancelled for one in shown
        ):
            head.append(sentences.UNCHANGED)
        if self._may_count(found) and not (is_more or again):
            head.append(msg("In all: {count}", count=len(found)))
        below = self._below(left, goes_on=is_more or again)
        reply = self._of(head, cards, shown, below)
        effects = () if is_more else (CountQuestion(sentences.topics(self.question), answered=True),)
        return replace(reply, found=self._entries(found, certain=True), effects=effects, marks=_mark(shown))

    def one_after(self, before: PreviousOccasions) -> Reply:
        """Return what comes next after what was shown last: of a series its next date, of several the next of all.

        Of several that were only near it is asked which one is meant, but where one was asked for: it comes first.
        """
        if before.is_near and len(before.page) > 1 and before.question.wanted not in _ONE:
            return self._nearby([sentences.WHICH], self.occasions.again(before.page))
        if before.is_near:
            before = replace(before, listed=before.page[:1], shown=1, page=before.page[:1], is_near=False)
        of_those = self.question.names_entries or self.question.kinds
        names = {name for name, _original in before.listed} if of_those else set(self.occasions.known())
        found = self.occasions.following(before.page, names)
        found = tuple(one for one in found if not self.question.mine or self.occasions.concerns(one))[:1]
        if not found:
            return self.say(NOTHING_MORE)
        is_listed = before.listed[before.shown : before.shown + 1] == tuple(map(_named, found))
        return self.reply(found, replace(before, shown=before.shown + is_listed), again=True)

    def _may_count(self, found: Sequence[Occurrence]) -> bool:
        """Whether it is asked how many there are and all are found: without days, of a series the next alone is."""
        if self.question.wanted is not Wanted.COUNT:
            return False
        series = (isinstance(one.entry, Event) and one.entry.repeat is not None for one in found)
        return self.question.has_days or not any(series)

    def found(self, selection: Selection) -> tuple[Occurrence, ...]:
        """Return what takes place of the entries that are meant, in the order asked for."""
        question, occasions = self.question, self.occasions
        found = occasions.asked(question, selection.keys) or occasions.asked(question, selection.others)
        if question.after_next:
            return occasions.following(tuple(map(_named, found[:1])), selection.keys)[:1]
        if question.behind:
            return occasions.after(tuple(occasions.known()), found[0].end)[:1] if found else ()
        return in_asked_order(question, found)

    def with_left(self, before: PreviousOccasions, left: Sequence[Occurrence]) -> PreviousOccasions:
        """Return the answer before, of which ``left`` alone may still be shown: no other is counted."""
        return replace(before, listed=(*before.listed[: before.shown], *map(_named, left)))

    def _below(self, left: int, *, goes_on: bool = False) -> list[str]:
        """Return the sentences below: in a room the same one, whatever there is, so that it tells nobody anything."""
        translate, context = self._translate, self.context
        said = [] if context.is_direct or goes_on else [translate(REST_DIRECTLY)]
        rest = tail(translate, context, left, is_kept_back=False, offered=None, room_theme=None)
        return [*said, *rest]

    def _heading(self) -> Iterator[Message]:
        """Yield the days as they were understood."""
        question, texts = self.question, locale_texts(self._translate.language)
        if not question.has_days:
            return
        since, until = question.since or question.until, question.until or question.since
        assert since is not None and until is not None  # noqa: S101, PT018 - it has days
        days = texts.full_day(since), texts.full_day(until)
        today = self.context.now.astimezone(self.occasions.zone).date()
        yield sentences.period(question.since, question.until, today, days)

    def near(self, selection: Selection, *, which: bool = False) -> Reply:
        """Return that there is nothing of just what was asked for, and what comes near; or ``which`` there are."""
        said = sentences.not_there(selection, self._translate.language)
        found = self.occasions.asked(self.question, selection.keys)[:_NEAREST]
        if not found:
            return self.nothing(said or self._nothing_then())
        unheeded = sentences.not_heeded(self.question, self._translate.language)
        doubts = [one for one in (said, unheeded) if one is not None]
        head = [*self._heading(), *doubts, sentences.WHICH if which else sentences.NEAREST]
        return self._nearby(head, found)

    def none(self, names: Sequence[str]) -> Reply:
        """Return that what was asked for does not take place then, and when it does, next or last."""
        if self.question.mine:
            return self._none_for_asker(names)
        if self.question.has_days:
            _start, end = self.occasions.stretch(self.question)
            after = self.occasions.after(names, end)[:1]
            head = [*self._heading(), self._nothing_then()]
            return self._nearby([*head, *([sentences.NEXT_AFTER] if after else [])], after)
        if self.question.been:
            return self.nothing(sentences.NOTHING_BEFORE)
        been = self.occasions.asked(replace(self.question, been=True), names)[:1]
        return self._nearby([sentences.NOTHING_MORE_TO_COME if been else sentences.NOTHING_TO_COME], been)

    def changes(self, names: Sequence[str]) -> Reply:
        """Return what of some entries is cancelled or moved, and that nothing is cancelled where nothing is."""
        found = self.occasions.changed(self.question, names)
        if any(one.is_cancelled for one in found):
            return self.reply(found, PreviousOccasions(self.question))
        message = sentences.ONLY_MOVED if found else sentences.NOTHING_CHANGED
        return self._nearby([*self._heading(), message], found[:AT_MOST])

    def _none_for_asker(self, names: Sequence[str]) -> Reply:
        others = self.occasions.asked(replace(self.question, mine=False), names)[:_NEAREST]
        head = [*self._heading(), sentences.NOTHING_OF_YOURS]
        if others or not self.question.has_days:
            return self._nearby([*head, *([sentences.FOR_OTHERS] if others else [])], others)
        _start, end = self.occasions.stretch(self.question)
        after = [one for one in self.occasions.after(names, end) if self.occasions.concerns(one)][:1]
        return self._nearby([*head, *([sentences.NEXT_AFTER] if after else [])], after)

    def only_deadlines(self, found: Sequence[Occurrence]) -> Reply:
        """Return that there is no event of what was asked for, and the deadlines of it, which come near."""
        return self._nearby([*self._heading(), self._nothing_then(), sentences.NEAREST], found[:_NEAREST])

    def _nothing_then(self) -> Message:
        if not self.question.has_days:
            return sentences.NOTHING_TO_COME
        return sentences.NOTHING_THEN_OF_THAT if self.question.names_entries else sentences.NOTHING_THEN

    def nothing(self, message: Message) -> Reply:
        """Return one sentence that says what there is not."""
        return self._nearby([message], ())

    def say(self, message: Message) -> Reply:
        """Return one sentence; what was shown before is still remembered."""
        return reply_of([self._translate(message)], [], [], self._translate.language)

    def _nearby(self, head: Sequence[Message], shown: Sequence[Occurrence]) -> Reply:
        cards = self._cards(shown)
        shown = shown[: len(cards)]
        page = tuple(map(_named, shown))
        self._remember(PreviousOccasions(self.question, page, len(page), page, is_near=len(page) > 1))
        reply = self._of(head, cards, shown, self._below(0))
        return replace(reply, found=self._entries(shown, certain=False), marks=_mark(shown))

    # --- how it is written ----------------------------------------------------------------------------------------

    def _of(
        self,
        head: Sequence[Message],
        cards: Sequence[Sequence[Line]],
        shown: Sequence[Occurrence],
        below: Sequence[str],
    ) -> Reply:
        legend = self._times.legend(shown)
        last = [*([] if legend is None else [self._translate(legend)]), *below]
        return reply_of(list(map(self._translate, head)), cards, last, self._translate.language)

    def _cards(self, shown: Sequence[Occurrence]) -> list[Sequence[Line]]:
        known, context = self.known, self.context
        city = asker_city(known, context)
        languages = (*with_stand_ins(context.person.languages), *(() if city is None else city.languages))
        cards = OccurrenceCards(
            known.community,
            known.calendar,
            self.sight,
            self.occasions.viewer,
            self._times,
            languages,
            self.question.clock,
            self._name_of,
        )
        return fitting(cards.cards(shown, self.question.wanted, brief=len(shown) > _IN_FULL))

    def _name_of(self, key: str) -> str | None:
        """Return the name of a contact or a member by what stands for them in the calendar; None for anybody else."""
        contact, member = self.known.index.entry("contact", key), self.known.members.get(key)
        if isinstance(contact, Contact):
            return clean(contact.name.text(self._translate.language))
        return None if member is None else clean(member.name)

    @cached_property
    def _times(self) -> OccurrenceTimes:
        known, context = self.known, self.context
        city = asker_city(known, context) if context.is_direct else None
        keys = () if context.is_direct else known.calendar.cities_of_room(context.room_key or "")
        cities = tuple(known.community.city[key] for key in keys)
        country = "" if city is None else city.country
        return OccurrenceTimes(self._translate, self.occasions.zone, context.now, cities, country)

    def _entries(self, found: Sequence[Occurrence], *, certain: bool) -> FoundEntries:
        keys = tuple(dict.fromkeys(key_of(one.entry) for one in found))
        return FoundEntries(self.question.language, certain, keys, len(keys))

    def _remember(self, said: PreviousOccasions, *, goes_on: bool = False) -> None:
        self.conversations.put(self.context, said, goes_on=goes_on or said.question.follows)


def _mark(shown: Sequence[Occurrence]) -> dict[str, str]:
    return dates_mark(one.key for one in shown)


def _named(one: Occurrence) -> tuple[str, datetime]:
    return name_of_item(one.entry), one.original
