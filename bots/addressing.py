"""Is a message meant for the bot, and what does it ask? Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

PREFIX = re.compile(r"\s*!(?:palabre|p)(?=$|[\s:,])[\s:,]*", re.IGNORECASE)
LONGEST_QUESTION = 2000
"""Characters of a message that are looked at."""
LONGEST_ANSWER = 20_000
"""Characters of what one person answers another through the bot."""
_FILES = ("m.file", "m.image", "m.video", "m.audio")
_LEADING_NAME = r"\s*@?{name}(?=$|[\s:,])[\s:,]*"


def question(
    content: Mapping[str, Any],
    *,
    bot: str,
    display_name: str,
    is_direct: bool,
    longest: int = LONGEST_QUESTION,
) -> str | None:
    """Return what a message asks the bot, None where it is not meant for it.

    ``content`` is that of an ``m.room.message``. In a direct message everything is; in a room what begins with
    the prefix, or mentions the bot (``m.mentions``, spec "User and room mentions"). Never a notice (a bot's),
    an edit, or anything but text. What is longer than ``longest`` characters is cut.
    """
    body = content.get("body")
    relates_to = content.get("m.relates_to")
    is_edit = isinstance(relates_to, Mapping) and relates_to.get("rel_type") == "m.replace"
    if content.get("msgtype") != "m.text" or not isinstance(body, str) or is_edit:
        return None
    text = _without_quote(body, relates_to)[:longest]
    prefix = PREFIX.match(text)
    if prefix is not None:
        return text[prefix.end() :].strip()
    if is_direct or bot in mentioned(content):
        return _without_name(text, bot, display_name).strip()
    return None


def thread_root(content: Mapping[str, Any]) -> str | None:
    """Return the event id of the thread that a message is in, None outside threads."""
    relates_to = content.get("m.relates_to")
    if not isinstance(relates_to, Mapping) or relates_to.get("rel_type") != "m.thread":
        return None
    root = relates_to.get("event_id")
    return root if isinstance(root, str) else None


def replied_to(content: Mapping[str, Any]) -> str | None:
    """Return the event id of the message that this one replies to, None where it is no reply.

    What a message in a thread names for clients without threads (``is_falling_back``) is not replied to.
    """
    relates_to = content.get("m.relates_to")
    if not isinstance(relates_to, Mapping) or relates_to.get("is_falling_back") is True:
        return None
    reply = relates_to.get("m.in_reply_to")
    event_id = reply.get("event_id") if isinstance(reply, Mapping) else None
    return event_id if isinstance(event_id, str) else None


def mentioned(content: Mapping[str, Any]) -> frozenset[str]:
    """Return whom a message mentions (``m.mentions``, spec "User and room mentions")."""
    mentions = content.get("m.mentions")
    users = mentions.get("user_ids") if isinstance(mentions, Mapping) else None
    return (
        frozenset(user for user in users if isinstance(user, str)) if isinstance(users, list) else frozenset()
    )


def attached(content: Mapping[str, Any]) -> str | None:
    """Return the caption of a message that has an encrypted file, empty without one; None where it has no file.

    With a ``filename`` that is another text, the ``body`` is a caption (spec, "Media captions").
    """
    if content.get("msgtype") not in _FILES or not isinstance(content.get("file"), Mapping):
        return None
    body, name = content.get("body"), content.get("filename")
    return body[:LONGEST_QUESTION] if isinstance(name, str) and isinstance(body, str) and body != name else ""


def reply_relation(event_id: str, root: str | None) -> dict[str, Any]:
    """Return the ``m.relates_to`` of a reply to ``event_id``, in its thread where it is in one."""
    in_reply_to = {"m.in_reply_to": {"event_id": event_id}}
    if root is None:
        return in_reply_to
    # Clients without threads show it as a reply.
    return {"rel_type": "m.thread", "event_id": root, "is_falling_back": True, **in_reply_to}


def _without_quote(body: str, relates_to: object) -> str:
    """Return the body without the quoted message that older clients put before a reply."""
    if not isinstance(relates_to, Mapping) or "m.in_reply_to" not in relates_to:
        return body
    lines = body.split("\n")
    while lines and lines[0].startswith("> "):
        lines.pop(0)
    return "\n".join(lines).lstrip("\n")


def _without_name(text: str, bot: str, display_name: str) -> str:
    for name in (bot, display_name, bot[1:].split(":", 1)[0]):
        match = re.match(_LEADING_NAME.format(name=re.escape(name)), text, re.IGNORECASE)
        if match is not None:
            return text[match.end() :]
    return text
