"""The values that the editing of the directory reads and returns: effects, proposals, records, and one turn.

The way of a message: `handlers` loads the sender's draft and the records that `DirectoryEditor.wants` names;
`DirectoryEditor.answer` returns a `Turn`; `executor` carries out its effects. The turn's draft is stored with the event
id of the reply, so that a reaction to the reply finds it. Redacting a reaction does nothing. A file that is sent in the
conversation arrives as a message whose text is the caption and whose ``quoted`` is the file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bots.context.effects import EffectType, ImportedExecutor
from bots.context.message import Effect, Reply, Unnumbered
from bots.features.edit.draft import EditDraft
from community.directory.changes import changes_from_json, changes_to_json
from community.directory.entry import EntryChange, EntryKind, HistoryRow


@dataclass(frozen=True, slots=True)
class Apply(Effect):
    """Make these changes now, in the person's name. ``undoes``: the id of the history row that they take back."""

    changes: tuple[EntryChange, ...]
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Propose(Effect):
    """File these changes as a `ProposedChange` job, and show them to those who may approve them.

    Those are the coordinators, and the leads of the city where ``to_cities`` is one.
    """

    changes: tuple[EntryChange, ...]
    to_cities: tuple[str, ...]
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Decide(Effect):
    """End a proposal and tell its proposer. Its changes are made in the approver's name, or not made at all."""

    proposal: Proposal
    approved: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal that waits for a decision.

    ``id`` is the job's, ``number`` the one by which people name it, ``proposer`` a Matrix ID.
    """

    id: int
    number: int
    proposer: str
    changes: tuple[EntryChange, ...]
    filed_at: datetime
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class AskAuthor(Effect):
    """Ask the author of a message, a Matrix ID, whether who this is decided for may make an entry of it."""

    author: str
    room_id: str
    event_id: str


@dataclass(frozen=True, slots=True)
class Agree(Effect):
    """Note that the author of a message agrees that ``asker`` makes an entry of it, and tell that person.

    ``number`` is the one that they said.
    """

    asker: str
    room_id: str
    event_id: str
    number: int


def apply_to_json(effect: Apply) -> dict[str, Any]:
    """Return the effect as JSON values."""
    return {"changes": changes_to_json(effect.changes), "undoes": effect.undoes}


def apply_from_json(values: dict[str, Any]) -> Apply:
    """Return the effect that `apply_to_json` wrote."""
    return Apply(changes_from_json(values["changes"]), values["undoes"])


def propose_to_json(effect: Propose) -> dict[str, Any]:
    """Return the effect as JSON values."""
    changes = changes_to_json(effect.changes)
    return {"changes": changes, "cities": effect.to_cities, "undoes": effect.undoes}


def propose_from_json(values: dict[str, Any]) -> Propose:
    """Return the effect that `propose_to_json` wrote."""
    return Propose(changes_from_json(values["changes"]), tuple(values["cities"]), values["undoes"])


def decide_to_json(effect: Decide) -> dict[str, Any]:
    """Return the effect as JSON values."""
    proposal = effect.proposal
    return {
        "approved": effect.approved,
        "id": proposal.id,
        # Absent where it is the id, as in what older versions have written.
        **({} if proposal.number == proposal.id else {"number": proposal.number}),
        "proposer": proposal.proposer,
        "changes": changes_to_json(proposal.changes),
        "filed_at": proposal.filed_at.isoformat(),
        "undoes": proposal.undoes,
    }


def decide_from_json(values: dict[str, Any]) -> Decide:
    """Return the effect that `decide_to_json` wrote."""
    filed_at, changes = datetime.fromisoformat(values["filed_at"]), changes_from_json(values["changes"])
    number = values.get("number", values["id"])  # an older Palabre named it by its job
    proposal = Proposal(values["id"], number, values["proposer"], changes, filed_at, values["undoes"])
    return Decide(proposal, values["approved"])


@dataclass(frozen=True, slots=True)
class NeededRecords:
    """The records of the store that `DirectoryEditor.answer` needs: at most one of these; none by default.

    ``history_of``: the newest changes of that entry. ``history``: the newest changes of all entries. ``own_history``:
    the newest changes that the sender made. ``row``: the history row with that id. ``proposals``: all that wait.
    """

    history_of: tuple[EntryKind, str] | None = None
    history: bool = False
    own_history: bool = False
    row: int | None = None
    proposals: bool = False


@dataclass(frozen=True, slots=True)
class Records:
    """The records that were needed: history newest first, proposals oldest first.

    ``is_agreed``: nobody need be asked before an entry is made of the message that is replied to. ``there``: the user
    names of those who have come.
    """

    history: tuple[HistoryRow, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    is_agreed: bool = False
    there: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Turn:
    """The outcome of one message or reaction: a reply, the draft to keep (None: an open one is dropped), and effects.

    ``language`` is the code of the reply's language. ``numbered``: it is not finished, for its draft needs a number to
    be confirmed by; this makes it of the number.
    """

    reply: Reply
    draft: EditDraft | None = None
    effects: tuple[Effect, ...] = ()
    language: str = "en"
    numbered: Callable[[int], Turn] | None = None


def reply_of_turn(turn: Turn, *, had_draft: bool) -> Reply | Unnumbered:
    """Return a turn as the router takes it. ``had_draft``: there is one, which is dropped where the turn has none."""
    numbered = turn.numbered
    if numbered is not None:
        return Unnumbered(lambda number: _finished(numbered(number), had_draft=had_draft))
    return _finished(turn, had_draft=had_draft)


def _finished(turn: Turn, *, had_draft: bool) -> Reply:
    draft = None if turn.draft is None else turn.draft.to_json()
    is_turn = draft is not None or had_draft
    return replace(turn.reply, effects=turn.effects, language=turn.language, is_turn=is_turn, draft=draft)


APPLY = EffectType(
    "apply",
    Apply,
    to_json=apply_to_json,
    from_json=apply_from_json,
    execute=ImportedExecutor("bots.features.edit.executor:apply"),
)
PROPOSE = EffectType(
    "propose",
    Propose,
    to_json=propose_to_json,
    from_json=propose_from_json,
    execute=ImportedExecutor("bots.features.edit.executor:propose"),
)
DECIDE = EffectType(
    "decide",
    Decide,
    to_json=decide_to_json,
    from_json=decide_from_json,
    execute=ImportedExecutor("bots.features.edit.executor:decide"),
    words_of=lambda effect: (effect.proposal.proposer,),
)
ASK_AUTHOR = EffectType(
    "ask-author",
    AskAuthor,
    execute=ImportedExecutor("bots.features.edit.consent_executor:ask_author"),
)
AGREE = EffectType(
    "author-agrees",
    Agree,
    execute=ImportedExecutor("bots.features.edit.consent_executor:agree"),
)
