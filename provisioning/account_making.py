"""Makes one account for somebody who came by a link, step by step, each of which may be done again.

The order is: all is looked at; the use of the link is noted (`Invitations.redeem`), so that of two by the link of one
person one goes on; the account; that it is theirs, in the audit; the member, with whom the job is filed by which they
get their rooms; their stage. Killed between two of these, whoever comes again with the same link and user name goes on:
before there is an account by any password, afterwards by the one that opens it alone. Somebody else who has the link
so gets nothing of a person's who has come, and changes nothing of theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from community.description.model import Community, Member
from community.description.settings import Settings
from community.joining.account_request import AccountAnswer, AccountRefusal, AccountRequest
from community.joining.arrival import Arrival, ArrivalStage
from community.joining.invitation import InvitationClosed, NameTaken, NetworkInvitation, UnknownInvitation
from community.joining.newcomer import names_in, newcomer, refusal_of
from community.joining.permissions import is_still_invited
from community.joining.rules import rules_of, rules_version
from community.storage import NewAuditEntry, Store
from matrix.errors import LimitExceeded, MatrixError, MatrixRequestError
from matrix.ids import UserId, user_id
from provisioning.errors import AccountFound, ProvisioningError
from provisioning.homeserver import Homeserver
from provisioning.password_strength import fault_of_password
from provisioning.snapshot import Account, AccountClosure

log = structlog.get_logger()

_RESERVED = frozenset(
    "abuse admin administrator hostmaster info moderator noc operator palabre postmaster root security support "
    "system webmaster".split()
)
"""User names by which people would take somebody for whoever runs this (RFC 2142 has some)."""
_MAKING = 2
"""Accounts that are made at a time: people who sign in meanwhile are not to wait for theirs."""
_TRIED, _MOST_TRYING = 2, 8
"""Passwords that are tried at a time, and with those that wait for it."""
_TRYING = 20.0
"""Seconds for which a homeserver may ask for patience before a password is tried."""
_CREATED, _ADDED = "create-account", "member-add"
"""Actions of the audit."""


@dataclass(frozen=True)
class DeskSession:
    """What accounts are made with, as long as the service's session is open."""

    homeserver: Homeserver
    store: Store
    settings: Settings
    lost: Callable[[], None]
    """Told where the session has ended: somebody opens another one."""

    def user(self, username: str) -> UserId:
        """Return the Matrix ID of a user name here."""
        return user_id(username, self.settings.homeserver.server_name)


@dataclass
class DeskPlaces:
    """How much is done at a time. An account is made at places of its own: wrong passwords do not hold these."""

    making: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_MAKING))
    _tried: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_TRIED))
    _trying: int = 0

    @asynccontextmanager
    async def trying(self) -> AsyncIterator[None]:
        """Let in whoever tries a password when it is their turn. Raises LimitExceeded where too many wait."""
        if self._trying >= _MOST_TRYING:
            raise LimitExceeded("M_LIMIT_EXCEEDED", 429, "login")
        self._trying += 1
        try:
            async with self._tried:
                yield
        finally:
            self._trying -= 1


def refused(why: AccountRefusal) -> AccountAnswer:
    """Return the answer that no account was made."""
    return AccountAnswer(refusal=why)


@dataclass(frozen=True)
class _AccountAsked:
    """What is asked for: a call, its link, the community in force, the Matrix ID."""

    request: AccountRequest
    link: NetworkInvitation
    community: Community
    user: UserId

    def newcomer(self) -> Member | AccountRefusal:
        """Return who comes, or why nobody does."""
        return newcomer(self.request, self.link.terms, self.community, self.link.inviter_name)

    def closed_or(self, otherwise: AccountRefusal, now: datetime) -> AccountAnswer:
        """Return why nobody comes by the link; where somebody could, another reason."""
        return refused(refusal_of(self.link.state(now)) or otherwise)


@dataclass(frozen=True)
class AccountMaking:
    """Makes one account."""

    session: DeskSession
    now: Callable[[], datetime]
    places: DeskPlaces

    async def answer(self, request: AccountRequest, digest: str) -> AccountAnswer:
        """Make the account, or return why not. Nobody else asks for this name by this link meanwhile.

        Raises:
            StoreError, MatrixError, ProvisioningError: the same again works later.
        """
        store = self.session.store
        link, applied = await store.invitations.find(digest), await store.applied.readable()
        if link is None:
            return refused(AccountRefusal.UNKNOWN_LINK)
        if applied is None:
            return refused(AccountRefusal.NOT_NOW)
        asked = _AccountAsked(request, link, applied.community, self.session.user(request.username))
        came = await store.invitations.arrival(asked.user)
        if came is not None and came.invitation == link.id:
            return await self._again(asked, came)
        if came is not None:
            return asked.closed_or(AccountRefusal.NAME_TAKEN, self.now())
        async with self.places.making:
            return await self._first(asked)

    async def _first(self, asked: _AccountAsked) -> AccountAnswer:
        refusal = refusal_of(asked.link.state(self.now()))
        if refusal is not None:
            return refused(refusal)
        if asked.request.consent != rules_version(rules_of(asked.community)):
            return refused(AccountRefusal.OTHER_RULES)
        member = await self._coming(asked)
        if isinstance(member, AccountAnswer):
            return member
        if await self._was_used(asked):
            return refused(AccountRefusal.NAME_TAKEN)
        try:
            await self.session.store.invitations.redeem(
                asked.link.digest, asked.user, self.now(), consent=asked.request.consent
            )
        except NameTaken:
            return refused(AccountRefusal.NAME_TAKEN)
        except UnknownInvitation:
            return refused(AccountRefusal.UNKNOWN_LINK)
        except InvitationClosed as closed:
            return refused(refusal_of(closed.state) or AccountRefusal.NOT_NOW)
        return await self._make(asked, member, is_first=True)

    async def _again(self, asked: _AccountAsked, came: Arrival) -> AccountAnswer:
        """Answer whoever asks under a name that has come by this link: perhaps somebody else."""
        if asked.link.revoked_at is not None or came.stage.is_after(ArrivalStage.ACCOUNT_MADE):
            return asked.closed_or(AccountRefusal.NAME_TAKEN, self.now())
        there = await self.session.homeserver.account(asked.user)
        if there is None:
            async with self.places.making:
                return await self._make_at_last(asked, came)
        if there.closed is not None or not await self._opens(asked):
            return asked.closed_or(AccountRefusal.NAME_TAKEN, self.now())
        added = await self.session.store.audit.subjects((_ADDED,), (asked.request.username,))
        if asked.link.terms.username is None and added:
            return await self._note_made(asked, is_new=False)
        member = asked.newcomer()
        if isinstance(member, AccountRefusal):
            return refused(member)
        return await self._finish(asked, member, is_new=False)

    async def _make_at_last(self, asked: _AccountAsked, came: Arrival) -> AccountAnswer:
        """Make the account of somebody who was noted, and killed before there was one.

        Where there was one, and is none now, the homeserver has lost it: it is not for whoever has the link.
        """
        if came.stage is not ArrivalStage.OPENED:
            return asked.closed_or(AccountRefusal.NAME_TAKEN, self.now())
        member = await self._coming(asked)
        return (
            member if isinstance(member, AccountAnswer) else await self._make(asked, member, is_first=False)
        )

    async def _coming(self, asked: _AccountAsked) -> Member | AccountAnswer:
        """Return who comes, or the answer why nobody does on these terms, from this inviter, with this password."""
        member = asked.newcomer()
        if isinstance(member, AccountRefusal):
            return refused(member)
        if not await self._is_still_invited(asked):
            return refused(AccountRefusal.REVOKED)
        return await self._weakness(asked) or member

    async def _make(self, asked: _AccountAsked, member: Member, *, is_first: bool) -> AccountAnswer:
        """Make the account. What certainly was not made leaves the link as it was, at once."""
        try:
            await self.session.homeserver.create_account(
                Account(asked.user, member.name), asked.request.password
            )
        except (MatrixError, ProvisioningError) as error:
            if is_first and _is_certain(error):
                await self.session.store.invitations.withdraw(asked.link.digest, asked.user)
            if not isinstance(error, AccountFound):
                raise
            return asked.closed_or(AccountRefusal.NAME_TAKEN, self.now())
        return await self._finish(asked, member, is_new=True)

    async def _finish(self, asked: _AccountAsked, member: Member, *, is_new: bool) -> AccountAnswer:
        """Make whoever has an account by now a member, unless they are described as one already."""
        store, by = self.session.store, asked.link.inviter
        if not await store.audit.subjects((_CREATED,), (asked.user,)):
            # Else the account would be held, as one of which nobody knows whose it is.
            said = NewAuditEntry(
                at=self.now(),
                actor=by,
                action=_CREATED,
                subject=asked.user,
                detail=f"invitation {asked.link.id}",
            )
            await store.audit.add([said])
        if asked.link.terms.username is not None:
            await store.members.note_come(asked.user, by=by, at=self.now())
            return await self._note_made(asked, is_new=is_new)
        try:
            await store.members.add(member, asked.user, by=by, at=self.now())
        except NameTaken:
            # Described meanwhile as somebody else, whose account this would be.
            await self.session.homeserver.close_account(asked.user, AccountClosure.DEACTIVATE)
            return refused(AccountRefusal.NAME_TAKEN)
        return await self._note_made(asked, is_new=is_new)

    async def _note_made(self, asked: _AccountAsked, *, is_new: bool) -> AccountAnswer:
        await self.session.store.invitations.note_stage(asked.user, ArrivalStage.ACCOUNT_MADE, self.now())
        log.info("account_made", invitation=asked.link.id, again=not is_new)
        return AccountAnswer(user_id=asked.user, is_new=is_new)

    async def _is_still_invited(self, asked: _AccountAsked) -> bool:
        people = await self.session.store.people.all()
        return is_still_invited(asked.link, people, asked.community)

    async def _weakness(self, asked: _AccountAsked) -> AccountAnswer | None:
        names = names_in(asked.request, asked.community)
        fault = await fault_of_password(asked.request.password, names)
        if fault is None:
            return None
        return AccountAnswer(refusal=AccountRefusal.WEAK_PASSWORD, password_fault=fault)

    async def _was_used(self, asked: _AccountAsked) -> bool:
        """Whether somebody has, or once had, the user name; a closed account keeps it for ever."""
        username, names = asked.request.username, self.session.settings.accounts
        if username in {*_RESERVED, names.provisioner, names.bot, names.break_glass, *names.administrators}:
            return True
        if asked.link.terms.username is None and await self.session.store.members.is_used(username):
            return True
        return await self.session.homeserver.account(asked.user) is not None

    async def _opens(self, asked: _AccountAsked) -> bool:
        """Whether the password that was sent opens the account. Raises LimitExceeded, TimeoutError."""
        try:
            async with self.places.trying(), asyncio.timeout(_TRYING):
                return await self.session.homeserver.opens(asked.user, asked.request.password)
        except TimeoutError as error:
            raise LimitExceeded("M_LIMIT_EXCEEDED", 429, "login") from error


def _is_certain(error: MatrixError | ProvisioningError) -> bool:
    """Whether no account was made: somebody else has one, or the homeserver has said no."""
    if isinstance(error, MatrixError):
        return isinstance(error, MatrixRequestError) and error.status < 500
    return True
