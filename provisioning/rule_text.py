"""What a change of a room's rules means, in words: who may do what, who comes in, what newcomers can read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from community.core.messages import Message, msg, nmsg
from matrix.locator import LOCATOR_TYPE
from provisioning.snapshot import Content, canonical

_LONGEST_VALUE = 60
"""Characters of a value that a line of the plan quotes; a longer one is cut."""

_MOST_VALUES = 4
"""Values that a line of the plan quotes."""

_NOTHING = Message("–")
_HELPERS = 50
"""Up to this power level it is moderators; nobody has more but the account that has made the room."""
_DAY = 86_400_000

_POWERS: Mapping[str, Message] = {
    "ban": msg("who may ban"),
    "events_default": msg("who may write"),
    "historical": msg("who may bring in old messages"),
    "invite": msg("who may invite"),
    "kick": msg("who may remove people"),
    "notifications.room": msg("who may call everybody (@room)"),
    "redact": msg("who may delete others' messages"),
    "state_default": msg("who may change its other settings"),
    "events.m.reaction": msg("who may react with an emoji"),
    "events.m.room.avatar": msg("who may change its picture"),
    "events.m.room.canonical_alias": msg("who may change its address"),
    "events.m.room.encryption": msg("who may turn on encryption"),
    "events.m.room.guest_access": msg("who may let in guests"),
    "events.m.room.history_visibility": msg("who may change what newcomers can read"),
    "events.m.room.join_rules": msg("who may change who comes in"),
    "events.m.room.message": msg("who may write messages"),
    "events.m.room.name": msg("who may change its name"),
    "events.m.room.pinned_events": msg("who may pin messages"),
    "events.m.room.power_levels": msg("who may change who may do what"),
    "events.m.room.redaction": msg("who may delete their own messages"),
    "events.m.room.retention": msg("who may change how long messages are kept"),
    "events.m.room.server_acl": msg("who may change which servers are let in"),
    "events.m.room.tombstone": msg("who may close it for another room"),
    "events.m.room.topic": msg("who may change its topic"),
    "events.m.space.child": msg("who may list rooms"),
    "events.m.space.parent": msg("who may say to which space it belongs"),
    "events.org.palabre.room": msg("who may change what the bot takes it for"),
}
"""What a value of ``m.room.power_levels`` is about."""

_RULES: Mapping[tuple[str, str], Message] = {
    ("m.room.name", "name"): msg("name"),
    ("m.room.topic", "topic"): msg("topic"),
    ("m.room.canonical_alias", "alias"): msg("address"),
    ("m.room.encryption", "algorithm"): msg("encryption"),
    ("m.room.guest_access", "guest_access"): msg("guests without an account"),
    ("m.room.history_visibility", "history_visibility"): msg("what newcomers can read"),
    ("m.room.join_rules", "join_rule"): msg("who comes in"),
    ("m.room.join_rules", "allow"): msg("rooms whose people come in by themselves"),
    ("m.room.retention", "max_lifetime"): msg("messages are kept for"),
    ("m.room.server_acl", "allow"): msg("servers let in"),
    ("m.room.server_acl", "allow_ip_literals"): msg("servers without a name let in"),
    ("m.room.server_acl", "deny"): msg("servers kept out"),
}
"""What another value is about, by its event type and its path."""

_WORDS: Mapping[tuple[str, object], Message] = {
    ("m.room.encryption", "m.megolm.v1.aes-sha2"): msg("on"),
    ("m.room.encryption", None): msg("off"),
    ("m.room.guest_access", "forbidden"): msg("kept out"),
    ("m.room.guest_access", "can_join"): msg("let in"),
    ("m.room.history_visibility", "shared"): msg("all that was said before"),
    ("m.room.history_visibility", "invited"): msg("what is said from their invitation on"),
    ("m.room.history_visibility", "joined"): msg("what is said from their coming on"),
    ("m.room.history_visibility", "world_readable"): msg("all, and so can everybody else"),
    ("m.room.join_rules", "invite"): msg("who is invited"),
    ("m.room.join_rules", "knock"): msg("who has asked and is let in"),
    ("m.room.join_rules", "public"): msg("everybody"),
    ("m.room.join_rules", "restricted"): msg("who is in a room that lets in, and who is invited"),
}
"""What a value means, by its event type."""


def difference(event_type: str, before: Content | None, after: Content) -> Message:
    """Return which values of a state event change, from what to what: the first few of its content, however deep."""
    old, new = dict(_leaves(before or {})), dict(_leaves(after))
    paths = [path for path in sorted(old.keys() | new.keys()) if old.get(path) != new.get(path)]
    said = [_said(event_type, path, old.get(path), new.get(path)) for path in paths[:_MOST_VALUES]]
    if len(paths) > _MOST_VALUES:
        said[-1] = _bare("{rule} … (+{count})", rule=said[-1], count=len(paths) - _MOST_VALUES)
    return _joined(said)


def _bare(template: str, **values: object) -> Message:
    """Return values put together without a word that would need a translation."""
    return Message(template, values)


def _joined(parts: list[Message]) -> Message:
    first, *rest = parts or [Message("")]
    return msg("{rule}; {others}", rule=first, others=_joined(rest)) if rest else first


def _said(event_type: str, path: str, before: object, after: object) -> Message:
    value = _meaning(event_type, path)
    return msg("{rule}: {before} → {after}", rule=_rule(event_type, path), **_differing(value, before, after))


def _differing(value: Callable[[object], Message], before: object, after: object) -> dict[str, Message]:
    """Return both values in words; with the numbers too, where the words are the same."""
    said = {"before": value(before), "after": value(after)}
    if said["before"] == said["after"]:
        return {
            "before": _bare("{value} ({number})", value=said["before"], number=_quoted(before)),
            "after": _bare("{value} ({number})", value=said["after"], number=_quoted(after)),
        }
    return said


def _rule(event_type: str, path: str) -> Message:
    if event_type == "m.room.power_levels":
        if path.startswith("users."):
            return _bare("{value}", value=path.removeprefix("users."))
        known = _POWERS.get(path)
        if known is None and path.startswith("events."):
            return msg("who may send {event_type}", event_type=path.removeprefix("events."))
    elif event_type == LOCATOR_TYPE:
        return msg("what the bot takes it for ({path})", path=path)
    else:
        known = _RULES.get((event_type, path))
    return _bare("{event_type} {path}", event_type=event_type, path=path) if known is None else known


def _meaning(event_type: str, path: str) -> Callable[[object], Message]:
    if event_type == "m.room.power_levels":
        return _power_of_user if path.startswith("users.") else _who
    if (event_type, path) == ("m.room.retention", "max_lifetime"):
        return _duration
    return lambda value: _word(event_type, path, value)


def _word(event_type: str, path: str, value: object) -> Message:
    is_known = (event_type, path) in _RULES and (value is None or isinstance(value, str))
    return (_WORDS.get((event_type, value)) if is_known else None) or _plain(value)


def _who(level: object) -> Message:
    """Return who has a power level."""
    if not isinstance(level, int) or isinstance(level, bool):
        return _plain(level)
    if level <= 0:
        return msg("everybody in it")
    return msg("moderators") if level <= _HELPERS else msg("Palabre alone")


def _power_of_user(level: object) -> Message:
    if level is None or level == 0:
        return msg("member")
    return msg("moderator") if level == _HELPERS else msg("power level {level}", level=_quoted(level))


def _duration(value: object) -> Message:
    if value is None:
        return msg("ever")
    if isinstance(value, int) and value % _DAY == 0:
        return nmsg("{count} day", "{count} days", count=value // _DAY)
    return _plain(value)


def _plain(value: object) -> Message:
    return _NOTHING if value is None else _bare("{value}", value=_quoted(value))


def _quoted(value: object) -> str:
    text = canonical(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _leaves(content: Content, path: str = "") -> Iterator[tuple[str, Any]]:
    """Give each value that is no mapping, by its path."""
    for name, value in content.items():
        here = f"{path}.{name}" if path else name
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, here)
        else:
            yield here, value
