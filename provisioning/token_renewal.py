"""A lost or refused token of the provisioner is renewed by the registration secret; its password is never kept.

Whoever holds the registration secret can make administrators. Palabre makes one for a moment: a random account with
the prefix `PREFIX`, which sets a password for the provisioner; the provisioner signs in with it, its token is saved,
the password is replaced by one that nobody knows, and the administrator is closed. A journal
(``secrets/renewal.json``) names that administrator before it is made, so that one that a killed process has left is
closed by the next; nothing in it is secret. It also says what is still to be told: see `tell_of_renewal`.
"""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from community.description.data_folder import DataFolder, read_private_json, write_private_json
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import NewAuditEntry, Store
from matrix.admin import AdminApi
from matrix.client_api import ClientApi, Session
from matrix.errors import MatrixRequestError, NotFound
from matrix.http import HomeserverClient
from matrix.ids import UserId
from provisioning.errors import CannotRenew, RenewalRefused
from provisioning.password_notes import forget_password

PREFIX = "palabre-renewal-"
"""Begins the user name of an administrator that lives for a moment."""
PROVISIONER = "provisioner.json"
DEVICE_NAME = "Palabre provisioning"
AGAIN_AFTER = timedelta(minutes=30)
"""So long after one that was refused no other renewal is tried: each makes an account."""
_FILE = "renewal.json"


@dataclass(frozen=True)
class RenewalJournal:
    """What is left to do of renewals. ``administrators`` are to be closed. Times are in ISO 8601.

    ``renewed_at``: the last renewal that nobody has been told of yet. ``refused_at``: the last that was refused.
    """

    administrators: tuple[str, ...] = ()
    renewed_at: str | None = None
    refused_at: str | None = None

    @classmethod
    def read(cls, data: DataFolder) -> RenewalJournal:
        """Read it; raises DataFolderError where it is damaged."""
        kept = read_private_json(data.secret(_FILE)) or {}
        return cls(
            tuple(map(str, kept.get("administrators", ()))), kept.get("renewed_at"), kept.get("refused_at")
        )

    def write(self, data: DataFolder) -> None:
        """Write it, or remove it where nothing is left to do."""
        if self == RenewalJournal():
            data.secret(_FILE).unlink(missing_ok=True)
        else:
            write_private_json(data.secret(_FILE), asdict(self))


def kept(session: Session) -> dict[str, str]:
    """Return what the account's secret file keeps of a session."""
    return {"access_token": session.access_token, "device_id": session.device_id}


async def destroy_password(http: HomeserverClient, user_id: UserId, data: DataFolder) -> None:
    """Replace an account's password by one that is kept nowhere; its sessions go on."""
    forget_password(data, user_id)
    await AdminApi(http).set_password(user_id, secrets.token_urlsafe(48), sign_out=False)


async def renew_token(http: HomeserverClient, user_id: UserId, data: DataFolder) -> None:
    """Sign the provisioner in anew by the registration secret; ``http`` holds its token afterwards.

    Its secret file is written once it is signed in. Called again after having been killed, it does so anew.

    Raises:
        CannotRenew: the registration secret is not here.
        RenewalRefused: the account is closed, or the homeserver lets nobody sign in with a password.
        MatrixError: the homeserver does not answer, or the secret is not its own.
    """
    secret_path = data.secret("registration-shared-secret")
    if not secret_path.exists():
        raise CannotRenew(user_id, data.secret(PROVISIONER), secret_path)
    _require_patience(user_id, RenewalJournal.read(data))
    shared_secret = secret_path.read_text().strip()
    forget_password(data, user_id)
    async with HomeserverClient(http.url) as other:
        administrator = await _make_administrator(other, user_id, data, shared_secret)
        try:
            session = await _signed_in(http, AdminApi(other), user_id)
        except MatrixRequestError as error:
            await _note_refused(data)
            await _close(AdminApi(other), data, (administrator,))
            raise RenewalRefused(user_id) from error
    write_private_json(data.secret(PROVISIONER), {"user_id": user_id, **kept(session)})
    http.use_token(session.access_token)
    journal = RenewalJournal.read(data)
    replace(journal, renewed_at=datetime.now(UTC).isoformat(), refused_at=None).write(data)
    await destroy_password(http, user_id, data)
    await end_administrators(http, data)


def _require_patience(user_id: UserId, journal: RenewalJournal) -> None:
    if (
        journal.refused_at is not None
        and abs(datetime.now(UTC) - datetime.fromisoformat(journal.refused_at)) < AGAIN_AFTER
    ):
        raise RenewalRefused(user_id)


async def _make_administrator(
    http: HomeserverClient, user_id: UserId, data: DataFolder, shared_secret: str
) -> UserId:
    """Make an administrator for a moment, noted before it is there; ``http`` holds its token afterwards."""
    name = PREFIX + secrets.token_hex(8)
    administrator = UserId(f"@{name}:{user_id.partition(':')[2]}")
    journal = RenewalJournal.read(data)
    replace(journal, administrators=(*journal.administrators, administrator)).write(data)
    token = await AdminApi(http).register_with_shared_secret(
        name, secrets.token_urlsafe(48), shared_secret=shared_secret, admin=True
    )
    http.use_token(token)
    return administrator


async def _signed_in(http: HomeserverClient, admin: AdminApi, user_id: UserId) -> Session:
    """Return a session of the provisioner, by a password that is in this process's memory alone."""
    password = secrets.token_urlsafe(48)
    await admin.set_password(user_id, password, sign_out=False)
    return await ClientApi(http).login(user_id, password, device_name=DEVICE_NAME)


async def _note_refused(data: DataFolder) -> None:
    replace(RenewalJournal.read(data), refused_at=datetime.now(UTC).isoformat()).write(data)


async def end_administrators(http: HomeserverClient, data: DataFolder) -> None:
    """Close the administrators that the journal names; ``http`` holds an administrator's token."""
    administrators = RenewalJournal.read(data).administrators
    if administrators:
        await _close(AdminApi(http), data, administrators)


async def _close(admin: AdminApi, data: DataFolder, administrators: tuple[str, ...]) -> None:
    for administrator in administrators:
        with contextlib.suppress(NotFound):
            await admin.deactivate(UserId(administrator))
    journal = RenewalJournal.read(data)
    left = tuple(user for user in journal.administrators if user not in administrators)
    replace(journal, administrators=left).write(data)


async def tell_of_renewal(store: Store, user_id: UserId, data: DataFolder, actor: str) -> None:
    """Note a renewal in the audit and have coordinators told, where there was one since.

    Raises:
        StoreError: the database failed.
    """
    journal = RenewalJournal.read(data)
    if journal.renewed_at is None:
        return
    at = datetime.fromisoformat(journal.renewed_at)
    await store.audit.add([NewAuditEntry(at=at, actor=actor, action="renew-token", subject=user_id)])
    notice = Notice(NoticeKind.TOKEN_RENEWED, COORDINATORS, journal.renewed_at, {"account": user_id})
    await store.jobs.file(notice, at=at)
    replace(RenewalJournal.read(data), renewed_at=None).write(data)
