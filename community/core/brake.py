"""The brake of every plan: what takes away a great part of what is there is not done unasked. Pure."""

from __future__ import annotations

FEW = 10
"""Of fewer things than this any number may be removed."""
MOST = 0.3
"""The part of the rooms, memberships, accounts or entries that may be removed without ``--force``."""


def is_too_much(removed: int, there: int) -> bool:
    """Whether ``removed`` of the ``there`` things of one sort is more than may go unasked."""
    return there >= FEW and removed > MOST * there
