"""Links on a real Synapse, and what people ask for by them at the service's socket."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from community.core.address_secret import SECRET_BYTES, digest_of, secret_of
from community.joining.account_request import AccountAnswer, AccountRefusal, AccountRequest
from community.joining.invitation import InvitationTerms
from community.joining.rules import rules_of, rules_version
from community.storage import NewInvitation, Store
from matrix.client_api import ClientApi
from matrix.errors import Forbidden
from matrix.http import HomeserverClient
from matrix.ids import UserId
from provisioning.provisioner import ApplyOptions, open_provisioner
from tests.lib.descriptions import SMALL
from tests.lib.places import Place, make_place
from tests.lib.serving import serving
from tests.lib.synapse_server import SynapseServer
from web.joining_client import DeskClient

INVITER = "cli:root"
ONE = InvitationTerms(name="Salif", role="city-lead", city="bamako", themes=("waste",), language="fr")
TEAM = InvitationTerms(role="city-lead", language="fr", uses=5)


def now() -> datetime:
    return datetime.now(UTC)


def drawn_password() -> str:
    """Return a password that nothing on this computer has by chance."""
    return f"manioc tambour {uuid4().hex}"


@dataclass
class Joining:
    """The service that runs, and what is in its store. ``username``: of somebody who is not there yet."""

    server: SynapseServer
    place: Place
    store: Store
    rules: str
    username: str
    password: str

    @classmethod
    def somebody(cls, server: SynapseServer, place: Place, store: Store, rules: str) -> Joining:
        return cls(server, place, store, rules, f"salif.{uuid4().hex[:8]}", drawn_password())

    @property
    def user(self) -> UserId:
        return self.server.user(self.username)

    @property
    def desk(self) -> DeskClient:
        return DeskClient(self.place.data.joining)

    async def link(self, terms: InvitationTerms = ONE, ends: timedelta = timedelta(days=1)) -> str:
        secret = secret_of(os.urandom(SECRET_BYTES))
        new = NewInvitation(digest_of(secret) or "", terms, INVITER, now() + ends)
        await self.store.invitations.add([new], by="cli:root", at=now())
        return secret

    async def ask(self, secret: str, **fields: Any) -> AccountAnswer:
        usual = {
            "secret": secret,
            "username": self.username,
            "name": "Salif Traoré",
            "password": self.password,
            "language": "fr",
            "consent": self.rules,
        }
        return await self.desk.make_account(AccountRequest.model_validate({**usual, **fields}))

    async def until_open(self) -> None:
        async with asyncio.timeout(60):
            while (await self.ask("no link")).refusal is AccountRefusal.NOT_NOW:
                await asyncio.sleep(0.05)

    async def enters(self, password: str, user: UserId | None = None) -> bool:
        """Whether somebody signs in so, as a person does."""
        async with HomeserverClient(self.server.url) as http:
            try:
                session = await ClientApi(http).login(user or self.user, password, device_name="test")
            except Forbidden:
                return False
            http.use_token(session.access_token)
            await ClientApi(http).logout()
            return True


async def joined_place(server: SynapseServer, folder: Path) -> tuple[Place, str]:
    """Return a small network that was applied, and the version of its rules."""
    place = make_place(server, folder, SMALL, existing="hold")
    for name in ("awa.diallo", "moussa.keita", "claudine.uwase"):
        place.rename(name)
    async with open_provisioner(place.config, place.data) as provisioner:
        await provisioner.apply(ApplyOptions("test"))
        return place, rules_version(rules_of(provisioner.description.community))


@asynccontextmanager
async def joining_at(server: SynapseServer, folder: Path) -> AsyncIterator[Joining]:
    """Run the service on a small network."""
    place, rules = await joined_place(server, folder)
    async with serving(place), await Store.open(place.data.store_url) as store:
        joining = Joining.somebody(server, place, store, rules)
        await joining.until_open()
        yield joining
