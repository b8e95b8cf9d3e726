"""What a feature sees of a message or a reaction, and the reply that it gives. Values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bots.context.kept_texts import origin
from community.description.directory_model import Attachment
from community.description.person import Person
from community.description.rooms import NO_ROLE
from community.directory.entry import EntryKey

if TYPE_CHECKING:
    from bots.context.incoming import IncomingMessage


@dataclass(frozen=True, slots=True)
class Awaited:
    """A question of the bot's that waits for somebody's word. ``key`` says what it is, ``at`` when it was asked."""

    key: str
    content: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageContext:
    """One message to the bot as a feature sees it.

    ``text`` has no prefix or mention any more. ``theme`` and ``cohort`` are keys where the room belongs to one.
    ``readers`` are the keys of the roles that read the answer: in a direct message the asker's own, in a room those
    of everybody admitted to it. ``conversation`` names what follow-ups refer to: the thread, or the direct message.
    ``previous`` is the conversation of what the bot last told the person in the room, where this message begins one
    of its own and may go on with that, or does go on with it; else empty. ``quoted`` is the message that this one
    replies to; ``hides_quoted``: it replies to one that its sender perhaps could not read. ``now`` is in UTC.
    ``draft`` is what was last kept for this person in this conversation (`Reply.draft`), empty where that is too long
    ago; ``awaited`` what the bot
    waits for from them, wherever they say it. ``event_id`` is the message's own, empty for a reaction;
    ``draft_origins`` are the messages that the words of the draft are from. ``is_clock_believed``: see `is_over`.
    ``room_key`` is what the description calls the room, None in a direct message. ``shown`` are the keys of the dates
    of the calendar that the bot's message replied to shows, or its last answer (`bots.context.shown_dates`).
    """

    text: str
    person: Person
    is_direct: bool
    now: datetime
    theme: str | None = None
    cohort: str | None = None
    readers: frozenset[str] = frozenset()
    conversation: str = ""
    previous: str = ""
    quoted: IncomingMessage | None = None
    room_id: str = ""
    draft: str | None = None
    awaited: tuple[Awaited, ...] = ()
    hides_quoted: bool = False
    event_id: str = ""
    draft_origins: tuple[str, ...] = ()
    is_clock_believed: bool = True
    room_key: str | None = None
    shown: tuple[str, ...] = ()

    @property
    def origins(self) -> tuple[str, ...]:
        """The messages whose words are in it: itself, and the one that it replies to."""
        own = (origin(self.room_id, self.event_id),) if self.event_id else ()
        return own if self.quoted is None else (*own, origin(self.quoted.room_id, self.quoted.event_id))

    @property
    def is_without_role(self) -> bool:
        """Whether its sender has no role: a guest, or who is perhaps somebody else than it seems."""
        return self.person.role == NO_ROLE


@dataclass(frozen=True, slots=True)
class OverheardMessage:
    """What an active person writes in reply to an earlier message, in a thread, or with a number in it.

    It is perhaps not to the bot. ``now`` is in UTC; ``is_clock_believed``: see `is_over`.
    """

    person: Person
    message: IncomingMessage
    now: datetime
    is_clock_believed: bool = True


def is_over(asked: MessageContext | OverheardMessage, at: datetime, kept_for: timedelta) -> bool:
    """Whether what was said at ``at`` and counts for ``kept_for`` counts no more when ``asked`` is said.

    Nothing is over while the clock is not believed: nobody knows how long ago it was.
    """
    return asked.is_clock_believed and asked.now - at > kept_for


@dataclass(frozen=True, slots=True)
class ReactionContext:
    """A reaction to one of the bot's own messages. Reactions are not encrypted: the homeserver could make one.

    ``agrees``: whether it says yes or no; ``key`` is the sign itself. ``message`` is the one that it refers to.
    ``where`` is the message that the person could write there, without its text.
    ``is_newest``: whether it refers to the bot's newest reply to this person in the conversation.
    """

    key: str
    agrees: bool
    message: IncomingMessage
    where: MessageContext
    is_newest: bool = False


@dataclass(frozen=True, slots=True)
class FoundEntries:
    """What was found for a question in ``language``: kinds and keys of the entries, best first. They begin with
    the first that the reply shows.

    ``certain``: each of them answers all that was asked; else they only come near. ``total`` counts all there are.
    """

    language: str
    certain: bool = False
    keys: tuple[EntryKey, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class Effect:
    """What is to be done besides sending the reply. A feature itself does nothing: each effect is a value."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a reply goes: to whom, to which event, in which thread (None: outside threads) and conversation."""

    room_id: str
    event_id: str
    user_id: str
    thread: str | None
    conversation: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: plain text, and the same in Matrix's subset of HTML (spec, "m.room.message msgtypes").

    ``files`` are sent after it, in the same thread. ``effects`` are carried out in their order. ``found`` is what it
    was made of, where a question was asked of the directory. ``language`` is that of the text.

    ``is_turn``: it changes the draft of this person in this conversation: ``draft`` is kept from now on, or nothing
    where that is None. Without ``is_turn`` the draft stays as it is.
    ``marks`` stand in the content of the message. ``signs`` are the reactions that it asks for: the bot places them
    under it, so that a person has only to click.
    """

    text: str
    html: str
    files: tuple[Attachment, ...] = ()
    effects: tuple[Effect, ...] = ()
    found: FoundEntries | None = None
    language: str = "en"
    is_turn: bool = False
    draft: str | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unnumbered:
    """A reply that asks for “yes” and a number: ``finish`` makes it of the number, which the store then gives."""

    finish: Callable[[int], Reply]


def shown_by(number: int | None, finish: Callable[[int], Reply]) -> Reply | Unnumbered:
    """Return a reply that asks for “yes” and a number: under ``number``, where the same was shown by that before.

    So that whoever answers with a mere “yes”, and is shown it again, can confirm it by the number that they have read
    first. What has changed since gets another one (None).
    """
    return Unnumbered(finish) if number is None else finish(number)
