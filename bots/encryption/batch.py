"""The content of one sync for the bot: messages, reactions, invitations, changed rooms and devices. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.encryption.cross_signing import Json, at
from bots.encryption.protocol import MESSAGE, REACTION, REDACTION, RELATION
from bots.encryption.timeline import TimelineEvent
from bots.encryption.verification_events import VerificationEvent, VerificationId, in_room, is_of_verification
from matrix.ids import EventId, RoomId, UserId


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation of the bot into a room. ``encrypted`` and ``is_direct`` are what the invitation says.

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

    ``content`` is the decrypted one, as its sender wrote it. ``clear_relation`` is the ``m.relates_to`` beside the
    ciphertext where the decrypted content has none: the homeserver may have written it. ``vouched``: the cross-signing
    master keys under which the sender's device is signed; none for an unsigned device.
    """

    room_id: RoomId
    event_id: EventId
    sender: UserId
    content: Mapping[str, Any]
    origin_server_ts: int
    vouched: tuple[str, ...] = ()
    clear_relation: Any = None
    type: str = MESSAGE


@dataclass(frozen=True, slots=True)
class Unread:
    """An encrypted event of somebody else's that cannot be read yet. It may become readable later.

    ``is_unsigned``: until its sender has signed the device that it is from.
    """

    room_id: RoomId
    event_id: EventId
    sender: UserId
    is_unsigned: bool


@dataclass(frozen=True, slots=True)
class Reacted:
    """A reaction ``key`` to the event ``target`` (spec, "Event annotations and reactions"). It is sent in clear."""

    room_id: RoomId
    event_id: EventId
    sender: UserId
    target: EventId
    key: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """The redaction ``event_id`` of the event ``target`` (spec, "Redactions"). It is sent in clear."""

    room_id: RoomId
    event_id: EventId
    target: EventId


@dataclass(frozen=True, slots=True)
class Batch:
    """The content of one sync. ``said`` are messages and reactions, of each room in their order.

    ``redacted`` are the events that others have redacted: none of ``said`` is among them. ``unread`` is what came in
    this sync and cannot be read yet; it is delivered once, and not again after a crash. After a restart, an
    unconfirmed batch (`EncryptedClient.confirm`) is delivered again, without the messages that are noted as dealt with
    (`EncryptedClient.done`). ``put_back``: the crypto store was found to be
    older than what the device has sent. ``verifications`` are events of verifications, in a room or to this device;
    ``unfinished`` those that were open when an earlier process ended, each with the other side's device: of what they
    were agreed on nothing is left.
    """

    said: tuple[Received | Reacted, ...]
    invitations: tuple[Invitation, ...]
    changed_rooms: frozenset[RoomId]
    changed_devices: frozenset[UserId]
    redacted: tuple[Redacted, ...] = ()
    unread: tuple[Unread, ...] = ()
    put_back: bool = False
    verifications: tuple[VerificationEvent, ...] = ()
    unfinished: tuple[tuple[VerificationId, str], ...] = ()

    @property
    def is_of_others(self) -> bool:
        """Whether somebody else has done something: else it has at most what we have said ourselves, and state."""
        theirs = (self.said, self.invitations, self.changed_devices, self.redacted, self.unread)
        return self.put_back or any(theirs)

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


def verifications_in(readings: Iterable[TimelineEvent], me: UserId) -> Iterator[VerificationEvent]:
    """Yield the events of verifications among what could be read in rooms."""
    for reading in readings:
        if reading.plain is not None and reading.is_of_verification:
            found = in_room(reading.room_id, reading.event, reading.plain, me)
            if found is not None:
                yield found


def unread_of(reading: TimelineEvent) -> Unread:
    """Return an event that waits for its key."""
    ids = EventId(reading.event["event_id"]), UserId(reading.event["sender"])
    return Unread(RoomId(reading.room_id), *ids, reading.is_unsigned)


def received(room_id: str, event: Json, plain: Json, vouched: tuple[str, ...] = ()) -> Received:
    """Return a message with its plaintext and the master keys that vouch for its device."""
    content = plain["content"]
    return Received(
        RoomId(room_id),
        EventId(event["event_id"]),
        UserId(event["sender"]),
        content,
        event["origin_server_ts"],
        vouched,
        None if RELATION in content else event["content"].get(RELATION),
        type=plain["type"],
    )


def _reacted(room_id: str, event: Json) -> Reacted:
    relation = event["content"]["m.relates_to"]
    ids = EventId(event["event_id"]), UserId(event["sender"]), EventId(relation["event_id"])
    return Reacted(RoomId(room_id), *ids, relation["key"])


def is_for_bot(event: Json, me: UserId) -> bool:
    """Whether it is somebody else's encrypted event, reaction or verification; a redacted reaction has no content."""
    if event["sender"] == me:
        return False
    if event["type"] == "m.room.encrypted" or is_of_verification(event):
        return True
    return event["type"] == REACTION and bool(event["content"])


def redacted_by(room_id: RoomId, event: Json, me: UserId) -> Redacted | None:
    """Return what an event of somebody else redacts, None for any other event.

    Which event is meant stands in ``content`` from room version 11 on, beside it before (spec, "m.room.redaction").
    """
    if event["type"] != REDACTION or event["sender"] == me:
        return None
    target = event["content"].get("redacts", event.get("redacts"))
    return Redacted(room_id, EventId(event["event_id"]), EventId(target)) if isinstance(target, str) else None


def all_redacted(redactions: Iterable[tuple[str, Json]], me: UserId) -> tuple[Redacted, ...]:
    """Return what redactions, each with its room, redact."""
    found = (redacted_by(RoomId(room_id), event, me) for room_id, event in redactions)
    return tuple(each for each in found if each is not None)


def kept_invitation(kept: Json) -> Invitation:
    """Return an invitation that was stored as a dictionary of its fields. Raises ValueError or TypeError."""
    invitation = Invitation(**kept)
    if not all(isinstance(getattr(invitation, name), str) for name in ("room_id", "sender", "create_sender")):
        raise TypeError("no invitation")
    return invitation


def invitations(rooms: Mapping[str, Json], me: UserId) -> Iterable[Invitation]:
    """Yield the invitations of a sync's ``rooms.invite``; malformed parts of one are left empty."""
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
