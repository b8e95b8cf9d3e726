"""A crypto store that was put back from a copy is noticed: the homeserver was told of a later one.

With an older store the device would use the same message keys twice, and the others would refuse what it says. So the
store counts its generations, one each start and each hour, and tells the homeserver, in account data. A copy that is
put back knows of fewer, and a new device takes its place.
"""

from __future__ import annotations

from datetime import timedelta

from bots.encryption.store import CryptoStore
from bots.encryption.worker import Worker
from bots.errors import DeviceElsewhere
from matrix.client_api import ClientApi
from matrix.ids import DeviceId, UserId

ACCOUNT_DATA = "org.palabre.crypto_generation"
EVERY = timedelta(hours=1)


async def is_older(client: ClientApi, user_id: UserId, device_id: DeviceId, generation: int) -> bool:
    """Whether the homeserver was told of a later generation of the device's store than ``generation``."""
    told = await client.account_data(user_id, ACCOUNT_DATA) or {}
    later = told.get("generation")
    return told.get("device_id") == device_id and isinstance(later, int) and later > generation


async def tell(
    client: ClientApi, worker: Worker, store: CryptoStore, user_id: UserId, device_id: DeviceId
) -> None:
    """Begin the next generation and tell the homeserver: the disk knows first.

    Raises:
        DeviceElsewhere: somebody else has told of a later one: a copy of the store is in use.
        CryptoStoreUnwritable: the disk is full.
        MatrixError: the homeserver does not answer or refuses.
    """
    if await is_older(client, user_id, device_id, await worker.run(lambda: store.generation)):
        raise DeviceElsewhere(device_id)
    generation = await worker.run(store.next_generation)
    await client.set_account_data(user_id, ACCOUNT_DATA, {"device_id": device_id, "generation": generation})
