"""How a job keeps the address that its answer goes to."""

from __future__ import annotations

from collections.abc import Mapping

from bots.context.message import Address


def address_to_payload(to: Address) -> dict[str, str]:
    """Return an address as a job keeps it."""
    return {
        "room_id": to.room_id,
        "event_id": to.event_id,
        "user_id": to.user_id,
        "thread": to.thread or "",
        "conversation": to.conversation,
    }


def address_of(payload: Mapping[str, str]) -> Address:
    """Return the address that a job keeps. Raises KeyError where it keeps none."""
    room_id, event_id, user_id = payload["room_id"], payload["event_id"], payload["user_id"]
    return Address(room_id, event_id, user_id, payload["thread"] or None, payload["conversation"])
