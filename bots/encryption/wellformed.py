"""Checks that events have the form that the specification defines, before anything else reads them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeGuard

from bots.encryption.cross_signing import Json
from matrix.ids import is_user_id

LARGEST = 65_536
"""The largest size of an event in bytes (spec, "Size limits"); homeservers use the same for to-device messages."""
_LONGEST_ID = 255
_TIMES = range(-(2**53) + 1, 2**53)


def is_id(value: Any) -> TypeGuard[str]:
    """Whether it is a text without lone surrogates, which JSON can express but no identifier may have."""
    return isinstance(value, str) and len(value) <= _LONGEST_ID and _is_encodable(value)


def is_time(value: Any) -> TypeGuard[int]:
    """Whether it is a time in milliseconds, of the size that numbers in events may have."""
    return type(value) is int and value in _TIMES


def is_event(value: Any) -> TypeGuard[Json]:
    """Whether it has the fields of every timeline or state event (spec, "Room event format")."""
    return (
        isinstance(value, Mapping)
        and is_id(value.get("type"))
        and is_id(value.get("event_id"))
        and is_user_id(value.get("sender"))
        and isinstance(value.get("content"), Mapping)
        and is_time(value.get("origin_server_ts"))
        and is_id(value.get("state_key", ""))
    )


def is_to_device(value: Any) -> TypeGuard[Json]:
    """Whether it has the fields of every to-device event (spec, "Send-to-Device messaging")."""
    return (
        isinstance(value, Mapping)
        and is_id(value.get("type"))
        and is_user_id(value.get("sender"))
        and isinstance(value.get("content"), Mapping)
    )


def size(content: Mapping[str, Any]) -> int:
    """Return the size of a content in bytes, as it is sent.

    Raises:
        ValueError: it cannot be sent: it has lone surrogates or is nested too deeply.
    """
    try:
        return len(json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def is_same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; unlike ``==``, true is not 1 here."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def parsed(text: str) -> Json:
    """Parse ``text`` as a JSON object.

    Raises:
        ValueError: it is no JSON object, or one that could not be sent.
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004 - a value that was sent, not an argument's type
    size(value)
    return value


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
