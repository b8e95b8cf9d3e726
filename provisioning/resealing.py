"""Sealing the provisioner's and the break-glass account anew, after somebody has signed in with one of them.

All sessions and devices of both accounts end. Each gets another cross-signing identity, whose private keys are thrown
away as soon as it is uploaded (`sealed_accounts.drawn_identity`), so that nobody can sign a device with it. A process
that is killed in the middle does no harm: ``palabre seal`` begins again. The password that the provisioner has for a
moment is in this process's memory alone; that of break-glass is the one in ``secrets/break-glass.json``, from which
the operator has made the copy in the envelope.

A file ``secrets/resealed-*.json`` says which account was sealed, when and by whom, until `tell_of_resealing` has
written it into the audit and has filed the notice to the coordinators.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from community.accounts.identity_notes import IdentityNotes
from community.description.data_folder import DataFolder, read_private_json, write_private_json
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import NewAuditEntry, Store
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.http import HomeserverClient
from matrix.ids import UserId
from provisioning.accounts import provisioner_client
from provisioning.errors import AccountMismatch
from provisioning.password_notes import forget_password, note_passwords
from provisioning.passwords import random_password
from provisioning.sealed_accounts import LOCK, acting_as, confirm, drawn_identity
from provisioning.snapshot import OwnAccounts
from provisioning.token_renewal import DEVICE_NAME, PROVISIONER, destroy_password, kept

_NOTE = "resealed-"
"""Begins the names of the files that say what is still to be told."""
_SEALED, RENEWED = "seal-account", "renew-bot-password"
"""The actions in the audit. Of the second coordinators get no notice: to everybody the bot is the same as before."""


async def reseal_accounts(
    url: str, own: OwnAccounts, data: DataFolder, *, actor: str, bot: bool = False
) -> None:
    """Seal the provisioner's and the break-glass account anew, and set the bot's password.

    Afterwards break-glass and the bot have the passwords in their files, whatever somebody has set meanwhile; nobody
    knows a password of the provisioner, which goes on with its token.

    ``actor``: who does it, for the audit. ``bot``: end the bot's sessions too, and give it another password; it becomes
    a new device under the same identity when it next starts.

    Raises:
        AccountMismatch: a secret file is missing or another account's.
        MatrixError, DataFolderError, ProvisioningError.
    """
    async with provisioner_client(url, own.provisioner, data) as http:
        with data.locked(LOCK, "palabre seal"):
            await _reseal_break_glass(http, own, data, actor)
            await _reseal_provisioner(http, own, data, actor)
            if bot:
                _draw_bot_password(own.bot, data)
            await _restore_bot_password(http, own.bot, data, sign_out=bot)
            if bot:
                _note(data, own.bot, actor, RENEWED)
            await note_passwords(http, own, data)


async def _reseal_break_glass(http: HomeserverClient, own: OwnAccounts, data: DataFolder, actor: str) -> None:
    account = own.break_glass
    if await AdminApi(http).find_account(account) is None:
        return
    secret = read_private_json(data.secret("break-glass.json")) or {}
    if secret.get("user_id") != account or "password" not in secret:
        raise AccountMismatch(account, data.secret("break-glass.json"))
    await _replace_identity(http, account, own, data, str(secret["password"]))
    _note(data, account, actor)
    await AdminApi(http).delete_devices(account)


async def _reseal_provisioner(http: HomeserverClient, own: OwnAccounts, data: DataFolder, actor: str) -> None:
    account, password = own.provisioner, secrets.token_urlsafe(48)
    await _replace_identity(http, account, own, data, password)
    _note(data, account, actor)
    async with HomeserverClient(http.url) as anonymous:
        session = await ClientApi(anonymous).login(account, password, device_name=DEVICE_NAME)
    write_private_json(data.secret(PROVISIONER), {"user_id": account, **kept(session)})
    http.use_token(session.access_token)
    await AdminApi(http).delete_devices(account, but=session.device_id)
    await destroy_password(http, account, data)


def _draw_bot_password(bot: UserId, data: DataFolder) -> None:
    """Write another password into the bot's file, before the homeserver has it.

    Raises:
        AccountMismatch: the file is missing or another account's.
    """
    path = data.secret("bot.json")
    secret = read_private_json(path) or {}
    if secret.get("user_id") != bot:
        raise AccountMismatch(bot, path)
    write_private_json(path, {**secret, "password": random_password()})


async def _restore_bot_password(
    http: HomeserverClient, bot: UserId, data: DataFolder, *, sign_out: bool
) -> None:
    """Give the bot the password of its file, which somebody may have reset; ``sign_out``: end its sessions."""
    secret = read_private_json(data.secret("bot.json")) or {}
    if secret.get("user_id") == bot and "password" in secret:
        forget_password(data, bot)
        await AdminApi(http).set_password(bot, str(secret["password"]), sign_out=sign_out)


async def _replace_identity(
    http: HomeserverClient, account: UserId, own: OwnAccounts, data: DataFolder, password: str
) -> None:
    notes, identity = IdentityNotes(data), drawn_identity(account)
    notes.begin(account, identity.public_keys["master"])
    forget_password(data, account)
    await AdminApi(http).set_password(account, password, sign_out=False)
    async with acting_as(http, account, own) as client:
        await client.upload_cross_signing_keys(identity.upload_body(), user_id=account, password=password)
    await confirm(http, account, notes)


def _note(data: DataFolder, account: UserId, actor: str, action: str = _SEALED) -> None:
    """Note one sealing, or the bot's password, in a file of its own: another process may be telling an earlier one."""
    at = datetime.now(UTC).isoformat()
    path = data.secret(f"{_NOTE}{secrets.token_hex(8)}.json")
    write_private_json(path, {"account": account, "at": at, "by": actor, "action": action})


async def tell_of_resealing(store: Store, data: DataFolder) -> None:
    """Write what was sealed anew since the last call into the audit, and file a notice of it to the coordinators.

    Raises:
        StoreError: the database failed; the next call does it.
        DataFolderError: a file that says what was sealed cannot be read.
    """
    for path in sorted(data.secrets.glob(f"{_NOTE}*.json")):
        noted = read_private_json(path)
        if noted is None:
            continue  # another process has dealt with it
        account, at = noted["account"], datetime.fromisoformat(noted["at"])
        action = noted.get("action", _SEALED)
        entry = NewAuditEntry(at=at, actor=noted["by"], action=action, subject=account)
        await store.audit.add([entry])
        if action == _SEALED:
            occasion = f"{account}/{noted['at']}"
            notice = Notice(NoticeKind.ACCOUNT_SEALED, COORDINATORS, occasion, {"account": account})
            await store.jobs.file(notice, at=at)
        path.unlink(missing_ok=True)
