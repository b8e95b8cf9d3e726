"""Which member asks for a deadline. Pure.

``asked_by`` is the key of a contact or the user name of a member. Where it is both, the contact is meant, as in what is
shown of the deadline: somebody else who happens to have that user name has nothing to do with it.
"""

from __future__ import annotations

from collections.abc import Callable

from community.description.calendar_model import Deadline
from community.description.directory_model import Contact

ContactOf = Callable[[str], Contact | None]
"""Returns a contact by its key."""


def no_contact(_key: str) -> Contact | None:
    """Return no contact: there are none."""
    return None


def asking_member(deadline: Deadline, contact: ContactOf) -> str | None:
    """Return the user name of the member who asks for it, of a contact that of its account; None where none does."""
    named = deadline.asked_by
    found = None if named is None else contact(named)
    return named if found is None else found.member
