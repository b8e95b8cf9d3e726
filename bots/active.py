"""The active members as the store has them now: whom the bot listens to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from community.description.person import Person
from community.storage import Store


class ActivePeople(Mapping[str, Person]):
    """The active members by their Matrix ID; kept in step by `refresh`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._people: dict[str, Person] = {}
        self._revision = -1

    async def refresh(self) -> None:
        """Take in the members, where they have changed.

        Raises:
            StoreError: the database failed.
        """
        revision = await self._store.people.revision()
        if revision != self._revision:
            self._people = {person.user_id: person for person in await self._store.people.all()}
            self._revision = revision

    def __getitem__(self, user_id: str) -> Person:
        return self._people[user_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._people)

    def __len__(self) -> int:
        return len(self._people)
