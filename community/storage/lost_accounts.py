"""Accounts that the homeserver has lost: what says that their people have come goes, and they can come once more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, insert, update

from community.storage.audit import NewAuditEntry, values_of
from community.storage.identities import unpin
from community.storage.invited_news import forget_invited_news
from community.storage.joining_tables import arrivals, invitations, sign_ins
from community.storage.tables import audit, people
from community.storage.transactions import Subject, Transactions, bump, hold

_SUBJECTS: tuple[Subject, ...] = ("invitations", "people")
_TABLES = (arrivals, sign_ins, people)
COME_AGAIN = "come-again"
"""Action of the audit."""


class LostAccounts:
    """Takes back that somebody has come. Each call raises StoreError."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def take_back(self, user_id: str, *, by: str, at: datetime) -> None:
        """Take back that somebody has come of whom there is no account any more, and note it in the audit.

        Gone are how far they were, when they signed in, the identity that was pinned, which is not pinned again though
        bots may still have it before them, and that the bots know them. What they are in the network stays, and that
        their user name is theirs; a link that they have used stays used, and one that nobody has used is taken back:
        whoever has found it could be them now.
        """
        noted = NewAuditEntry(at=at, actor=by, action=COME_AGAIN, subject=user_id)
        async with self._transaction() as connection:
            await unpin(connection, user_id, at)
            for subject in _SUBJECTS:
                await hold(connection, subject)
            for table in _TABLES:
                await connection.execute(delete(table).where(table.c.user_id == user_id))
            await forget_invited_news(connection, user_id)
            await connection.execute(update(invitations).where(_unused(user_id)).values(revoked_at=at))
            await connection.execute(insert(audit), [values_of(noted)])
            for subject in _SUBJECTS:
                await bump(connection, subject)


def _unused(user_id: str) -> ColumnElement[bool]:
    """Return which links are open for a described member alone."""
    username = user_id.removeprefix("@").partition(":")[0]
    return and_(
        invitations.c.username == username,
        invitations.c.used < invitations.c.uses,
        invitations.c.revoked_at.is_(None),
    )
