"""The numbers by which people name what waits for their word: “yes 12”, “answer 12: …”, “approve 12”.

One series for the whole community, from 1 on: so a number means one thing, whoever says it. None is given twice, also
after a restart and by two processes at once, for somebody may still write an old one.
"""

from __future__ import annotations

from community.storage.transactions import Transactions, bump


class Numbers:
    """The series. It is a row of `revisions`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def take(self) -> int:
        """Return the next number, which is nobody else's from now on. Raises StoreError."""
        async with self._transaction() as connection:
            return await bump(connection, "numbers")
