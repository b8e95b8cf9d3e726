"""An invitation that somebody has begun, or is asked to confirm, stored among the drafts to survive a restart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from bots.context.conversation_memory import REMEMBERED_FOR
from bots.context.log import warn
from bots.context.message import MessageContext, is_over

if TYPE_CHECKING:
    from community.storage import Drafts

AWAITED = "inviting"
"""The conversation of such a draft, which is of no room: each person has at most one."""


@dataclass(frozen=True, slots=True)
class InvitingDraft:
    """What was said so far, in ``conversation``.

    ``values``: see `details.Values`. ``asking``: the step that was asked for, None where all is known and waits for
    ``number``. ``done``: the steps that were answered or skipped, in their order. ``closes``: the numbers of the links
    of which it was said that this one closes them. ``takes_back``: the number of the invitation that is to be taken
    back; then there is nothing else.
    """

    conversation: str
    language: str
    values: Mapping[str, object] = field(default_factory=dict)
    asking: str | None = None
    done: tuple[str, ...] = ()
    number: int | None = None
    closes: tuple[int, ...] = ()
    takes_back: int | None = None

    @property
    def others(self) -> tuple[str, ...]:
        """The user names of members who are not meant by the name."""
        others = self.values.get("others", ())
        return tuple(map(str, others)) if isinstance(others, list | tuple) else ()

    def with_values(self, values: Mapping[str, object]) -> InvitingDraft:
        """Return it with further values: what was shown before is not what it says now."""
        return replace(self, values={**self.values, **values}, number=None)

    def to_json(self) -> str:
        """Return it as text that `waiting_draft` reads."""
        return json.dumps(asdict(self))


def waiting_draft(context: MessageContext) -> InvitingDraft | None:
    """Return the sender's draft in this conversation, None without one. It is valid for `REMEMBERED_FOR`."""
    kept = next((each for each in context.awaited if each.key == AWAITED), None)
    if kept is None or is_over(context, kept.at, REMEMBERED_FOR):
        return None
    try:
        values = json.loads(kept.content)
        listed = {name: tuple(values.get(name, ())) for name in ("done", "closes")}
        draft = InvitingDraft(**{**values, **listed})
    except (ValueError, TypeError, LookupError) as error:
        # Another version of Palabre has written it in another form.
        warn("inviting_draft_unreadable", kind=type(error).__name__)
        return None
    return draft if draft.conversation == context.conversation else None


async def drop_draft(drafts: Drafts, user_id: str) -> None:
    """Delete what somebody has begun. Raises StoreError."""
    await drafts.delete("", AWAITED, user_id)
