"""Whoever the bot invites can read what was said before: their devices are given the keys once they have come.

Only by an invitation of the bot's own, to devices that are signed by the identity which was theirs when they were
invited. Where another has been shown since, nothing is given until somebody accepts it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

import structlog

from community.accounts.identities import Pin
from community.jobs.backoff import Backoff
from community.jobs.errors import NotYet
from community.jobs.history_keys import HistoryKeys
from community.jobs.invitations import RoomInvitation
from community.jobs.job import Job, JobState
from community.jobs.worker import JobHandler
from matrix.ids import RoomId, UserId

if TYPE_CHECKING:
    from bots.context.open_history import OpenHistory
    from bots.encryption import EncryptedClient, InvitedPerson, RoomView
    from community.storage import Store

log = structlog.get_logger()

_GONE_AFTER = timedelta(days=1)
"""How long after the invitation somebody who is not invited any more has declined; before, the sync may be behind."""
_UNANSWERED_AFTER = timedelta(days=60)
_WITHOUT_CHANNEL = timedelta(minutes=1)
"""How long a device that has no one-time keys is left alone."""


class HistoryHandler(JobHandler[HistoryKeys]):
    """Promises the keys to those who are invited, and hands them on.

    They are handed on some seconds after the person has joined, and for a day to devices that they sign later.
    ``ours`` gives our rooms by key.
    """

    kind = HistoryKeys
    # The keys of a large room are a file of megabytes, and the line may be bad.
    is_slow = True
    look_every: ClassVar[timedelta] = timedelta(seconds=5)
    backoff: ClassVar[Backoff] = Backoff(timedelta(seconds=10), timedelta(minutes=10))

    def __init__(
        self,
        store: Store,
        client: EncryptedClient,
        ours: Callable[[], Mapping[str, RoomView]],
        open_history: OpenHistory,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._client = client
        self._ours = ours
        self._open = open_history
        self._now = now
        self._pins: Mapping[str, Pin] = {}
        self._revision: int | None = None

    # --- promising ------------------------------------------------------------------------------------------

    async def promise(self, to: RoomInvitation) -> None:
        """File, before somebody is invited, that they are given the room's earlier keys, where its history is open."""
        await self.take_back(to)
        room = _room(self._ours(), to.room_id, to.room_key)
        if room is None or not self._open.holds(to.room_key, room):
            return
        pin = await self._store.identities.find(to.user_id)
        shown = await self._client.shown_identity(UserId(to.user_id)) if pin is None else pin.master_key
        invited = self._now()
        owed = HistoryKeys(to.room_id, to.room_key, to.user_id, shown or "", invited.isoformat())
        await self._store.jobs.file(owed, at=invited)

    async def take_back(self, to: RoomInvitation) -> None:
        """Withdraw what an invitation has promised: it was not sent, or is another one now."""
        promised = await self._store.jobs.find(HistoryKeys.key(to.room_id, to.user_id))
        if promised is not None:
            await self._store.jobs.end(promised.id, JobState.WITHDRAWN, at=self._now())

    # --- handing on -----------------------------------------------------------------------------------------

    async def ready(self, waiting: Mapping[int, HistoryKeys]) -> Collection[int]:
        """Return those of whoever has joined and has a device that is owed the keys, and those that are over."""
        rooms = self._ours()
        await self._refresh()
        people: dict[InvitedPerson, int] = {}
        over: list[int] = []
        for number, owed in waiting.items():
            person = self._person(owed, rooms)
            if person is not None:
                people[person] = number
            elif self._is_given_up(owed, rooms):
                over.append(number)
        due = await self._client.history.due(list(people)) if people else []
        return [*over, *(people[person] for person in due)]

    async def carry_out(self, job: Job, payload: HistoryKeys) -> None:  # noqa: ARG002 - the payload says all
        """Give the keys to the devices that have none yet; it is done when no device waits for them any more."""
        rooms = self._ours()
        await self._refresh()
        person = self._person(payload, rooms)
        if person is None:
            if self._is_given_up(payload, rooms):
                return
            raise NotYet("not in the room", timedelta(0))
        if await self._client.history.is_over(person):
            return
        given = await self._client.history.give(person)
        if given:
            log.info("history_given", room=payload.room_key, devices=given)
        raise NotYet("devices signed later", timedelta(0) if given else _WITHOUT_CHANNEL)

    async def _refresh(self) -> None:
        revision = await self._store.identities.revision()
        if revision != self._revision:
            self._pins = {pin.user_id: pin for pin in await self._store.identities.all()}
            self._revision = revision

    def _person(self, owed: HistoryKeys, rooms: Mapping[str, RoomView]) -> InvitedPerson | None:
        """Return whom to give keys to; None for who may have none: not in the room by our invitation, or doubtful."""
        from bots.encryption import InvitedPerson  # noqa: PLC0415 - nio is imported where it is used

        room, user_id = _room(rooms, owed.room_id, owed.room_key), UserId(owed.user_id)
        if room is None or not self._open.holds(owed.room_key, room):
            return None
        by_us = room.invited_by.get(user_id) == self._client.user_id
        master = self._master(owed)
        if room.members.get(user_id) != "join" or not by_us or master is None:
            return None
        return InvitedPerson(RoomId(owed.room_id), user_id, master, owed.invited_at)

    def _master(self, owed: HistoryKeys) -> str | None:
        """Return the master key that must have signed the devices: that of the invitation, or one accepted since."""
        pin = self._pins.get(owed.user_id)
        if pin is None or pin.is_changed:
            return None
        return pin.master_key if pin.master_key == owed.master or pin.accepted_by is not None else None

    def _is_given_up(self, owed: HistoryKeys, rooms: Mapping[str, RoomView]) -> bool:
        """Whether nothing will come of an invitation: it was declined, or nobody has answered it."""
        room, age = _room(rooms, owed.room_id, owed.room_key), self._now() - owed.invited_at
        has_gone = room is not None and UserId(owed.user_id) not in room.members
        return age >= _UNANSWERED_AFTER or (has_gone and age >= _GONE_AFTER)


def _room(rooms: Mapping[str, RoomView], room_id: str, key: str) -> RoomView | None:
    """Return the room of that id if it still has this key."""
    room = rooms.get(key)
    return room if room is not None and room.room_id == room_id else None
