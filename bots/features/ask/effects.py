"""The effect of an answer from the directory: the question is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bots.context.effects import EffectType, Execution
from bots.context.message import Effect, Reply
from community.search.asked import Question

if TYPE_CHECKING:
    from bots.context.execution import ExecutionContext


@dataclass(frozen=True, slots=True)
class CountQuestion(Effect):
    """Count a question under ``topics``: keys of themes, cities and kinds of entry, never words of the question."""

    topics: tuple[str, ...]
    answered: bool


def topics(question: Question) -> tuple[str, ...]:
    """Return what a question is counted under: keys of themes, cities and kinds of entry, none of its words."""
    kinds = (f"kind:{kind}" for kind in question.kinds)
    themes = (f"theme:{theme}" for theme in question.themes)
    return tuple(sorted((*kinds, *themes, *(f"city:{city}" for city in question.cities))))


async def count(effect: CountQuestion, execution: Execution, context: ExecutionContext) -> Reply:
    """Add one to each topic's count of the day on which the question was asked. Raises StoreError."""
    await context.store.counts.add(effect.topics, execution.at.date(), effect.answered)
    return execution.reply


COUNT = EffectType(
    "count",
    CountQuestion,
    from_json=lambda values: CountQuestion(tuple(values["topics"]), values["answered"]),
    execute=count,
    at_most_once=True,
    is_public=True,
)
