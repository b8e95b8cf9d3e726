"""Handlers of messages and reactions about edits: they load the records and turn a `Turn` into a `Reply`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bots.context.feature import (
    FeatureHandlers,
    Handler,
    Ignored,
    Precedence,
    ReactionHandler,
    Setting,
    Trigger,
)
from bots.context.incoming import IncomingMessage
from bots.context.knowledge import Knowledge
from bots.context.log import warn
from bots.context.marks import KEEPS, REQUEST
from bots.context.message import MessageContext, ReactionContext, Reply, Unnumbered
from bots.context.nothing_open import cancels, short_word_translator
from bots.context.numbered import answer_command
from bots.context.sources import Sources
from bots.features.edit.command_parser import recognised
from bots.features.edit.consent import is_agreed
from bots.features.edit.date_requests import is_date_request
from bots.features.edit.draft import EditDraft
from bots.features.edit.editor import DirectoryEditor, editor
from bots.features.edit.effects import Decide, NeededRecords, Proposal, Records, Turn, reply_of_turn
from bots.features.edit.overheard import OverheardEdits
from bots.features.edit.proposals import proposals_of
from community.description.person import Person
from community.directory.entry import HistoryRow
from community.jobs.requested import ProposedChange
from community.search.word_tables import expanded_in

if TYPE_CHECKING:
    from community.storage import Store


LOOKED_THROUGH = 500
"""How many of the newest changes are searched for the sender's last one, or for the one of a number."""
LISTED = 20


@dataclass(frozen=True, slots=True)
class EditRecords:
    """The sender's draft, and the records of the store that the command needs."""

    draft: EditDraft | None
    records: Records


class EditHandler(Handler[MessageContext, EditRecords]):
    """Answers commands, and the messages of a guided edit."""

    trigger = Trigger(
        has_draft=True, has_number=True, needs_shown=True, recognises=recognised(is_date_request)
    )

    def __init__(self, editor: DirectoryEditor) -> None:
        self.editor = editor

    async def load(self, context: MessageContext, sources: Sources) -> EditRecords:
        """Return the draft, and the history or the proposals where the command needs them."""
        draft = read_draft(context.draft)
        wanted = self.editor.wants(context, draft)
        records = await _records(wanted, context.person, sources.store)
        there = frozenset(person.username for person in sources.people.values())
        agreed = await is_agreed(context, sources)
        return EditRecords(draft, replace(records, is_agreed=agreed, there=there))

    def concerns(self, context: MessageContext, records: EditRecords) -> bool:
        """Whether the message is about an edit. This needs no records of the store."""
        return (
            self.handle(context, EditRecords(records.draft, Records(there=records.records.there))) is not None
        )

    def handle(self, context: MessageContext, records: EditRecords) -> Reply | Unnumbered | None:
        """Return the reply to a command or to the next message of a guided edit; None for anything else."""
        turn = self.editor.answer(context, records.draft, records.records)
        if turn is None:
            return None
        # A proposal is decided beside a draft, which stays open.
        decides = any(isinstance(effect, Decide) for effect in turn.effects)
        return reply_of_turn(turn, had_draft=context.draft is not None and not decides)


class CancelHandler(Handler[MessageContext, Records]):
    """Answers “cancel” of whoever has nothing open and has just changed an entry."""

    trigger = Trigger(recognises=cancels)

    def __init__(self, knowledge: Knowledge, editor: DirectoryEditor) -> None:
        self.knowledge = knowledge
        self.editor = editor

    async def load(self, context: MessageContext, sources: Sources) -> Records:
        """Return the sender's own changes."""
        return await _records(NeededRecords(own_history=True), context.person, sources.store)

    def concerns(self, context: MessageContext, records: Records) -> bool:  # noqa: ARG002
        """Whether it is an edit: never, since it changes nothing."""
        return False

    def handle(self, context: MessageContext, records: Records) -> Reply | None:
        """Return how the last change is taken back; None where there is none."""
        if not cancels(context):
            return None
        language = short_word_translator(self.knowledge, context).language
        turn = self.editor.just_changed(context, language, records)
        return None if turn is None else turn.reply


@dataclass(frozen=True, slots=True)
class ReactionRecords:
    """What a reaction refers to: a draft, a proposal, or a message of which an entry can be made.

    ``here`` is the content of the draft that the person has open in that conversation.
    """

    draft: EditDraft | None = None
    proposal: Proposal | None = None
    message: IncomingMessage | None = None
    here: str | None = None


class EditReactionHandler(ReactionHandler[ReactionRecords]):
    """Answers reactions to drafts, to proposals, and to messages that can be kept as an entry."""

    def __init__(self, knowledge: Knowledge, editor: DirectoryEditor) -> None:
        self.knowledge = knowledge
        self.editor = editor

    async def load(self, context: ReactionContext, sources: Sources) -> ReactionRecords:
        """Return what the reaction refers to."""
        where, store = context.where, sources.store
        kept = await store.drafts.by_event(where.room_id, context.message.event_id)
        draft = None if kept is None else read_draft(kept.content)
        if draft is not None:
            return ReactionRecords(draft)
        proposal = await _proposal(context, store)
        event_id = context.message.marks.get(KEEPS)
        if proposal is not None or event_id is None:
            return ReactionRecords(proposal=proposal)
        read = await sources.messages.read_for(where.person.user_id, where.room_id, event_id)
        message = _without_command(read)
        here = await store.drafts.get(where.room_id, where.conversation, where.person.user_id)
        return ReactionRecords(message=message, here=None if here is None else here.content)

    def handle(
        self, context: ReactionContext, records: ReactionRecords
    ) -> Reply | Unnumbered | MessageContext | Ignored | None:
        """Return the reply to a reaction; “save this” in reply to a message that can be kept."""
        turn, where = self._turn(context, records), context.where
        if turn is not None:
            return reply_of_turn(turn, had_draft=records.draft is not None)
        if not context.agrees or KEEPS not in context.message.marks:
            return None
        if records.message is None:
            return Ignored()
        language = self.knowledge.translator(where.person.languages).language
        return replace(
            where, text=expanded_in(language, "editing/save")[0], quoted=records.message, draft=records.here
        )

    def _turn(self, context: ReactionContext, records: ReactionRecords) -> Turn | None:
        person, now = context.where.person, context.where.now
        if records.draft is not None:
            believed = context.where.is_clock_believed
            return self.editor.react(records.draft, person, context.key, now, is_clock_believed=believed)
        if records.proposal is not None:
            return self.editor.react_to_proposal(records.proposal, person, context.key, now)
        return None


class EditHandlers(FeatureHandlers):
    """The handlers, over what is known now."""

    def __init__(self, setting: Setting) -> None:
        editing = editor(setting.knowledge)
        self._messages, self._overheard = EditHandler(editing), OverheardEdits(setting.knowledge, editing)
        self._reactions = EditReactionHandler(setting.knowledge, editing)
        self._cancel = CancelHandler(setting.knowledge, editing)

    @property
    def messages(self) -> Sequence[tuple[Precedence, EditHandler | CancelHandler]]:
        """The handlers of edits, and of “cancel” with nothing open."""
        return ((Precedence.COMMAND, self._messages), (Precedence.PHRASE, self._cancel))

    @property
    def reactions(self) -> EditReactionHandler:
        """The handler of reactions."""
        return self._reactions

    @property
    def overheard(self) -> OverheardEdits:
        """The handler of what is said without naming the bot."""
        return self._overheard

    def use(self, knowledge: Knowledge) -> None:
        """Edit what is there now."""
        editing = editor(knowledge)
        self._messages.editor = self._reactions.editor = self._cancel.editor = editing
        self._overheard.use(knowledge, editing)
        self._reactions.knowledge = self._cancel.knowledge = knowledge


def _without_command(message: IncomingMessage | None) -> IncomingMessage | None:
    """Return a coordinator's answer without the words before it, which say what it answers."""
    command = None if message is None else answer_command(message.body)
    return message if message is None or command is None else replace(message, body=command.text)


def read_draft(content: str | None) -> EditDraft | None:
    """Return a draft as it was kept; one that was emptied, or that another version has written otherwise, is none."""
    if not content:
        return None
    try:
        return EditDraft.from_json(content)
    except (ValueError, LookupError, TypeError) as error:
        warn("draft_unreadable", kind=type(error).__name__)
        return None


async def _proposal(context: ReactionContext, store: Store) -> Proposal | None:
    """Return the proposal that a post shows, None where it waits no more."""
    number = context.message.marks.get(REQUEST)
    if number is None:
        return None
    waiting = proposals_of(await store.jobs.pending(ProposedChange.KIND))
    return next((proposal for proposal in waiting if str(proposal.id) == number), None)


async def _records(wanted: NeededRecords, person: Person, store: Store) -> Records:
    entries = store.entries
    if wanted.proposals:
        return Records(proposals=tuple(proposals_of(await store.jobs.pending(ProposedChange.KIND))))
    if wanted.history_of is not None:
        return Records(await entries.history(*wanted.history_of, limit=LISTED))
    if wanted.history:
        return Records(await entries.history(limit=LISTED))
    if wanted.own_history:
        return Records(await entries.history(actor=person.user_id, limit=LOOKED_THROUGH))
    row = None if wanted.row is None else await entries.history_row(wanted.row)
    return Records(() if row is None else await _with_undoing(row, store))


async def _with_undoing(row: HistoryRow, store: Store) -> tuple[HistoryRow, ...]:
    """Return a change and those that may have taken it back."""
    rows = await store.entries.history(row.kind, row.key, limit=LOOKED_THROUGH)
    return tuple(r for r in rows if row.id in (r.id, r.undoes)) or (row,)
