"""What is said to the edits in a room without naming the bot: an author's agreement, or a word to a proposal."""

from __future__ import annotations

from dataclasses import dataclass

from bots.context.feature import Handler
from bots.context.knowledge import Knowledge
from bots.context.message import OverheardMessage, Reply, Unnumbered
from bots.context.sources import Sources
from bots.features.edit.consent import AgreementHandler, WantedMessage
from bots.features.edit.editor import DirectoryEditor
from bots.features.edit.effects import Records
from bots.features.edit.proposal_words import ProposalWordHandler


@dataclass(frozen=True, slots=True)
class OverheardRecords:
    """The message that its author agrees is kept, or the proposal that is named."""

    wanted: WantedMessage | None
    proposals: Records | None


class OverheardEdits(Handler[OverheardMessage, OverheardRecords]):
    """Asks the handler of agreements, then that of words to a proposal."""

    def __init__(self, knowledge: Knowledge, editor: DirectoryEditor) -> None:
        self._agreement, self._words = AgreementHandler(knowledge), ProposalWordHandler(editor)

    def use(self, knowledge: Knowledge, editor: DirectoryEditor) -> None:
        """Answer from this state of the directory from now on."""
        self._agreement.knowledge, self._words.editor = knowledge, editor

    async def load(self, context: OverheardMessage, sources: Sources) -> OverheardRecords:
        """Return what either needs to know."""
        wanted = await self._agreement.load(context, sources)
        return OverheardRecords(wanted, await self._words.load(context, sources) if wanted is None else None)

    def handle(self, context: OverheardMessage, records: OverheardRecords) -> Reply | Unnumbered | None:
        """Return the reply of the one that it is for; None for every other message."""
        if records.wanted is not None:
            return self._agreement.handle(context, records.wanted)
        return self._words.handle(context, records.proposals)
