"""Makes Palabre's own accounts before anything else is done."""

from __future__ import annotations

from community.description.data_folder import DataFolder, homeserver_url
from community.description.settings import Settings
from provisioning.accounts import bootstrap_accounts, provisioner_client
from provisioning.password_notes import note_passwords
from provisioning.passwords import random_password
from provisioning.sealed_accounts import seal_accounts
from provisioning.topology import own_accounts


async def make_own_accounts(data: DataFolder, settings: Settings) -> None:
    """Make Palabre's own accounts where they are missing and the homeserver's registration secret is here; seal them.

    Raises:
        DataFolderError, MatrixError, ProvisioningError.
    """
    path = data.secret("registration-shared-secret")
    url, own = homeserver_url(settings, data), own_accounts(settings)
    if path.exists():
        await bootstrap_accounts(url, own, data, shared_secret=path.read_text(), draw=random_password)
        return
    async with provisioner_client(url, own.provisioner, data) as http:
        await seal_accounts(http, own, data)
        await note_passwords(http, own, data)
