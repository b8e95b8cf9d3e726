"""What somebody was asked to confirm, stored among the drafts so that a restart does not end it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from bots.context.conversation_memory import REMEMBERED_FOR
from bots.context.log import warn
from bots.context.message import Effect, MessageContext, Reply, is_over

if TYPE_CHECKING:
    from bots.context.effects import Execution
    from bots.context.execution import ExecutionContext
    from community.storage import Drafts

Wish = TypeVar("Wish", bound=Effect)


@dataclass(frozen=True, slots=True)
class WaitingWishes(Generic[Wish]):
    """Those of one kind: each person has at most one, wherever they asked.

    ``awaited``: the conversation of such a draft, which is of no room. ``unreadable``: what is logged where another
    version of Palabre has written it in another form.
    """

    kind: type[Wish]
    awaited: str
    unreadable: str

    def content_of(self, wish: Wish) -> str:
        """Return a wish as the content of a draft."""
        return json.dumps(asdict(wish))

    def waiting(self, context: MessageContext) -> Wish | None:
        """Return what the sender was asked to confirm, None without it or after `REMEMBERED_FOR`."""
        kept = next((each for each in context.awaited if each.key == self.awaited), None)
        if kept is None or is_over(context, kept.at, REMEMBERED_FOR):
            return None
        try:
            return self.kind(**json.loads(kept.content))
        except (ValueError, TypeError) as error:
            warn(self.unreadable, kind=type(error).__name__)
            return None

    async def keep(self, wish: Wish, execution: Execution, context: ExecutionContext) -> Reply:
        """Store what the person was asked to confirm. Raises StoreError."""
        from community.storage import Draft  # noqa: PLC0415 - who only answers needs no store

        draft = Draft(
            room_id="",
            conversation=self.awaited,
            user_id=execution.to.user_id,
            content=self.content_of(wish),
            at=execution.at,
        )
        await context.store.drafts.put(draft)
        return execution.reply

    async def drop(self, drafts: Drafts, user_id: str) -> None:
        """Delete what a person was asked to confirm. Raises StoreError."""
        await drafts.delete("", self.awaited, user_id)
