"""Deleting what somebody wrote, on a real Synapse.

Synapse's own task redacts messages and joins, in the person's name: so it reaches safe rooms too, which the provisioner
is not in. It leaves reactions and invitations; these are redacted here one by one, by the provisioner where it is in
the room, else in the person's name. What there is is looked up anew each time, so it may be broken off anywhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager

import structlog

from community.description.data_folder import DataFolder
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.erasure_api import ErasureApi
from matrix.errors import Forbidden, MatrixRequestError, NotFound
from matrix.http import HomeserverClient, Json
from matrix.ids import EventId, RoomId, UserId
from provisioning.accounts import provisioner_client
from provisioning.erasures import Erasures, TakenBack
from provisioning.errors import AccountMissing
from provisioning.snapshot import AccountClosure
from provisioning.synapse_accounts import acting_as, close, until_in_no_room

log = structlog.get_logger()

_MEMBER = "m.room.member"
_REDACTION = "m.room.redaction"
_MESSAGES = frozenset(("m.room.message", "m.room.encrypted", "m.sticker"))
_BY_TASK = frozenset(("m.room.message", "m.room.encrypted"))
"""What Synapse's task redacts, beside joins."""
_AT_ONCE = 40
"""How many events are redacted with one token in the person's name, which is valid for a minute."""


class SynapseErasures:
    """A real Synapse, through the provisioner's admin token."""

    def __init__(self, http: HomeserverClient) -> None:
        self._http = http
        self._client = ClientApi(http)
        self._admin = AdminApi(http)
        self._api = ErasureApi(http)

    async def take_back(self, user_id: UserId) -> TakenBack | None:
        """Have Synapse redact all it can; then redact what is left, and count."""
        tasks = await self._api.redaction_tasks(user_id)
        if any(task.is_under_way for task in tasks):
            return None
        given_up = frozenset[EventId]().union(*(task.failed for task in tasks))
        there = await self._there(user_id)
        wanted = {room_id: [e for e in events if _is_told(e, user_id)] for room_id, events in there.items()}
        bulk = {room_id for room_id, events in wanted.items() if _for_task(events, user_id, given_up)}
        if bulk:
            await self._api.redact_all(user_id, bulk)
            return None
        joined = await self._client.joined_rooms()
        left_over = 0
        for room_id, events in wanted.items():
            left_over += await self._redact(room_id, events, user_id, is_inside=room_id in joined)
        said = sum(1 for events in there.values() for event in events if event["type"] in _MESSAGES)
        unsaid = sum(1 for events in wanted.values() for event in events if event["type"] in _MESSAGES)
        return TakenBack(said - min(unsaid, left_over), left_over)

    async def _there(self, user_id: UserId) -> dict[RoomId, list[Json]]:
        """Return the events that are theirs, and those of others about where they belong, by room.

        Every room of the server is looked through: of one that they have forgotten nothing else says that they were
        in it.
        """
        belonging = await self._rooms(user_id)
        found = {}
        for room_id in sorted({room.room_id for room in await self._admin.rooms()} | belonging):
            events = [event async for event in self._api.events(room_id, {"senders": [user_id]})]
            if events or room_id in belonging:
                others = self._api.events(room_id, {"types": [_MEMBER], "not_senders": [user_id]})
                events += [event async for event in others if event.get("state_key") == user_id]
                found[room_id] = events
        return found

    async def _rooms(self, user_id: UserId) -> frozenset[RoomId]:
        try:
            return frozenset(await self._admin.memberships_of(user_id))
        except NotFound:
            return frozenset()

    async def _redact(
        self, room_id: RoomId, events: Collection[Json], user_id: UserId, *, is_inside: bool
    ) -> int:
        """Redact events of one room; return how many could not be."""
        left = list(events)
        if is_inside:
            left = await self._redacted_by(self._client, room_id, left)
        refused: list[Json] = []
        for start in range(0, len(left), _AT_ONCE):
            some = left[start : start + _AT_ONCE]
            try:
                async with acting_as(self._http.url, self._admin, user_id) as person:
                    some = await self._redacted_by(person, room_id, some)
            except MatrixRequestError as error:
                # A closed account: nothing can be done in its name.
                log.info("not_redacted", reason=error.errcode)
            refused += some
        # Of a membership event in a room of others' the name alone is left, which goes with the account's erasure.
        return sum(1 for event in refused if event["type"] != _MEMBER)

    @staticmethod
    async def _redacted_by(client: ClientApi, room_id: RoomId, events: Iterable[Json]) -> list[Json]:
        """Redact events as ``client``; return those that it may not."""
        refused = []
        for event in events:
            event_id = EventId(event["event_id"])
            try:
                await client.redact_event(room_id, event_id, f"leaving-{event_id[1:]}")
            except (Forbidden, NotFound):
                refused.append(event)
        return refused

    async def delete_media(self, user_id: UserId) -> None:
        """Delete all that a user has uploaded."""
        await self._api.delete_media(user_id)

    async def erase_account(self, user_id: UserId, closing: AccountClosure) -> None:
        """Deactivate with Synapse's erasure; an account that is only locked loses its name."""
        account = await self._admin.find_account(user_id)
        if account is None:
            raise AccountMissing(user_id)
        if not (account.deactivated or account.locked):
            await self._delete_tags(user_id)
        if closing is AccountClosure.DEACTIVATE:
            await self._api.erase(user_id)
            await until_in_no_room(self._admin, user_id)
            return
        await self._admin.set_display_name(user_id, "")
        await close(self._admin, user_id, closing)

    async def _delete_tags(self, user_id: UserId) -> None:
        async with acting_as(self._http.url, self._admin, user_id) as person:
            for room_id in sorted(await self._rooms(user_id)):
                try:
                    await ErasureApi(person.http).delete_tags(user_id, room_id)
                except Forbidden:
                    log.info("tags_not_deleted")


def _is_told(event: Json, user_id: UserId) -> bool:
    """Whether an event still has something of the user's: words, a reaction, or their name."""
    if event["type"] == _REDACTION or "redacted_because" in (event.get("unsigned") or {}):
        return False
    content: Mapping[str, object] = event.get("content") or {}
    if event["type"] == _MEMBER and event.get("state_key") == user_id:
        return bool(content.get("displayname") or content.get("avatar_url"))
    if event["type"] == _MEMBER:
        # Whom they have invited was shown their name, which Synapse keeps with the invitation.
        return event["sender"] == user_id and content.get("membership") == "invite"
    return event["sender"] == user_id and "state_key" not in event and bool(content)


def _for_task(events: Iterable[Json], user_id: UserId, given_up: Collection[EventId]) -> bool:
    return any(
        event["event_id"] not in given_up and (event["type"] in _BY_TASK or _is_own_join(event, user_id))
        for event in events
    )


def _is_own_join(event: Json, user_id: UserId) -> bool:
    content: Mapping[str, object] = event.get("content") or {}
    is_own = event["type"] == _MEMBER and event["sender"] == user_id
    return is_own and content.get("membership") == "join"


@asynccontextmanager
async def opened_erasures(url: str, provisioner: UserId, data: DataFolder) -> AsyncIterator[Erasures]:
    """Give them over a connection of their own, with the provisioner's token.

    Raises:
        DataFolderError, MatrixError, SessionEnded.
    """
    async with provisioner_client(url, provisioner, data, changing=False) as http:
        yield SynapseErasures(http)
