"""What comes of one thing heard: decided once, then carried out, also by the next process. As JSON, for the journal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, assert_never

from bots.skill import Count, PassOn, Reply
from bots.skills.editing.draft import Draft
from bots.skills.editing.effects import Apply, Decide, Proposal, Propose
from bots.skills.identity import AcceptIdentity
from bots.skills.privacy import ExportData, Forget
from bots.skills.removal import RemoveFromSafeRoom
from community.description.model import Attachment
from community.directory.changes import changes_from_json, changes_to_json


@dataclass(frozen=True, slots=True)
class Deliver:
    """Bring a coordinator's answer to who asked; ``request`` is the question's, ``by`` the coordinator's Matrix ID."""

    request: int
    payload: Mapping[str, str]
    text: str
    by: str


Effect = (
    Apply
    | Propose
    | Decide
    | PassOn
    | Count
    | ExportData
    | Forget
    | Deliver
    | RemoveFromSafeRoom
    | AcceptIdentity
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a reply goes: to whom, to which event, in which thread (None: outside threads) and conversation."""

    room_id: str
    event_id: str
    user_id: str
    thread: str | None
    conversation: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """``at`` is when it was decided: what is changed carries that time, also where it is done later.

    ``is_turn``: the conversation's draft is ``draft`` from now on, or none any more. ``marks`` stand in the content
    of the reply.
    """

    reply: Reply
    to: Address
    at: datetime
    effects: tuple[Effect, ...] = ()
    is_turn: bool = False
    draft: Draft | None = None
    language: str = "en"
    marks: Mapping[str, str] = field(default_factory=dict)

    @property
    def must_be_kept(self) -> bool:
        """Whether deciding it again after a crash could come to something else."""
        return self.is_turn or any(not isinstance(effect, Count) for effect in self.effects)


def to_json(event_id: str, outcome: Outcome) -> str:
    """Return what was decided for an event as text that `from_json` reads."""
    reply = outcome.reply
    return json.dumps(
        {
            "event_id": event_id,
            "text": reply.text,
            "html": reply.html,
            "files": [file.model_dump(mode="json") for file in reply.files],
            "to": asdict(outcome.to),
            "at": outcome.at.isoformat(),
            "effects": [_effect_to_json(effect) for effect in outcome.effects],
            "is_turn": outcome.is_turn,
            "draft": None if outcome.draft is None else outcome.draft.to_json(),
            "language": outcome.language,
            "marks": dict(outcome.marks),
        }
    )


def from_json(text: str) -> tuple[str, Outcome]:
    """Return the event and the outcome that `to_json` wrote. Raises ValueError or LookupError for another text."""
    kept = json.loads(text)
    files = tuple(Attachment.model_validate(file) for file in kept["files"])
    outcome = Outcome(
        reply=Reply(kept["text"], kept["html"], files),
        to=Address(**kept["to"]),
        at=datetime.fromisoformat(kept["at"]),
        effects=tuple(_KINDS[effect.pop("effect")](effect) for effect in kept["effects"]),
        is_turn=kept["is_turn"],
        draft=None if kept["draft"] is None else Draft.from_json(kept["draft"]),
        language=kept["language"],
        marks=kept["marks"],
    )
    return kept["event_id"], outcome


def _effect_to_json(effect: Effect) -> dict[str, Any]:  # noqa: C901 - one case an effect
    match effect:
        case Apply(changes, undoes):
            return {"effect": "apply", "changes": changes_to_json(changes), "undoes": undoes}
        case Propose(changes, cities, undoes):
            return {
                "effect": "propose",
                "changes": changes_to_json(changes),
                "cities": cities,
                "undoes": undoes,
            }
        case Decide(proposal, approved):
            return {"effect": "decide", "approved": approved, **_proposal_to_json(proposal)}
        case PassOn():
            return {"effect": "pass-on", **asdict(effect)}
        case Count():
            return {"effect": "count", **asdict(effect)}
        case Deliver():
            return {"effect": "deliver", **asdict(effect)}
        case AcceptIdentity():
            return {"effect": "accept-identity", **asdict(effect)}
        case ExportData():
            return {"effect": "export"}
        case Forget():
            return {"effect": "forget"}
        case RemoveFromSafeRoom():
            return {"effect": "remove-from-safe-room", **asdict(effect)}
        case _:
            assert_never(effect)


def _proposal_to_json(proposal: Proposal) -> dict[str, Any]:
    return {
        "id": proposal.id,
        "proposer": proposal.proposer,
        "changes": changes_to_json(proposal.changes),
        "filed_at": proposal.filed_at.isoformat(),
        "undoes": proposal.undoes,
    }


def _decide(kept: dict[str, Any]) -> Decide:
    proposal = Proposal(
        kept["id"],
        kept["proposer"],
        changes_from_json(kept["changes"]),
        datetime.fromisoformat(kept["filed_at"]),
        kept["undoes"],
    )
    return Decide(proposal, kept["approved"])


_KINDS: Mapping[str, Callable[[dict[str, Any]], Effect]] = {
    "apply": lambda kept: Apply(changes_from_json(kept["changes"]), kept["undoes"]),
    "propose": lambda kept: Propose(
        changes_from_json(kept["changes"]), tuple(kept["cities"]), kept["undoes"]
    ),
    "decide": _decide,
    "pass-on": lambda kept: PassOn(**kept),
    "count": lambda kept: Count(tuple(kept["topics"]), kept["answered"]),
    "deliver": lambda kept: Deliver(**kept),
    "accept-identity": lambda kept: AcceptIdentity(**kept),
    "export": lambda _kept: ExportData(),
    "forget": lambda _kept: Forget(),
    "remove-from-safe-room": lambda kept: RemoveFromSafeRoom(**kept),
}
