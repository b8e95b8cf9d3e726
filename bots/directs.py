"""The direct messages that the bot begins: one encrypted room of two for each person, found again after a crash.

The bot's own word is in the store before the room is asked for, and the room itself is found by who is in it. A
createRoom whose answer was lost may still make its room a while later: until a sync that ended long enough after it
has shown none, no second one is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from bots.context.background import PeriodicWork
from bots.correspondents import Correspondent, Correspondents
from bots.encryption import EncryptedClient, RoomView
from bots.encryption.protocol import MEGOLM
from bots.incoming_reader import IncomingReader
from bots.quiet_people import QuietPeople
from bots.rooms import Foreign, place
from community.jobs.leavings import Leaving
from community.jobs.memberships import MembershipUpdate
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import BegunDirect, Store
from matrix.client_api import ClientApi
from matrix.ids import UserId

log = structlog.get_logger()

LOOK_EVERY = 30.0
"""Seconds between looks who has accepted."""
OPENING = timedelta(seconds=130)
"""For so long a room that was asked for may still come: a little more than a createRoom is waited for."""
PATIENCE = timedelta(days=1)
"""After so long somebody who has not accepted is not reached."""


class DirectRooms:
    """Finds or opens them, and says who has not accepted. ``now`` gives the time."""

    def __init__(
        self,
        store: Store,
        client: EncryptedClient,
        api: ClientApi,
        incoming: IncomingReader,
        correspondents: Correspondents,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._client = client
        self.api = api
        self._incoming = incoming
        self.correspondents = correspondents
        self.quiet = QuietPeople(store, incoming, now=now)
        self._now = now
        self._opening = asyncio.Lock()
        """Held while a room is made, so that one which is not complete is not taken for one that is over."""

    async def with_person(self, user_id: UserId) -> RoomView | None:
        """Return the direct message with a person; where there is none it is opened, and returned a later time.

        Raises:
            PalabreError: the homeserver or the store does not answer; a later call tries again.
        """
        room = self._incoming.direct(user_id)
        if room is None:
            async with self._opening:
                await self._open(user_id)
        return room

    async def _open(self, user_id: UserId) -> None:
        begun = {one.user_id: one for one in await self._store.directs.all()}.get(user_id)
        if begun is None or not self._may_still_come(begun):
            await self._store.directs.begin(user_id, at=self._now())
            await self.api.create_room(room_of_two(user_id))
            log.info("direct_message_opened")

    @property
    def periodic(self) -> PeriodicWork:
        """The look, now and then."""
        return PeriodicWork(self.look, LOOK_EVERY, "looking_at_direct_messages_failed", by_date=True)

    async def look(self) -> None:
        """Tell the coordinators of people who are not reached, and leave rooms of ours that nobody else is in.

        Raises:
            PalabreError: the homeserver or the store does not answer; the next look tries again.
        """
        async with self._opening:
            await self._incoming.people.refresh()
            begun, departing = await self._store.directs.all(), await self._departing()
            for direct in begun:
                if direct.user_id not in departing:
                    await self._look_at(direct, self.correspondents.get(direct.user_id))
            if self.correspondents.is_complete and not any(map(self._may_still_come, begun)):
                await self._leave_what_is_over()

    async def _departing(self) -> frozenset[str]:
        """Return who is leaving the network just now: out of their rooms, and known to everybody a moment longer."""
        jobs = self._store.jobs
        going = [one.user_id for _, one in Leaving.each(await jobs.pending(Leaving.KIND))]
        changing = await jobs.pending(MembershipUpdate.KIND)
        return frozenset((*going, *(one.user_id for _, one in MembershipUpdate.each(changing))))

    async def _look_at(self, direct: BegunDirect, person: Correspondent | None) -> None:
        user_id, now = UserId(direct.user_id), self._now()
        if person is None:
            if self.correspondents.is_complete:
                await self._store.directs.drop(user_id)
            return
        if person.name is None:
            return  # that a guest accepts nothing is no matter for the coordinators
        room = self._incoming.direct(user_id)
        if room is not None and room.members[user_id] == "join":
            if direct.unreached_since is not None:
                await self._store.directs.mark(user_id, None)
            return
        # Without a room they have left it; or it was not made, and whoever has something to tell asks for it again.
        patience = PATIENCE if room is not None else 2 * OPENING
        if direct.unreached_since is None and not self._has_seen(direct, patience):
            return
        since = direct.unreached_since or now
        await self._store.directs.mark(user_id, since)
        values = {"person": f"{person.name} ({user_id})"}
        occasion = f"{user_id}/{since.isoformat()}"
        await self._store.jobs.file(Notice(NoticeKind.NOT_REACHED, COORDINATORS, occasion, values), at=now)

    def _may_still_come(self, direct: BegunDirect) -> bool:
        """Whether no sync has ended so late that it would have shown the room that was asked for."""
        return not self._has_seen(direct, OPENING)

    def _has_seen(self, direct: BegunDirect, after: timedelta) -> bool:
        """Whether a sync has ended that long after the room was asked for."""
        synced = self._client.health().synced_at
        return synced is not None and synced - direct.begun_at >= after

    async def _leave_what_is_over(self) -> None:
        """Leave the rooms that the bot made for somebody who has left them, or is written to no more."""
        me = self._client.user_id
        for room in list(self._client.rooms.values()):
            known = [user for user in room.members if self.correspondents.get(user) is not None]
            where = place(room, self._incoming.ours, me=me, active=known)
            if room.create_sender == me and isinstance(where, Foreign):
                await self.api.leave(room.room_id)
                log.info("direct_message_left")


def room_of_two(user_id: UserId) -> dict[str, Any]:
    """Return the body of a createRoom for a direct message. Pure.

    Nothing is left to the preset: in ``trusted_private_chat`` the other would own the room too, and in ``private_chat``
    they could invite. Under history ``invited`` whoever has not accepted yet has the keys when they do.
    """

    def state(event_type: str, **content: Any) -> dict[str, Any]:
        return {"type": event_type, "state_key": "", "content": content}

    return {
        "preset": "private_chat",
        "is_direct": True,
        "invite": [user_id],
        "power_level_content_override": {
            "invite": 50,
            "kick": 50,
            "ban": 50,
            "redact": 50,
            "state_default": 50,
            "events_default": 0,
            "users_default": 0,
        },
        "initial_state": [
            state("m.room.encryption", algorithm=MEGOLM),
            state("m.room.history_visibility", history_visibility="invited"),
            state("m.room.guest_access", guest_access="forbidden"),
            state("m.room.join_rules", join_rule="invite"),
        ],
    }
