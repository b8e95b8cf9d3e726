"""Forgets somebody who has left and has asked to be erased: the last step of a leaving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from bots.context.personal_data import forget_all
from community.jobs.leavings import ForgettingRequest
from community.jobs.worker import JobHandler

if TYPE_CHECKING:
    from bots.context.execution import KeptData
    from community.jobs.job import Job
    from community.storage import Store

REPLACEMENT = "—"
"""What stands in place of somebody who was erased: the same in every language."""


class ForgettingHandler(JobHandler[ForgettingRequest]):
    """Takes them out of the store, and out of what features keep (``kept``, by the feature's key)."""

    kind = ForgettingRequest

    def __init__(self, store: Store, kept: Mapping[str, KeptData], now: Callable[[], datetime]) -> None:
        self._store = store
        self._kept = kept
        self._now = now

    async def carry_out(self, job: Job, payload: ForgettingRequest) -> None:
        """Forget them; done again, it finds nothing more.

        ``job`` itself, and the leaving's, are kept by their kind until they end, and are deleted then.

        Raises:
            StoreError: the database failed.
        """
        await forget_all(
            self._store,
            self._kept,
            payload.user_id,
            payload.username,
            REPLACEMENT,
            at=self._now(),
            answering=job.idempotency_key,
        )
