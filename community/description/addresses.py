"""The kinds of value that are addresses on the Internet: of a homeserver, of a web service, of a page."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from community.core.messages import Message, msg
from community.core.patterns import pattern_of
from community.core.unseen import UNSEEN
from community.description.field_forms import form, matching, refused, without_password

_LINK = re.compile(r"https://[^\s<>\"]+")
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_PORT = "(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
_SERVER_NAME = rf"{_LABEL}(\.{_LABEL})*(:{_PORT})?"


def _server_name(value: str) -> str:
    if not pattern_of(_SERVER_NAME).fullmatch(value) or len(value) > 230:
        raise refused(
            "server_name",
            msg(
                "“{value}” is not the name of a server: expected such as “example.org”, without https://",
                value=without_password(value),
            ),
        )
    return value


ServerName = Annotated[
    str,
    AfterValidator(_server_name),
    form(
        f"^{_SERVER_NAME}$",
        "The name of a homeserver: the part after the colon of a Matrix ID.",
        "a server's name such as example.org, without https://",
        maxLength=230,
    ),
]
"""The name of a homeserver (spec, Appendices, "Server name"; labels as RFC 1123 has them), without IPv6 literals."""


_ADDRESS = rf"^https://{_SERVER_NAME}$"


def _public_address(value: str) -> str:
    if not pattern_of(_ADDRESS[1:-1]).fullmatch(value) or len(value) > 250:
        raise refused(
            "public_address",
            msg(
                "“{value}” is not an address for people: expected such as “https://palabre.example.org”, with nothing "
                "behind the name",
                value=without_password(value),
            ),
        )
    return value


PublicAddress = Annotated[
    str,
    AfterValidator(_public_address),
    form(
        _ADDRESS,
        "An address for people's browsers and apps: https:// and a name.",
        "an address such as https://palabre.example.org, with nothing behind the name",
        maxLength=250,
    ),
]
"""Where people reach a web service: scheme https, a host name, a port where it is not 443; no path."""


def _link(value: str) -> str:
    # A character that turns the direction of what follows would show another address than the one that opens.
    value = UNSEEN.sub("", value)
    if not _LINK.fullmatch(value):
        raise refused("link", msg("“{value}” is not a link: expected it to begin with https://", value=value))
    return value


Link = Annotated[
    str,
    AfterValidator(_link),
    form(r"^https://[^\s<>\"]+$", "A link.", "a link that begins with https://"),
]


_URL = r"^https?://[^\s/]+(/[^\s]*)?$"


def _no_url(value: str) -> Message:
    return msg(
        "“{value}” is not the address of a server: expected such as “https://matrix.example.org”",
        value=without_password(value),
    )


Url = Annotated[
    str,
    StringConstraints(max_length=300),
    matching(_URL, "url", _no_url),
    form(_URL, "An address.", "an address such as https://matrix.example.org", maxLength=300),
]
"""The address of a server; on a machine of one's own, or behind a proxy, it may be http."""
