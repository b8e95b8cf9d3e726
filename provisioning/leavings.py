"""Lets people go who leave the network: what they wrote, what is in their name, their account, and a receipt.

One job goes through these steps; each finds out whether it is done, so that a job that was broken off goes on:

1. whoever keeps a safe room alone, or coordinates alone, stays until somebody else does;
2. what they wrote is deleted, if they wish it (`Erasures`);
3. what is in their name is handed over in the directory and in the calendar;
4. the receipt is sent to them, and they have some minutes to read it;
5. their account is erased, if they wish it;
6. they are marked as left (or as alumni): `store.members`, whose job takes them out of all rooms and closes their
   account;
7. the coordinators are told, and the bot is asked to forget them, if they wish it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, Protocol

from community.description.backups import KnownBackups, known_backups
from community.description.data_folder import DataFolder
from community.description.last_ones import coordinates_alone
from community.description.model import Community, Member, Status
from community.description.room_lookup import described_rooms
from community.description.settings import Settings
from community.directory.handing_over import InTheirName, handed_over, left_vacant, was_in_the_name_of
from community.jobs.errors import NotYet, PermanentError
from community.jobs.job import OPEN, Job, JobState
from community.jobs.leavings import YES, ForgettingRequest, Leaving
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.jobs.worker import JobHandler
from community.storage import Store
from matrix.ids import UserId
from provisioning.erasures import Erasures, TakenBack
from provisioning.homeserver import Homeserver
from provisioning.passwords import PasswordBook
from provisioning.safe_rooms import keepers_in
from provisioning.snapshot import AccountClosure, Snapshot
from provisioning.taking_in import usernames_of

ERASED_NAME = "—"
"""What stands in the list of members in place of the name of somebody who was erased."""
TIME_TO_READ = timedelta(minutes=10)
"""How long the account stays open once the receipt was sent."""
_RECEIPT_WITHIN = timedelta(hours=1)
"""For so long it is tried to send the receipt: whoever has no device any more does not keep their account open."""
_MOST_ENTRIES = 2_000
"""Entries that may have changed while somebody leaves: whatever changed before them is counted as it is."""
_LOOK_AGAIN = timedelta(seconds=5)
_CENSORED_A_DAY = 25_000
"""How many redacted messages Synapse overwrites in a day (100 each five minutes), with some in reserve."""
_KEPT_REDACTED = 1
"""Days for which Synapse keeps what was redacted (`redaction_retention_period` in its template)."""


class LeavingSite(Protocol):
    """What is needed of a `provisioning.provisioner.Provisioner`."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def data(self) -> DataFolder:
        """Where Palabre's own data are."""
        ...

    def book(self) -> PasswordBook:
        """Return the book of first passwords."""
        ...


LAST_COORDINATOR = "the last coordinator"
"""Why a leaving is refused; otherwise it is the key of a safe room."""

ErasureAccess = Callable[[], AbstractAsyncContextManager[Erasures]]


@dataclass(frozen=True)
class Leavings(JobHandler[Leaving]):
    """Carries them out. ``erasing`` opens the way to delete on the homeserver, ``now`` gives the time."""

    kind = Leaving
    look_every: ClassVar[timedelta] = timedelta(seconds=2)

    homeserver: Homeserver
    erasing: ErasureAccess
    store: Store
    current: Callable[[], LeavingSite]
    now: Callable[[], datetime]

    async def carry_out(self, job: Job, payload: Leaving) -> None:
        """Take the next steps.

        Raises:
            PermanentError: nobody is there who could leave, or they may not leave yet.
            NotYet: something goes on by itself: the deletion, the time to read the receipt.
            MatrixError, ProvisioningError, StoreError, DataFolderError: it failed in passing.
        """
        community, member = await self._member(payload)
        user, becomes = UserId(payload.user_id), payload.becomes
        actual = await self.homeserver.snapshot()
        account = actual.accounts.get(user)
        is_open = account is not None and account.closed is None
        is_going = member.status is not becomes
        if is_going:
            self._require_others(user, member, community, actual, await self._going_before(job))
        taken = await self._take_back(payload, member) if account is not None else TakenBack()
        if is_going:
            await self._hand_over(payload, community)
            if is_open:
                await self._give_receipt(job, payload, community, taken)
        await self._close(payload, member, community, is_known=account is not None)
        await self._tell_others(job, payload)
        if payload.is_erased:
            # Last: until then it is seen in the directory and its history what was in their name.
            await self.store.jobs.file(ForgettingRequest(payload.user_id, payload.username), at=self.now())

    async def failed(self, job: Job, payload: Leaving, reason: str) -> None:
        """Tell the person why they are still here."""
        room = "" if reason == LAST_COORDINATOR else await self._name_of(reason, payload.username)
        if room is None:
            return  # a mistake of ours, or nobody who could be told
        values = {"room": room}
        notice = Notice(NoticeKind.LEAVING_REFUSED, payload.user_id, str(job.id), values)
        await self.store.jobs.file(notice, at=self.now())

    async def _name_of(self, room_key: str, username: str) -> str | None:
        """Return what a room is called in a member's language; None where there is no such room, or no such member."""
        applied = await self.store.applied.readable()
        if applied is None:
            return None
        names = {room.key: room.name for room in described_rooms(applied.community)}
        member = applied.community.member.get(username)
        if room_key not in names or member is None:
            return None
        return names[room_key].text(member.languages[0])

    async def _member(self, payload: Leaving) -> tuple[Community, Member]:
        applied = await self.store.applied.readable()
        member = None if applied is None else applied.community.member.get(payload.username)
        if applied is None or member is None:
            raise PermanentError("nobody of that user name")
        if member.status is Status.LEFT and payload.becomes is not Status.LEFT:
            raise PermanentError("has left")
        return applied.community, member

    # --- step by step ---------------------------------------------------------------------------------------------

    async def _going_before(self, job: Job) -> frozenset[UserId]:
        """Return who has asked to leave before, and is not gone yet: they cannot be counted on.

        Of two who ask at once the second so is refused before anything of theirs is deleted.
        """
        pending = Leaving.each(await self.store.jobs.pending(Leaving.KIND))
        mine = (job.filed_at, job.id)
        return frozenset(UserId(to.user_id) for other, to in pending if (other.filed_at, other.id) < mine)

    def _require_others(
        self, user: UserId, member: Member, community: Community, actual: Snapshot, going: frozenset[UserId]
    ) -> None:
        """Raise PermanentError where nobody would be left who keeps a safe room, or who coordinates."""
        staying = {of for of, account in actual.accounts.items() if account.closed is None} - going
        if coordinates_alone(community, member.username, usernames_of(staying)):
            raise PermanentError(LAST_COORDINATOR)
        for room in actual.rooms.values():
            if not room.inside and not room.is_space and keepers_in(room) - going == {user}:
                raise PermanentError(room.key)

    async def _take_back(self, payload: Leaving, member: Member) -> TakenBack:
        if not payload.takes_back:
            return TakenBack()
        user = UserId(payload.user_id)
        async with self.erasing() as erasures:
            taken = await erasures.take_back(user)
            if taken is None:
                raise NotYet("redacting", _LOOK_AGAIN)
            await erasures.delete_media(user)
        if payload.becomes is Status.ALUMNI:
            # Its name went with the events that had it, and is theirs still where they stay.
            await self.homeserver.set_display_name(user, member.name)
        return taken

    async def _hand_over(self, payload: Leaving, community: Community) -> None:
        if payload.becomes is Status.ALUMNI and not payload.successor:
            return  # what is in the name of a friend who can be asked may stay so
        directory, calendar = await self.store.entries.directory(), await self.store.entries.calendar()
        changes = handed_over(payload.username, payload.successor or None, community, directory, calendar)
        # An operator's command is no Matrix ID: such a change is Palabre's own.
        actor = payload.by if payload.by.startswith("@") else "palabre"
        await self.store.entries.change(changes, actor=actor, at=self.now())

    async def _give_receipt(self, job: Job, payload: Leaving, community: Community, taken: TakenBack) -> None:
        """Send it, and wait until it could be read. Raises NotYet."""
        site, there = self.current(), await self._in_their_name(job, payload)
        backups = await asyncio.to_thread(known_backups, site.settings, site.data)
        values = receipt_values(payload, community, taken, backups, there)
        receipt = Notice(NoticeKind.LEAVING_RECEIPT, payload.user_id, str(job.id), values)
        now = self.now()
        sent = await self.store.jobs.find(receipt.idempotency_key)
        if sent is None:
            await self.store.jobs.file(receipt, at=now)
            raise NotYet("receipt", _LOOK_AGAIN)
        if sent.state in OPEN:
            if now - sent.filed_at < _RECEIPT_WITHIN:
                raise NotYet("receipt", _LOOK_AGAIN)
            await self.store.jobs.end(sent.id, JobState.WITHDRAWN, at=now, reason="not received")
        elif sent.state is JobState.DONE and sent.ended_at is not None and payload.becomes is Status.LEFT:
            left = TIME_TO_READ - (now - sent.ended_at)
            if left > timedelta(0):
                raise NotYet("time to read", left)

    async def _close(self, payload: Leaving, member: Member, community: Community, *, is_known: bool) -> None:
        user = UserId(payload.user_id)
        if payload.is_erased and is_known:
            async with self.erasing() as erasures:
                await erasures.erase_account(user, AccountClosure(community.leavers))
        if payload.becomes is Status.LEFT:
            self.current().book().forget([user])
        await self.store.members.change(
            member.username, partial(_gone, payload=payload), payload.user_id, by=payload.by, at=self.now()
        )

    async def _in_their_name(self, job: Job, payload: Leaving) -> InTheirName:
        """Return what was in their name when they asked to leave, whether or not it is handed over."""
        directory, calendar = await self.store.entries.directory(), await self.store.entries.calendar()
        changed = await self.store.news.changed(job.filed_at, limit=_MOST_ENTRIES)
        return was_in_the_name_of(payload.username, directory, calendar, changed)

    async def _tell_others(self, job: Job, payload: Leaving) -> None:
        is_described = await self.store.members.is_in_files(payload.username)
        values = {
            "username": payload.username,
            "becomes": payload.status,
            "erased": payload.erases,
            "successor": payload.successor,
            "vacant": str(left_vacant(payload.username, await self.store.entries.directory())),
            "described": YES if is_described else "",
            **_counts(await self._in_their_name(job, payload)),
        }
        notice = Notice(NoticeKind.MEMBER_LEFT, COORDINATORS, str(job.id), values)
        await self.store.jobs.file(notice, at=self.now())


def _gone(member: Member, *, payload: Leaving) -> Member:
    """Return the member as they are to be."""
    if payload.becomes is Status.ALUMNI:
        return member.model_copy(update={"status": Status.ALUMNI, "successor": None})
    values: dict[str, object] = {"status": Status.LEFT, "successor": payload.successor or None}
    if payload.is_erased:
        values |= {"name": ERASED_NAME, "themes": ()}
    return member.model_copy(update=values)


def _counts(there: InTheirName) -> dict[str, str]:
    return {name: str(count) for name, count in asdict(there).items()}


def receipt_values(
    payload: Leaving, community: Community, taken: TakenBack, backups: KnownBackups, there: InTheirName
) -> dict[str, str]:
    """Return what the receipt's sentences need (`community.jobs.leaving_text`). Pure."""
    successor = community.member.get(payload.successor)
    return {
        "username": payload.username,
        "becomes": payload.status,
        "closing": community.leavers,
        "took_back": payload.takes_back,
        "messages": str(taken.messages),
        "left_over": str(taken.left_over),
        "days": str(_KEPT_REDACTED + 1 + taken.messages // _CENSORED_A_DAY),
        "erased": YES if payload.is_erased else "",
        "successor": "" if successor is None else successor.name,
        "backups": YES if backups.is_seen else "",
        "backup_days": "" if backups.days is None else str(backups.days),
        "minutes": str(TIME_TO_READ // timedelta(minutes=1)),
        **_counts(there),
    }
