"""Answers questions to the calendar: what is next, when something is, what is due. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

from bots.context.asker import asker_week, asker_zone
from bots.context.conversation_memory import ConversationMemory
from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply
from bots.context.short_answer import ShortAnswer, short_answer
from bots.features.ask import calendar_sentences as sentences
from bots.features.ask.calendar_bounds import bounded
from bots.features.ask.calendar_findables import Findables
from bots.features.ask.calendar_reply import CalendarAnswer, CalendarReply, PreviousOccasions
from bots.features.ask.sentences import NOTHING_MORE
from community.agenda.calendar_index import name_of_item
from community.agenda.entry_scope import Sight
from community.agenda.occurrences import Occurrence
from community.core.words import words
from community.description.calendar_model import Deadline
from community.search.calendar_clock import clocked
from community.search.calendar_follow import days_after
from community.search.calendar_match import Findable, Selection, selected
from community.search.calendar_names import CalendarNames
from community.search.calendar_question import CalendarQuestion, Claim, Wanted
from community.search.calendar_reading import CalendarReader
from community.search.calendar_shown import narrowed
from community.search.calendar_titles import asked_by_title
from community.search.calendar_words import TAKES_PLACE, labels_of
from community.search.follow import asks_for_one_after, begins_with_one_after
from community.search.language import language_of
from community.search.written_out import written_out

_OF_ONE = frozenset({Wanted.WHEN, Wanted.WHERE, Wanted.LASTS})
"""Details of one entry, which are asked of what has been too."""


_OF_NAMED = frozenset({Wanted.WHERE, Wanted.LINK, Wanted.LASTS, Wanted.FOR_WHOM, Wanted.HOW_OFTEN})
"""Details that make sense of one entry alone."""


class CalendarSearch:
    """Answers from one state of the calendar. ``conversations`` has the previous question of each."""

    def __init__(self, knowledge: Knowledge, conversations: ConversationMemory[PreviousOccasions]) -> None:
        self._known = knowledge
        self._conversations = conversations
        self._findables = Findables(knowledge)

    @cached_property
    def _reader(self) -> CalendarReader:
        return CalendarReader(self._known.lexicon, CalendarNames.of(self._known.community))

    @cached_property
    def _sight(self) -> Sight:
        return Sight(self._known.community)

    def continued(self, context: MessageContext) -> Reply | None:
        """Return the next occurrences of the answer before, where “more” asks for them; None for anything else.

        “And the one after that?” asks for one alone, the next after those shown last.
        """
        before = self._conversations.get(context)
        if before is None or short_answer(context.text) is not ShortAnswer.MORE or not before.listed:
            return None
        asked = self._asked(context, before.question)
        if before.page and asks_for_one_after(words(context.text)):
            return asked.one_after(before)
        left = asked.occasions.again(before.listed[before.shown :])
        if not left:
            return asked.say(NOTHING_MORE)
        return asked.reply(left, asked.with_left(before, left), is_more=True)

    def forget(self, context: MessageContext) -> None:
        """Forget the previous question of a conversation: something else was answered in it."""
        self._conversations.forget(context)

    def _in_full(self, context: MessageContext) -> MessageContext:
        """Return a message with its words in full that were written in a hurry."""
        language = language_of(context.text, self._language(context))
        return replace(context, text=written_out(context.text, language))

    def answer(self, context: MessageContext, *, after_directory: bool = False) -> CalendarAnswer | None:
        """Return what the calendar has for a question; None where it does not ask the calendar.

        ``after_directory``: something of the directory was shown last, of which “when?” may be asked too.
        """
        before = self._conversations.get(context)
        if short_answer(context.text) is not None:
            return None
        context = self._in_full(context)
        question = self._read(context, None if before is None else before.question)
        if question is None:
            return self._by_title(context)
        if after_directory and question.wanted is Wanted.WHEN and not question.kinds:
            question = replace(question, claim=Claim.IF_NAMED)
        asked = self._asked(context, question)
        if question.of_shown and before is not None and before.page:
            shown = asked.occasions.again(before.page)
            wanted = Wanted.CLOCK if question.wanted is Wanted.CLOCK else before.question.wanted
            kept = replace(
                before, question=replace(before.question, language=question.language, wanted=wanted)
            )
            if begins_with_one_after(words(context.text)):
                return CalendarAnswer(asked.one_after(before))
            if shown:
                return CalendarAnswer(asked.reply(shown, kept, again=True))
        return self._found(asked, question) or self._by_title(context)

    def _read(self, context: MessageContext, previous: CalendarQuestion | None) -> CalendarQuestion | None:
        """Return what a message asks of the calendar; None where it does not ask that."""
        week, language = asker_week(self._known, context), self._language(context)
        if previous is not None:
            said = words(context.text)
            after = days_after(said, previous, week, language_of(context.text, previous.language))
            if after is not None:
                return after
        return self._reader.read(context.text, language, self._today(context), previous, week)

    def _by_title(self, context: MessageContext) -> CalendarAnswer | None:
        """Return what is asked for by its whole title, whatever the directory has of these words."""
        language = self._language(context)
        occasions = self._asked(context, CalendarQuestion(language)).occasions
        meant = asked_by_title(context.text, language, self._findables.of(tuple(occasions.known()), ()))
        if meant is None:
            return None
        question, keys = meant
        asked = self._asked(context, question)
        found = asked.occasions.asked(question, keys)
        return CalendarAnswer(asked.reply(found, PreviousOccasions(question)) if found else asked.none(keys))

    def _found(self, asked: CalendarReply, question: CalendarQuestion) -> CalendarAnswer | None:
        names = tuple(asked.occasions.known())
        findables = _of_such(question, self._findables.of(names, asked.occasions.detailed(names)))
        if question.bound is not None:
            question = bounded(question, question.bound, asked.occasions, findables)
        if question.wanted is Wanted.CLOCK:
            question = clocked(question, findables)
        asked = replace(asked, question=question)
        selection = self._for_shown(asked, question, selected(question, findables), findables)
        selection = _loose(question, selection)
        if not _is_ours(question, selection):
            return None
        which = _is_of_many(question, selection)
        selection = replace(selection, certain=False) if question.unheeded or which else selection
        if not names:
            return CalendarAnswer(asked.nothing(sentences.NOTHING_AT_ALL))
        if not selection.certain:
            # Of a follow-up the words alone would say too little to whom it is passed on.
            return CalendarAnswer(asked.near(selection, which=which), leaves_open=not question.follows)
        if question.changes:
            return CalendarAnswer(asked.changes((*selection.keys, *selection.others)))
        found = asked.found(selection)
        if not found:
            return CalendarAnswer(asked.none((*selection.keys, *selection.others)))
        if _asks_for_events(question) and all(isinstance(one.entry, Deadline) for one in found):
            return CalendarAnswer(asked.only_deadlines(found))
        doubled = _with_meeting(question, found, findables)
        reply = asked.reply(doubled or found, PreviousOccasions(question), first=2 if doubled else 1)
        return CalendarAnswer(reply)

    def _for_shown(
        self,
        asked: CalendarReply,
        question: CalendarQuestion,
        selection: Selection,
        findables: Mapping[str, Findable],
    ) -> Selection:
        """Return what is meant, where one entry was shown last: of registrations that for it."""
        before = self._conversations.get(asked.context)
        names = set() if before is None else {name for name, _original in before.page}
        shown = findables.get(names.pop()) if len(names) == 1 else None
        if before is None or shown is None:
            return selection
        return narrowed(selection, question, before.question, shown, findables)

    def _asked(self, context: MessageContext, question: CalendarQuestion) -> CalendarReply:
        return CalendarReply(self._known, self._sight, self._conversations, context, question)

    def _language(self, context: MessageContext) -> str:
        return self._known.translator(context.person.languages).language

    def _today(self, context: MessageContext) -> date:
        return context.now.astimezone(asker_zone(self._known, context)).date()


def _of_such(question: CalendarQuestion, findables: Mapping[str, Findable]) -> Mapping[str, Findable]:
    """Return the entries of which such a detail can be asked."""
    if question.wanted is Wanted.WHERE and question.claim is not Claim.SURE and not question.kinds:
        # “Where are the compost sites?” does not ask for the visit to them.
        return {name: one for name, one in findables.items() if not one.named}
    if question.wanted is Wanted.LASTS and "deadline" not in question.kinds:
        return {name: one for name, one in findables.items() if "deadline" not in one.kinds}
    if question.wanted in (Wanted.ASKED_BY, Wanted.HAND_IN):
        return {name: one for name, one in findables.items() if "deadline" in one.kinds}
    return findables


def _loose(question: CalendarQuestion, selection: Selection) -> Selection:
    """Return a selection as what only comes near, where an occasion was named and nothing of that kind was found.

    “When is the health clinic?” asks for no exchange on health, and no time is answered with a document.
    """
    named = any(TAKES_PLACE & labels_of((stem,)) for part in question.about for stem in part.stems)
    if question.before:  # What was before something is shown by nobody: that itself is near.
        return replace(selection, certain=False)
    found = selection.is_called or selection.is_occasion
    by_theme = (named or question.is_plain) and _is_by_theme(question)
    by_theme = by_theme or (question.by_due and question.wanted is Wanted.WHEN and selection.is_by_theme)
    return selection if found or not by_theme else replace(selection, certain=False)


def _is_of_many(question: CalendarQuestion, selection: Selection) -> bool:
    """Whether a detail of one entry is asked for, no more than “meeting” says of which, and there are several.

    “And where do we meet?”, where nothing was shown before.
    """
    named = question.about or question.themes or question.has_place or question.has_days or question.follows
    named = named or question.named_kinds - {"meeting", "deadline"}
    several = len({*selection.keys, *selection.others}) > 1
    return question.wanted in _OF_NAMED and selection.certain and several and not named


def _asks_for_events(question: CalendarQuestion) -> bool:
    """Whether events are asked for by such a word: “is there an event on transport in January?”."""
    return "event" in question.kinds and "deadline" not in question.kinds


def _is_by_theme(question: CalendarQuestion) -> bool:
    return question.wanted is Wanted.WHEN and bool(question.about) and not question.kinds


def _is_ours(question: CalendarQuestion, selection: Selection) -> bool:
    """Whether the calendar answers, and not the directory."""
    if question.claim is Claim.SURE:
        # “When is it too late to object to a land title?” has nothing but its theme in common with the webinar on land.
        silent = {part.words for part in question.about if part.says_nothing}
        some = 0 < len(selection.unknown) < len(question.about)
        has_all = selection.certain or (some and silent.issuperset(selection.unknown))
        found = selection.is_called or selection.is_occasion
        return not (_is_by_theme(question) and has_all and not found)
    is_past = question.been and not (question.wanted in _OF_ONE and selection.is_called)
    is_meant = selection.certain and selection.is_named and not is_past
    return is_meant and (question.claim is Claim.IF_NAMED or selection.is_called)


def _with_meeting(
    question: CalendarQuestion, found: Sequence[Occurrence], findables: Mapping[str, Findable]
) -> tuple[Occurrence, ...]:
    """Return what was found, second the first that is called a meeting; none where the first is, or none is.

    Whoever asks for the next meeting may mean any event that counts as one, or one of that name.
    """
    if question.wanted is not Wanted.NEXT or "meeting" not in question.kinds:
        return ()
    called = [one for one in found if "meeting" in findables[name_of_item(one.entry)].named]
    if not called or called[0] is found[0]:
        return ()
    return (found[0], called[0], *(one for one in found[1:] if one is not called[0]))
