"""What a turn is made with: who speaks, in which language, what is known. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from bots.context.incoming import IncomingMessage
from bots.context.message import Effect, Reply
from bots.context.reply_text import LARGEST, reply_of, size
from bots.features.edit.draft import EditDraft
from bots.features.edit.effects import Turn
from bots.features.edit.text_reader import TextReader
from bots.features.edit.values import Values
from community.core.messages import Message, Translator, locale_of, msg
from community.core.plain_text import clean, shortened
from community.description.model import Community, Visible
from community.description.person import Person
from community.directory.cards import Line
from community.directory.differences import Reading, hidden_from
from community.directory.entry import Entry, EntryChange
from community.directory.naming import Known

_SHORTER = (4000, 1000, 400, 150, 60)
"""Letters of a line, tried in turn until an event can hold them all."""


@dataclass(frozen=True)
class EditKnowledge:
    """What does not change from turn to turn: the community, its words, its entries, its languages."""

    community: Community
    understanding: TextReader
    known: Known
    translators: Mapping[str, Translator]
    visible: Visible

    def language_for(self, person: Person) -> str:
        """Return the first of somebody's languages that the bot speaks, else its own first."""
        spoken = (code for code in person.languages if code in self.translators)
        return next(spoken, next(iter(self.translators)))


@dataclass(frozen=True)
class TurnContext:
    """One turn. ``readers`` are the roles that will read the reply; ``now`` is in UTC."""

    knowledge: EditKnowledge
    person: Person
    now: datetime
    language: str
    readers: frozenset[str]
    quoted: IncomingMessage | None = None

    @cached_property
    def translate(self) -> Translator:
        """The translator into the language of this turn."""
        return self.knowledge.translators[self.language]

    @cached_property
    def reading(self) -> Reading:
        """How entries are shown."""
        return Reading(self.knowledge.community, self.translate, self.knowledge.known.contact)

    @cached_property
    def values(self) -> Values:
        """How values are read."""
        return Values(self.knowledge.understanding, self.knowledge.known, self.reading)

    def hidden(self, *entries: Entry | None) -> frozenset[str]:
        """Return the fields that some of the readers may not see in any of these states of an entry."""
        found = (
            hidden_from(self.readers, entry, self.knowledge.visible) for entry in entries if entry is not None
        )
        return frozenset().union(*found)

    def hidden_in(self, change: EntryChange) -> frozenset[str]:
        """Return the fields of a change, which may be an old one, that some of the readers may not see.

        What has been hidden since, or is of somebody who has left since, is not shown as it was before either.
        """
        now = self.knowledge.known.entry(change.kind, change.key)
        return self.hidden(change.before, change.after, now)

    def turn(
        self,
        head: Iterable[Message | str],
        lines: Sequence[str] = (),
        tail: Iterable[Message] = (),
        *,
        draft: EditDraft | None = None,
        effects: tuple[Effect, ...] = (),
    ) -> Turn:
        """Return a turn that says some sentences, lines, and sentences again."""
        return Turn(self.reply(head, lines, tail), draft, effects, self.language)

    def reply(
        self, head: Iterable[Message | str], lines: Sequence[str] = (), tail: Iterable[Message] = ()
    ) -> Reply:
        """Return a reply of some sentences, lines, and sentences again."""
        said = [one if isinstance(one, str) else self.translate(one) for one in head]
        last = [self.translate(one) for one in tail]
        reply = reply_of(said, [], last, self.language)
        for most in _SHORTER if lines else ():
            # Each line is still there, so that nothing is agreed to without being seen.
            reply = reply_of(said, [[Line(shortened(line, most)) for line in lines]], last, self.language)
            if size(reply) <= LARGEST:
                break
        return reply

    def day_and_time(self, moment: datetime) -> str:
        """Return a moment on the community's clock."""
        local = moment.astimezone(ZoneInfo(self.knowledge.community.timezone))
        locale = locale_of(self.language)
        return f"{format_date(local, 'long', locale=locale)}, {format_time(local, 'short', locale=locale)}"

    def who(self, actor: str) -> str:
        """Return what the maker of a change is called: a member's name, or what is no person."""
        if actor == "file":
            return self.translate(msg("the files"))
        username = actor.removeprefix("@").partition(":")[0]
        members = self.knowledge.community.members
        name = next((m.name for m in members if actor.startswith("@") and m.username == username), actor)
        return self.reading.apart(clean(name, longest=120))
