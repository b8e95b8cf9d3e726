"""The active members as the store has them now, whom the bot listens to; and who is a former one."""

from __future__ import annotations

from collections import UserDict

from community.description.model import Status
from community.description.person import Person
from community.storage import Store


class ActivePeople(UserDict[str, Person]):
    """The active members by their Matrix ID; kept in step by `refresh`.

    ``alumni`` are the Matrix IDs of former members, to whom the bot listens where they want to leave for good.
    """

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._revision = -1
        self.alumni: frozenset[str] = frozenset()

    @property
    def revision(self) -> int:
        """What moves whenever anybody is active, or is so no more."""
        return self._revision

    async def refresh(self, revision: int | None = None) -> None:
        """Take in the members, where they have changed; ``revision`` is theirs, if it was just read.

        Raises:
            StoreError: the database failed.
        """
        if revision is None:
            revision = await self._store.people.revision()
        if revision != self._revision:
            self.data = {person.user_id: person for person in await self._store.people.all()}
            former = await self._store.people.former()
            self.alumni = frozenset(user for user, status in former.items() if status is Status.ALUMNI)
            self._revision = revision
