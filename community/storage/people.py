"""The table of the active members: name, role, city, themes and languages of each, by Matrix ID."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from community.description.model import Status
from community.description.person import Person
from community.storage.tables import former as former_table
from community.storage.tables import people
from community.storage.transactions import Subject, Transactions, bump, hold, revisions_of

_SUBJECT: Subject = "people"
_NOBODY: Mapping[str, Status] = {}


class People:
    """The active members."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def revision(self) -> int:
        """Return a number that moves with each change of any person."""
        (number,) = await revisions_of(self._transaction, (_SUBJECT,))
        return number

    async def replace(self, members: Iterable[Person], former: Mapping[str, Status] = _NOBODY) -> bool:
        """Replace the list of active members by ``members``, and the list of former ones by ``former``.

        ``former`` has the status (left, alumni) of people who are described and are no active members, by Matrix ID.
        Return whether anything changed.
        """
        wanted = sorted(members, key=lambda person: person.user_id)
        async with self._transaction() as connection:
            found = await connection.execute(select(people).order_by(people.c.user_id))
            if [_person(row) for row in found] == wanted and await _former(connection) == former:
                return False
            await hold(connection, _SUBJECT)
            await connection.execute(delete(former_table))
            if former:
                rows = [{"user_id": user, "status": status.value} for user, status in former.items()]
                await connection.execute(insert(former_table), rows)
            await connection.execute(delete(people))
            if wanted:
                await connection.execute(insert(people), [asdict(person) for person in wanted])
            await bump(connection, _SUBJECT)
        return True

    async def put(self, user_id: str, person: Person | None, status: Status | None = None) -> bool:
        """Write what is known of one Matrix ID: an active member, or the ``status`` of a former one, or neither.

        Return whether that changed anything.
        """
        theirs = (people.c.user_id == user_id, former_table.c.user_id == user_id)
        async with self._transaction() as connection:
            await hold(connection, _SUBJECT)
            row = (await connection.execute(select(people).where(theirs[0]))).one_or_none()
            was = (await _former(connection)).get(user_id)
            if (None if row is None else _person(row)) == person and was == status:
                return False
            await connection.execute(delete(people).where(theirs[0]))
            await connection.execute(delete(former_table).where(theirs[1]))
            if person is not None:
                await connection.execute(insert(people), [asdict(person)])
            if status is not None:
                gone = {"user_id": user_id, "status": status.value}
                await connection.execute(insert(former_table), [gone])
            await bump(connection, _SUBJECT)
        return True

    async def all(self) -> tuple[Person, ...]:
        """Return every active member, sorted by Matrix ID."""
        async with self._transaction.reading() as connection:
            found = await connection.execute(select(people).order_by(people.c.user_id))
            return tuple(_person(row) for row in found)

    async def former(self) -> dict[str, Status]:
        """Return the status of the people who are described and are no active members, by their Matrix ID."""
        async with self._transaction.reading() as connection:
            return await _former(connection)

    async def find(self, user_id: str) -> Person | None:
        """Return the active member with that Matrix ID, or None."""
        async with self._transaction.reading() as connection:
            row = (await connection.execute(select(people).where(people.c.user_id == user_id))).one_or_none()
        return None if row is None else _person(row)


async def _former(connection: AsyncConnection) -> dict[str, Status]:
    found = await connection.execute(select(former_table.c.user_id, former_table.c.status))
    return {user_id: Status(status) for user_id, status in found}


def _person(row: Row[tuple[object, ...]]) -> Person:
    values = dict(row._mapping)
    return Person(**{**values, "themes": tuple(values["themes"]), "languages": tuple(values["languages"])})
