"""The desk at which `web` asks the provisioner for accounts: what it can be asked, where it is, and its bounds.

HTTP over a unix socket: whoever may enter the folder of the socket may open it. A call is ``POST`` with a JSON object.
There is no other question than these two: whoever takes `web` over cannot list people or links, nor ask whether a user
name is free.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from community.joining.account_request import AccountAnswer, AccountRequest

OPENED, ACCOUNT = "/opened", "/account"
DIGEST = "digest"
"""The field of a call of `OPENED`."""
SOCKET = "desk.sock"
"""The name of the socket in its folder."""
LARGEST_CALL = 16_384
"""Bytes of a call's body: a request with every field as long as it may be is shorter."""


class JoiningDesk(Protocol):
    """What a page of an invitation may ask for. Neither call raises anything."""

    async def opened(self, digest: str) -> None:
        """Note that the page of the link whose secret has that digest was looked at; of no such link nothing."""
        ...

    async def make_account(self, request: AccountRequest) -> AccountAnswer:
        """Make the account that somebody asks for by a link, or say why not.

        Asked again with the same link, user name and password it goes on where it was, and answers the same.
        """
        ...


def socket_in(folder: Path) -> Path:
    """Return the socket of the desk in its folder."""
    return folder / SOCKET
