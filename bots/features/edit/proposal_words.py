"""Handles what coordinators say to a proposal in their room, where it is shown, without naming the bot."""

from __future__ import annotations

from bots.context.feature import Handler
from bots.context.message import MessageContext, OverheardMessage, Reply, Unnumbered
from bots.context.numbered import confirmed_number
from bots.context.sources import Sources
from bots.features.edit.command_parser import command
from bots.features.edit.commands import Decision
from bots.features.edit.editor import DirectoryEditor
from bots.features.edit.effects import Records, reply_of_turn
from bots.features.edit.proposals import proposals_of
from community.jobs.requested import ProposedChange


class ProposalWordHandler(Handler[OverheardMessage, Records | None]):
    """Handles “yes 6”, “approve 6” and “decline 6” where a proposal of that number waits."""

    def __init__(self, editor: DirectoryEditor) -> None:
        self.editor = editor

    async def load(self, context: OverheardMessage, sources: Sources) -> Records | None:
        """Return the proposal that is named; None for every other message."""
        room, me = sources.coordination.coordinators, sources.rooms.me
        is_theirs = context.person.role in sources.coordination.coordinating_roles
        if room is None or context.message.room_id != room.room_id or not is_theirs:
            return None
        number = None if context.message.mentions - {me} else _number_in(context.message.text or "")
        if number is None:
            return None
        waiting = proposals_of(await sources.store.jobs.pending(ProposedChange.KIND))
        named = tuple(proposal for proposal in waiting if proposal.number == number)
        return Records(proposals=named) if named else None

    def handle(self, context: OverheardMessage, records: Records | None) -> Reply | Unnumbered | None:
        """Return the reply to a decision on the proposal in ``records``, or the reason why it cannot be decided so."""
        text = context.message.text
        if records is None or text is None:
            return None
        asked = MessageContext(text, context.person, is_direct=False, now=context.now)
        turn = self.editor.answer(asked, None, records)
        return None if turn is None else reply_of_turn(turn, had_draft=False)


def _number_in(text: str) -> int | None:
    """Return the number of the proposal that a text decides on."""
    parsed = command(text, "en")
    if parsed is not None and isinstance(parsed.command, Decision):
        return parsed.command.number
    return confirmed_number(text)
