"""What one sync brings to the bot: messages, reactions, invitations, and what has changed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.encryption.cross_signing import Json, at
from bots.encryption.timeline import TimelineEvent
from matrix.ids import EventId, RoomId, UserId


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody asks the bot into a room. ``encrypted`` and ``is_direct`` are what the invitation says.

    ``create_sender`` and ``create_content`` are those of the room's ``m.room.create`` as the invitation shows it (spec,
    "Stripped state"); empty where it does not.
    """

    room_id: RoomId
    sender: UserId
    is_direct: bool
    encrypted: bool
    create_sender: str = ""
    create_content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Received:
    """A message that the bot has read. Times are in milliseconds since the epoch, by the sender's server.

    ``vouched``: the master keys that its sender's device is signed under; none for a device that is not signed.
    """

    room_id: RoomId
    event_id: EventId
    sender: UserId
    content: Mapping[str, Any]
    origin_server_ts: int
    vouched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reacted:
    """A reaction ``key`` to the event ``target`` (spec, "Event annotations and reactions"). It is sent in clear."""

    room_id: RoomId
    event_id: EventId
    sender: UserId
    target: EventId
    key: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one sync brought. It is given again after a restart, but for what is noted as ``done``, until it is
    ``confirm``ed. ``said`` are messages and reactions, in each room in their order.
    """

    said: tuple[Received | Reacted, ...]
    invitations: tuple[Invitation, ...]
    changed_rooms: frozenset[RoomId]
    changed_devices: frozenset[UserId]

    @property
    def messages(self) -> tuple[Received, ...]:
        """The messages."""
        return tuple(each for each in self.said if isinstance(each, Received))

    @property
    def reactions(self) -> tuple[Reacted, ...]:
        """The reactions."""
        return tuple(each for each in self.said if isinstance(each, Reacted))


def said_of(reading: TimelineEvent) -> Received | Reacted:
    """Return a message or a reaction that could be read."""
    assert reading.plain is not None  # noqa: S101 - it `is_for_us`
    if reading.is_reaction:
        return _reacted(reading.room_id, reading.event)
    return received(reading.room_id, reading.event, reading.plain, reading.vouched)


def received(room_id: str, event: Json, plain: Json, vouched: tuple[str, ...] = ()) -> Received:
    """Return a message with its plaintext and the master keys that vouch for its device."""
    content = plain["content"]
    outer = event["content"].get("m.relates_to")
    if outer is not None:
        # Where a message belongs stands in clear (spec, "m.relates_to" of encrypted events).
        content = {**content, "m.relates_to": outer}
    return Received(
        RoomId(room_id),
        EventId(event["event_id"]),
        UserId(event["sender"]),
        content,
        event["origin_server_ts"],
        vouched,
    )


def _reacted(room_id: str, event: Json) -> Reacted:
    relation = event["content"]["m.relates_to"]
    ids = EventId(event["event_id"]), UserId(event["sender"]), EventId(relation["event_id"])
    return Reacted(RoomId(room_id), *ids, relation["key"])


def invitations(rooms: Mapping[str, Json], me: UserId) -> Iterable[Invitation]:
    """Give the invitations of a sync's ``rooms.invite``; what is malformed in them is empty."""
    for room_id, room in rooms.items():
        events = [e for e in room.get("invite_state", {}).get("events", ()) if isinstance(e, dict)]
        own = next((e for e in events if e.get("type") == "m.room.member" and e.get("state_key") == me), None)
        if own is None:
            continue
        create = next((e for e in events if e.get("type") == "m.room.create"), {})
        content = create.get("content")
        yield Invitation(
            RoomId(room_id),
            UserId(str(own.get("sender"))),
            is_direct=at(own, "content", "is_direct") is True,
            encrypted=any(e.get("type") == "m.room.encryption" for e in events),
            create_sender=str(create.get("sender", "")),
            create_content=content if isinstance(content, dict) else {},
        )
