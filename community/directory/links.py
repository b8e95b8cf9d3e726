"""Links on cards: to a person, and to what somebody has entered. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

_LONGEST_LINK = 1000
_IN_LINKS = "%/:?#[]@!$&'()*+,;=~"
_ROOM = re.compile("@room", re.IGNORECASE)


def pill(user_id: str) -> str:
    """Return the link by which clients show a user."""
    return f"https://matrix.to/#/{quote(user_id, safe='@:')}"


def safe_link(link: str | None) -> str | None:
    """Return a link as it may be shown: in ASCII, of a length to send, and none that clients show as a person."""
    if link is None:
        return None
    plain = quote(link, safe=_IN_LINKS)
    if len(plain) > _LONGEST_LINK or ("matrix.to" in plain.lower() and "@" in unquote(plain)):
        return None
    return _ROOM.sub("%40room", plain)
