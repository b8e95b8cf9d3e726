"""Reads the contents of a room's state events. Pure; a malformed event counts as empty."""

from __future__ import annotations

from collections.abc import Mapping

from matrix.http import Json
from provisioning.snapshot import Content, StateKey

Events = Mapping[StateKey, Json]
_NOTHING: Content = {}


def content_at(events: Events, event_type: str) -> Content:
    """Return the content of a state event with an empty state key: nothing where there is none."""
    return content_of(events, event_type, "")


def content_of(events: Events, event_type: str, state_key: str) -> Content:
    """Return the content of a state event: nothing where there is none."""
    content = events.get((event_type, state_key), {}).get("content")
    return content if isinstance(content, dict) else _NOTHING
