"""Answers messages and reactions about changes of the directory. Pure; `effects` says how `handlers` uses it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from bots.context.knowledge import Knowledge
from bots.context.message import MessageContext, Reply, is_over
from bots.context.numbered import confirmed_number
from bots.context.short_words import reaction, short_word
from bots.features.edit import date_changes, draft_start, guided, lists, planning
from bots.features.edit.bare_planning import begin_bare
from bots.features.edit.command_parser import bare_plans, command
from bots.features.edit.commands import (
    Add,
    CancelDate,
    Change,
    ChangeStage,
    Confirm,
    Decision,
    Deputy,
    History,
    ListStale,
    MoveDate,
    ParsedCommand,
    PlanDate,
    Proposals,
    QueryCommand,
    Remove,
    Save,
    Undo,
)
from bots.features.edit.confirmation import CHANGED_MEANWHILE
from bots.features.edit.date_fields import read_time
from bots.features.edit.date_lookup import NamedDate, found_date
from bots.features.edit.date_meant import MeantDate
from bots.features.edit.date_wishes import TwoWishes, wanted
from bots.features.edit.draft import KEPT_FOR, EditDraft
from bots.features.edit.effects import NeededRecords, Proposal, Records, Turn
from bots.features.edit.entry_lookup import any_entry
from bots.features.edit.text_reader import TextReader
from bots.features.edit.turn_context import EditKnowledge, TurnContext
from community.core.messages import Message, Translator, msg
from community.description.directory_model import Visible
from community.description.model import Community
from community.description.person import Person
from community.directory.entry import Entry, kind_of
from community.directory.naming import KnownEntries
from community.search.lexicon import Lexicon


class DirectoryEditor:
    """Answers commands, the steps of a guided edit, and reactions. It has no state of its own.

    ``known`` are the directory's entries; the caller keeps them up to date. ``translators`` are by language code, the
    bot's own language first. ``visible`` is `Directory.visible`.
    """

    def __init__(
        self,
        community: Community,
        lexicon: Lexicon,
        known: KnownEntries,
        translators: Mapping[str, Translator],
        visible: Visible | None = None,
    ) -> None:
        text_reader = TextReader(community, lexicon)
        self._knowledge = EditKnowledge(community, text_reader, known, translators, visible or {})

    def wants(self, message: MessageContext, draft: EditDraft | None) -> NeededRecords:
        """Return which records of the store `answer` needs for this message; mostly none."""
        own, number = _open(message, draft), confirmed_number(message.text)
        if number is not None:
            return NeededRecords(proposals=own is None or own.number != number)
        parsed = None if own else self._command(message)
        if parsed is None:
            return NeededRecords()
        match parsed.command:
            case History(name) if not name and message.quoted is None:
                return NeededRecords(history=True)
            case History(name):
                entry = _with_history(self._context(message, parsed.language), name)
                return (
                    NeededRecords()
                    if isinstance(entry, Message)
                    else NeededRecords((kind_of(entry), entry.key))
                )
            case Undo(None):
                return NeededRecords(own_history=True)
            case Undo(number):
                return NeededRecords(row=number)
            case Proposals() | Decision():
                return NeededRecords(proposals=True)
            case _:
                return NeededRecords()

    def answer(
        self, message: MessageContext, draft: EditDraft | None, records: Records | None = None
    ) -> Turn | None:
        """Return the turn for a message; None where it is not about an edit (an open draft is then kept)."""
        own, number = _open(message, draft), confirmed_number(message.text)
        if number is not None and (own is None or own.number != number):
            context = self._context(message, self._knowledge.language_for(message.person))
            turn = lists.approved_by_number(context, records or Records(), number)
            if turn is not None and (own is None or turn.effects):
                return turn
        if own is not None:
            context = self._context(message, self._spoken(own.language), records)
            return guided.answer(context, own, message.text)
        parsed = self._command(message)
        changed = self._date_change(message, parsed, records)
        if changed is not None:
            return changed
        if parsed is not None:
            context = self._context(message, parsed.language, records)
            return self._carry_out(context, parsed, records or Records())
        return self._bare_plan(message, records) or self._too_late(message, draft)

    def just_changed(self, message: MessageContext, language: str, records: Records) -> Turn | None:
        """Return the turn for “cancel” with nothing open; None where the sender has just changed nothing.

        ``records``: the sender's own history.
        """
        return draft_start.just_changed(self._context(message, self._spoken(language), records), records)

    def react(
        self, draft: EditDraft, reactor: Person, key: str, now: datetime, *, is_clock_believed: bool = True
    ) -> Turn | None:
        """Return the turn for a reaction to the message that shows a draft.

        None where it does nothing: it is another person's, another emoji, too late, or the draft is not complete.
        ``key`` is that of the annotation (spec, "Event annotations and reactions"). Reactions are not encrypted, so
        the homeserver could make one: a removal, and what touches a telephone number, an e-mail address or an
        account, has to be confirmed in words.
        """
        yes = reaction(key)
        is_late = is_clock_believed and draft.is_over(now)
        if reactor.user_id != draft.user_id or draft.asking is not None or is_late or yes is None:
            return None
        context = self._context_for(reactor, self._spoken(draft.language), now)
        if not yes:
            return guided.dropped(context, draft)
        return guided.agreed(context, draft)

    def react_to_proposal(self, proposal: Proposal, reactor: Person, key: str, now: datetime) -> Turn | None:
        """Return the turn for a reaction to a shown proposal; None if the reactor may not decide on it."""
        yes = reaction(key)
        context = self._context_for(reactor, self._knowledge.language_for(reactor), now)
        if yes is None or not lists.may_decide(context, proposal):
            return None
        if yes and lists.needs_words(proposal):
            return lists.proposal_card(context, proposal)
        return lists.decided(context, proposal, approved=yes)

    def proposal_card(
        self, proposal: Proposal, reader: Person, readers: frozenset[str], now: datetime
    ) -> Reply:
        """Return the message that shows a proposal to those who may approve it.

        ``readers``: roles that will read it.
        """
        context = TurnContext(
            self._knowledge,
            reader,
            now,
            self._knowledge.language_for(reader),
            readers,
            is_alone=readers == {reader.role},
        )
        return lists.proposal_card(context, proposal).reply

    def decided(self, proposal: Proposal, reader: Person, now: datetime, *, approved: bool) -> Reply:
        """Return the message that tells the proposer of a decision."""
        context = self._context_for(reader, self._knowledge.language_for(reader), now)
        return context.reply([lists.outcome(context, proposal, approved=approved)])

    def changed_meanwhile(self, language: str, person: Person, now: datetime) -> Reply:
        """Return the reply where the store refuses a change because the entry was changed in the meantime."""
        return self._context_for(person, self._spoken(language), now).reply([CHANGED_MEANWHILE])

    def _spoken(self, language: str) -> str:
        return (
            language if language in self._knowledge.translators else next(iter(self._knowledge.translators))
        )

    def _context(self, message: MessageContext, language: str, records: Records | None = None) -> TurnContext:
        return TurnContext(
            self._knowledge,
            message.person,
            message.now,
            language,
            message.readers,
            message.quoted,
            message.hides_quoted,
            records is not None and records.is_agreed,
            message.is_direct,
            message.theme,
            message.cohort,
            message.shown,
            message.room_key,
            frozenset() if records is None else records.there,
        )

    def _context_for(self, person: Person, language: str, now: datetime) -> TurnContext:
        """Return a context in which any role may read along, so that restricted fields are hidden."""
        return TurnContext(self._knowledge, person, now, language, frozenset())

    def _command(self, message: MessageContext) -> ParsedCommand | None:
        preferred = self._knowledge.language_for(message.person)
        parsed = command(message.text, preferred)
        if parsed is None or not self._is_date(message, parsed):
            return None
        return ParsedCommand(parsed.command, self._spoken(parsed.language))

    def _is_date(self, message: MessageContext, parsed: ParsedCommand) -> bool:
        """Whether a command is none that plans a date, or one that says for sure that it does."""
        said = parsed.command
        if not isinstance(said, PlanDate) or said.is_sure:
            return True
        return read_time(self._context(message, self._spoken(parsed.language)), said.rest) is not None

    def _date_change(
        self, message: MessageContext, parsed: ParsedCommand | None, records: Records | None
    ) -> Turn | None:
        """Return the turn for what a message wants changed in the calendar, None where it is about something else."""
        preferred = self._knowledge.language_for(message.person)
        context = self._context(message, preferred, records)
        meant = wanted(context, message.text, preferred, None if parsed is None else parsed.command)
        match meant:
            case None:
                return None
            case TwoWishes(first):
                language = first.request.language
            case MeantDate(request):
                language = request.language
            case Message():
                language = preferred
        return date_changes.change(self._context(message, self._spoken(language), records), meant)

    def _bare_plan(self, message: MessageContext, records: Records | None) -> Turn | None:
        preferred = self._knowledge.language_for(message.person)
        turns = (
            begin_bare(self._context(message, self._spoken(language), records), said)
            for said, language in bare_plans(message.text, preferred)
        )
        return next((turn for turn in turns if turn is not None), None)

    def _too_late(self, message: MessageContext, draft: EditDraft | None) -> Turn | None:
        """Tell somebody who answers a draft after a day that it is gone; None for any text that is no short word."""
        is_short = short_word(message.text) is not None or confirmed_number(message.text) is not None
        is_old = message.draft == "" or (draft is not None and draft.user_id == message.person.user_id)
        if not is_old or not is_short:
            return None
        language = self._knowledge.language_for(message.person) if draft is None else draft.language
        gone = msg(
            "That was more than a day ago and I have not kept it: nothing was changed. Please begin again."
        )
        return self._context(message, self._spoken(language)).turn([gone])

    def _carry_out(self, context: TurnContext, parsed: ParsedCommand, records: Records) -> Turn:
        match parsed.command:
            case PlanDate() | MoveDate() | CancelDate():
                return _change_calendar(context, parsed.command)
            case Add(kind, what, rest):
                return draft_start.add(context, kind, what, rest)
            case Save(kind, what, rest):
                return draft_start.save(context, kind, what, rest)
            case Remove(name):
                return draft_start.remove(context, name)
            case Confirm(name):
                return draft_start.confirm(context, name)
            case Change(field, readings):
                return draft_start.change(context, field, readings)
            case ChangeStage(name, stage):
                return draft_start.stage(context, name, stage)
            case Deputy(deputy, of):
                return draft_start.deputy(context, deputy, of)
            case _:
                return self._tell(context, parsed.command, records)

    def _tell(self, context: TurnContext, said: QueryCommand, records: Records) -> Turn:
        match said:
            case Undo(number):
                return draft_start.undo(context, records, number)
            case History(name):
                return self._history(context, name, records)
            case Proposals():
                return lists.proposals(context, records)
            case Decision(approved, number):
                return lists.decision(context, records, approved=approved, number=number)
            case ListStale(rest):
                return lists.stale_list(context, rest)
            case _:
                assert_never(said)

    def _history(self, context: TurnContext, name: str, records: Records) -> Turn:
        if not name and context.quoted is None:
            return lists.history(context, None, records.history)
        entry = _with_history(context, name)
        return (
            context.turn([entry])
            if isinstance(entry, Message)
            else lists.history(context, entry, records.history)
        )


def _with_history(context: TurnContext, name: str) -> Entry | Message:
    """Return the entry whose history is asked for: by its name, or as dates are named when they are changed."""
    entry = any_entry(context, name)
    found = found_date(context, name) if isinstance(entry, Message) and name else None
    return found.entry if isinstance(found, NamedDate) else entry


def _change_calendar(context: TurnContext, said: PlanDate | MoveDate | CancelDate) -> Turn:
    match said:
        case PlanDate():
            return planning.begin(context, said)
        case MoveDate() | CancelDate():
            return date_changes.plainly(context, said)
        case _:
            assert_never(said)


def editor(knowledge: Knowledge) -> DirectoryEditor:
    """Return an editor for this state of the bot's knowledge."""
    return DirectoryEditor(
        knowledge.community, knowledge.lexicon, knowledge.known, knowledge.translators, knowledge.visible
    )


def _open(message: MessageContext, draft: EditDraft | None) -> EditDraft | None:
    """Return the draft if it is the sender's own and has not expired, else None."""
    if draft is None or draft.user_id != message.person.user_id or is_over(message, draft.heard_at, KEPT_FOR):
        return None
    gives_way = draft.is_choice() and command(message.text, draft.language) is not None
    return None if gives_way else draft
