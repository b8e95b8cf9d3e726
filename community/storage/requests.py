"""Requests: how one floor asks another to do something, durably and once.

A request is filed under an idempotency key; filing it again is no second request. Whoever carries it out ends
it as done, or failed with a reason; whoever filed it may withdraw it while it is pending. It is never deleted, so it
also tells what was asked and when; but for what people asked or proposed in their own words, once they are forgotten
(`community.storage.personal`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Row, Text, cast, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from community.storage.tables import requests
from community.storage.transactions import Transactions, insert_once

_READ = (
    *(column for column in requests.c if column.name != "payload"),
    cast(requests.c.payload, Text).label("payload"),
)
"""The payload as it is written: one row that is no JSON must not keep the others from being read."""
MALFORMED = "malformed"
_IDS_AT_ONCE = 500
"""Databases limit the values of one statement (SQLite 32,766, PostgreSQL's protocol 32,767)."""


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


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request that is to be filed."""

    kind: str
    payload: Mapping[str, str]
    idempotency_key: str


class Requests:
    """The table of requests."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def file(
        self,
        kind: str,
        payload: Mapping[str, str],
        *,
        idempotency_key: str,
        at: datetime,
        reopen_done: bool = False,
    ) -> bool:
        """File a request at the moment ``at``; return whether it is new or pending again.

        One that had failed or was withdrawn becomes pending again; a pending one stays as it is, and so does one
        that is done, unless ``reopen_done``: what was done has been undone since (somebody was removed from the room
        into which they had been invited, and is described there again).
        """
        async with self._transaction() as connection:
            new = NewRequest(kind, payload, idempotency_key)
            return await file_on(connection, new, at=at, reopen_done=reopen_done)

    async def pending(self, kind: str) -> tuple[Request, ...]:
        """Return the pending requests of ``kind``, oldest first."""
        return await self.of_state(kind, RequestState.PENDING)

    async def of_state(self, kind: str, *states: RequestState) -> tuple[Request, ...]:
        """Return the requests of ``kind`` that are in one of ``states``, oldest first.

        A row whose payload is no texts by name is none: it is ended as failed where it was pending.
        """
        async with self._transaction() as connection:
            rows = await connection.execute(
                select(*_READ)
                .where(requests.c.kind == kind, requests.c.state.in_(states))
                .order_by(requests.c.id)
            )
            found = [(row.id, _request(row)) for row in rows]
            for number in (number for number, request in found if request is None):
                await connection.execute(
                    update(requests)
                    .where(requests.c.id == number, requests.c.state == RequestState.PENDING)
                    .values(state=RequestState.FAILED, reason=MALFORMED)
                )
        return tuple(request for _, request in found if request is not None)

    async def end(
        self,
        request_id: int,
        state: RequestState,
        *,
        at: datetime,
        reason: str | None = None,
        without: Collection[str] = (),
    ) -> bool:
        """End a pending request; return False where it was no longer pending.

        ``without`` are parts of its payload that nobody needs any more, such as somebody's words: they are taken out.
        """
        one = (requests.c.id == request_id, requests.c.state == RequestState.PENDING)
        values: dict[str, object] = {"state": state, "reason": reason, "ended_at": at}
        async with self._transaction() as connection:
            if without:
                there = (
                    await connection.execute(select(requests.c.payload).where(*one))
                ).scalar_one_or_none()
                values["payload"] = {
                    name: text for name, text in (there or {}).items() if name not in without
                }
            ended = await connection.execute(update(requests).where(*one).values(**values))
            return ended.rowcount == 1

    async def withdraw(
        self, kind: str, where: Mapping[str, str], *, at: datetime, reason: str | None = None
    ) -> int:
        """End as withdrawn what is pending of ``kind`` with all of ``where`` in its payload; return how many.

        ``{"user_id": "@awa:example.org"}`` withdraws every invitation of hers that the bot has not carried out.
        """
        conditions = (requests.c.payload[name].as_string() == value for name, value in where.items())
        async with self._transaction() as connection:
            ended = await connection.execute(
                update(requests)
                .where(requests.c.kind == kind, requests.c.state == RequestState.PENDING, *conditions)
                .values(state=RequestState.WITHDRAWN, reason=reason, ended_at=at)
            )
            return ended.rowcount

    async def revoke(self, kind: str, where: Mapping[str, str], *, at: datetime) -> int:
        """End as withdrawn what is done of ``kind`` with all of ``where`` in its payload: it no longer holds."""
        conditions = (requests.c.payload[name].as_string() == value for name, value in where.items())
        async with self._transaction() as connection:
            ended = await connection.execute(
                update(requests)
                .where(requests.c.kind == kind, requests.c.state == RequestState.DONE, *conditions)
                .values(state=RequestState.WITHDRAWN, ended_at=at)
            )
            return ended.rowcount

    async def withdraw_each(self, ids: Iterable[int], *, at: datetime, reason: str | None = None) -> int:
        """End as withdrawn those of ``ids`` that are pending, in one transaction; return how many."""
        wanted, withdrawn = sorted(set(ids)), 0
        async with self._transaction() as connection:
            for start in range(0, len(wanted), _IDS_AT_ONCE):
                ended = await connection.execute(
                    update(requests)
                    .where(requests.c.id.in_(wanted[start : start + _IDS_AT_ONCE]))
                    .where(requests.c.state == RequestState.PENDING)
                    .values(state=RequestState.WITHDRAWN, reason=reason, ended_at=at)
                )
                withdrawn += ended.rowcount
        return withdrawn


async def file_on(
    connection: AsyncConnection, new: NewRequest, *, at: datetime, reopen_done: bool = False
) -> bool:
    """File a request as `Requests.file` does, in a transaction that does more than that."""
    settled = {RequestState.PENDING} if reopen_done else {RequestState.PENDING, RequestState.DONE}
    values = {"payload": dict(new.payload), "state": RequestState.PENDING, "reason": None, "filed_at": at}
    first = {"kind": new.kind, "idempotency_key": new.idempotency_key, **values}
    if await insert_once(connection, requests, ("idempotency_key",), first):
        return True
    reopened = await connection.execute(
        update(requests)
        .where(requests.c.idempotency_key == new.idempotency_key, requests.c.state.not_in(settled))
        .values(ended_at=None, **values)
    )
    return reopened.rowcount == 1


def _request(row: Row[tuple[object, ...]]) -> Request | None:
    """Return the request that a row is, None where whoever has written it was not Palabre."""
    values = dict(row._mapping)
    payload = _payload(str(values["payload"]))
    if payload is None:
        return None
    return Request(**{**values, "payload": payload, "state": RequestState(values["state"])})


def _payload(text: str) -> dict[str, str] | None:
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        return None
    is_texts = isinstance(payload, dict) and all(isinstance(value, str) for value in payload.values())
    return payload if is_texts else None
