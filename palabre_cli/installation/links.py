"""The addresses that follow from where a network is on the web. Pure."""

from __future__ import annotations

from urllib.parse import urlencode

PAGES = "/palabre"
"""The path below which our own pages are, beside Element Web at ``/`` and the homeserver at ``/_matrix``."""
_PHONE = "https://mobile.element.io/element/"
"""Opens Element X where it is installed; the app reads the link, and asks the server named in it alone."""


def host_of(address: str) -> str:
    """Return the name, and the port where one is written, of an address ``https://…``."""
    return address.removeprefix("https://")


def phone_link(server_name: str) -> str:
    """Return the link by which Element X on a phone offers to sign in on that server."""
    return f"{_PHONE}?{urlencode({'account_provider': server_name})}"
