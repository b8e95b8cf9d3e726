"""The user name that somebody is offered: their name in the letters that a user name may have. Pure."""

from __future__ import annotations

import re

from community.core.words import fold
from community.description.fields import is_username

_LONGEST = 40
_PART = re.compile(r"[a-z0-9]+")
_TYPED = re.compile(r"@?([^:\s]*)(?::\S*)?")


def username_for(name: str) -> str | None:
    """Return the user name that a name makes (``awa.diallo``); None where it has no letter that one may have."""
    parts = _PART.findall(fold(name).replace("'", ""))
    made = ".".join(parts)[:_LONGEST].strip(".")
    return made if is_username(made) else None


def username_meant(typed: str) -> str:
    """Return the user name that somebody means who has typed it on a telephone.

    Its keyboard makes the first letter a capital, and people who know such names write the ``@`` and the server too.
    """
    found = _TYPED.fullmatch(typed.strip())
    return (found[1] if found else typed.strip()).lower()
