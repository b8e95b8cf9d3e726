"""The addresses that follow from where a network is on the web. Pure."""

from __future__ import annotations

PAGES = "/palabre"
"""The path below which our own pages are, beside Element Web at ``/`` and the homeserver at ``/_matrix``."""


def host_of(address: str) -> str:
    """Return the name, and the port where one is written, of an address ``https://…``."""
    return address.removeprefix("https://")
