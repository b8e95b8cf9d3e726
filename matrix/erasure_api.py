"""The calls of Synapse's admin API by which what somebody wrote and uploaded is deleted, and their account erased."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from matrix.errors import NotFound
from matrix.http import Call, HomeserverClient, Json
from matrix.ids import EventId, RoomId, UserId

_V1 = "/_synapse/admin/v1"
_PAGE = 1000
"""Synapse gives no more events in one answer."""
_MOST_REDACTED = 1_000_000
"""Events of one room; without a number Synapse redacts the last thousand and says nothing of the others."""
_MEDIA_AT_ONCE = 100
_UNDER_WAY = ("scheduled", "active")


@dataclass(frozen=True, slots=True)
class RedactionTask:
    """A task of the homeserver's that redacts what somebody said; ``failed`` are the events that it could not."""

    is_under_way: bool
    failed: frozenset[EventId]


class ErasureApi:
    """These calls over one `HomeserverClient`, with an administrator's token where nothing else is said."""

    def __init__(self, http: HomeserverClient) -> None:
        self._http = http

    async def redaction_tasks(self, user_id: UserId) -> tuple[RedactionTask, ...]:
        """Return the tasks for somebody that Synapse still knows (GET ``/_synapse/admin/v1/scheduled_tasks``).

        It remembers those that ended for a week.
        """
        query = {"resource_id": user_id, "action_name": "redact_all_events"}
        call = Call("GET", f"{_V1}/scheduled_tasks", "admin/scheduled_tasks", query=query)
        return tuple(map(_task, (await self._http.send(call))["scheduled_tasks"]))

    async def redact_all(self, user_id: UserId, room_ids: Collection[RoomId]) -> None:
        """Begin to redact messages and joins of somebody's in these rooms, in their own name, also where they left.

        POST ``/_synapse/admin/v1/user/<user_id>/redact``. It goes on by itself, also after a restart; reactions and
        invitations stay as they are. One begun while another is under way is refused (400).
        """
        body = {"rooms": sorted(room_ids), "limit": _MOST_REDACTED}
        path = f"{_V1}/user/{_part(user_id)}/redact"
        await self._http.send(Call("POST", path, "admin/redact", body))

    async def events(self, room_id: RoomId, wanted: Mapping[str, Any]) -> AsyncIterator[Json]:
        """Yield the events of a room that a filter lets by (spec, ``RoomEventFilter``), the oldest first.

        GET ``/_synapse/admin/v1/rooms/<room_id>/messages``: also of rooms that the token's owner is not in. None of
        a room that the server does not know.
        """
        path, start = f"{_V1}/rooms/{_part(room_id)}/messages", ""
        while True:
            query = {"dir": "f", "limit": str(_PAGE), "filter": json.dumps(wanted)}
            if start:
                query["from"] = start
            try:
                answer = await self._http.send(Call("GET", path, "admin/messages", query=query))
            except NotFound:
                return
            for event in answer["chunk"]:
                yield event
            following = str(answer.get("end") or "")
            if not following or following == start:
                return
            start = following

    async def delete_media(self, user_id: UserId) -> None:
        """Delete all files that somebody has uploaded, their picture too, and what the server has made of them.

        DELETE ``/_synapse/admin/v1/users/<user_id>/media``.
        """
        path = f"{_V1}/users/{_part(user_id)}/media"
        while True:
            query = {"limit": str(_MEDIA_AT_ONCE)}
            answer = await self._http.send(Call("DELETE", path, "admin/media", query=query, timeout=300))
            if not answer["deleted_media"]:
                return

    async def delete_tags(self, user_id: UserId, room_id: RoomId) -> None:
        """Delete the labels that the token's owner has given a room (spec, "Room tagging").

        With their own token: the closing of their account leaves them.
        """
        path = f"/_matrix/client/v3/user/{_part(user_id)}/rooms/{_part(room_id)}/tags"
        tags = (await self._http.send(Call("GET", path, "rooms/tags")))["tags"]
        for tag in sorted(tags):
            await self._http.send(Call("DELETE", f"{path}/{_part(tag)}", "rooms/tags"))

    async def erase(self, user_id: UserId) -> None:
        """Close an account for good, delete its profile, and mark it as erased.

        POST ``/_synapse/admin/v1/deactivate/<user_id>`` with ``erase``. In each room that it is still in the name
        that its membership events have is deleted too, before Synapse takes it out, by itself.

        Raises:
            NotFound: there is no such account.
        """
        path = f"{_V1}/deactivate/{_part(user_id)}"
        body = {"erase": True}
        await self._http.send(Call("POST", path, "admin/deactivate", body, idempotent=True, timeout=120))


def _part(text: str) -> str:
    return quote(text, safe="")


def _task(task: Json) -> RedactionTask:
    failed = (task.get("result") or {}).get("failed_redactions") or {}
    return RedactionTask(task["status"] in _UNDER_WAY, frozenset(map(EventId, failed)))
