"""Serves the desk over its socket: HTTP, with bounds that hold whoever speaks at the other end."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import cast

import structlog
from aiohttp import web
from pydantic import Field, ValidationError

from community.core.errors import PalabreError, place_of
from community.core.unix_sockets import short_path
from community.description.data_folder import PRIVATE_FOLDER, unwritable
from community.description.described import Described
from community.joining.account_request import AccountRequest
from community.joining.desk import ACCOUNT, LARGEST_CALL, OPENED, JoiningDesk, socket_in

log = structlog.get_logger()

_CONNECTIONS = 128
"""At once; further ones are closed as they are opened."""
_READING = 10.0
"""Seconds in which a call has to be there whole."""
_TO_END = 5.0
"""Seconds that calls under way have when it is stopped."""
_ACCEPTING = 4
"""Turns of the event loop after which the server knows a connection that was accepted last: asyncio takes three."""
_AFTER_FAILURE = 15.0
"""Seconds until the socket is tried again."""


class _OpenedPage(Described):
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class _Refusing(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close it."""
        transport.close()


async def keep_serving(desk: JoiningDesk, folder: Path, stop: asyncio.Event) -> None:
    """Serve the desk until ``stop``. A socket that cannot be made is tried again, and said in the log."""
    while not stop.is_set():
        try:
            async with serving_desk(desk, folder):
                await stop.wait()
        except PalabreError as error:
            log.warning("desk_not_served", reason=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _AFTER_FAILURE)


@asynccontextmanager
async def serving_desk(desk: JoiningDesk, folder: Path) -> AsyncIterator[None]:
    """Serve the desk by a socket in ``folder`` until the block ends.

    Raises:
        DataFolderError: the socket cannot be made.
    """

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await _answer(desk, request)
        except Exception as error:  # a mistake of ours: its text may quote what was asked
            log.error("desk_failed", kind=type(error).__name__, at=place_of(error))  # noqa: TRY400
            return web.Response(status=500)

    # aiohttp's own log would have addresses and the lines of malformed requests.
    server = web.Server(answer, access_log=None, logger=_silent(), auto_decompress=False)

    def connect() -> asyncio.Protocol:
        return cast("asyncio.Protocol", server()) if len(server.connections) < _CONNECTIONS else _Refusing()

    with _listening(folder) as listening:
        listener = await asyncio.get_running_loop().create_unix_server(connect, sock=listening)
        try:
            yield
        finally:
            # Where a server is closed in the turn in which it accepts, asyncio leaves that connection open.
            asyncio.get_running_loop().remove_reader(listening)
            for _turn in range(_ACCEPTING):
                await asyncio.sleep(0)
            listener.close()
            await server.shutdown(_TO_END)


def _silent() -> logging.Logger:
    found = logging.Logger("palabre.desk", logging.CRITICAL + 1)
    found.addHandler(logging.NullHandler())
    return found


@contextmanager
def _listening(folder: Path) -> Iterator[socket.socket]:
    """Give a listening socket that whoever may enter its folder may open, and nobody else."""
    path = socket_in(folder)
    draft = path.with_name(f".{path.name}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        try:
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            with short_path(draft) as name:
                made.bind(name)
            _give(draft, folder)
            made.listen()
            draft.replace(path)
        except OSError as error:
            raise unwritable(folder, error) from error
        inode = path.stat().st_ino
        try:
            yield made
        finally:
            # Unless the next one has made its own by now.
            if path.exists() and path.stat().st_ino == inode:
                path.unlink()


def _give(made: Path, folder: Path) -> None:
    """Let whoever may enter a folder open what was made in it."""
    entering = folder.stat()
    if made.stat().st_gid != entering.st_gid:
        os.chown(made, -1, entering.st_gid)
    group = 0o060 if entering.st_mode & stat.S_IXGRP else 0
    made.chmod(0o600 | group | (0o006 if entering.st_mode & stat.S_IXOTH else 0))


async def _answer(desk: JoiningDesk, request: web.BaseRequest) -> web.Response:
    if request.path not in (OPENED, ACCOUNT):
        return web.Response(status=404)
    if request.method != "POST":
        return web.Response(status=405)
    try:
        async with asyncio.timeout(_READING):
            body = await _body(request)
    except TimeoutError:
        body = None
    if body is None:
        return _last(413)
    try:
        if request.path == OPENED:
            await desk.opened(_OpenedPage.model_validate_json(body).digest)
            return web.Response(status=204)
        answer = await desk.make_account(AccountRequest.model_validate_json(body))
    except ValidationError:
        return _last(400)
    return web.json_response(text=answer.model_dump_json())


async def _body(request: web.BaseRequest) -> bytes | None:
    """Return what was sent, None where that is too much."""
    body = bytearray()
    while len(body) <= LARGEST_CALL:
        part = await request.content.read(LARGEST_CALL + 1)
        if not part:
            return bytes(body)
        body += part
    return None


def _last(status: int) -> web.Response:
    """Return an answer after which the connection is closed: the rest of what was sent is not read."""
    answer = web.Response(status=status)
    answer.force_close()
    return answer
