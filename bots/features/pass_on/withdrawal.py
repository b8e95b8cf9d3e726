"""Withdraws a question that was passed on, when who has asked it says so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bots.context.effects import EffectType, ImportedExecutor
from bots.context.feature import Handler, Trigger
from bots.context.knowledge import Knowledge
from bots.context.message import Effect, MessageContext, Reply
from bots.context.reply_text import reply_of
from bots.context.sources import Sources
from community.core.messages import msg
from community.core.words import words
from community.jobs.requested import PassedQuestion
from community.search.word_tables import expanded_words

_WITHDRAW = expanded_words("commands/withdraw")
_KNOWN = frozenset[tuple[str, ...]]().union(*_WITHDRAW.values())


@dataclass(frozen=True, slots=True)
class WithdrawQuestion(Effect):
    """End a question as withdrawn, and tell the coordinators. ``request`` is the id of its job."""

    request: int


class WithdrawalHandler(Handler[MessageContext, int | None]):
    """Answers the request to withdraw one's last question. The records are the id of its job."""

    trigger = Trigger(starts=_KNOWN)

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    async def load(self, context: MessageContext, sources: Sources) -> int | None:
        """Return the id of the last question of the sender that waits, None where none does."""
        waiting = PassedQuestion.each(await sources.store.jobs.pending(PassedQuestion.KIND))
        return max(
            (job.id for job, asked in waiting if asked.user_id == context.person.user_id), default=None
        )

    def handle(self, context: MessageContext, records: int | None) -> Reply | None:
        """Return the reply to such a request; None for anything else."""
        said = words(context.text)
        language = next((code for code, phrases in _WITHDRAW.items() if said in phrases), None)
        if language is None:
            return None
        translate = self.knowledge.translators[language]
        sentence = _NONE_WAITS if records is None else _WITHDRAWN
        reply = reply_of([translate(sentence)], [], [], language)
        effects = () if records is None else (WithdrawQuestion(records),)
        return replace(reply, effects=effects, language=language)


_NONE_WAITS = msg("No question of yours is waiting for an answer.")
_WITHDRAWN = msg(
    "I have withdrawn your last question, and told the coordinators that it needs no answer any more."
)

WITHDRAW = EffectType(
    "withdraw-question",
    WithdrawQuestion,
    execute=ImportedExecutor("bots.features.pass_on.executor:withdraw"),
)
