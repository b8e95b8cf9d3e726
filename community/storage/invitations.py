"""Invitations to the network, and who came by each. Of the secret in a link nothing but a digest is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from community.joining.arrival import Arrival, ArrivalStage
from community.joining.invitation import (
    InvitationClosed,
    InvitationState,
    InvitationTerms,
    NameTaken,
    NetworkInvitation,
    UnknownInvitation,
)
from community.storage.audit import NewAuditEntry, values_of
from community.storage.invited_news import forget_invited_news, invited_news
from community.storage.joining_tables import arrivals, invitations
from community.storage.tables import audit
from community.storage.transactions import Transactions, bump, hold, insert_once

_SUBJECT: Literal["invitations"] = "invitations"
_TERMS = tuple(InvitationTerms.model_fields)
_REVOKE = "revoke-invitation"
"""Action of the audit."""
_FIRST = ArrivalStage.OPENED
"""The stage of whoever comes by a link, until their account is there."""
_ARRIVAL = tuple(arrivals.c[name] for name in ("invitation", "user_id", "came_at", "stage", "stage_at"))
KEPT_FOR = timedelta(days=90)
"""How long an invitation by which nobody can come any more stays: who was meant, and that it has run out."""


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """A link that is to be kept: the digest of its secret, what it offers, whose it is (`NetworkInvitation`)."""

    digest: str
    terms: InvitationTerms
    inviter: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationArrivals:
    """A link, and who came by it, in their order."""

    invitation: NetworkInvitation
    arrivals: tuple[Arrival, ...]


class Invitations:
    """The tables of invitations and arrivals. Each call raises StoreError."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def add(
        self, new: Sequence[NewInvitation], *, by: str, at: datetime
    ) -> tuple[NetworkInvitation, ...]:
        """Keep links, all of them or none, and note them in the audit as made by ``by``; return them in their order."""
        async with self._transaction() as connection:
            await hold(connection, _SUBJECT)
            made = [await _insert(connection, one, at) for one in new]
            await _note(connection, "invite", made, by, at)
            await bump(connection, _SUBJECT)
        return tuple(made)

    async def find(self, digest: str) -> NetworkInvitation | None:
        """Return the link whose secret has that digest, None where there is none."""
        found = await self._transaction.rows(select(invitations).where(invitations.c.digest == digest))
        return _invitation(found[0]) if found else None

    async def come_by(self, user_id: str) -> NetworkInvitation | None:
        """Return the link by which somebody has come, None where they came by none."""
        by = arrivals.c.invitation == invitations.c.id
        wanted = select(invitations).join(arrivals, by).where(arrivals.c.user_id == user_id)
        return next(map(_invitation, await self._transaction.rows(wanted)), None)

    async def listed(self, inviter: str | None = None) -> tuple[InvitationArrivals, ...]:
        """Return the links, of one inviter or of all, by their numbers, each with who came by it."""
        wanted = select(invitations).order_by(invitations.c.id)
        if inviter is not None:
            wanted = wanted.where(invitations.c.inviter == inviter)
        async with self._transaction.reading() as connection:
            links = [_invitation(row) for row in await connection.execute(wanted)]
            came = select(arrivals).order_by(arrivals.c.came_at, arrivals.c.user_id)
            found = [_arrival(row) for row in await connection.execute(came)]
        by_link: defaultdict[int, list[Arrival]] = defaultdict(list)
        for one in found:
            by_link[one.invitation].append(one)
        return tuple(InvitationArrivals(link, tuple(by_link[link.id])) for link in links)

    async def note_opened(self, digest: str, at: datetime) -> None:
        """Note that the page of a link was looked at; only the first time counts."""
        unseen = and_(invitations.c.digest == digest, invitations.c.opened_at.is_(None))
        async with self._transaction() as connection:
            done = await connection.execute(update(invitations).where(unseen).values(opened_at=at))
            if done.rowcount:
                await bump(connection, _SUBJECT)

    async def arrival(self, user_id: str) -> Arrival | None:
        """Return how somebody came by a link; None where nobody of that Matrix ID did."""
        found = await self._transaction.rows(select(*_ARRIVAL).where(arrivals.c.user_id == user_id))
        return _arrival(found[0]) if found else None

    async def redeem(
        self, digest: str, user_id: str, at: datetime, *, consent: str | None = None
    ) -> NetworkInvitation:
        """Note that somebody comes by a link, and return it; done again for the same person, it changes nothing.

        Whatever else is made for them is made after this, so that of two who come at once by the link of one person
        one alone gets anything. Until their account is there (`note_stage`) their stage is the one before.
        ``consent``: the version of the rules that they have agreed to, which is kept with ``at``.

        Raises:
            UnknownInvitation: there is no such link.
            InvitationClosed: nobody can come by it any more.
            NameTaken: somebody has come by another link as ``user_id``.
        """
        async with self._transaction() as connection:
            await hold(connection, _SUBJECT)
            found = await connection.execute(select(invitations).where(invitations.c.digest == digest))
            link = next(map(_invitation, found), None)
            if link is None:
                raise UnknownInvitation
            if await _came_by(connection, user_id) == link.id:
                return link
            state = link.state(at)
            if state is not InvitationState.OPEN:
                raise InvitationClosed(state)
            return await _come(connection, link, Arrival(link.id, user_id, at, _FIRST, at), consent)

    async def withdraw(self, digest: str, user_id: str) -> bool:
        """Take `redeem` back, of somebody for whom no account was made; return whether it was so.

        Somebody else can come by the link then.
        """
        link = select(invitations.c.id).where(invitations.c.digest == digest).scalar_subquery()
        theirs = and_(
            arrivals.c.user_id == user_id, arrivals.c.invitation == link, arrivals.c.stage == _FIRST.value
        )
        async with self._transaction() as connection:
            await hold(connection, _SUBJECT)
            if not (await connection.execute(delete(arrivals).where(theirs))).rowcount:
                return False
            one = invitations.c.digest == digest
            await connection.execute(update(invitations).where(one).values(used=invitations.c.used - 1))
            await bump(connection, _SUBJECT)
        return True

    async def note_stage(self, user_id: str, stage: ArrivalStage, at: datetime) -> bool:
        """Note how far somebody has come who came by a link; nobody goes back. Return whether it is news."""
        async with self._transaction() as connection:
            return await move_on(connection, user_id, stage, at)

    async def revoke(self, number: int, *, by: str, at: datetime) -> NetworkInvitation | None:
        """Take back the link of that number, note it in the audit, and return it; None where there is none.

        One that was taken back already stays as it is. Whoever came by it stays.
        """
        async with self._transaction() as connection:
            await hold(connection, _SUBJECT)
            one = invitations.c.id == number
            there = and_(one, invitations.c.revoked_at.is_(None))
            done = await connection.execute(update(invitations).where(there).values(revoked_at=at))
            found = await connection.execute(select(invitations).where(one))
            link = next(map(_invitation, found), None)
            if link is not None and done.rowcount:
                await _note(connection, _REVOKE, [link], by, at)
                await bump(connection, _SUBJECT)
        return link

    async def revokers(self, numbers: Collection[int], *, since: datetime) -> dict[int, str]:
        """Return by whom links of those numbers were taken back, of which that was noted at or after ``since``."""
        details = {_detail(number): number for number in numbers}
        wanted = select(audit.c.detail, audit.c.actor).where(
            audit.c.at >= since, audit.c.action == _REVOKE, audit.c.detail.in_(details)
        )
        return {details[row.detail]: row.actor for row in await self._transaction.rows(wanted)}

    async def drop_old(self, now: datetime) -> None:
        """Forget links by which nobody has come and nobody can for `KEPT_FOR`, and of the others who was meant."""
        old = or_(invitations.c.expires_at < now - KEPT_FOR, invitations.c.revoked_at < now - KEPT_FOR)
        used = select(arrivals.c.invitation)
        async with self._transaction() as connection:
            await connection.execute(delete(invitations).where(old, invitations.c.id.not_in(used)))
            await connection.execute(update(invitations).where(old).values(name=None))


async def move_on(connection: AsyncConnection, user_id: str, stage: ArrivalStage, at: datetime) -> bool:
    """Note how far somebody has come who came by a link, where they are further than before; whether they are."""
    await hold(connection, _SUBJECT)
    theirs = arrivals.c.user_id == user_id
    there = (await connection.execute(select(arrivals.c.stage).where(theirs))).scalar_one_or_none()
    if there is None or not stage.is_after(ArrivalStage(there)):
        return False
    await connection.execute(update(arrivals).where(theirs).values(stage=stage.value, stage_at=at))
    await bump(connection, _SUBJECT)
    return True


async def invitations_about(
    connection: AsyncConnection, user_id: str, username: str
) -> dict[str, list[dict[str, object]]]:
    """Return the links that somebody has made, for which they greet, by which they came, and what was told of that.

    Of somebody else's link only the number is given; who came by their own is those people's matter.
    """
    made = await connection.execute(
        select(invitations).where(invitations.c.inviter == user_id).order_by(invitations.c.id)
    )
    of_others = and_(invitations.c.greeter == username, invitations.c.inviter != user_id)
    greets = await connection.execute(
        select(invitations.c.id, invitations.c.greeter).where(of_others).order_by(invitations.c.id)
    )
    came = await connection.execute(
        select(arrivals, invitations.c.name)
        .join(invitations, invitations.c.id == arrivals.c.invitation)
        .where(arrivals.c.user_id == user_id)
    )
    told = await connection.execute(select(invited_news).where(invited_news.c.user_id == user_id))
    return {
        "invitations": [_plain(row) for row in (*made, *greets)],
        "arrivals": [_plain(row) for row in came],
        "invited_news": [_plain(row) for row in told],
    }


async def forget_invitations(
    connection: AsyncConnection, user_id: str, username: str, replacement: str
) -> None:
    """Take somebody out: as who came, as what they were called on their link, as who invites and greets.

    A link that they came by counts as used still.
    """
    own = select(arrivals.c.invitation).where(arrivals.c.user_id == user_id)
    steps: tuple[tuple[ColumnElement[bool], dict[str, object]], ...] = (
        (invitations.c.id.in_(own), {"name": None}),
        (invitations.c.inviter == user_id, {"inviter": replacement}),
        (invitations.c.greeter == username, {"greeter": None}),
    )
    changed = 0
    for which, values in steps:
        changed += (await connection.execute(update(invitations).where(which).values(**values))).rowcount
    gone = await connection.execute(delete(arrivals).where(arrivals.c.user_id == user_id))
    await forget_invited_news(connection, user_id)
    if changed or gone.rowcount:
        await bump(connection, _SUBJECT)


async def _insert(connection: AsyncConnection, new: NewInvitation, at: datetime) -> NetworkInvitation:
    values = {
        **new.terms.model_dump(mode="json"),
        "digest": new.digest,
        "inviter": new.inviter,
        "made_at": at,
        "expires_at": new.expires_at,
        "used": 0,
    }
    made = await connection.execute(insert(invitations).values(values).returning(invitations))
    return _invitation(made.one())


async def _come(
    connection: AsyncConnection, link: NetworkInvitation, new: Arrival, consent: str | None
) -> NetworkInvitation:
    """Count one more who came by a link that is open. Raises NameTaken."""
    values = {
        **asdict(new),
        "stage": new.stage.value,
        "consent": consent,
        "consented_at": None if consent is None else new.came_at,
    }
    if not await insert_once(connection, arrivals, ("user_id",), values):
        raise NameTaken
    one = invitations.c.id == link.id
    counted = update(invitations).where(one).values(used=invitations.c.used + 1).returning(invitations)
    after = _invitation((await connection.execute(counted)).one())
    await bump(connection, _SUBJECT)
    return after


async def _came_by(connection: AsyncConnection, user_id: str) -> int | None:
    wanted = select(arrivals.c.invitation).where(arrivals.c.user_id == user_id)
    found: int | None = (await connection.execute(wanted)).scalar_one_or_none()
    return found


def _invitation(row: Row[Any]) -> NetworkInvitation:
    values = dict(row._mapping)
    terms = {name: values.pop(name) for name in _TERMS}
    return NetworkInvitation(terms=InvitationTerms(**{**terms, "themes": tuple(terms["themes"])}), **values)


def _arrival(row: Row[Any]) -> Arrival:
    return Arrival(row.invitation, row.user_id, row.came_at, ArrivalStage(row.stage), row.stage_at)


def _plain(row: Row[Any]) -> dict[str, object]:
    values = row._mapping.items()
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values}


def _detail(number: int) -> str:
    """Return what names a link in the audit."""
    return f"invitation {number}"


async def _note(
    connection: AsyncConnection, action: str, links: Collection[NetworkInvitation], by: str, at: datetime
) -> None:
    """Note it in the audit: for which role and city, and not for whom."""
    rows = [
        NewAuditEntry(
            at=at,
            actor=by,
            action=action,
            subject="/".join(filter(None, (link.terms.role, link.terms.city))),
            detail=_detail(link.id),
        )
        for link in links
    ]
    if rows:
        await connection.execute(insert(audit), list(map(values_of, rows)))
