"""To whom the bot writes of its own accord: not only to those it listens to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from bots.active import ActivePeople
from bots.safe_rooms import SafeRooms
from community.description.person import Person
from matrix.ids import UserId


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Somebody to whom the bot writes. ``name`` is None for a guest, of whom nobody has said what they read."""

    name: str | None
    languages: tuple[str, ...] = ()


class Correspondents:
    """Active and former members, and guests whom a moderator has asked in.

    ``alumnus`` returns a former member, ``guests`` those; None as long as nobody has looked who they are.
    """

    def __init__(
        self,
        people: ActivePeople,
        safe_rooms: SafeRooms,
        guests: Callable[[], Collection[UserId] | None],
        alumnus: Callable[[str], Person | None],
    ) -> None:
        self._people = people
        self._safe_rooms = safe_rooms
        self._guests = guests
        self._alumnus = alumnus

    @property
    def is_complete(self) -> bool:
        """Whether whoever is not known is nobody to write to, and not a guest who was not seen yet."""
        return self._guests() is not None

    def get(self, user_id: str) -> Correspondent | None:
        """Return what is known of somebody, None where the bot does not write to them."""
        person = self._people.get(user_id) or self._alumnus(user_id)
        if person is not None:
            return Correspondent(person.name, person.languages)
        user = UserId(user_id)
        for safe in self._safe_rooms.current:
            if user in safe.alumni:
                return Correspondent(safe.members[user], safe.alumni[user])
        return Correspondent(None) if user in (self._guests() or ()) else None

    def keeps(self, user_id: str, room_key: str) -> bool:
        """Whether somebody is an active member, and may moderate the safe room of that key."""
        keepers = (safe.keepers for safe in self._safe_rooms.current if safe.key == room_key)
        return user_id in self._people and any(user_id in those for those in keepers)
