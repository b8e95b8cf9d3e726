"""By which fields a contact is reached, and what is said of a desk of which none may be shown. Pure."""

from __future__ import annotations

from community.core.messages import Message, msg
from community.description.directory_model import Contact, Guarded

WAYS: tuple[Guarded, ...] = ("member", "email", "phone")
"""The fields by which a contact is reached."""


def way_to(desk: Contact, *, alone: bool) -> Message:
    """Return how to get to a desk. ``alone``: the asker may see it where nobody else reads."""
    if alone:
        return msg("How to reach it I say in a direct message.")
    if desk.phone is not None:
        return msg("It has a telephone number that is not for everybody: ask the coordinators for it.")
    return msg("I do not know how to reach it: ask the coordinators.")
