"""Guided edits played turn by turn, with the directory, history, drafts and proposals kept in memory."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bots.context.incoming import IncomingMessage, incoming_message
from bots.context.message import MessageContext, Reply
from bots.context.shown_dates import SpokenOf
from bots.encryption import Received
from bots.features.edit import (
    Apply,
    Decide,
    DirectoryEditor,
    EditDraft,
    NeededRecords,
    Proposal,
    Propose,
    Records,
    Turn,
)
from community.core.messages import LANGUAGES, translator
from community.description.model import Description
from community.description.person import Person
from community.directory.changes import changes_from_json, changes_to_json
from community.directory.entry import EntryChange, HistoryRow
from community.directory.naming import KnownEntries
from community.search.lexicon import Lexicon, lexicon_of
from matrix.ids import EventId, RoomId, UserId
from tests.lib.descriptions import read

ROOT = Path(__file__).parent.parent.parent
CATALOGUES = (ROOT / "community", ROOT / "bots")
NOW = datetime(2026, 11, 23, 8, 42, tzinfo=UTC)
SERVER = "example.org"


def example() -> Description:
    """Return the example network."""
    return read(ROOT / "config")


@cache
def example_lexicon() -> Lexicon:
    """Return the words of the example network: some tenths of a second to make."""
    return lexicon_of(example().community)


def quoted_message(sender: str, content: Mapping[str, Any]) -> IncomingMessage:
    """Return a message of this content, which somebody replies to."""
    return incoming_message(Received(RoomId("!room"), EventId("$quoted"), UserId(sender), content, 0))


def people_of(description: Description) -> Mapping[str, Person]:
    """Return the active members by user name."""
    return {
        m.username: Person(
            f"@{m.username}:{SERVER}", m.username, m.name, m.role, m.city, m.themes, m.languages
        )
        for m in description.community.members
        if m.status == "active"
    }


def copied_entries(known: KnownEntries) -> KnownEntries:
    """Return the same entries, to be changed by themselves."""
    copied = KnownEntries()
    copied._entries, copied._names = {**known._entries}, {**known._names}
    copied._called = {name: {**keys} for name, keys in known._called.items()}
    return copied


class Conflict(Exception):
    """A change of what is not there any more: the store refuses it."""


@dataclass
class Stage:
    """One network in memory: what the runtime and the store do for the skill.

    ``awaited``: the user names of active members who have not come.
    """

    description: Description = field(default_factory=example)
    now: datetime = NOW
    history: list[HistoryRow] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    drafts: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    awaited: frozenset[str] = frozenset()
    numbers: int = 100
    spoken_of: SpokenOf = field(default_factory=SpokenOf)
    replied: list[tuple[MessageContext, Reply | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.people = people_of(self.description)
        self.known = KnownEntries.of(self.description.directory, self.description.calendar)
        translators = {language: translator(language, CATALOGUES) for language in LANGUAGES}
        community = self.description.community
        lexicon = example_lexicon() if community is example().community else lexicon_of(community)
        self.skill = DirectoryEditor(
            community, lexicon, self.known, translators, self.description.directory.visible
        )

    def copy(self) -> Stage:
        """Return another stage where the same was said until now; what is said there is not heard here."""
        other = copy(self)
        other.history, other.proposals, other.told = [*self.history], [*self.proposals], [*self.told]
        other.drafts, other.spoken_of, other.replied = {**self.drafts}, SpokenOf(), []
        for asked, reply in self.replied:
            other.note(asked, reply)
        other.known = copied_entries(self.known)
        # With what was worked out of the community, which is the same.
        knowledge = copy(self.skill._knowledge)
        knowledge.__dict__["known"] = other.known
        other.skill = copy(self.skill)
        other.skill._knowledge = knowledge
        return other

    def note(self, asked: MessageContext, reply: Reply | None) -> None:
        """Remember of which dates a reply speaks."""
        self.replied.append((asked, reply))
        self.spoken_of.note(asked, reply)

    def person(self, username: str, **changed: object) -> Person:
        """Return a member, changed where the test wants it."""
        return replace(self.people[username], **changed)  # type: ignore[arg-type]

    def say(
        self,
        who: str,
        text: str,
        *,
        quoted: IncomingMessage | None = None,
        languages: tuple[str, ...] | None = None,
        readers: frozenset[str] | None = None,
        theme: str | None = None,
        shown: tuple[str, ...] = (),
    ) -> Turn | None:
        """Say something, in a direct message or before these ``readers``, and let the effects happen.

        ``shown``: what the post of the bot's shows that it replies to.
        """
        person = self.person(who) if languages is None else self.person(who, languages=languages)
        asked = MessageContext(
            text,
            person,
            is_direct=readers is None,
            now=self.now,
            readers=frozenset({person.role}) if readers is None else readers,
            quoted=quoted,
            theme=theme,
            shown=shown,
            conversation=f"!direct:{who}",
        )
        asked, draft = self.spoken_of.known(asked), self.draft(who)
        records = self._records(self.skill.wants(asked, draft), person)
        turn = self._take(person, self.skill.answer(asked, draft, records))
        if turn is not None:
            reply = turn.reply if turn.draft is None else replace(turn.reply, draft=turn.draft.to_json())
            self.note(asked, reply)
        return turn

    def react(self, who: str, key: str, *, on: str | None = None) -> Turn | None:
        """React to the message of a draft: one's own, or that of ``on``."""
        draft = self.draft(on or who)
        assert draft is not None
        turn = self._take(self.person(who), self.skill.react(draft, self.person(who), key, self.now))
        where = MessageContext("", self.person(who), True, self.now, conversation=f"!direct:{who}")
        self.note(where, None if turn is None else turn.reply)
        return turn

    def confirm(self, who: str, word: str = "yes") -> Turn | None:
        """Say “yes”, and the number of one's draft where it has one."""
        draft = self.draft(who)
        assert draft is not None
        return self.say(who, word if draft.number is None else f"{word} {draft.number}")

    def react_to_proposal(self, who: str, number: int, key: str) -> Turn | None:
        """React to the message that shows a proposal."""
        proposal = next(p for p in self.proposals if p.id == number)
        turn = self.skill.react_to_proposal(proposal, self.person(who), key, self.now)
        return self._take(self.person(who), turn)

    def draft(self, who: str) -> EditDraft | None:
        """Return somebody's draft, read from its JSON as after a restart."""
        return EditDraft.from_json(self.drafts[who]) if who in self.drafts else None

    def wait(self, **length: float) -> None:
        """Let time go by."""
        self.now += timedelta(**length)

    def change(self, changes: tuple[EntryChange, ...], actor: str, undoes: int | None = None) -> None:
        """Make changes as the store does: all or none, and only of what is still as it was."""
        if any(self.known.entry(c.kind, c.key) != c.before for c in changes):
            raise Conflict
        for c in changes:
            number = len(self.history) + 1
            row = HistoryRow(number, self.now, actor, c.kind, c.key, c.before, c.after, undoes)
            self.history.insert(0, row)
            self.known.take(c.kind, c.key, c.after)

    def _records(self, wanted: NeededRecords, person: Person) -> Records:
        rows = [
            row
            for row in self.history
            if wanted.history
            or (row.kind, row.key) == wanted.history_of
            or (wanted.own_history and row.actor == person.user_id)
            or (wanted.row is not None and row.id == wanted.row)
        ]
        proposals = tuple(self.proposals) if wanted.proposals else ()
        # That an author is asked first is tried with the whole bot (tests/unit/test_kept_texts.py).
        return Records(tuple(rows), proposals, is_agreed=True, there=frozenset(self.people) - self.awaited)

    def _take(self, person: Person, turn: Turn | None) -> Turn | None:
        if turn is None:
            return None
        if turn.numbered is not None:
            self.numbers += 1
            turn = turn.numbered(self.numbers)
        if turn.draft is None:
            self.drafts.pop(person.username, None)
        else:
            self.drafts[person.username] = turn.draft.to_json()
        for effect in turn.effects:
            match effect:
                case Apply(changes, undoes):
                    self.change(changes, person.user_id, undoes)
                case Propose(changes, _cities, undoes):
                    changes = changes_from_json(changes_to_json(changes))
                    number = 1 + max((p.id for p in self.proposals), default=0)
                    self.proposals.append(Proposal(number, number, person.user_id, changes, self.now, undoes))
                case Decide(proposal, approved):
                    self.proposals = [waiting for waiting in self.proposals if waiting.id != proposal.id]
                    if approved:
                        self.change(proposal.changes, person.user_id, proposal.undoes)
                case _:
                    raise AssertionError(effect)
        return turn
