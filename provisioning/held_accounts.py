"""Accounts that were there before Palabre made one for their person: held until somebody has said whose they are.

Whoever can make accounts (by the homeserver's registration secret, say) can make one under the name of somebody who is
described next week. So an account is taken for its person's only if Palabre has made it, opened it again or given it a
new password, if somebody has adopted it, or if it was in a room of ours before anybody asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime

from community.storage import NewAuditEntry, Store
from matrix.errors import LimitExceeded
from matrix.ids import UserId
from provisioning.homeserver import Homeserver
from provisioning.passwords import PasswordBook
from provisioning.plan import Plan
from provisioning.snapshot import Membership, Snapshot

ADOPT = "adopt-account"
RESET = "reset-password"
DECIDING = ("create-account", "reopen-account", RESET, ADOPT)
"""Actions of the audit after which it is known whose an account is."""
_HELD = "held/"
"""Begins the name of the mark of an account that was held; a digest of its Matrix ID follows."""
_WERE_IN = (Membership.JOINED, Membership.LEFT, Membership.REMOVED, Membership.EXPELLED)


def digest(*parts: str) -> str:
    """Return a short text that is another one for other ``parts``.

    It shows no name; whoever guesses a Matrix ID can compute its digest.
    """
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def in_question(desired: Snapshot, actual: Snapshot, marked: Collection[str]) -> frozenset[UserId]:
    """Return the open accounts of people described that our rooms do not show to be theirs. Pure.

    Somebody of ours has let in whoever is, or was, in a room of ours: so a store that was lost, or is of before there
    were held accounts, holds nobody out. Of an account that was held (``marked`` has its digest) that shows nothing:
    it may have been let into a single room meanwhile.
    """
    there = (
        user
        for user, account in desired.accounts.items()
        if account.closed is None and user in actual.accounts and actual.accounts[user].closed is None
    )
    seen = {
        user for room in actual.rooms.values() for user, stands in room.members.items() if stands in _WERE_IN
    }
    return frozenset(user for user in there if user not in seen or digest(user) in marked)


async def unknown_accounts(
    desired: Snapshot,
    actual: Snapshot,
    store: Store,
    homeserver: Homeserver,
    book: PasswordBook,
    at: datetime,
) -> frozenset[UserId]:
    """Return the accounts of people described of which nobody can say yet whose they are.

    Raises:
        StoreError, DataFolderError, MatrixError.
    """
    marked = await store.marks.names(_HELD)
    asked = in_question(desired, actual, marked)
    if not asked:
        return asked
    rest = asked - await store.audit.subjects(DECIDING, asked)
    marked_users = frozenset(user for user in rest if digest(user) in marked)
    ours = await _made_and_not_noted(rest - marked_users, homeserver, book)
    # Noted at once: a homeserver lets nobody try one password again and again.
    await store.audit.add([_seen_to_be_ours(user, at) for user in sorted(ours)])
    return rest - ours


def _seen_to_be_ours(user_id: UserId, at: datetime) -> NewAuditEntry:
    return NewAuditEntry(
        at=at, actor="palabre", action="create-account", subject=user_id, detail="seen by its password"
    )


async def _made_and_not_noted(
    accounts: Collection[UserId], homeserver: Homeserver, book: PasswordBook
) -> frozenset[UserId]:
    """Return those of ``accounts`` that Palabre made just before it was killed: a password of the book opens them.

    That there is an entry is not enough: it is written before its account is made.
    """
    drawn = {UserId(entry["user_id"]): str(entry["password"]) for entry in book.accounts()}
    found = [
        user for user in sorted(drawn.keys() & set(accounts)) if await _opens(homeserver, user, drawn[user])
    ]
    return frozenset(found)


async def _opens(homeserver: Homeserver, user_id: UserId, password: str) -> bool:
    """Whether a password opens an account, as far as that can be known now."""
    try:
        return await homeserver.opens(user_id, password)
    except LimitExceeded:
        # Whoever keeps the homeserver from trying passwords must not keep everybody else from getting a plan.
        return False


async def note_held(store: Store, book: PasswordBook, held: Collection[UserId], at: datetime) -> None:
    """Note which accounts are held, so that being let into a room by hand does not make them known.

    One with an entry in the book is not noted: it may turn out to be of our making.
    """
    drawn = {UserId(entry["user_id"]) for entry in book.accounts()} if held else set()
    await mark_held(store, (user for user in held if user not in drawn), at)


async def mark_held(store: Store, held: Iterable[UserId], at: datetime) -> None:
    """Note that accounts are held."""
    names = [_HELD + digest(user) for user in held]
    if names:
        await store.marks.note_each(names, at)


async def is_marked(store: Store, user_id: UserId) -> bool:
    """Whether an account was held and nobody has said since whose it is."""
    marked = digest(user_id) in await store.marks.names(_HELD)
    return marked and user_id not in await store.audit.subjects(DECIDING, [user_id])


async def adopt(
    store: Store, users: Iterable[UserId], *, actor: str, at: datetime, plan: Plan | None = None
) -> None:
    """Note in the audit that accounts are their people's: from the next plan on they get what is described.

    ``plan``: the one by which the settings adopt them; None where somebody has said it.

    Raises:
        StoreError: the database failed; nothing was noted.
    """
    await store.audit.add(
        [
            NewAuditEntry(
                at=at,
                actor=actor,
                action=ADOPT,
                subject=user,
                detail=None if plan is None else "existing_accounts: adopt",
                digest=None if plan is None else plan.digest,
            )
            for user in sorted(users)
        ]
    )
