"""Reads from a room's state events how people stand to it. Pure; a malformed event counts as none."""

from __future__ import annotations

from matrix.cross_signing import at
from matrix.http import Json
from matrix.ids import UserId, is_user_id
from provisioning.snapshot import Membership, MembershipEvent, OwnAccounts
from provisioning.state_events import Events, content_of


def left_by(events: Events, user_id: UserId) -> str | None:
    """Return the id of the event by which a user has left; None for a member, and for somebody who never was one."""
    event = events.get(("m.room.member", user_id), {})
    left = content_of(events, "m.room.member", user_id).get("membership") == "leave"
    event_id = event.get("event_id")
    return event_id if left and isinstance(event_id, str) else None


def absences(events: Events) -> dict[UserId, MembershipEvent]:
    """Return by which event each is not in the room who was in it, or invited.

    A ban of somebody who never was, or their knock, is none: Synapse says that it replaces no other event
    (``unsigned.replaces_state``).
    """
    return {
        UserId(user_id): MembershipEvent(str(event.get("event_id")), _moment(event))
        for (event_type, user_id), event in events.items()
        if event_type == "m.room.member" and is_user_id(user_id)
        if (membership := content_of(events, event_type, user_id).get("membership")) != "join"
        if membership not in ("ban", "knock") or at(event, "unsigned", "replaces_state") is not None
    }


def _moment(event: Json) -> int:
    moment = event.get("origin_server_ts")
    return moment if isinstance(moment, int) else 0


def memberships(events: Events, own: OwnAccounts) -> dict[UserId, Membership]:
    """Return how each person stands to the room, who is or was anything to it."""
    members = {}
    for (event_type, state_key), event in events.items():
        if event_type == "m.room.member" and is_user_id(state_key):
            membership = _membership(UserId(state_key), event, own)
            if membership is not None:
                members[UserId(state_key)] = membership
    return members


def _membership(user_id: UserId, event: Json, own: OwnAccounts) -> Membership | None:
    """Return a person's membership; None for a knock and for a malformed event."""
    content, sender = event.get("content"), event.get("sender")
    membership = content.get("membership") if isinstance(content, dict) else None
    if membership == "join":
        return Membership.JOINED
    if membership == "invite":
        return Membership.INVITED
    if membership == "ban":
        return Membership.BANNED
    if membership != "leave":
        return None
    if sender == user_id:
        return Membership.LEFT
    return Membership.REMOVED if sender in (own.provisioner, own.bot) else Membership.EXPELLED
