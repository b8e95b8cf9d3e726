"""Takes the token of an administrator on a homeserver that is there already, and makes it Palabre's own.

The account is sealed afterwards: its password is thrown away, its other sessions end, its identity is one that nobody
can sign with. So only the account that the settings name is taken, and only where no person uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from community.accounts.identity_notes import IdentityNotes
from community.core.messages import Message, msg
from community.description.data_folder import DataFolder, write_private_json
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.configuration_api import ConfigurationApi
from matrix.cross_signing import shown_devices, shown_master_key
from matrix.errors import Forbidden, NotAHomeserver, UnknownToken, Unrecognized
from matrix.http import HomeserverClient, Json
from matrix.ids import AccessToken, DeviceId, UserId
from provisioning.accounts import complete_accounts
from provisioning.errors import NotAdministrator, ProvisioningError
from provisioning.password_notes import forget_password
from provisioning.sealed_accounts import LOCK
from provisioning.snapshot import OwnAccounts
from provisioning.token_renewal import DEVICE_NAME, PROVISIONER, destroy_password


class TokenRefused(ProvisioningError):
    """A token is not taken: the homeserver does not know it, or it is not one that Palabre may make its own."""


async def connect(
    url: str, own: OwnAccounts, data: DataFolder, token: AccessToken, *, draw: Callable[[], str]
) -> None:
    """Take ``token``, seal its account and make Palabre's other accounts; done again, it ends what was begun.

    ``draw`` makes a random password.

    Raises:
        TokenRefused, NotAdministrator: nothing was changed.
        AccountMismatch: an account with the name of the bot or of break-glass is there, and not Palabre's.
        MatrixError: the homeserver does not answer or refuses.
        DataFolderError: another process works on these accounts, or the disk is full.
    """
    async with HomeserverClient(url, token) as http:
        device_id = await _device_of_own(http, own.provisioner, data)
        with data.locked(LOCK, "palabre connect"):
            secret = {"user_id": own.provisioner, "access_token": token}
            if device_id is not None:
                secret["device_id"] = device_id
            write_private_json(data.secret(PROVISIONER), secret)
            forget_password(data, own.provisioner)
            await destroy_password(http, own.provisioner, data)
            await AdminApi(http).delete_devices(own.provisioner, but=device_id)
        await complete_accounts(http, own, data, draw=draw)


async def signed_in(url: str, provisioner: UserId, password: str) -> AccessToken:
    """Return a token by the account's password, which `connect` then throws away.

    Raises:
        TokenRefused: the password does not open it.
        MatrixError: the homeserver does not answer, or knows no passwords.
    """
    async with HomeserverClient(url) as http:
        try:
            session = await ClientApi(http).login(provisioner, password, device_name=DEVICE_NAME)
        except Forbidden as error:
            raise TokenRefused(
                msg("This password does not open the account {user_id}.", user_id=provisioner),
                msg("Look for a slip, or whether the account is there, then run “palabre connect” again."),
            ) from error
        return session.access_token


async def _device_of_own(http: HomeserverClient, provisioner: UserId, data: DataFolder) -> DeviceId | None:
    """Return the device of a token that may be taken, None where it belongs to none; nothing is changed by looking.

    Raises:
        TokenRefused, NotAdministrator: it may not.
    """
    try:
        user_id, device_id = await ConfigurationApi(http).whose_token()
    except UnknownToken as error:
        raise TokenRefused(
            msg("The homeserver at {url} does not know this token.", url=http.url),
            msg("Look whether all of it was copied, or get another one."),
        ) from error
    _require_own(user_id, provisioner, http.url)
    if await ConfigurationApi(http).delegates_accounts():
        raise TokenRefused(
            msg("The accounts of this homeserver are another service's (MAS), where Palabre can make none."),
            msg("Run Palabre with a Synapse that keeps its accounts itself; see docs/operator.md."),
        )
    await _require_unused(http, user_id, data)
    return device_id


def _require_own(user_id: UserId, provisioner: UserId, url: str) -> None:
    there, wanted = user_id.partition(":")[2], provisioner.partition(":")[2]
    if there != wanted:
        raise TokenRefused(
            msg(
                "What answers at {url} is the homeserver of {there}, not of {wanted}.",
                url=url,
                there=there,
                wanted=wanted,
            ),
            msg("Mend homeserver.url or homeserver.server_name in settings.yaml."),
        )
    if user_id != provisioner:
        raise TokenRefused(
            msg(
                "This token is of {user_id}. Palabre takes only that of {provisioner}, an account made for Palabre "
                "alone: its password is thrown away, and nobody can sign in as it any more.",
                user_id=user_id,
                provisioner=provisioner,
            ),
            msg(
                "Make that account as an administrator, or name another one made for Palabre under "
                "accounts.provisioner in settings.yaml."
            ),
        )


async def _ways_to_person(http: HomeserverClient, user_id: UserId) -> int:
    try:
        return await AdminApi(http).ways_to_person(user_id)
    except Forbidden as error:
        raise NotAdministrator(user_id) from error
    except (Unrecognized, NotAHomeserver) as error:
        raise TokenRefused(
            msg("Synapse's admin API is not reached at {url}.", url=http.url),
            msg("Name an address under which it is, such as http://127.0.0.1:8008; see docs/operator.md."),
        ) from error


async def _require_unused(http: HomeserverClient, user_id: UserId, data: DataFolder) -> None:
    """Refuse an account that a person uses, by the first thing that shows it."""
    ways = await _ways_to_person(http, user_id)
    keys = await ClientApi(http).query_keys([user_id])
    sign = _sign_of_use(keys, user_id, ways, IdentityNotes(data).keys(user_id))
    if sign is not None:
        raise TokenRefused(
            msg("Somebody uses the account {user_id}: {sign}.", user_id=user_id, sign=sign),
            msg(
                "Make another account for Palabre alone, with which nobody ever signs in with an app, and name it "
                "under accounts.provisioner in settings.yaml."
            ),
        )


def _sign_of_use(keys: Json, user_id: UserId, ways: int, ours: Collection[str]) -> Message | None:
    """Return what shows that a person uses an account, as the homeserver shows its ``keys``."""
    shown = shown_master_key(keys, user_id)
    if shown is not None and shown not in ours:
        return msg("it has an identity that Palabre has not made")
    if shown_devices(keys, user_id):
        return msg("an app with encryption keys is signed in")
    if ways:
        return msg("it has an e-mail address, a telephone number or a sign-in elsewhere")
    return None
