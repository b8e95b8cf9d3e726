"""What the editing skill is told, and what it wants done. Values only; the runtime carries effects out.

How the runtime uses it, for a message that is meant for the bot, or that the drafter wrote in their draft's
conversation (there no prefix is needed)::

    draft = Draft.from_json(...)                      # store.drafts.get(room, conversation, sender), or None
    wanted = skill.wants(asked, draft)                # mostly nothing
    records = ...                                     # history and proposals from the store, where wanted
    turn = skill.hear(asked, draft, records)          # None: ask the other skills; the draft stays
    # carry out turn.effects; where the store raises EntryConflict say skill.changed_meanwhile(turn.language) instead
    # keep turn.draft (None: delete it) with the event ID of the reply, so that reactions find it

A reaction on a draft's message: ``skill.react(draft, reactor, key, now)``; on a message that shows a proposal:
``skill.react_to_proposal(proposal, reactor, key)``. A reaction that is redacted does nothing.
A file sent in the conversation is heard as ``Asked(text=caption, quoted=Quoted(sender, its content))``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bots.skill import Reply
from bots.skills.editing.draft import Draft
from community.directory.entry import EntryChange, EntryKind, HistoryRow


@dataclass(frozen=True, slots=True)
class Apply:
    """Make these changes now, in the person's name. ``undoes``: the history row that they take back."""

    changes: tuple[EntryChange, ...]
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Propose:
    """File these changes as a request ``proposal``, and show them to who may approve.

    Those are the leads of ``to_cities``, where it is one city, and the coordinators.
    """

    changes: tuple[EntryChange, ...]
    to_cities: tuple[str, ...]
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Decide:
    """End a proposal: make its changes, in the name of who approved it, or let them be; and tell its proposer."""

    proposal: Proposal
    approved: bool


Effect = Apply | Propose | Decide


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal that waits. ``id`` is the request's, ``proposer`` a Matrix ID."""

    id: int
    proposer: str
    changes: tuple[EntryChange, ...]
    filed_at: datetime
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the store `hear` needs to know: nothing, unless something is set.

    ``history_of``: the newest changes of that entry. ``history``: the newest of all entries. ``own_history``: the
    newest of the asker's own. ``row``: the history row with that id. ``proposals``: all that wait.
    """

    history_of: tuple[EntryKind, str] | None = None
    history: bool = False
    own_history: bool = False
    row: int | None = None
    proposals: bool = False


@dataclass(frozen=True, slots=True)
class Records:
    """What the store says, newest first for history, oldest first for proposals."""

    history: tuple[HistoryRow, ...] = ()
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes of one thing said: a reply, the draft to keep (None: there is none any more), and effects.

    ``language`` is that of the reply.
    """

    reply: Reply
    draft: Draft | None = None
    effects: tuple[Effect, ...] = ()
    language: str = "en"
