"""The address of an invitation's page."""

from __future__ import annotations

JOINING = "/palabre/j"
"""The pages of invitations are below it, at the address of the network."""


def joining_address(server: str, secret: str) -> str:
    """Return the address of the invitation with that secret; ``server`` ends in no slash."""
    return f"{server}{JOINING}/{secret}"
