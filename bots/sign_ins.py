"""Sees when somebody has signed in for the first time: they have a device that they have signed.

Asked is in one request: of those who have come lately every few seconds, since they are at it; of all others seldom.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
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
"""Seconds between looks for those who have come lately."""
AT_FIRST = timedelta(hours=1)
"""How long somebody has come lately."""
MOST_OFTEN = 50
"""How many people are asked about so often, those who have come last: a network's first members come all at once."""
SELDOM = timedelta(seconds=30)
"""Between looks for all."""


class SignInWatch:
    """Notes them, and has their rooms made and a greeting sent. ``now`` gives the time."""

    def __init__(
        self, store: Store, client: EncryptedClient, incoming: IncomingReader, *, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._client = client
        self._incoming = incoming
        self._now = now
        self._since: dict[str, datetime] = {}
        """When each of those who are awaited was first seen by this process."""
        self._next: datetime | None = None
        self.periodic = PeriodicWork(self.look, LOOK_EVERY, "sign_ins_not_noted", by_date=True)

    async def look(self) -> None:
        """Look once.

        Raises:
            PalabreError: the store or the homeserver does not answer; the next look sees them again.
        """
        asked = self._asked_about(await self._store.sign_ins.awaited())
        if not asked:
            return
        await self._incoming.people.refresh()
        known = {UserId(user) for user in asked if user in self._incoming.people}
        signed = await self._client.with_signed_device(known) if known else frozenset()
        await self._incoming.identities.look()
        newcomers = await self._newcomers(signed)
        for user in sorted(signed):
            at = self._now()
            following = self._following(user, at) if user in newcomers else []
            if await self._store.sign_ins.note(user, following, at=at):
                log.info("signed_in")

    def _asked_about(self, awaited: frozenset[str]) -> Collection[str]:
        now = self._now()
        self._since = {user: self._since.get(user, now) for user in awaited}
        if awaited and (self._next is None or now >= self._next):
            self._next = now + SELDOM
            return awaited
        lately = [user for user in awaited if now - self._since[user] < AT_FIRST]
        return sorted(lately, key=lambda user: (self._since[user], user))[-MOST_OFTEN:]

    async def _newcomers(self, signed: frozenset[UserId]) -> Collection[str]:
        """Return who of those who have signed in is new: in an example network those alone who came by a link.

        The others of an example are nobody, and have their rooms already.
        """
        if not signed or not self._incoming.community.example:
            return signed
        return {one.user_id for link in await self._store.invitations.listed() for one in link.arrivals}

    def _following(self, user: UserId, at: datetime) -> list[JobPayload]:
        """Return what follows from it: rooms and a greeting."""
        return [
            MembershipUpdate(user, self._client.user_id, "signed-in"),
            Greeting(user, at.isoformat()),
        ]
