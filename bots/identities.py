"""The pinned identities as the store has them now, and what the homeserver shows beside them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

import structlog

from bots.active import ActivePeople
from bots.encryption import EncryptedClient, Reacted, Received
from community.accounts.identities import (
    Pin,
    Standing,
    discarded_name,
    occasion_of_change,
    standing,
    standing_of_person,
)
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import Store
from matrix.errors import HomeserverUnreachable, MatrixError
from matrix.ids import UserId

log = structlog.get_logger()


class PinnedIdentities:
    """Pins what is first seen of an active person, and says what is known of whoever says something."""

    def __init__(
        self, store: Store, client: EncryptedClient, people: ActivePeople, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._client = client
        self._people = people
        self._now = now
        self.pins: Mapping[str, Pin] = {}
        self.changes: Mapping[str, int] = {}
        """How often each of those whose identity has changed has shown another than the pinned one."""
        self._discarded: frozenset[str] = frozenset()
        self._revision: int | None = None
        self._shown: dict[UserId, str] = {}
        self._told: set[tuple[str, str]] = set()

    async def look(self, changed: Collection[UserId] = (), revision: int | None = None) -> None:
        """Take in the pins, and pin or note what is shown of active people.

        ``changed``: whose devices have changed. ``revision`` is that of the pins, if it was just read.

        Raises:
            StoreError: the database failed.
            HomeserverUnreachable: the homeserver does not answer.
        """
        await self.refresh(revision)
        await self._ask(user for user in changed if self._is_pinned(user))
        self._shown.update(await self._client.identities_shown())
        news = [
            (user, key)
            for user, key in self._shown.items()
            if self._is_pinned(user) and self._is_news(user, key)
        ]
        for user, key in sorted(news):
            await self._store.identities.see(user, key, at=self._now())
        if news:
            await self.refresh()
        await self._tell_of_changed()

    async def _ask(self, users: Iterable[UserId]) -> None:
        """Ask for devices that have changed, so that a new identity is noticed before anything is said under it."""
        try:
            await self._client.know(users)
        except HomeserverUnreachable:
            raise
        except MatrixError as error:
            # They are asked for again before anything that is said from them is read.
            log.warning("devices_not_asked_for", reason=str(error))

    async def refresh(self, revision: int | None = None) -> None:
        """Take in the pins, where they have changed; ``revision`` is theirs, if it was just read.

        Raises:
            StoreError: the database failed.
        """
        if revision is None:
            revision = await self._store.identities.revision()
        if revision == self._revision:
            return
        self.changes = await self._store.identities.changes()
        self._discarded = await self._store.identities.discarded()
        self.pins = {pin.user_id: pin for pin in await self._store.identities.all()}
        await self._client.use_pins({user: pin.master_key for user, pin in self.pins.items()})
        self._revision = revision

    def of(self, said: Received | Reacted) -> Standing:
        """Return what is known of who has said something. A reaction does not tell from which device it comes."""
        pin = self.pins.get(said.sender)
        return standing(pin, said.vouched) if isinstance(said, Received) else standing_of_person(pin)

    def is_changed(self, user_id: str) -> bool:
        """Whether somebody's identity is another than the pinned one."""
        return standing_of_person(self.pins.get(user_id)) is not Standing.PINNED

    def _is_pinned(self, user: UserId) -> bool:
        """Whether somebody's identity counts: of members, and of former ones, who may leave for good by a word."""
        return user in self._people or user in self._people.alumni

    def _is_news(self, user: UserId, key: str) -> bool:
        pin = self.pins.get(user)
        if pin is None and discarded_name(user, key) in self._discarded:
            return False
        return pin is None or key != (pin.changed_to or pin.master_key)

    async def _tell_of_changed(self) -> None:
        """File what is told of each identity that waits to be accepted.

        That is asked of the pins, not of what is news: so a process killed in between loses nothing, and the store
        knows what was filed before. Of many changes in a row a few are told (`occasion_of_change`).
        """
        for pin in self.pins.values():
            person = self._people.get(pin.user_id)
            if pin.changed_to is None or person is None:
                continue
            count = self.changes.get(pin.user_id, 1)
            occasion = occasion_of_change(pin, count)
            if (pin.user_id, occasion) in self._told:
                continue
            log.warning("identity_changed", user=pin.user_id, count=count)
            values = {
                "name": person.name,
                "user": person.user_id,
                "username": person.username,
                "count": str(count),
            }
            for kind, audience in (
                (NoticeKind.IDENTITY_CHANGED, COORDINATORS),
                (NoticeKind.OWN_IDENTITY_CHANGED, person.user_id),
            ):
                notice = Notice(kind, audience, occasion, values)
                await self._store.jobs.file(notice, at=self._now())
            self._told.add((pin.user_id, occasion))
