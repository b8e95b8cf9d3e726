"""A message as somebody without a role would send it: a guest, or who is perhaps somebody else than it seems. Pure."""

from __future__ import annotations

from dataclasses import replace

from bots.context.message import MessageContext
from community.description.person import Person
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


def guest(user_id: str) -> Person:
    """Return what is known of a guest: nothing but their Matrix ID."""
    name = user_id[1:].partition(":")[0]
    return Person(user_id, name, name, NO_ROLE, None, (), ())
