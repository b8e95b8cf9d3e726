"""The safeguard of every plan: one that removes, or adds, a large part of what exists needs ``--force``. Pure."""

from __future__ import annotations

FEW = 10
"""Of fewer things than this any number may be removed, and fewer than this may be added."""
MOST = 0.3
"""The part of the rooms, memberships, accounts or entries that may be removed or added without ``--force``."""


def is_too_much(removed: int, there: int) -> bool:
    """Whether removing ``removed`` of ``there`` things of one kind needs ``--force``."""
    return there >= FEW and removed > MOST * there


def adds_too_much(added: int, there: int) -> bool:
    """Whether adding ``added`` things of one kind to ``there`` needs ``--force``: where much is there."""
    return there >= FEW and added >= FEW and added > MOST * there
