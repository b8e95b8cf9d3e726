"""Matrix identifiers as types of their own (spec, Appendices, "Common identifier format").

They are opaque: room version 12 room ids have no server part, so none of them is ever parsed for one.
"""

from __future__ import annotations

from typing import NewType

UserId = NewType("UserId", str)
RoomId = NewType("RoomId", str)
RoomAlias = NewType("RoomAlias", str)
EventId = NewType("EventId", str)
DeviceId = NewType("DeviceId", str)
AccessToken = NewType("AccessToken", str)


def user_id(localpart: str, server_name: str) -> UserId:
    """Return ``@localpart:server_name``."""
    return UserId(f"@{localpart}:{server_name}")


def room_alias(localpart: str, server_name: str) -> RoomAlias:
    """Return ``#localpart:server_name``."""
    return RoomAlias(f"#{localpart}:{server_name}")


def is_user_id(text: object) -> bool:
    """Whether it can be a user's id (spec, Appendices, "User Identifiers": sigil, localpart, domain, 255 bytes)."""
    return (
        isinstance(text, str)
        and text.startswith("@")
        and ":" in text
        and len(text.encode(errors="replace")) <= 255
        and text.isprintable()
    )
