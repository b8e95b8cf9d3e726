"""The community that was applied last: what every process goes by, whatever the files say meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from community.core.messages import Message, msg
from community.description.model import Community, Member
from community.storage.tables import applied
from community.storage.transactions import Subject, Transactions, bump, hold, revisions_of, upsert

_SUBJECT: Subject = "description"
_COMMUNITY = "community"
_ROW = select(applied.c.content, applied.c.at).where(applied.c.part == _COMMUNITY)


@dataclass(frozen=True)
class AppliedCommunity:
    """A community, and when it was first applied as it is."""

    community: Community
    at: datetime


@dataclass(frozen=True)
class UnreadableCommunity:
    """A community that was applied and that this version cannot read.

    ``key`` is its key, if that can be read; ``members`` are those of its members who can be.
    """

    key: str | None
    members: tuple[Member, ...] = ()

    @property
    def sentence(self) -> Message:
        """What is wrong."""
        return msg(
            "What was applied last cannot be read: another version of Palabre has written it, or the store is damaged."
        )

    @property
    def remedy(self) -> Message:
        """What to do about it."""
        return msg(
            "Update Palabre if another version has applied since. Otherwise “palabre plan” shows what the files would "
            "change, and “palabre apply” makes it so and remembers it."
        )


class AppliedCommunityTable:
    """The table of what was applied last. Its row is replaced in one transaction: no process sees half of one."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def revision(self) -> int:
        """Return a number that moves with each other community that is applied."""
        (number,) = await revisions_of(self._transaction, (_SUBJECT,))
        return number

    async def latest(self) -> AppliedCommunity | UnreadableCommunity | None:
        """Return the community that was applied last; None where none was, or by a version that did not keep it."""
        async with self._transaction.reading() as connection:
            return await read_applied(connection)

    async def readable(self) -> AppliedCommunity | None:
        """Return the community that was applied last; None also where it cannot be read."""
        found = await self.latest()
        return found if isinstance(found, AppliedCommunity) else None

    async def replace(self, community: Community, *, at: datetime) -> bool:
        """Make ``community`` the one that was applied last; return whether it is another than before."""
        async with self._transaction() as connection:
            return await write_applied(connection, community, at)


async def hold_applied(connection: AsyncConnection) -> AppliedCommunity | UnreadableCommunity | None:
    """Return what `AppliedCommunityTable.latest` does; nobody else changes it until this transaction ends."""
    await hold(connection, _SUBJECT)
    return await read_applied(connection)


async def read_applied(connection: AsyncConnection) -> AppliedCommunity | UnreadableCommunity | None:
    """Return what `AppliedCommunityTable.latest` does."""
    row = (await connection.execute(_ROW)).one_or_none()
    # A large network takes some tenths of a second.
    return None if row is None else await asyncio.to_thread(_read, row.content, row.at)


async def write_applied(connection: AsyncConnection, community: Community, at: datetime) -> bool:
    """Do what `AppliedCommunityTable.replace` does, within a transaction that has more to do."""
    content = await asyncio.to_thread(_written, community)
    before = (await connection.execute(_ROW)).one_or_none()
    if before is not None and before.content == content:
        return False
    row = {"part": _COMMUNITY, "content": content, "at": at}
    await upsert(connection, applied, row, {"content": content, "at": at})
    await bump(connection, _SUBJECT)
    return True


def _written(community: Community) -> str:
    return community.model_dump_json(by_alias=True, exclude_defaults=True)


def _read(content: str, at: datetime) -> AppliedCommunity | UnreadableCommunity:
    try:
        return AppliedCommunity(Community.model_validate_json(content, strict=True), at)
    except ValidationError:
        return _salvaged(content)


def _salvaged(content: str) -> UnreadableCommunity:
    """Return what can be found in what another version has written."""
    try:
        value = json.loads(content)
    except ValueError:
        return UnreadableCommunity(None)
    parts = value if isinstance(value, dict) else {}
    key, members = parts.get("key"), parts.get("members")
    return UnreadableCommunity(
        key if isinstance(key, str) else None,
        tuple(_members_in(members if isinstance(members, list) else [])),
    )


def _members_in(rows: list[object]) -> Iterator[Member]:
    for row in rows:
        with suppress(ValidationError):
            yield Member.model_validate_json(json.dumps(row), strict=True)
