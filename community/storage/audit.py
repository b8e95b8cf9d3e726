"""The audit: who changed what, when, and what became of it. Rows are added and never changed or deleted.

The database itself refuses UPDATE and DELETE (triggers, migration 0002). That stops mistakes and our own code; it does
not stop whoever holds the database's files.

An entry names things (Matrix IDs, rooms' and entries' keys). It never carries the text of a message, a password
or a token. An applier that has made a few changes notes them together::

    await store.audit.add(
        [
            NewAuditEntry(
                at=now,
                actor="@palabre-provisioner:example.org",
                action="remove-member",
                subject="@awa.diallo:example.org",
                detail="exchange.waste",
                digest=plan.digest,
                outcome=AuditOutcome.DONE,
            )
        ]
    )
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Row, insert, or_, select

from community.core.plain_text import one_line
from community.storage.tables import audit
from community.storage.transactions import Transactions

LONGEST_NAME = 255
"""Characters of an actor, action, subject or digest (a Matrix ID has no more); what is longer is cut."""
LONGEST_DETAIL = 500
"""Characters of a detail; what is longer is cut."""


class AuditOutcome(StrEnum):
    """What became of an action."""

    STARTED = "started"
    """It began; its end is another entry. Without one it was cut off."""
    DONE = "done"
    FAILED = "failed"
    """It was tried and did not succeed."""
    REFUSED = "refused"
    """It was asked for and not tried: another digest, the brake, no right to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAuditEntry:
    """What is to be noted. ``actor``: who did it, a Matrix ID or the name of a command or service.

    ``action``: what, in a few words with hyphens (``create-room``). ``subject``: to whom or what, a Matrix ID or a
    key. ``detail``: what else names it, or the reason of a failure. ``digest``: the plan that it was part of.
    """

    at: datetime
    actor: str
    action: str
    subject: str
    detail: str | None = None
    digest: str | None = None
    outcome: AuditOutcome = AuditOutcome.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry(NewAuditEntry):
    """An entry as it stands; ``id`` grows in the order of noting, ``at`` is in UTC."""

    id: int


class Audit:
    """The append-only table of what was done."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def add(self, new: Sequence[NewAuditEntry]) -> None:
        """Note all of ``new`` in one transaction, or none.

        Texts are put on one line, without control characters, and cut to their lengths.

        Raises:
            StoreError: the database failed; nothing was noted.
            ValueError: a time has no zone.
        """
        if not new:
            return
        rows = [values_of(entry) for entry in new]
        async with self._transaction() as connection:
            await connection.execute(insert(audit), rows)

    async def read(
        self, *, since: datetime | None = None, about: Collection[str] = (), limit: int = 100
    ) -> tuple[AuditEntry, ...]:
        """Return the newest ``limit`` entries at or after ``since``, the newest last.

        ``about``: names of one person or thing; without any, of everybody. An entry is about whom something was done
        to, and about whoever did it.
        """
        wanted = select(audit).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit)
        if since is not None:
            wanted = wanted.where(audit.c.at >= since)
        if about:
            names = [one_line(name, longest=LONGEST_NAME) for name in about]
            wanted = wanted.where(or_(audit.c.subject.in_(names), audit.c.actor.in_(names)))
        async with self._transaction.reading() as connection:
            found = (await connection.execute(wanted)).all()
        return tuple(_entry(row) for row in reversed(found))

    async def subjects(self, actions: Collection[str], among: Collection[str]) -> frozenset[str]:
        """Return those of ``among`` to whom one of ``actions`` was done."""
        wanted = select(audit.c.subject).where(
            audit.c.action.in_(actions), audit.c.outcome == AuditOutcome.DONE
        )
        async with self._transaction.reading() as connection:
            found = await connection.execute(wanted.distinct())
            return frozenset(found.scalars()) & frozenset(among)


def values_of(entry: NewAuditEntry) -> dict[str, object]:
    """Return an entry as the table takes it: for an insertion in the same transaction as what it is about."""
    values = asdict(entry)
    for name in ("actor", "action", "subject", "detail", "digest"):
        if values[name] is not None:
            longest = LONGEST_DETAIL if name == "detail" else LONGEST_NAME
            values[name] = one_line(values[name], longest=longest)
    # An entry that was read may be noted again; its number is the table's to give.
    values.pop("id", None)
    return values


def _entry(row: Row[tuple[object, ...]]) -> AuditEntry:
    values = dict(row._mapping)
    return AuditEntry(**{**values, "outcome": AuditOutcome(values["outcome"])})
