"""Signing in with the bot's account, as the bot or for one short piece of work beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bots.errors import NoAccount
from community.description.data_folder import DataFolder, read_private_json
from matrix.client_api import ClientApi, Session
from matrix.errors import Forbidden
from matrix.http import HomeserverClient
from matrix.ids import UserId

ACCOUNT = "bot.json"
"""The file in ``secrets/`` with the account's name and password, and the bot's session."""
_DEVICE_NAME = "Palabre"


@dataclass(frozen=True)
class ShortSession:
    """A session without a device's keys, which ends with its piece of work."""

    client: ClientApi
    user_id: UserId
    password: str = field(repr=False)


def kept_account(data: DataFolder) -> dict[str, str]:
    """Return what the data folder has of the bot's account.

    Raises:
        NoAccount: nothing.
    """
    secret = read_private_json(data.secret(ACCOUNT))
    if secret is None:
        raise NoAccount(data.secret(ACCOUNT))
    return secret


async def login(client: ClientApi, data: DataFolder, secret: Mapping[str, str]) -> Session:
    """Sign in as a new device.

    Raises:
        NoAccount: the password is wrong.
        MatrixError: the homeserver does not answer or refuses.
    """
    client.http.use_token(None)
    try:
        return await client.login(UserId(secret["user_id"]), secret["password"], device_name=_DEVICE_NAME)
    except Forbidden as error:
        raise NoAccount(data.secret(ACCOUNT)) from error


@asynccontextmanager
async def short_session(http: HomeserverClient, data: DataFolder) -> AsyncIterator[ShortSession]:
    """Sign in with the bot's account, and out again; a bot that runs is not disturbed.

    Raises:
        NoAccount: there is no password, or it is wrong.
        MatrixError: the homeserver does not answer or refuses.
    """
    secret, client = kept_account(data), ClientApi(http)
    http.use_token((await login(client, data, secret)).access_token)
    try:
        yield ShortSession(client, UserId(secret["user_id"]), secret["password"])
    finally:
        await client.logout()
