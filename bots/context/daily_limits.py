"""How much of one person's reaches other people in a day. What was filed is counted in the table of jobs.

So a restart changes nothing, and what is counted goes with the person when they are forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from bots.context.effects import Execution
from bots.context.execution import ExecutionContext
from community.core.zones import ZoneInfo
from community.jobs.requested import PassedQuestion, PersonRequest, ProposedChange, SpaceRequest

DAILY_LIMITS: Mapping[type[PersonRequest], int] = MappingProxyType(
    {ProposedChange: 10, PassedQuestion: 5, SpaceRequest: 5}
)
"""How many requests of each kind one person may bring to people in a day."""


async def is_limit_reached(wanted: PersonRequest, execution: Execution, context: ExecutionContext) -> bool:
    """Whether a person has asked people for as much today as they may. Raises StoreError.

    A day is one of the community's time zone. What was withdrawn counts too: people have seen it. The request itself
    does not count, where it was filed before a crash.
    """
    since = start_of_day(execution.at, context.answers.knowledge.community.timezone)
    where = {"user_id": wanted.user_id}
    filed = await context.store.jobs.filed_since(wanted.KIND, where, since=since)
    others = filed - {wanted.idempotency_key}
    return len(others) >= DAILY_LIMITS[type(wanted)]


def start_of_day(at: datetime, timezone: str) -> datetime:
    """Return the moment, in UTC, at which the day of ``at`` began in a time zone."""
    local = at.astimezone(ZoneInfo(timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
