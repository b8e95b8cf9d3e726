"""Palabre's own accounts: the provisioner, the bot, and the sealed break-glass account.

A password is written to its private file before its account is made, so that a crash loses nothing: the next run
continues. The provisioner's password is destroyed as soon as its token is in the file: afterwards nobody can sign in as
the provisioner, and its token is renewed by the registration secret (`provisioning.token_renewal`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from community.accounts.identity_notes import IdentityNotes
from community.description.data_folder import DataFolder, read_private_json, write_private_json
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.errors import Forbidden, UnknownToken, UserInUse
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, UserId
from provisioning.errors import AccountMismatch, NoOwnAccount, SessionEnded
from provisioning.password_notes import note_passwords
from provisioning.sealed_accounts import LOCK, seal_accounts
from provisioning.snapshot import OwnAccounts
from provisioning.token_renewal import (
    DEVICE_NAME,
    PROVISIONER,
    destroy_password,
    end_administrators,
    kept,
    renew_token,
)

_MADE = "made"
_OURS = frozenset({_MADE, "device_id", "access_token"})
"""What is in an account's file once it was seen that its password opens it, or the bot has signed in with it."""


def _secret(path: Path, user_id: UserId) -> dict[str, str] | None:
    """Return the secret in the file ``path``, None where there is none.

    Raises:
        AccountMismatch: it belongs to another account, so it must not be overwritten.
    """
    secret = read_private_json(path)
    if secret is not None and secret.get("user_id") != user_id:
        raise AccountMismatch(user_id, path)
    return secret


def _password(path: Path, user_id: UserId, draw: Callable[[], str]) -> str:
    """Return the password in the file ``path``; make and write one where there is none."""
    secret = _secret(path, user_id)
    if secret is None:
        secret = {"user_id": user_id, "password": draw()}
        write_private_json(path, secret)
    if "password" not in secret:
        raise AccountMismatch(user_id, path)
    return secret["password"]


def _username(user_id: UserId) -> str:
    return user_id[1:].split(":", 1)[0]


@asynccontextmanager
async def provisioner_client(
    url: str, user_id: UserId, data: DataFolder, *, changing: bool = True
) -> AsyncIterator[HomeserverClient]:
    """Give a client that holds the provisioner's admin token; the session is kept and used again.

    Unless ``changing`` is false, a token that is lost or refused is renewed, and a password that is still kept is
    destroyed.

    Raises:
        NoOwnAccount: there is none.
        AccountMismatch: the account's secret does not open it.
        SessionEnded: the token is refused, and is not to be renewed.
        CannotRenew: it is refused, and there is nothing to renew it with.
    """
    path = data.secret(PROVISIONER)
    secret = _secret(path, user_id)
    if secret is None:
        raise NoOwnAccount(user_id, path)
    async with HomeserverClient(url) as http:
        if not await _is_signed_in(http, secret.get("access_token")):
            if not changing:
                raise SessionEnded
            with data.locked(LOCK, "palabre"):
                await _sign_in_anew(http, user_id, data)
        if changing:
            await _finish(http, user_id, data)
        yield http


async def _is_signed_in(http: HomeserverClient, token: str | None) -> bool:
    if token is None:
        return False
    http.use_token(AccessToken(token))
    try:
        await ClientApi(http).whoami()
    except UnknownToken:
        return False
    return True


async def _sign_in_anew(http: HomeserverClient, user_id: UserId, data: DataFolder) -> None:
    """Get a token: by the password, where one is still kept, or by the registration secret."""
    path = data.secret(PROVISIONER)
    secret = _secret(path, user_id) or {}
    if await _is_signed_in(http, secret.get("access_token")):
        return  # another process has renewed it meanwhile
    http.use_token(None)
    if "password" in secret:
        try:
            session = await ClientApi(http).login(user_id, secret["password"], device_name=DEVICE_NAME)
        except Forbidden as error:
            if "access_token" not in secret:
                raise AccountMismatch(user_id, path) from error
        else:
            write_private_json(path, {**secret, **kept(session)})
            http.use_token(session.access_token)
            return
    await renew_token(http, user_id, data)


async def _finish(http: HomeserverClient, user_id: UserId, data: DataFolder) -> None:
    """Destroy a password that is still kept, and end what is left of a renewal that was broken off."""
    path = data.secret(PROVISIONER)
    if "password" in (_secret(path, user_id) or {}):
        with data.locked(LOCK, "palabre"):
            await destroy_password(http, user_id, data)
            secret = _secret(path, user_id) or {}
            write_private_json(path, {name: kept for name, kept in secret.items() if name != "password"})
    await end_administrators(http, data)


async def bootstrap_accounts(
    url: str, own: OwnAccounts, data: DataFolder, *, shared_secret: str, draw: Callable[[], str]
) -> None:
    """Make our own accounts where they are missing, seal two of them, and free the working two from the rate limit.

    ``draw`` makes a random password.

    Raises:
        AccountMismatch: one exists and its secret file does not open it.
        MatrixError: the homeserver does not answer or refuses.
    """
    await _register_provisioner(url, own.provisioner, data, shared_secret, draw)
    async with provisioner_client(url, own.provisioner, data) as http:
        await complete_accounts(http, own, data, draw=draw)


async def complete_accounts(
    http: HomeserverClient, own: OwnAccounts, data: DataFolder, *, draw: Callable[[], str]
) -> None:
    """Do what `bootstrap_accounts` does once there is a provisioner, whose token ``http`` has.

    Raises:
        AccountMismatch: the bot's or the break-glass account exists and its secret file does not open it.
        MatrixError: the homeserver does not answer or refuses.
    """
    admin, notes = AdminApi(http), IdentityNotes(data)
    for user_id, name, shown in (
        (own.bot, "bot.json", "Palabre"),
        (own.break_glass, "break-glass.json", "Palabre (sealed)"),
    ):
        known = notes.master_key(user_id) is not None
        await _make_account(http, user_id, shown, data.secret(name), draw, known=known)
    await seal_accounts(http, own, data)
    for user_id in (own.provisioner, own.bot):
        if not await admin.has_no_rate_limit(user_id):
            await admin.lift_rate_limit(user_id)
    await note_passwords(http, own, data)


async def _register_provisioner(
    url: str, user_id: UserId, data: DataFolder, shared_secret: str, draw: Callable[[], str]
) -> None:
    """Make the first account, which no token can make, unless it has been signed in to before."""
    path = data.secret(PROVISIONER)
    secret = _secret(path, user_id)
    if secret is not None and ("access_token" in secret or "password" not in secret):
        return
    password = _password(path, user_id, draw)
    async with HomeserverClient(url) as http:
        # Where an earlier run has made it, whether its password fits is seen at the login.
        with suppress(UserInUse):
            await AdminApi(http).register_with_shared_secret(
                _username(user_id), password, shared_secret=shared_secret.strip(), admin=True
            )


async def _make_account(
    http: HomeserverClient,
    user_id: UserId,
    name: str,
    path: Path,
    draw: Callable[[], str],
    *,
    known: bool,
) -> None:
    """Make an account, or make sure once, unless it is ``known``, that the one that is there is ours.

    Somebody else may have made it first, to be let into every room in its name. That a password is in the file says
    nothing yet: it is written before the account is made.
    """
    admin = AdminApi(http)
    if await admin.find_account(user_id) is None:
        await admin.create_account(user_id, _password(path, user_id, draw), name)
    secret = _secret(path, user_id) or {}
    if "password" not in secret:
        raise AccountMismatch(user_id, path)
    if not known and not secret.keys() & _OURS:
        async with HomeserverClient(http.url) as other:
            if not await ClientApi(other).password_opens(user_id, secret["password"]):
                raise AccountMismatch(user_id, path)
        write_private_json(path, {**secret, _MADE: "yes"})
