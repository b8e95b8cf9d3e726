"""Asks the provisioner's desk for accounts, over the socket that only it and `web` can open."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from pydantic import ValidationError

from community.core.unix_sockets import short_path
from community.joining.account_request import AccountAnswer, AccountRefusal, AccountRequest
from community.joining.desk import ACCOUNT, DIGEST, LARGEST_CALL, OPENED, socket_in

_PATIENCE = 60.0
"""Seconds: others may wait for their accounts before."""
_HOST = "http://desk"
"""What HTTP wants to be named; the socket alone says where it is."""


@dataclass(frozen=True, slots=True)
class _DeskAnswer:
    status: int
    body: bytes


_NOT_NOW = AccountAnswer(refusal=AccountRefusal.NOT_NOW)
_TOO_MANY = AccountAnswer(refusal=AccountRefusal.TOO_MANY)


class DeskClient:
    """The desk (`community.joining.desk.JoiningDesk`) whose socket is in ``folder``. While it is away: not now."""

    def __init__(self, folder: Path, *, patience: float = _PATIENCE) -> None:
        self._socket = socket_in(folder)
        self._patience = patience

    async def opened(self, digest: str) -> None:
        """Note that the page of a link was looked at. That it is not noted keeps nobody from anything."""
        await self._ask(OPENED, {DIGEST: digest})

    async def make_account(self, request: AccountRequest) -> AccountAnswer:
        """Have an account made, or learn why not."""
        answer = await self._ask(ACCOUNT, request.model_dump(mode="json"))
        if answer is None:
            return _NOT_NOW
        if answer.status == 429:
            return _TOO_MANY
        try:
            return AccountAnswer.model_validate_json(answer.body) if answer.status == 200 else _NOT_NOW
        except ValidationError:
            return _NOT_NOW

    async def _ask(self, path: str, call: Mapping[str, object]) -> _DeskAnswer | None:
        """Return what is answered, None where nothing is. What was asked is in no exception that leaves this."""
        try:
            # Opening a folder blocks for no longer than reading a page's file does.
            with short_path(self._socket) as socket:
                return await self._post(socket, path, call)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None

    async def _post(self, socket: str, path: str, call: Mapping[str, object]) -> _DeskAnswer | None:
        async with (
            asyncio.timeout(self._patience),
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(socket)) as session,
            session.post(_HOST + path, json=dict(call), allow_redirects=False) as answered,
        ):
            body = await answered.content.read(LARGEST_CALL)
            return _DeskAnswer(answered.status, body)
