"""A desk with a homeserver in memory, links, and what people ask there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from community.core.address_secret import SECRET_BYTES, digest_of, secret_of
from community.description.model import Community, Member
from community.description.settings import Settings
from community.jobs.memberships import MembershipUpdate
from community.joining.account_request import AccountAnswer, AccountRefusal, AccountRequest
from community.joining.arrival import Arrival, ArrivalStage
from community.joining.invitation import InvitationTerms
from community.joining.rules import rules_of, rules_version
from community.storage import NewInvitation, Store
from matrix.ids import UserId, user_id
from provisioning.account_desk import ProvisioningDesk
from provisioning.account_making import DeskSession
from provisioning.described_people import described_people
from tests.lib.descriptions import example
from tests.lib.memory_homeserver import SERVER, MemoryHomeserver

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
ENDS = NOW + timedelta(days=14)
PASSWORD, OTHER_PASSWORD = "manioc tambour lune", "kora baobab silence"
INVITER = f"@awa.diallo:{SERVER}"
SALIF = user_id("salif.new", SERVER)
COMMUNITY: Community = example().community
RULES = rules_version(rules_of(COMMUNITY))
ONE = InvitationTerms(name="Salif Traoré", role="member", city="bamako", themes=("waste",), language="fr")
TEAM = InvitationTerms(role="member", language="fr", uses=3)


def asking(secret: str, **fields: Any) -> AccountRequest:
    """Return what Salif asks for, but for ``fields``."""
    usual = {
        "secret": secret,
        "username": "salif.new",
        "name": "Salif Traoré",
        "password": PASSWORD,
        "language": "fr",
        "consent": RULES,
    }
    return AccountRequest.model_validate({**usual, **fields})


@dataclass
class DeskBench:
    """``now`` may be moved; ``lost`` counts sessions that have ended."""

    store: Store
    homeserver: MemoryHomeserver = field(default_factory=MemoryHomeserver)
    now: datetime = NOW
    lost: int = 0
    links: int = 0

    def __post_init__(self) -> None:
        self.desk = ProvisioningDesk(lambda: self.now)

    @asynccontextmanager
    async def open(self, community: Community = COMMUNITY) -> AsyncIterator[DeskBench]:
        await self.store.applied.replace(community, at=NOW)
        people, former = described_people(community, SERVER, ())
        await self.store.people.replace(people, former)
        async with self.desk.working(self.session):
            yield self

    @property
    def session(self) -> DeskSession:
        return DeskSession(self.homeserver, self.store, Settings(), self._lose)

    def _lose(self) -> None:
        self.lost += 1

    async def link(self, terms: InvitationTerms = ONE, inviter: str = INVITER) -> str:
        """Make a link and return its secret."""
        self.links += 1
        secret = secret_of(self.links.to_bytes(SECRET_BYTES, "big"))
        new = NewInvitation(digest_of(secret) or "", terms, inviter, ENDS)
        await self.store.invitations.add([new], by="cli:root", at=NOW)
        return secret

    async def ask(self, secret: str, **fields: Any) -> AccountAnswer:
        return await self.desk.make_account(asking(secret, **fields))

    async def why(self, secret: str, **fields: Any) -> AccountRefusal | None:
        """Ask, and return why not; None where an account was made."""
        answer = await self.ask(secret, **fields)
        assert (answer.user_id is None) == (answer.refusal is not None)
        return answer.refusal

    async def members(self) -> dict[str, Member]:
        applied = await self.store.applied.readable()
        assert applied is not None
        return applied.community.member

    async def updates(self) -> list[str]:
        jobs = await self.store.jobs.pending(MembershipUpdate.KIND)
        return [update.user_id for _job, update in MembershipUpdate.each(jobs)]

    async def arrivals(self) -> list[Arrival]:
        return [came for listed in await self.store.invitations.listed() for came in listed.arrivals]

    async def used(self, secret: str) -> int:
        link = await self.store.invitations.find(digest_of(secret) or "")
        assert link is not None
        return link.used

    def accounts(self) -> set[UserId]:
        return {user for user in self.homeserver.accounts if user in self.homeserver.passwords}

    async def assert_came(self, user: UserId = SALIF) -> None:
        """All that there is of somebody who came is there, once."""
        assert user in self.accounts()
        assert user[1:].split(":")[0] in await self.members()
        assert await self.updates() == [user]
        assert [(came.user_id, came.stage) for came in await self.arrivals()] == [
            (user, ArrivalStage.ACCOUNT_MADE)
        ]
        actions = [line.action for line in await self.store.audit.read()]
        assert (actions.count("create-account"), actions.count("member-add")) == (1, 1)
