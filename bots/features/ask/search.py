"""Searches the directory for a question, and makes the reply from the entries found. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from bots.context.conversation_memory import ConversationMemory
from bots.context.knowledge import Knowledge
from bots.context.message import FoundEntries, MessageContext, Reply, Unnumbered
from bots.context.nothing_open import cancels
from bots.context.numbered import confirmed_number
from bots.context.reply_text import fitting, reply_of
from bots.context.short_answer import ShortAnswer, short_answer
from bots.features.ask.effects import CountQuestion, topics
from bots.features.ask.first_entries import first_of_its_kind, nothing_found
from bots.features.ask.offers import LONGEST_PASSED_ON, QuestionOffers
from bots.features.ask.previous_question import PreviousQuestion
from bots.features.ask.sentences import (
    NOTHING_MORE,
    OFFERED_NOTHING,
    How,
    heading,
    how_found,
    missing,
    nothing,
    offer,
    tail,
)
from bots.features.ask.time_answers import asks_when_alone, without_contacts
from bots.features.ask.understanding import left_out, not_about, not_understood
from bots.features.ask.unknown import for_all_cities, unknown_lines
from community.core.language_folders import with_stand_ins
from community.core.messages import Message, Translator
from community.core.plain_text import clean, isolated
from community.core.words import words
from community.core.zones import ZoneInfo
from community.description.days import short_year
from community.description.directory_model import Attachment, Contact, Resource
from community.directory.cards import Cards, Readers
from community.directory.entry import DirectoryEntry, EntryKey, key_of, kind_of
from community.directory.lines import Line
from community.search.answer import Answer
from community.search.asked import Question, Relation
from community.search.follow import needs_previous
from community.search.question import parse
from community.search.time_asked import asks_opening_hours

AT_MOST = 5
"""The most cards in one reply."""
_IN_FULL = 2
"""The most cards that have all details: more of them are one long grey column on a phone."""


_UNSURE: tuple[How, ...] = ("likely", "nearest")

_Some = Sequence[DirectoryEntry]


class DirectorySearch:
    """Answers from one state of the directory. ``conversations`` has the previous question of each."""

    def __init__(self, knowledge: Knowledge, conversations: ConversationMemory[PreviousQuestion]) -> None:
        self._known = knowledge
        self._conversations = conversations
        self.offers = QuestionOffers(knowledge, conversations)

    def continued(self, context: MessageContext) -> Reply | Unnumbered | None:
        """Return the reply to a word that refers to the previous answer (“more”, “yes 5”, “no”), else None."""
        number = confirmed_number(context.text)
        if number is not None:
            return self.offers.accepted(context, number)
        before = self._conversations.get(context)
        if before is None:
            return None
        match short_answer(context.text):
            case ShortAnswer.MORE if before.keys:
                return self._show(context, before, "more")
            case ShortAnswer.YES if before.offered:
                return self.offers.needs_number(context)
            case ShortAnswer.NO if before.offered:
                return self._passes_nothing_on(context, before)
            case _:
                dropped = before.offered and cancels(context)
                return self._passes_nothing_on(context, before) if dropped else None

    def _passes_nothing_on(self, context: MessageContext, before: PreviousQuestion) -> Reply:
        self.offers.interrupted(context)
        return self._say(before, OFFERED_NOTHING)

    def forgotten(self, context: MessageContext) -> bool:
        """Whether a message goes on from an answer that is not remembered any more: the bot has started anew since."""
        if self._conversations.get(context) is not None:
            return False
        return short_answer(context.text) is not None or needs_previous(words(context.text))

    def answer(self, context: MessageContext) -> Reply | Unnumbered | None:
        """Return the entries that answer or are nearest; None where nothing can be searched for or found."""
        question, text = self._question(context)
        if question.is_empty or (short_answer(context.text) is not None and self.forgotten(context)):
            return None
        short = short_year(context.text)
        if short is not None:
            return reply_of([self._translate(question)(short)], [], [], question.language)
        answer = self._seen(context, question, self._known.index.search(question))
        answer = without_contacts(answer) if asks_when_alone(question, context.text) else answer
        answers = answer.certain or answer.for_all_cities
        unknown = [] if answers else self._unknown(context, question, text, answer)
        if unknown:
            return self._without_cards(context, question, text, unknown)
        if not answer.entries:
            return self._nothing(context, question, text)
        keys = tuple((kind_of(entry), entry.key) for entry in answer.entries)
        if asks_opening_hours(words(context.text)):
            question = replace(question, fields=question.fields | {"hours"})
        before = PreviousQuestion(
            question,
            text,
            keys,
            max(answer.total, len(keys)),
            room_theme=self._room_theme(context, question),
            unknown=answer.unknown,
        )
        return self._show(context, before, how_found(answer))

    def offering(self, context: MessageContext, translate: Translator) -> Reply | Unnumbered:
        """Return the reply that nothing was found, with the offer to pass a question on if it is one."""
        question, text = self._question(context)
        reply = nothing_found(self._known, context, translate, question)
        reply = replace(reply, found=FoundEntries(question.language))
        return (
            reply
            if question.is_empty
            else self.offers.added_to(context, reply, PreviousQuestion(question, text))
        )

    def _unknown(self, context: MessageContext, question: Question, text: str, near: Answer) -> list[Line]:
        translate = self._translate(question)
        return unknown_lines(self._known, context, translate, question, text, near)

    def _nothing(self, context: MessageContext, question: Question, text: str) -> Reply | Unnumbered | None:
        """Return that there is nobody else, or nothing in the period asked for; None where neither was asked."""
        if question.instead_of:
            return self._say(PreviousQuestion(question, text), NOTHING_MORE)
        if question.since is None and question.until is None:
            return None
        translate = self._translate(question)
        said = [Line(translate(message)) for message in nothing(question, translate.language)]
        return self._without_cards(context, question, text, said)

    def _without_cards(
        self, context: MessageContext, question: Question, text: str, lines: Sequence[Line]
    ) -> Reply | Unnumbered:
        """Return lines that say what there is not, and the offer to pass the question on."""
        translate, first = self._translate(question), first_of_its_kind(self._known, context, question)
        lines = [*lines, *(Line(translate(message)) for message in first)]
        # The places that the network does not have are left out: a follow-up goes on elsewhere.
        asked = PreviousQuestion(question.without_words(question.places), text)

        def said(number: int | None) -> Reply:
            self.offers.made(context, asked, number, goes_on=question.follows)
            offers = [] if number is None else [translate(offer(number))]
            reply = reply_of([], [[line] for line in lines], offers, translate.language)
            return replace(reply, found=FoundEntries(question.language))

        return Unnumbered(said) if self.offers.can_pass_on(context) else said(None)

    def _question(self, context: MessageContext) -> tuple[Question, str]:
        """Return the parsed question, and its text: after the previous question's, where it continues that one."""
        before = self._conversations.get(context)
        spoken = (code for code in context.person.languages if code in self._known.translators)
        question = parse(
            context.text,
            self._known.lexicon,
            next(spoken, next(iter(self._known.translators))),
            self._today(context),
            None if before is None else before.question,
            () if before is None else before.page,
        )
        text = f"{before.text} → {context.text}" if before is not None and question.follows else context.text
        return _in_room(self._known.index.with_surnames(question), context), text[-LONGEST_PASSED_ON:]

    def _room_theme(self, context: MessageContext, question: Question) -> str | None:
        """Return the theme that only the room has given a question, or the one that it continues."""
        if context.theme is None or question.themes != {context.theme} or question.theme_words:
            return None
        before = self._conversations.get(context)
        if question.follows:
            return None if before is None else before.room_theme
        return context.theme

    def _today(self, context: MessageContext) -> date:
        city = self._known.community.city.get(context.person.city or "")
        return context.now.astimezone(ZoneInfo((city or self._known.community).timezone)).date()

    def _seen(self, context: MessageContext, question: Question, answer: Answer) -> Answer:
        """Return the answer without deputies of contacts whose ``deputy`` these readers may not see or not reach."""
        if question.relation is not Relation.DEPUTY or not answer.certain:
            return answer
        first = None if question.about is None else self._known.index.entry(*question.about)
        asked_about = (
            (first,)
            if first is not None
            else self._known.index.search(replace(question, relation=None)).entries
        )
        readers = self._readers(context)
        seen = {c.deputy for c in asked_about if isinstance(c, Contact) and readers.see("deputy", c)}
        deputies = (entry for entry in answer.entries if isinstance(entry, Contact) and entry.key in seen)
        kept = tuple(deputy for deputy in deputies if readers.can_reach(deputy))
        if len(kept) == len(answer.entries):
            return answer
        if kept:
            return Answer(kept, certain=True, total=len(kept))
        return Answer(tuple(asked_about[:1]), certain=False, total=1)

    def _show(self, context: MessageContext, before: PreviousQuestion, how: How) -> Reply | Unnumbered:
        """Return a reply with the next cards of the entries found."""
        entries = list(self._entries(before.keys[before.shown :]))
        if not entries:
            return self._say(before, NOTHING_MORE)
        is_brief = len(entries) > _IN_FULL and not before.question.fields
        cards = replace(self._cards(context, before.question), is_brief=is_brief)
        lines = fitting([cards.lines(entry) for entry in entries[:AT_MOST]])
        shown = entries[: len(lines)]
        offered = how in _UNSURE or (how == "certain" and all(map(_is_vacant, shown)))
        now, translate = before.after(shown), self._translate(before.question)

        def said(number: int | None) -> Reply:
            self.offers.made(context, now, number, goes_on=how == "more" or before.question.follows)
            below = tail(
                translate,
                context,
                now.left if how not in _UNSURE else 0,
                is_kept_back=any(map(cards.keeps_back, shown)),
                offered=number,
                room_theme=self._theme_name(before, translate.language),
            )
            above = self._above(context, before, how, shown)
            reply = reply_of(above, lines, list(below), translate.language)
            lacks_hours = before.question.fields == {"hours"} and self._lacks_hours(context, shown)
            return _with_details(reply, before, entries, shown, "nearest" if lacks_hours else how)

        return Unnumbered(said) if offered and self.offers.can_pass_on(context) else said(None)

    def _lacks_hours(self, context: MessageContext, shown: _Some) -> bool:
        """Whether none of the entries shown has hours that may be shown: none of them answers when it is open."""
        readers = self._readers(context)
        with_hours = (one for one in shown if isinstance(one, Contact) and one.hours is not None)
        return not any(readers.see("hours", one) for one in with_hours)

    def _theme_name(self, before: PreviousQuestion, language: str) -> str | None:
        theme = self._known.community.theme.get(before.room_theme or "")
        return None if theme is None else isolated(clean(theme.name.text(language)), language)

    def _above(self, context: MessageContext, before: PreviousQuestion, how: How, shown: _Some) -> list[str]:
        translate = self._translate(before.question)
        said_first = [] if how == "more" else list(self._understood(context, before, shown))
        said_first += heading(before.question, translate.language, how, shown)
        instead = for_all_cities(self._known.community, before.question, shown, translate.language)
        return [
            *map(translate, (*said_first, *(instead if how == "certain" else ()))),
            *map(translate, self._not_there(context, before.question, shown)),
        ]

    def _understood(
        self, context: MessageContext, before: PreviousQuestion, shown: _Some
    ) -> Iterator[Message]:
        """Yield what was not understood, what nothing shown is about, and what is left out."""
        question, known, translate = before.question, self._known, self._translate(before.question)
        yield from not_understood(context.text, before.unknown, translate.language)
        yield from not_about(context.text, question, shown, translate.language)
        yield from left_out(question.excluded, known.community, translate, known.index.contacts_named)

    def _not_there(self, context: MessageContext, question: Question, shown: _Some) -> Iterator[Message]:
        """Yield sentences about fields that were asked for and are not on the single card shown."""
        readers = self._readers(context)
        yield from missing(question, shown, readers.see)

    def _entries(self, keys: Sequence[EntryKey]) -> Iterator[DirectoryEntry]:
        """Yield the entries with these keys that still exist."""
        yield from (entry for key in keys if (entry := self._known.index.entry(*key)) is not None)

    def _say(self, before: PreviousQuestion, message: Message) -> Reply:
        translate = self._translate(before.question)
        return reply_of([translate(message)], [], [], translate.language)

    def _translate(self, question: Question) -> Translator:
        return self._known.translators[question.language]

    def _readers(self, context: MessageContext) -> Readers:
        return Readers(context.readers, context.person.role, self._known.visible)

    def _cards(self, context: MessageContext, question: Question) -> Cards:
        city = self._known.community.city.get(context.person.city or "")
        return Cards(
            self._known.community,
            self._known.members,
            self._translate(question),
            self._known.server_name,
            context.now,
            self._contact,
            self._readers(context),
            (*with_stand_ins(context.person.languages), *(() if city is None else city.languages)),
            reads_as_there=city is None,
        )

    def _contact(self, key: str) -> Contact | None:
        entry = self._known.index.entry("contact", key)
        return entry if isinstance(entry, Contact) else None


def _with_details(reply: Reply, before: PreviousQuestion, entries: _Some, shown: _Some, how: How) -> Reply:
    """Return a reply with what it was made of, its files, and what is counted."""
    reply = replace(reply, found=_found(before, entries, how))
    if how in _UNSURE:
        return reply
    counts = (CountQuestion(topics(before.question), answered=True),) if how == "certain" else ()
    return replace(reply, files=tuple(_files(shown)), effects=counts)


def _found(before: PreviousQuestion, entries: _Some, how: How) -> FoundEntries:
    certain = how not in _UNSURE and not before.offered
    keys = tuple(map(key_of, entries))
    return FoundEntries(before.question.language, certain, keys, before.total - before.shown)


def _is_vacant(entry: DirectoryEntry) -> bool:
    return isinstance(entry, Contact) and entry.vacant


def _files(entries: _Some) -> Iterator[Attachment]:
    """Yield the files of the entries shown, with their names made safe to post as text."""
    for entry in entries:
        if isinstance(entry, Resource) and entry.file is not None:
            yield entry.file.model_copy(update={"name": clean(entry.file.name) or entry.key})


def _in_room(question: Question, context: MessageContext) -> Question:
    """Return the question with the theme of its room, if it names no theme and is not about an entry found before.

    Who asks for people of a role means all of them.
    """
    if context.theme is None or question.has_subject or question.about is not None or question.follows:
        return question
    if context.theme in question.excluded.themes:
        return question
    if question.roles or not (question.kinds or question.cities):
        return question
    return replace(question, themes=frozenset({context.theme}))
