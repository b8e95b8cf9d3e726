"""The effects of answers from the directory: counting what was asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from bots.context.effects import EffectType, Execution
from bots.context.execution import ExecutionContext
from bots.context.message import Effect, Reply


@dataclass(frozen=True, slots=True)
class CountQuestion(Effect):
    """CountQuestion a question: keys of themes, cities and kinds of entry, never a word of it."""

    topics: tuple[str, ...]
    answered: bool


async def count(effect: CountQuestion, execution: Execution, context: ExecutionContext) -> Reply:
    """CountQuestion it under the day on which it was asked. Raises StoreError."""
    for topic in effect.topics:
        await context.store.counts.add(topic, execution.at.date(), effect.answered)
    return execution.reply


COUNT = EffectType(
    "count",
    CountQuestion,
    to_json=asdict,
    from_json=lambda values: CountQuestion(tuple(values["topics"]), values["answered"]),
    execute=count,
    at_most_once=True,
    is_public=True,
)
