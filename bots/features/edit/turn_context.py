"""The context in which a turn is made: the person, the language, the state of the directory. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from bots.context.incoming import IncomingMessage
from bots.context.message import Effect, Reply
from bots.context.reply_text import LARGEST, reply_of, size
from bots.context.short_words import asked_signs
from bots.features.edit.draft import EditDraft
from bots.features.edit.effects import Turn
from bots.features.edit.text_reader import TextReader
from bots.features.edit.values import Values
from community.agenda.entry_scope import EntryScopes, Sight, Viewer
from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, shortened
from community.core.zones import ZoneInfo
from community.description.calendar_audience import EntryRooms
from community.description.directory_model import Visible
from community.description.model import Community
from community.description.person import Person
from community.description.rooms import NO_ROLE, coordinating_roles
from community.directory.cards import Line
from community.directory.differences import DifferenceReader, hidden_from
from community.directory.entry import CalendarEntry, Entry, EntryChange
from community.directory.naming import KnownEntries
from community.directory.permissions import keeps_entry, leads, owns
from community.directory.visibility import may_be_told_of
from community.search.when.zone_reader import WhenPlaces

_SHORTER = (4000, 1000, 400, 150, 60)
"""Longest lengths of a line in characters, tried in turn until all lines fit into one event."""
_DETAILS = frozenset({"link", "note", "hand_in", "where"})
"""What of a date is for those alone whom it concerns (`community.agenda.entry_scope`)."""


@dataclass(frozen=True)
class EditKnowledge:
    """What all turns share until the directory or the description changes. ``visible`` is `Directory.visible`."""

    community: Community
    text_reader: TextReader
    known: KnownEntries
    translators: Mapping[str, Translator]
    visible: Visible

    @cached_property
    def places(self) -> WhenPlaces:
        """What must be known of the community to read when something is."""
        return WhenPlaces.of(self.community)

    @cached_property
    def rooms(self) -> EntryRooms:
        """Says in which rooms the entries of the calendar are posted."""
        return EntryRooms(self.community)

    @cached_property
    def sight(self) -> Sight:
        """Says what of the calendar somebody may be shown."""
        return Sight(self.community)

    @cached_property
    def scopes(self) -> EntryScopes:
        """Says whom dates are for."""
        return EntryScopes(self.community)

    def language_for(self, person: Person) -> str:
        """Return the code of the person's first language that the bot speaks, else of the bot's first."""
        spoken = (code for code in person.languages if code in self.translators)
        return next(spoken, next(iter(self.translators)))


@dataclass(frozen=True)
class TurnContext:
    """One turn. ``readers`` are the keys of the roles that will read the reply; ``now`` is in UTC.

    ``quoted`` and ``hides_quoted`` are those of the `MessageContext`, as are ``shown`` and ``room_key``; ``is_agreed``
    and ``there`` those of the `Records`. ``is_alone``: nobody but the person will read it. ``theme`` and ``cohort`` are
    those of the room.
    """

    knowledge: EditKnowledge
    person: Person
    now: datetime
    language: str
    readers: frozenset[str]
    quoted: IncomingMessage | None = None
    hides_quoted: bool = False
    is_agreed: bool = False
    is_alone: bool = False
    theme: str | None = None
    cohort: str | None = None
    shown: tuple[str, ...] = ()
    room_key: str | None = None
    there: frozenset[str] = frozenset()

    @property
    def may_keep_quoted(self) -> bool:
        """Whether an entry may be made of the message that is replied to: its author's own, or a lead's decision."""
        if self.is_agreed or self.quoted is None or self.quoted.sender == self.person.user_id:
            return True
        return leads(self.person, self.knowledge.community)

    @cached_property
    def translate(self) -> Translator:
        """The translator into the language of this turn."""
        return self.knowledge.translators[self.language]

    @cached_property
    def reading(self) -> DifferenceReader:
        """Renders entries and their differences in the language of this turn."""
        return DifferenceReader(self.knowledge.community, self.translate, self.knowledge.known.contact)

    @cached_property
    def values(self) -> Values:
        """Reads values that the person writes."""
        return Values(self.knowledge.text_reader, self.knowledge.known, self.reading)

    def hidden(self, *entries: Entry | None) -> frozenset[str]:
        """Return the fields that some of the readers may not see in any of these states of an entry."""
        return frozenset[str]().union(*(self._hidden_of(entry) for entry in entries if entry is not None))

    def _hidden_of(self, entry: Entry) -> frozenset[str]:
        if not isinstance(entry, CalendarEntry):
            return hidden_from(self.readers, entry, self.knowledge.visible)
        if self._may_see_details(entry):
            return frozenset()
        single = (one.link or one.note for one in getattr(entry, "changes", ()))
        return _DETAILS | ({"changes"} if any(single) else frozenset())

    def _may_see_details(self, entry: CalendarEntry) -> bool:
        """Whether all who read may see what of a date is for those whom it concerns: who decides on it may, too."""
        knowledge, person = self.knowledge, self.person
        community = knowledge.community
        if self.readers and self.readers <= coordinating_roles(community):
            return True
        if self.is_alone and (
            keeps_entry(person, entry, community) or owns(person, entry, knowledge.known.contact)
        ):
            return True
        member = None if person.role == NO_ROLE else community.active_member.get(person.username)
        room = None if self.is_alone else self.room_key or ""
        viewer = Viewer(person.role, member, self.readers, room)
        return knowledge.sight.may_see_details(entry, knowledge.scopes.of(entry), viewer)

    def hidden_in(self, change: EntryChange) -> frozenset[str]:
        """Return the fields of a past or new change that some of the readers may not see.

        A field that is hidden in the entry's current state is hidden in its earlier states too: its visibility may
        have been restricted since, or the person may have left.
        """
        now = self.knowledge.known.entry(change.kind, change.key)
        return self.hidden(change.before, change.after, now)

    def may_tell_of(self, *entries: Entry | None) -> bool:
        """Whether all these states of an entry may be spoken of to those who read."""
        alone = self.person if self.is_alone else None
        community, contact = self.knowledge.community, self.knowledge.known.contact
        return all(
            entry is None or may_be_told_of(entry, community, self.readers, alone, contact)
            for entry in entries
        )

    def turn(
        self,
        head: Iterable[Message | str],
        lines: Sequence[str] = (),
        tail: Iterable[Message] = (),
        *,
        draft: EditDraft | None = None,
        effects: tuple[Effect, ...] = (),
    ) -> Turn:
        """Return a turn whose reply has sentences, lines of a list, and sentences after it."""
        tail = tuple(tail)
        reply = replace(self.reply(head, lines, tail), signs=asked_signs(tail))
        return Turn(reply, draft, effects, self.language)

    def unnumbered(self, numbered: Callable[[int], Turn]) -> Turn:
        """Return a turn that is finished once its number is known."""
        return Turn(Reply("", ""), language=self.language, numbered=numbered)

    def reply(
        self, head: Iterable[Message | str], lines: Sequence[str] = (), tail: Iterable[Message] = ()
    ) -> Reply:
        """Return a reply with sentences, lines of a list, and sentences after it.

        Lines are shortened to fit an event.
        """
        said = [one if isinstance(one, str) else self.translate(one) for one in head]
        last = [self.translate(one) for one in tail]
        reply = reply_of(said, [], last, self.language)
        for most in _SHORTER if lines else ():
            # Lines are shortened but none is dropped: nobody confirms a field that was not shown.
            reply = reply_of(said, [[Line(shortened(line, most)) for line in lines]], last, self.language)
            if size(reply) <= LARGEST:
                break
        return reply

    def day_and_time(self, moment: datetime) -> str:
        """Return a moment as text, in the community's time zone."""
        local = moment.astimezone(ZoneInfo(self.knowledge.community.timezone))
        texts = locale_texts(self.language)
        return f"{texts.day(local)}, {texts.clock(local)}"

    def who(self, actor: str) -> str:
        """Return the display name of who made a change (`HistoryRow.actor`)."""
        if actor == "file":
            return self.translate(msg("the files"))
        username = actor.removeprefix("@").partition(":")[0]
        member = self.knowledge.community.member.get(username) if actor.startswith("@") else None
        return self.reading.apart(clean(actor if member is None else member.name, longest=120))
