"""A coordinator's answer that waits for its number, stored among the drafts to survive a restart."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bots.context.log import warn
from bots.context.message import OverheardMessage, is_over

if TYPE_CHECKING:
    from community.storage import Draft

AWAITED = "answer"
"""The conversation of such a draft, which is of no room: each coordinator has at most one."""
KEPT_FOR = timedelta(days=1)
"""How long it waits for its number."""


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """``request`` is the id of the question's job, ``event_id`` the message with the answer.

    ``number`` confirms these words as the answer to that question.
    """

    request: int
    number: int
    text: str
    event_id: str

    def to_json(self) -> str:
        """Return it as text that `kept_answer` reads."""
        return json.dumps(asdict(self))


def kept_answer(kept: Draft | None, context: OverheardMessage) -> AnswerDraft | None:
    """Return an answer as it was kept, None without one and where it is too old."""
    if kept is None or is_over(context, kept.at, KEPT_FOR):
        return None
    try:
        return AnswerDraft(**json.loads(kept.content))
    except (ValueError, TypeError) as error:
        # Another version of Palabre has written it in another form.
        warn("answer_draft_unreadable", kind=type(error).__name__)
        return None
