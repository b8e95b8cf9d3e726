"""Sees when somebody has signed in for the first time: they have a device that they have signed.

Asked is of all those together who have not, in one request, as often as one of them may be at it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bots.context.background import PeriodicWork
from bots.encryption import EncryptedClient
from bots.incoming_reader import IncomingReader
from community.jobs.greetings import Greeting
from community.jobs.memberships import MembershipUpdate
from community.jobs.payload import JobPayload
from community.storage import Store
from matrix.ids import UserId

log = structlog.get_logger()

LOOK_EVERY = 3.0
"""Seconds between looks while somebody has come whom the look before has not seen, and for `AT_FIRST` after that."""
AT_FIRST = timedelta(hours=1)
SELDOM = timedelta(seconds=30)
"""Between looks where nobody has come for an hour."""


class SignInWatch:
    """Notes them, and has their rooms made and a greeting sent. ``now`` gives the time."""

    def __init__(
        self, store: Store, client: EncryptedClient, incoming: IncomingReader, *, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._client = client
        self._incoming = incoming
        self._now = now
        self._awaited: frozenset[str] = frozenset()
        self._often_until: datetime | None = None
        self._next: datetime | None = None
        self.periodic = PeriodicWork(self.look, LOOK_EVERY, "sign_ins_not_noted", by_date=True)

    async def look(self) -> None:
        """Look once.

        Raises:
            PalabreError: the store or the homeserver does not answer; the next look sees them again.
        """
        awaited = await self._store.sign_ins.awaited()
        if not self._is_due(awaited):
            return
        await self._incoming.people.refresh()
        known = {UserId(user) for user in awaited & self._incoming.people.keys()}
        signed = await self._client.with_signed_device(known) if known else frozenset()
        await self._incoming.identities.look()
        for user in sorted(signed):
            at = self._now()
            if await self._store.sign_ins.note(user, self._following(user, at), at=at):
                log.info("signed_in")

    def _is_due(self, awaited: frozenset[str]) -> bool:
        now = self._now()
        if awaited - self._awaited:
            self._often_until = now + AT_FIRST
        self._awaited = awaited
        is_often = self._often_until is not None and now < self._often_until
        if not awaited or not (is_often or self._next is None or now >= self._next):
            return False
        self._next = now + SELDOM
        return True

    def _following(self, user: UserId, at: datetime) -> list[JobPayload]:
        """Return what follows from it: rooms and a greeting, but in an example network, whose people nobody is."""
        if self._incoming.community.example:
            return []
        return [
            MembershipUpdate(user, self._client.user_id, "signed-in"),
            Greeting(user, at.isoformat()),
        ]
