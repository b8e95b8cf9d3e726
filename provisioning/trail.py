"""Notes in the audit what an applier does, while it does it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from community.core.errors import PalabreError, StoreError
from community.storage import AuditOutcome, NewAuditEntry, Store
from provisioning.change_text import noted
from provisioning.changes import Change, subject

PAUSE = 0.1
"""Seconds between two transactions: each costs as much as an invitation, and a kill loses the notes of that time."""


class Trail:
    """Notes changes in the order in which they were made, several in one transaction, and keeps nobody waiting.

    Use as an asynchronous context manager: at its end everything is noted. ``actor``: who applies. ``now`` gives
    the time. A process that is killed loses the notes of its last moment; the entry that says that the plan was
    begun is there before anything is changed.
    """

    def __init__(self, store: Store, *, actor: str, digest: str, now: Callable[[], datetime]) -> None:
        self._audit = store.audit
        self._actor = actor
        self._digest = digest
        self._now = now
        self._due: list[NewAuditEntry] = []
        self._wake = asyncio.Event()
        self._one = asyncio.Lock()
        self._writing: asyncio.Task[None] | None = None
        self.failure: StoreError | None = None
        """Why notes could not be written: the disk is full. Whoever applies stops there."""

    async def __aenter__(self) -> Self:
        await self._audit.add([self._entry("apply", self._digest, AuditOutcome.STARTED)])
        self._writing = asyncio.create_task(self._write())
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        assert self._writing is not None  # noqa: S101 - it was entered
        self._writing.cancel()
        await asyncio.gather(self._writing, return_exceptions=True)
        await self._flush()

    def note(self, change: Change, error: PalabreError | None = None) -> None:
        """Note that a change was made, or, with ``error``, that it was not."""
        _, about = subject(change)
        outcome = AuditOutcome.DONE if error is None else AuditOutcome.FAILED
        detail = str(noted(change)) if error is None else f"{noted(change)}: {error.sentence}"
        self._due.append(self._entry(_action(change), about, outcome, detail))
        self._wake.set()

    def ended(self, outcome: AuditOutcome, detail: str) -> None:
        """Note the end of the whole."""
        self._due.append(self._entry("apply", self._digest, outcome, detail))

    def _entry(
        self, action: str, about: str, outcome: AuditOutcome, detail: str | None = None
    ) -> NewAuditEntry:
        return NewAuditEntry(
            at=self._now(),
            actor=self._actor,
            action=action,
            subject=about,
            detail=detail,
            digest=self._digest,
            outcome=outcome,
        )

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.shield(asyncio.ensure_future(self._flush()))
            await asyncio.sleep(PAUSE)

    async def _flush(self) -> None:
        async with self._one:
            due, self._due = self._due, []
            if not due or self.failure is not None:
                return
            try:
                await self._audit.add(due)
            except StoreError as error:
                self.failure = error


def _action(change: Change) -> str:
    """Return the change's class as an audit's action: ``CreateRoom`` is ``create-room``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(change).__name__).lower()
