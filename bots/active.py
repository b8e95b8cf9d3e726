"""The active members as the store has them now: whom the bot listens to."""

from __future__ import annotations

from collections import UserDict

from community.description.person import Person
from community.storage import Store


class ActivePeople(UserDict[str, Person]):
    """The active members by their Matrix ID; kept in step by `refresh`."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._revision = -1

    async def refresh(self, revision: int | None = None) -> None:
        """Take in the members, where they have changed; ``revision`` is theirs, if it was just read.

        Raises:
            StoreError: the database failed.
        """
        if revision is None:
            revision = await self._store.people.revision()
        if revision != self._revision:
            self.data = {person.user_id: person for person in await self._store.people.all()}
            self._revision = revision
