"""The community that was applied last: what every process goes by, whatever the files say meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select

from community.description.model import Community
from community.storage.tables import applied
from community.storage.transactions import Subject, Transactions, bump, revisions_of, upsert

_SUBJECT: Subject = "description"
_COMMUNITY = "community"


@dataclass(frozen=True)
class AppliedCommunity:
    """A community, and when it was first applied as it is."""

    community: Community
    at: datetime


class AppliedDescriptions:
    """The table of what was applied last. Its row is replaced in one transaction: no process sees half of one."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def revision(self) -> int:
        """Return a number that moves with each other community that is applied."""
        (number,) = await revisions_of(self._transaction, (_SUBJECT,))
        return number

    async def latest(self) -> AppliedCommunity | None:
        """Return the community that was applied last.

        None where there is none, and for one that another version has written which this one cannot read.
        """
        async with self._transaction.reading() as connection:
            wanted = select(applied.c.content, applied.c.at).where(applied.c.part == _COMMUNITY)
            row = (await connection.execute(wanted)).one_or_none()
        # A large network takes some tenths of a second.
        community = None if row is None else await asyncio.to_thread(_read, row.content)
        return None if row is None or community is None else AppliedCommunity(community, row.at)

    async def replace(self, community: Community, *, at: datetime) -> bool:
        """Make ``community`` the one that was applied last; return whether it is another than before."""
        content = await asyncio.to_thread(_written, community)
        async with self._transaction() as connection:
            wanted = select(applied.c.content).where(applied.c.part == _COMMUNITY)
            if (await connection.execute(wanted)).scalar_one_or_none() == content:
                return False
            row = {"part": _COMMUNITY, "content": content, "at": at}
            await upsert(connection, applied, row, {"content": content, "at": at})
            await bump(connection, _SUBJECT)
        return True


def _written(community: Community) -> str:
    return community.model_dump_json(by_alias=True, exclude_defaults=True)


def _read(content: str) -> Community | None:
    try:
        return Community.model_validate_json(content, strict=True)
    except ValidationError:
        return None
