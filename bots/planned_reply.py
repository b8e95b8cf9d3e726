"""What comes of one message or reaction: decided once, then carried out, also by the next process.

An outcome is kept as JSON before it is carried out. How an effect is written is its feature's part.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from bots.context.effects import EffectTypes
from bots.context.message import Address, Effect, Reply
from community.description.directory_model import Attachment


@dataclass(frozen=True, slots=True)
class PlannedReply:
    """A reply with its effects, and where it goes.

    ``at`` is when it was decided: what is changed carries that time, also where it is carried out later.

    ``replaces`` are the messages of an earlier answer to the same question: it is edited into this one, or withdrawn
    where this one has no words.

    ``origins`` are the messages that its words are from, besides the one that it answers.

    ``is_turn``: the conversation's draft is ``draft`` from now on, or none any more. ``marks`` stand in the content
    of the reply.
    """

    reply: Reply
    to: Address
    at: datetime
    effects: tuple[Effect, ...] = ()
    is_turn: bool = False
    draft: str | None = None
    language: str = "en"
    marks: Mapping[str, str] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    def must_be_kept(self, types: EffectTypes) -> bool:
        """Whether deciding it again after a crash could come to something else."""
        return self.is_turn or any(not types.of(effect).at_most_once for effect in self.effects)


def people_of(planned: PlannedReply, types: EffectTypes) -> tuple[str, ...]:
    """Return the Matrix IDs of those whose words may be in it: whom it is for, and those whom its effects say."""
    others = (user_id for effect in planned.effects for user_id in types.of(effect).words_of(effect))
    return tuple(dict.fromkeys((planned.to.user_id, *others)))


def to_json(event_id: str, planned: PlannedReply, types: EffectTypes) -> str:
    """Return what was decided for an event as text that `from_json` reads."""
    reply = planned.reply
    return json.dumps(
        {
            "event_id": event_id,
            "text": reply.text,
            "html": reply.html,
            "files": [file.model_dump(mode="json") for file in reply.files],
            "to": asdict(planned.to),
            "at": planned.at.isoformat(),
            "effects": [types.to_json(effect) for effect in planned.effects],
            "is_turn": planned.is_turn,
            "draft": planned.draft,
            "language": planned.language,
            "marks": dict(planned.marks),
            # Absent where there are none, as in what older versions have written.
            **({"signs": reply.signs} if reply.signs else {}),
            **({"replaces": planned.replaces} if planned.replaces else {}),
            **({"origins": planned.origins} if planned.origins else {}),
        }
    )


def from_json(text: str, types: EffectTypes) -> tuple[str, PlannedReply]:
    """Return the event and the outcome that `to_json` wrote. Raises ValueError or LookupError for another text."""
    kept = json.loads(text)
    files = tuple(Attachment.model_validate(file) for file in kept["files"])
    planned = PlannedReply(
        reply=Reply(kept["text"], kept["html"], files, signs=tuple(kept.get("signs", ()))),
        to=Address(**kept["to"]),
        at=datetime.fromisoformat(kept["at"]),
        effects=tuple(types.from_json(effect) for effect in kept["effects"]),
        is_turn=kept["is_turn"],
        draft=kept["draft"],
        language=kept["language"],
        marks=kept["marks"],
        replaces=tuple(kept.get("replaces", ())),
        origins=tuple(kept.get("origins", ())),
    )
    return kept["event_id"], planned
