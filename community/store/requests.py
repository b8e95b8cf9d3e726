"""Requests: how one floor asks another to do something, durably and once.

A request is filed under an idempotency key; filing it again is no second request. Whoever carries it out ends
it as done, or failed with a reason. It is never deleted, so it also tells what was asked and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Row, insert, select, update

from community.store.tables import requests
from community.store.transactions import Transactions


class RequestState(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``kind`` says what is asked (``invite``), ``payload`` with what."""

    id: int
    idempotency_key: str
    kind: str
    payload: Mapping[str, str]
    state: RequestState
    reason: str | None
    filed_at: datetime
    ended_at: datetime | None


class Requests:
    """The table of requests."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def file(
        self, kind: str, payload: Mapping[str, str], *, idempotency_key: str, at: datetime
    ) -> bool:
        """File a request at the moment ``at``; return whether it is new or pending again.

        One that had failed or was withdrawn becomes pending again; a pending or done one stays as it is.
        """
        async with self._transaction() as connection:
            known = await connection.execute(
                select(requests.c.state).where(requests.c.idempotency_key == idempotency_key)
            )
            state = known.scalar_one_or_none()
            if state in (RequestState.PENDING, RequestState.DONE):
                return False
            values = {"payload": dict(payload), "state": RequestState.PENDING, "reason": None, "filed_at": at}
            if state is None:
                await connection.execute(
                    insert(requests).values(kind=kind, idempotency_key=idempotency_key, **values)
                )
            else:
                await connection.execute(
                    update(requests)
                    .where(requests.c.idempotency_key == idempotency_key)
                    .values(ended_at=None, **values)
                )
        return True

    async def pending(self, kind: str) -> tuple[Request, ...]:
        """Return the pending requests of ``kind``, oldest first."""
        async with self._transaction() as connection:
            found = await connection.execute(
                select(requests)
                .where(requests.c.kind == kind, requests.c.state == RequestState.PENDING)
                .order_by(requests.c.id)
            )
            return tuple(_request(row) for row in found)

    async def end(
        self, request_id: int, state: RequestState, *, at: datetime, reason: str | None = None
    ) -> bool:
        """End a pending request; return False where it was no longer pending."""
        async with self._transaction() as connection:
            ended = await connection.execute(
                update(requests)
                .where(requests.c.id == request_id, requests.c.state == RequestState.PENDING)
                .values(state=state, reason=reason, ended_at=at)
            )
            return ended.rowcount == 1


def _request(row: Row[tuple[object, ...]]) -> Request:
    values = dict(row._mapping)
    return Request(**{**values, "state": RequestState(values["state"])})
