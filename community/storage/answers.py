"""Which messages of the bot answer which question: ids alone, for as long as an answer follows its question."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import and_, delete, select

from community.storage.tables import answers
from community.storage.transactions import Transactions, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerIds:
    """An answer that the bot sent at ``at`` to ``user_id``, whose message ``question`` it answers.

    ``event_id`` is the answer, ``files`` are its files, in their order. ``thread`` and ``conversation`` are where it
    stands. ``is_plain``: nothing was done besides answering.
    """

    room_id: str
    question: str
    event_id: str
    files: tuple[str, ...]
    user_id: str
    thread: str | None
    conversation: str
    is_plain: bool
    at: datetime


class Answers:
    """The table of answers."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def keep(
        self, new: Collection[AnswerIds], gone: Collection[tuple[str, str]], *, since: datetime | None
    ) -> None:
        """Note ``new``; delete what is older than ``since``, and the answers to what is ``gone`` (room, question).

        Nothing is deleted for its age where ``since`` is None.
        """
        async with self._transaction() as connection:
            if since is not None:
                await connection.execute(delete(answers).where(answers.c.at < since))
            for each in new:
                values = {**asdict(each), "files": list(each.files)}
                await upsert(connection, answers, values, values)
            for room_id, question in gone:
                one = and_(answers.c.room_id == room_id, answers.c.question == question)
                await connection.execute(delete(answers).where(one))

    async def since(self, at: datetime) -> tuple[AnswerIds, ...]:
        """Return the answers that were sent at ``at`` or later, oldest first."""
        wanted = select(answers).where(answers.c.at >= at).order_by(answers.c.at, answers.c.event_id)
        async with self._transaction.reading() as connection:
            rows = [dict(row._mapping) for row in await connection.execute(wanted)]
        return tuple(AnswerIds(**{**row, "files": tuple(row["files"])}) for row in rows)
