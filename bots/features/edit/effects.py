"""What the editing of the directory reads and returns: effects, proposals, records, and one turn. Values only.

One message goes through `handlers` like this: the sender's draft and the records that `DirectoryEditor.wants` names are
loaded; `DirectoryEditor.answer` returns a `Turn`; its effects are carried out by `executor`, and its draft is kept with
the event id of the reply, by which a reaction finds it. A reaction that is redacted does nothing. A file sent in the
conversation comes as a message whose text is its caption and whose ``quoted`` is the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots.context.effects import EffectType, ImportedExecutor
from bots.context.message import Effect, Reply
from bots.features.edit.draft import EditDraft
from community.directory.changes import changes_from_json, changes_to_json
from community.directory.entry import EntryChange, EntryKind, HistoryRow


@dataclass(frozen=True, slots=True)
class Apply(Effect):
    """Make these changes now, in the person's name. ``undoes``: the history row that they take back."""

    changes: tuple[EntryChange, ...]
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Propose(Effect):
    """File these changes as a job ``proposal``, and show them to who may approve.

    Those are the leads of ``to_cities``, where it is one city, and the coordinators.
    """

    changes: tuple[EntryChange, ...]
    to_cities: tuple[str, ...]
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Decide(Effect):
    """End a proposal: make its changes, in the name of who approved it, or let them be; and tell its proposer."""

    proposal: Proposal
    approved: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal that waits. ``id`` is the job's, ``proposer`` a Matrix ID."""

    id: int
    proposer: str
    changes: tuple[EntryChange, ...]
    filed_at: datetime
    undoes: int | None = None


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
        "proposer": proposal.proposer,
        "changes": changes_to_json(proposal.changes),
        "filed_at": proposal.filed_at.isoformat(),
        "undoes": proposal.undoes,
    }


def decide_from_json(values: dict[str, Any]) -> Decide:
    """Return the effect that `decide_to_json` wrote."""
    filed_at, changes = datetime.fromisoformat(values["filed_at"]), changes_from_json(values["changes"])
    proposal = Proposal(values["id"], values["proposer"], changes, filed_at, values["undoes"])
    return Decide(proposal, values["approved"])


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the store `DirectoryEditor.answer` needs to know: nothing, unless something is set.

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
    draft: EditDraft | None = None
    effects: tuple[Effect, ...] = ()
    language: str = "en"


APPLY = EffectType(
    "apply",
    Apply,
    apply_to_json,
    apply_from_json,
    execute=ImportedExecutor("bots.features.edit.executor:apply"),
)
PROPOSE = EffectType(
    "propose",
    Propose,
    propose_to_json,
    propose_from_json,
    execute=ImportedExecutor("bots.features.edit.executor:propose"),
)
DECIDE = EffectType(
    "decide",
    Decide,
    decide_to_json,
    decide_from_json,
    execute=ImportedExecutor("bots.features.edit.executor:decide"),
    words_of=lambda effect: (effect.proposal.proposer,),
)
