"""Whose identity is pinned: the master key that somebody's devices are signed under, and what has come in its place.

A pin is made the first time that a key is seen, and stays until somebody else accepts another. It is here, and not
with the bot's crypto state, so that it survives the loss of that.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from community.accounts.identities import Pin, discarded_name, fingerprint
from community.storage.audit import NewAuditEntry, values_of
from community.storage.tables import audit, identities, marks
from community.storage.transactions import (
    Subject,
    Transactions,
    bump,
    hold,
    insert_once,
    revisions_of,
)

_SUBJECT: Subject = "identities"
_NOBODY = "palabre"
"""Who notes a new identity in the audit: who has made it is just what nobody knows."""
_CHANGED = "identity-changed"
_DISCARDED = "discarded/"
"""Begins the name of the mark of a key that is not to be pinned."""
_NO_CHANGE = {"changed_to": None, "changed_at": None}


class Identities:
    """The table of pins: at most one for each person."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def revision(self) -> int:
        """Return a number that moves with each change of any pin."""
        (number,) = await revisions_of(self._transaction, (_SUBJECT,))
        return number

    async def all(self) -> tuple[Pin, ...]:
        """Return every pin, sorted by Matrix ID."""
        async with self._transaction.reading() as connection:
            found = await connection.execute(select(identities).order_by(identities.c.user_id))
            return tuple(_pin(row) for row in found)

    async def find(self, user_id: str) -> Pin | None:
        """Return the pin of a Matrix ID, or None."""
        async with self._transaction.reading() as connection:
            row = (
                await connection.execute(select(identities).where(identities.c.user_id == user_id))
            ).one_or_none()
        return None if row is None else _pin(row)

    async def changes(self) -> dict[str, int]:
        """Return how often each of those whose identity waits to be accepted has shown another than the pinned one."""
        noticed = (audit.c.subject == identities.c.user_id) & (audit.c.action == _CHANGED)
        counted = (
            select(identities.c.user_id, func.count().label("times"))
            .join(audit, noticed & (audit.c.at > identities.c.seen_at))
            .where(identities.c.changed_to.is_not(None))
            .group_by(identities.c.user_id)
        )
        async with self._transaction.reading() as connection:
            return {row.user_id: row.times for row in await connection.execute(counted)}

    async def see(self, user_id: str, master_key: str, *, at: datetime) -> Pin:
        """Note that ``master_key`` is what somebody's devices are signed under now; return the pin.

        The first key is pinned. Another one is noted beside the pin, with when it was first seen, and in the audit;
        where the pinned one is shown again, that is over.
        """
        first = {"user_id": user_id, "master_key": master_key, "seen_at": at}
        async with self._transaction() as connection:
            await hold(connection, _SUBJECT)
            changed = await insert_once(connection, identities, ("user_id",), first)
            one = select(identities).where(identities.c.user_id == user_id)
            pin = _pin((await connection.execute(one)).one())
            if master_key != (pin.changed_to or pin.master_key):
                is_another = master_key != pin.master_key
                values = {"changed_to": master_key, "changed_at": at} if is_another else _NO_CHANGE
                here = identities.c.user_id == user_id
                await connection.execute(update(identities).where(here).values(**values))
                if is_another:
                    await connection.execute(insert(audit), [values_of(_noticed(pin, master_key, at))])
                pin = _pin((await connection.execute(one)).one())
                changed = True
            if changed:
                await bump(connection, _SUBJECT)
        return pin

    async def discard(self, user_id: str, master_key: str, *, at: datetime) -> None:
        """Note that a key is not to be pinned: the account shows it and was taken from whoever had made it."""
        async with self._transaction() as connection:
            await hold(connection, _SUBJECT)
            if await _discard(connection, user_id, master_key, at):
                await bump(connection, _SUBJECT)

    async def discarded(self) -> frozenset[str]:
        """Return the keys that are not to be pinned, each by its `discarded_name`."""
        async with self._transaction.reading() as connection:
            begins = marks.c.name.startswith(_DISCARDED, autoescape=True)
            found = await connection.execute(select(marks.c.name).where(begins))
            return frozenset(name.removeprefix(_DISCARDED) for name in found.scalars())

    async def accept(self, user_id: str, master_key: str, *, by: str, at: datetime) -> bool:
        """Pin ``master_key`` in the place of the one before, and note it in the audit, in one transaction.

        ``by``: who has accepted it. Return False, with nothing changed, where another key, or none, waits for that.
        Asked again for the key that is pinned already, it is done.
        """
        waits = (identities.c.user_id == user_id, identities.c.changed_to == master_key)
        async with self._transaction() as connection:
            await hold(connection, _SUBJECT)
            before = (
                await connection.execute(select(identities).where(identities.c.user_id == user_id))
            ).one_or_none()
            if before is None or before.changed_to != master_key:
                return before is not None and before.master_key == master_key
            values = {"master_key": master_key, "seen_at": before.changed_at, "accepted_by": by}
            await connection.execute(
                update(identities).where(*waits).values(accepted_at=at, **values, **_NO_CHANGE)
            )
            line = NewAuditEntry(
                at=at,
                actor=by,
                action="accept-identity",
                subject=user_id,
                detail=f"{fingerprint(before.master_key)} -> {fingerprint(master_key)}",
            )
            await connection.execute(insert(audit), [values_of(line)])
            await bump(connection, _SUBJECT)
        return True


async def unpin(connection: AsyncConnection, user_id: str, at: datetime) -> None:
    """Take a pin away of somebody whose account is gone; none of the keys that it had shown is pinned again.

    What the bots have seen of the account may outlive it.
    """
    await hold(connection, _SUBJECT)
    theirs = identities.c.user_id == user_id
    for pin in map(_pin, await connection.execute(select(identities).where(theirs))):
        for key in filter(None, (pin.master_key, pin.changed_to)):
            await _discard(connection, user_id, key, at)
    await connection.execute(delete(identities).where(theirs))
    await bump(connection, _SUBJECT)


async def _discard(connection: AsyncConnection, user_id: str, master_key: str, at: datetime) -> bool:
    name = _DISCARDED + discarded_name(user_id, master_key)
    return await insert_once(connection, marks, ("name",), {"name": name, "at": at})


def _noticed(pin: Pin, master_key: str, at: datetime) -> NewAuditEntry:
    detail = f"{fingerprint(pin.master_key)} -> {fingerprint(master_key)}"
    return NewAuditEntry(at=at, actor=_NOBODY, action=_CHANGED, subject=pin.user_id, detail=detail)


def _pin(row: Row[tuple[object, ...]]) -> Pin:
    return Pin(**row._mapping)
