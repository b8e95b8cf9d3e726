"""What the answers about spaces are made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bots.context.message import MessageContext
from bots.context.numbered import decided_number
from bots.context.sources import Sources
from bots.features.spaces.effects import KeepSpaceWish
from bots.features.spaces.named import SpaceMeaning
from bots.features.spaces.words import SpaceWish
from community.description.person import Person
from community.jobs.requested import SpaceRequest
from matrix.ids import UserId


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A request that waits for a decision: its job, its number, who asks (None where they are gone), the theme.

    ``is_invited``: their invitation has named the theme.
    """

    job_id: int
    number: int
    user_id: str
    person: Person | None
    theme: str
    is_invited: bool = False


@dataclass(frozen=True, slots=True)
class SpaceRecords:
    """What is known for one message.

    ``meaning``: what it wants of spaces. ``waiting``: what its sender was asked to confirm. ``requests`` wait for a
    decision; those of the sender and, where the message decides on one, that of its number. ``takers`` is how many have
    taken each theme up. ``stands``: how the sender stands in each room that the bot is in, by key: ``join``,
    ``invite``, or nothing.
    """

    meaning: SpaceMeaning | None = None
    waiting: KeepSpaceWish | None = None
    requests: tuple[WaitingRequest, ...] = ()
    takers: Mapping[str, int] = field(default_factory=dict)
    stands: Mapping[str, str | None] = field(default_factory=dict)

    def own(self, user_id: str, theme: str) -> WaitingRequest | None:
        """Return somebody's own request for a theme."""
        return next((each for each in self.requests if (each.user_id, each.theme) == (user_id, theme)), None)

    def numbered(self, number: int) -> WaitingRequest | None:
        """Return the request of a number."""
        return next((each for each in self.requests if each.number == number), None)


async def records_for(
    context: MessageContext, meaning: SpaceMeaning | None, waiting: KeepSpaceWish | None, sources: Sources
) -> SpaceRecords:
    """Return what is known for a message. Raises StoreError."""
    decided, wish = decided_number(context.text), None if meaning is None else meaning.reading.wish
    requests = () if meaning is None and decided is None else await waiting_requests(sources)
    takers = Counter(theme for person in sources.people.values() for theme in person.themes)
    stands: Mapping[str, str | None] = {}
    if wish is SpaceWish.MINE:
        user = UserId(context.person.user_id)
        stands = {key: room.members.get(user) for key, room in sources.rooms.rooms().items()}
    return SpaceRecords(meaning, waiting, requests, takers if wish is SpaceWish.LIST else {}, stands)


async def waiting_requests(sources: Sources) -> tuple[WaitingRequest, ...]:
    """Return the requests that wait for a decision. Raises StoreError."""
    waiting = SpaceRequest.each(await sources.store.jobs.pending(SpaceRequest.KIND))
    return tuple(
        WaitingRequest(
            job.id,
            asked.number_of(job),
            asked.user_id,
            sources.people.get(asked.user_id),
            asked.theme,
            asked.is_invited,
        )
        for job, asked in waiting
    )
