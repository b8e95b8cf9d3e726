"""First passwords: taken out of ``sign-in.json`` once they open nothing any more, and set anew where one is lost.

No answer of the homeserver says that a password was changed. So the first password is tried, in a way that makes no
session and no device, by the service alone and seldom.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from community.core.errors import DataFolderError
from community.description.data_folder import APPLY_LOCK, SERVICE, DataFolder
from community.storage import AuditOutcome, NewAuditEntry, Store
from matrix.errors import MatrixError
from matrix.ids import UserId
from provisioning.errors import AccountMissing, NoPasswordWhileClosed, ProvisioningError
from provisioning.held_accounts import RESET, mark_held
from provisioning.homeserver import Homeserver
from provisioning.passwords import PasswordBook
from provisioning.snapshot import Account

log = structlog.get_logger()

TRIED_EVERY = timedelta(hours=6)
"""How often one first password is tried: a homeserver counts the attempts, and hashing costs it time."""
_PATIENCE = 20.0
"""Seconds that one attempt may take: somebody else may have tried so often that the homeserver lets everybody wait."""


class FirstPasswords:
    """Tries the first passwords one by one. ``now`` gives the time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._tried: dict[tuple[UserId, str], datetime] = {}

    async def look(self, homeserver: Homeserver, data: DataFolder, book: PasswordBook) -> None:
        """Try the password whose turn it is, if any; one that opens nothing is taken out of the book.

        What fails is logged, and tried again the next time it is its turn.
        """
        due = self._due(book)
        try:
            async with asyncio.timeout(_PATIENCE):
                if due is not None and not (await homeserver.opens(*due) and book.is_settled(due[0])):
                    await _correct(homeserver, data, book, due)
        except (DataFolderError, MatrixError, ProvisioningError) as error:
            log.info("first_password_not_tried", reason=str(error))
        except TimeoutError:
            log.info("first_password_not_tried", reason="the homeserver asks for patience")

    def _due(self, book: PasswordBook) -> tuple[UserId, str] | None:
        """Return whom to try with what, and note that they were tried."""
        there = [(UserId(entry["user_id"]), str(entry["password"])) for entry in book.accounts()]
        self._tried = {one: self._tried[one] for one in there if one in self._tried}
        never = datetime.min.replace(tzinfo=UTC)
        due = min(there, key=lambda one: self._tried.get(one, never), default=None)
        if due is None or self._now() - self._tried.get(due, never) < TRIED_EVERY:
            return None
        self._tried[due] = self._now()
        return due


async def _correct(
    homeserver: Homeserver, data: DataFolder, book: PasswordBook, tried: tuple[UserId, str]
) -> None:
    """Keep of an entry what opens the account, unless somebody is just giving it that password.

    Raises:
        DataFolderError: somebody is: the lock is theirs.
    """
    user_id, password = tried
    with data.locked(APPLY_LOCK, SERVICE):
        same = any((e["user_id"], e["password"]) == tried for e in book.accounts())
        if same:
            opens = await homeserver.opens(user_id, password)
            book.settle(user_id, opens=opens)
            log.info("first_password_corrected", user_id=user_id, opens=opens)


async def reset_password(
    homeserver: Homeserver,
    store: Store,
    book: PasswordBook,
    account: Account,
    *,
    actor: str,
    sign_out: bool,
    held: bool = False,
) -> str:
    """Give an account a new random password and return it; who did it and when is in the audit, the password is not.

    It is in the book before the account has it, beside the one of before: whoever is killed in between leaves both
    there, and `FirstPasswords` finds out which one opens the account. The caller holds the lock `APPLY_LOCK`.
    One that is ``held`` is taken over from whoever has made it (`Homeserver.take_over`), and is its person's from then
    on; killed before the end, it stays held, and may be closed until this is done again.

    Raises:
        AccountMissing, NoPasswordWhileClosed: there is no open account; nothing was changed.
        StillInRooms: a held account is closed, and is to be taken over once more.
        DataFolderError, StoreError: the book or the audit cannot be written; nothing was changed.
        MatrixError: the homeserver does not answer or refuses.
    """

    def noted(outcome: AuditOutcome) -> NewAuditEntry:
        return NewAuditEntry(
            at=datetime.now(UTC), actor=actor, action=RESET, subject=account.user_id, outcome=outcome
        )

    there = (await homeserver.snapshot()).accounts.get(account.user_id)
    if there is None:
        raise AccountMissing(account.user_id)
    if there.closed is not None and not held:
        raise NoPasswordWhileClosed(account.user_id)
    if not book.is_settled(account.user_id):
        await _settle(homeserver, book, account.user_id)
    await store.audit.add([noted(AuditOutcome.STARTED)])
    password = book.replace(account)
    try:
        if held:
            await _take_over(homeserver, store, account, password)
        else:
            await homeserver.set_password(account.user_id, password, sign_out=sign_out)
    except (MatrixError, ProvisioningError):
        await store.audit.add([noted(AuditOutcome.FAILED)])
        raise
    book.settle(account.user_id, opens=True)
    await store.audit.add([noted(AuditOutcome.DONE)])
    return password


async def _take_over(homeserver: Homeserver, store: Store, account: Account, password: str) -> None:
    """Take an account from whoever has made it, and note that the identity that they gave it is nobody's."""
    await mark_held(store, [account.user_id], datetime.now(UTC))
    identity = await homeserver.take_over(account, password)
    if identity is not None:
        await store.identities.discard(account.user_id, identity, at=datetime.now(UTC))


async def _settle(homeserver: Homeserver, book: PasswordBook, user_id: UserId) -> None:
    """Find out what a reset that was broken off has come to."""
    password = next(str(e["password"]) for e in book.accounts() if e["user_id"] == user_id)
    book.settle(user_id, opens=await homeserver.opens(user_id, password))
