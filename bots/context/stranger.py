"""A message as somebody without a role would send it: for what may come from somebody else than it seems. Pure."""

from __future__ import annotations

from dataclasses import replace

from bots.context.message import MessageContext
from community.description.rooms import NO_ROLE


def as_stranger(context: MessageContext) -> MessageContext:
    """Return a message as somebody without a role would send it there, in a conversation of their own."""
    return replace(
        context,
        person=replace(context.person, role=NO_ROLE, city=None),
        readers=context.readers | {NO_ROLE},
        conversation=f"public/{context.conversation}",
        previous=f"public/{context.previous}" if context.previous else "",
        quoted=None,
        awaited=(),
    )
