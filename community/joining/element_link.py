"""The links by which people sign in with Element on a telephone. Pure."""

from __future__ import annotations

from urllib.parse import urlencode

_PHONE = "https://mobile.element.io/element/"
"""Opens Element X where it is installed; the app reads the link, and asks the server named in it alone."""


def phone_link(server_name: str, username: str | None = None) -> str:
    """Return the link by which Element X on a phone offers to sign in on that server, as whoever it is.

    Of the link the app knows this path alone, and ``mxid:`` before a Matrix ID as a hint of who signs in.
    """
    asked = {"account_provider": server_name}
    if username is not None:
        asked["login_hint"] = f"mxid:@{username}:{server_name}"
    return f"{_PHONE}?{urlencode(asked, safe=':@')}"
