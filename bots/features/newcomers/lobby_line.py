"""Tells the lobby once a day who has come since the day before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import structlog

from bots.context.background import PeriodicWork, Services
from bots.context.message import Reply
from bots.context.message_kinds import MessageKind, PostForm
from bots.context.reply_text import reply_of
from community.core.errors import PalabreError
from community.core.messages import Translator, msg, nmsg
from community.core.plain_text import clean, isolated, listed
from community.core.zones import ZoneInfo, existing
from community.description.model import Community, Policy
from community.description.person import Person
from community.description.reminder_times import hour_of
from matrix.ids import UserId

if TYPE_CHECKING:
    from bots.encryption import RoomView

log = structlog.get_logger()

LOOK_EVERY = 300.0
"""Seconds between looks."""
_LATE = timedelta(hours=6)
"""How late the line of a day is told still."""
_DAY = timedelta(days=1)
_USUAL = time(9)
_MOST = 8
"""How many names stand in it."""


class LobbyLine:
    """Tells it. The line of a day has a key of its own, so that there is one at the most."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.periodic = PeriodicWork(self.look, LOOK_EVERY, "lobby_not_told", by_date=True)

    async def look(self) -> None:
        """Tell it where it is due.

        Raises:
            StoreError: the database failed.
        """
        services, community = self._services, self._services.community()
        lobby = next((spec.key for spec in community.rooms if spec.policy is Policy.LOBBY), None)
        room = None if lobby is None else services.rooms().get(lobby)
        now = services.now()
        due = due_at(community, now)
        if lobby is None or room is None or community.example or not due <= now <= due + _LATE:
            return
        if services.poster.refusals.is_waiting(lobby, now):
            return
        key = f"newcomers/{due.astimezone(ZoneInfo(community.timezone)).date()}"
        if (key, lobby) in await services.poster.ended_of([(key, lobby)], ()):
            return
        come = await self._come(room, due)
        if not come:
            return
        try:
            await services.poster.post(
                key,
                lobby,
                room.room_id,
                due=due,
                message=lambda _now: who_came(come, community, services.translators()),
                form=PostForm(MessageKind.BY_THE_WAY),
            )
        except PalabreError as error:
            # The job stays as it is: the next look tries again.
            log.warning("lobby_not_told", reason=str(error))

    async def _come(self, room: RoomView, due: datetime) -> list[Person]:
        """Return those who have signed in on the day before ``due`` and are in the lobby, in the order they came."""
        signed = await self._services.store.sign_ins.all()
        came = {user: one.at for user, one in signed.items() if due - _DAY <= one.at < due}
        there = room.joined
        people = {person.user_id: person for person in await self._services.store.people.all()}
        return [
            people[user]
            for user in sorted(came, key=lambda user: (came[user], user))
            if user in people and UserId(user) in there
        ]


def due_at(community: Community, now: datetime) -> datetime:
    """Return when the line of the day is due, by the community's clock."""
    zone = ZoneInfo(community.timezone)
    today: date = now.astimezone(zone).date()
    return existing(datetime.combine(today, hour_of(community.reminders.digest) or _USUAL, zone))


def who_came(come: Sequence[Person], community: Community, translators: Sequence[Translator]) -> Reply:
    """Return the line in each of the community's languages. Pure."""
    lines = dict.fromkeys(_line(come, community, translate) for translate in translators)
    return reply_of(list(lines), [], [], translators[0].language)


def _line(come: Sequence[Person], community: Community, translate: Translator) -> str:
    names = [isolated(_named(person, community, translate), translate.language) for person in come[:_MOST]]
    left = len(come) - len(names)
    said = listed(names, translate.language)
    if not left:
        return translate(msg("New here since yesterday: {names}. Welcome!", names=said))
    return translate(
        nmsg(
            "New here since yesterday: {names}, and one more. Welcome!",
            "New here since yesterday: {names}, and {count} more. Welcome!",
            count=left,
            names=", ".join(names),
        )
    )


def _named(person: Person, community: Community, translate: Translator) -> str:
    city = community.city.get(person.city or "")
    name = clean(person.name)
    return name if city is None else f"{name} ({clean(city.name.text(translate.language))})"
