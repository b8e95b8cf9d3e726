"""The desk at which people who came by a link get their account (`community.joining.desk.JoiningDesk`).

It is asked by `web`, which may have been taken over: so everything is decided here, and by what the store and the
homeserver say at that moment. It works while the service has a session, and says *not now* else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from community.core.address_secret import digest_of, is_digest
from community.core.allowance import Allowance
from community.core.errors import PalabreError, place_of
from community.joining.account_request import AccountAnswer, AccountRefusal, AccountRequest
from matrix.errors import LimitExceeded
from provisioning.account_making import AccountMaking, DeskPlaces, DeskSession, refused
from provisioning.errors import SessionEnded

log = structlog.get_logger()

_UNKNOWN_AT_ONCE, _UNKNOWN_EACH_SECOND = 60, 1.0
"""How often links may be asked for that there are not."""
_AT_ONCE, _EACH_SECOND = 12, 1 / 30
"""How often an account may be asked for by the link of one person: every slip of the pen is a try."""
_OF_SEVERAL_AT_ONCE, _OF_SEVERAL_EACH_SECOND = 120, 0.5
"""By a link for several people, who may all sit in one room."""
_MOST_WAITING = 64
"""Calls at once: the homeserver makes four accounts a second, and nobody waits for longer than a page does."""
_MOST_ALIKE = 4
"""Calls at once for one name by one link: with those that try passwords they are half of all calls at most."""
_TO_END = 5.0
"""Seconds that calls under way have when the session is closed."""


@dataclass
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class ProvisioningDesk:
    """Makes accounts for people who came by a link."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._session: DeskSession | None = None
        self._unknown = Allowance(_UNKNOWN_AT_ONCE, _UNKNOWN_EACH_SECOND)
        self._of_one = Allowance(_AT_ONCE, _EACH_SECOND)
        self._of_several = Allowance(_OF_SEVERAL_AT_ONCE, _OF_SEVERAL_EACH_SECOND)
        self._places = DeskPlaces()
        self._turns: dict[str, _Turn] = {}
        self._calls: set[asyncio.Task[object]] = set()

    @asynccontextmanager
    async def working(self, session: DeskSession) -> AsyncIterator[None]:
        """Work with a session until the block ends; calls that are under way then have a moment to end."""
        self._session = session
        try:
            yield
        finally:
            self._session = None
            if self._calls:
                await asyncio.wait(self._calls, timeout=_TO_END)

    async def opened(self, digest: str) -> None:
        """Note that the page of a link was looked at."""
        session = self._session
        if session is None or not is_digest(digest):
            return
        try:
            link = await session.store.invitations.find(digest)
            if link is not None and link.opened_at is None:
                await session.store.invitations.note_opened(digest, self._now())
        except PalabreError as error:
            log.warning("opening_not_noted", reason=str(error.sentence))

    async def make_account(self, request: AccountRequest) -> AccountAnswer:
        """Make the account that somebody asks for by a link, or say why not."""
        digest, session = digest_of(request.secret), self._session
        if len(self._calls) >= _MOST_WAITING:
            return refused(AccountRefusal.TOO_MANY)
        if session is None:
            return refused(AccountRefusal.NOT_NOW)
        if digest is None:
            return self._unknown_link()
        call = asyncio.create_task(self._answer(session, digest, request))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        # Whoever stops waiting stops nothing: what was begun is ended.
        return await asyncio.shield(call)

    async def _answer(self, session: DeskSession, digest: str, request: AccountRequest) -> AccountAnswer:
        try:
            link = await session.store.invitations.find(digest)
            if link is None:
                return self._unknown_link()
            allowance = self._of_one if link.terms.uses == 1 else self._of_several
            if allowance.wait(digest, self._now()):
                return refused(AccountRefusal.TOO_MANY)
            async with self._turn(f"{digest}/{request.username}"):
                return await AccountMaking(session, self._now, self._places).answer(request, digest)
        except LimitExceeded:
            return refused(AccountRefusal.TOO_MANY)
        except PalabreError as error:
            if isinstance(error, SessionEnded):
                session.lost()
            log.warning("account_not_made", kind=type(error).__name__, reason=str(error.sentence))
        except Exception as error:  # a mistake of ours, whose text may quote what was asked
            log.error("account_not_made", kind=type(error).__name__, at=place_of(error))  # noqa: TRY400
        return refused(AccountRefusal.NOT_NOW)

    def _unknown_link(self) -> AccountAnswer:
        is_too_often = self._unknown.wait("", self._now()) > 0
        return refused(AccountRefusal.TOO_MANY if is_too_often else AccountRefusal.UNKNOWN_LINK)

    @asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[None]:
        """Let in one at a time of those who ask for the same. Raises LimitExceeded where too many wait."""
        turn = self._turns.setdefault(name, _Turn())
        if turn.users >= _MOST_ALIKE:
            raise LimitExceeded("M_LIMIT_EXCEEDED", 429, "account")
        turn.users += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.users -= 1
            if not turn.users:
                del self._turns[name]
