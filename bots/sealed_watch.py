"""Watching the accounts of ours that are sealed: a device with keys, or another identity, is told at once.

The provisioning service finds the same every few minutes. Here it is found also where it is gone again by then: the
homeserver says at once when the devices change of somebody with whom the bot shares a room, as it does with the
provisioner, and break-glass, which is in no room, is looked at often.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

from bots.context.background import PeriodicWork
from community.accounts.faults import AccountFault, faults_of_sealed
from community.accounts.identity_notes import IdentityNotes
from community.alarms.fault_telling import tell_more_faults
from community.description.data_folder import DataFolder
from community.storage import Store
from matrix.client_api import ClientApi
from matrix.cross_signing import shown_devices, shown_master_key
from matrix.http import Json
from matrix.ids import UserId

LOOK_EVERY = 5.0
"""Seconds between looks, where the homeserver says nothing of a change."""
ACTOR = "palabre bots"


class SealedWatch:
    """Looks at the keys of ``accounts``. ``now`` gives the time."""

    def __init__(
        self,
        store: Store,
        api: ClientApi,
        data: DataFolder,
        accounts: Collection[UserId],
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._api = api
        self._notes = IdentityNotes(data)
        self._accounts = sorted(accounts)
        self._now = now
        self._told: frozenset[AccountFault] = frozenset()

    @property
    def periodic(self) -> PeriodicWork:
        """The look, now and then."""
        return PeriodicWork(self.look, LOOK_EVERY, "watching_accounts_failed")

    def watches_any(self, users: Collection[UserId]) -> bool:
        """Whether a watched account is among ``users``."""
        return not frozenset(users).isdisjoint(self._accounts)

    async def look(self) -> None:
        """Look once, and tell coordinators of what was not there before.

        Raises:
            PalabreError: the homeserver does not answer, or the store failed; the next look tries again.
        """
        at, sealed_with = (
            self._now(),
            {account: self._notes.master_key(account) for account in self._accounts},
        )
        answer = await self._api.query_keys(self._accounts)
        found = frozenset(
            fault for account, key in sealed_with.items() for fault in self._faults(answer, account, key)
        )
        if found - self._told:
            await tell_more_faults(self._store, found - self._told, actor=ACTOR, at=at)
        self._told = found

    def _faults(self, answer: Json, account: UserId, sealed_with: str | None) -> Iterator[AccountFault]:
        """Give what is wrong with an account; ``sealed_with`` was noted before the homeserver was asked."""
        shown = shown_master_key(answer, account)
        noted = () if sealed_with is None else (sealed_with,)
        if shown is not None:
            # It may have been sealed anew meanwhile; what is published is noted before.
            noted = (*noted, *self._notes.keys(account)) if self._notes.are_kept_here() else (shown,)
        yield from faults_of_sealed(account, bool(shown_devices(answer, account)), shown, noted)
