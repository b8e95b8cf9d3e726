"""Notes who has a recovery key by now: whoever has signed in, and has none, loses what was said with their last device.

Nothing shows it to others but the person's own account data, which an administrator may read: of those who have none
yet alone it is asked whether there is one, and nothing else is taken from them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from community.storage import Store
from matrix.ids import UserId
from provisioning.homeserver import Homeserver

MOST = 20
"""How many people are asked about at one look: those first of whom it was asked longest ago."""


class RecoveryKeys:
    """Looks for them. ``now`` gives the time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._asked: dict[str, int] = {}
        self._looks = 0

    async def look(self, homeserver: Homeserver, store: Store) -> None:
        """Look once.

        Raises:
            SessionEnded, MatrixError, StoreError.
        """
        self._looks += 1
        active = {person.user_id for person in await store.people.all()}
        without = [
            sign_in.user_id
            for sign_in in (await store.sign_ins.all()).values()
            if sign_in.key_at is None and sign_in.user_id in active
        ]
        # Whoever has come last is asked about first: they are at it.
        without.sort(key=lambda user: self._asked.get(user, 0))
        self._asked = {user: self._asked.get(user, 0) for user in without}
        for user in without[:MOST]:
            self._asked[user] = self._looks
            if await homeserver.has_recovery_key(UserId(user)):
                await store.sign_ins.note_key(user, at=self._now())
