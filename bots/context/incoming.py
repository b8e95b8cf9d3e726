"""A message read once from its event. Nothing else in the bot reads the content of messages.

What a message relates to (the thread, the message that it replies to, the one that it edits) is read in `_relation`
alone. All of it is its sender's word. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bots.context.addressing import addressed, without_name, without_prefix
from bots.context.marks import MARKS

if TYPE_CHECKING:
    from bots.encryption import Received

LONGEST_QUESTION = 2000
"""Characters of a message that are looked at."""
LONGEST_ANSWER = 20_000
"""Characters of what one person answers another through the bot."""
_FILES = ("m.file", "m.image", "m.video", "m.audio")
_NOT_TEXT = (*_FILES, "m.location")


@dataclass(frozen=True, slots=True)
class EventRelation:
    """How a message refers to others (``m.relates_to``).

    ``thread`` is the event id of the thread's root, ``reply`` that of the message replied to; what a message in a
    thread names for clients without threads (``is_falling_back``) is not replied to. ``edits`` is that of the message
    that an edit changes. ``may_quote``: clients may have
    put the message replied to before the text.
    """

    thread: str | None = None
    reply: str | None = None
    is_edit: bool = False
    edits: str | None = None
    may_quote: bool = False


@dataclass(frozen=True, slots=True)
class MessageFile:
    """An encrypted file as its message describes it (spec, "Sending encrypted attachments"); what is absent is None."""

    name: str
    url: str | None
    type: str | None
    size: int
    secret: str | None
    iv: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """An ``m.room.message``, decrypted.

    ``text`` is that of a text message without the quotation before it; None for a notice (a bot's), an edit, and
    anything but text. ``body`` is as it was sent, of any message. ``mentions`` are Matrix IDs. ``caption`` is that of a
    message that is a file, empty without one; None for other messages. ``has_no_text``: it is a file, a voice message,
    a picture, a place, a poll or a sticker. ``marks`` are what the bot has put into a
    message of its own.
    """

    room_id: str
    event_id: str
    sender: str
    body: str = ""
    text: str | None = None
    relation: EventRelation = EventRelation()
    mentions: frozenset[str] = frozenset()
    file: MessageFile | None = None
    caption: str | None = None
    has_no_text: bool = False
    marks: Mapping[str, str] = field(default_factory=dict)

    @property
    def refers_to(self) -> str | None:
        """The message that it replies to, else its thread's root; None where it stands alone."""
        return self.relation.reply or self.relation.thread

    @property
    def has_prefix(self) -> bool:
        """Whether it begins with ``!p``."""
        return without_prefix(self.body) is not None

    def question(
        self, bot: str, display_name: str, *, is_direct: bool, longest: int = LONGEST_QUESTION
    ) -> str | None:
        """Return what it asks the bot, at most ``longest`` characters; None where it is not meant for it.

        In a direct message everything is; in a room what begins with the prefix, mentions the bot, or calls it by name.
        """
        if self.text is None:
            return None
        text = self.text[:longest]
        asked = without_prefix(text) if text.lstrip().startswith("!") else None
        if asked is not None:
            return asked
        names = (display_name or bot, bot, bot[1:].split(":", 1)[0])
        said = text.casefold()
        if not any(name.casefold() in said for name in names):
            return text.strip() if is_direct or bot in self.mentions else None
        if bot in self.mentions:
            return without_name(text, names)
        called = addressed(text, names)
        return without_name(text, names, leading=True).strip() if called is None and is_direct else called


def incoming_message(received: Received) -> IncomingMessage:
    """Read a message; what has not the form of the specification is taken as absent."""
    content = received.content
    relation, file = _relation(content), _file(content)
    body = content.get("body")
    is_text = received.type == "m.room.message" and content.get("msgtype") == "m.text"
    is_text = is_text and isinstance(body, str) and not relation.is_edit
    plain = body if isinstance(body, str) else ""
    is_file = file is not None and content.get("msgtype") in _FILES
    return IncomingMessage(
        room_id=received.room_id,
        event_id=received.event_id,
        sender=received.sender,
        body=plain,
        text=(_without_quote(plain) if relation.may_quote else plain) if is_text else None,
        relation=relation,
        mentions=_mentions(content),
        file=file,
        caption=_caption(content) if is_file else None,
        has_no_text=received.type != "m.room.message" or content.get("msgtype") in _NOT_TEXT,
        marks={mark: value for mark in MARKS if isinstance(value := content.get(mark), str)},
    )


def edited(received: Received, original: IncomingMessage) -> IncomingMessage | None:
    """Return a message as an edit changes it (spec, "Event replacements"); None where it is no text any more.

    What it refers to stays what it was. The new text is in the encrypted part.
    """
    content = received.content.get("m.new_content")
    body = _text(content, "body")
    if not isinstance(content, Mapping) or body is None or content.get("msgtype") != "m.text":
        return None
    return replace(original, body=body, text=body, mentions=_mentions(content), file=None, caption=None)


def edit_content(content: Mapping[str, Any], event_id: str, shown: int = 500) -> dict[str, Any]:
    """Return what edits a message into ``content``; clients without edits show its first characters as a message.

    Nobody is notified a second time.
    """
    return {
        "msgtype": content["msgtype"],
        "body": f"* {content['body'][:shown]}",
        "m.new_content": dict(content),
        "m.mentions": {},
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }


def reply_relation(event_id: str, root: str | None) -> dict[str, Any]:
    """Return the ``m.relates_to`` of a reply to ``event_id``, in its thread where it is in one."""
    in_reply_to = {"m.in_reply_to": {"event_id": event_id}}
    if root is None:
        return in_reply_to
    # Clients without threads show it as a reply.
    return {"rel_type": "m.thread", "event_id": root, "is_falling_back": True, **in_reply_to}


def _relation(content: Mapping[str, Any]) -> EventRelation:
    relates_to = content.get("m.relates_to")
    if not isinstance(relates_to, Mapping):
        return EventRelation()
    kind, root, reply = (relates_to.get(name) for name in ("rel_type", "event_id", "m.in_reply_to"))
    replied_to = reply.get("event_id") if isinstance(reply, Mapping) else None
    falls_back = relates_to.get("is_falling_back") is True
    return EventRelation(
        thread=root if kind == "m.thread" and isinstance(root, str) else None,
        reply=replied_to if isinstance(replied_to, str) and not falls_back else None,
        is_edit=kind == "m.replace",
        edits=root if kind == "m.replace" and isinstance(root, str) else None,
        may_quote="m.in_reply_to" in relates_to,
    )


def _mentions(content: Mapping[str, Any]) -> frozenset[str]:
    """Return whom a message mentions (``m.mentions``, spec "User and room mentions")."""
    mentions = content.get("m.mentions")
    users = mentions.get("user_ids") if isinstance(mentions, Mapping) else None
    return (
        frozenset(user for user in users if isinstance(user, str)) if isinstance(users, list) else frozenset()
    )


def _file(content: Mapping[str, Any]) -> MessageFile | None:
    file, about = content.get("file"), content.get("info")
    if not isinstance(file, Mapping):
        return None
    key, hashes = file.get("key"), file.get("hashes")
    size = about.get("size") if isinstance(about, Mapping) else None
    return MessageFile(
        name=_text(content, "filename") or _text(content, "body") or "",
        url=_text(file, "url"),
        type=_text(about, "mimetype"),
        size=size if isinstance(size, int) else 0,
        secret=_text(key, "k"),
        iv=_text(file, "iv"),
        sha256=_text(hashes, "sha256"),
    )


def _caption(content: Mapping[str, Any]) -> str:
    """Return the body where it is a caption: with a ``filename`` that is another text (spec, "Media captions")."""
    body, name = _text(content, "body"), _text(content, "filename")
    return "" if body is None or name is None or body == name else body[:LONGEST_QUESTION]


def _text(values: object, name: str) -> str | None:
    value = values.get(name) if isinstance(values, Mapping) else None
    return value if isinstance(value, str) else None


def _without_quote(body: str) -> str:
    """Return the body without the quoted message that older clients put before a reply."""
    lines = body.split("\n")
    while lines and lines[0].startswith("> "):
        lines.pop(0)
    return "\n".join(lines).lstrip("\n")
