"""Detects a crypto store that was restored from a copy.

With an older store the device would use message keys a second time, and other clients would refuse its messages. So
the store has a generation number, raised at each start and each hour and written to the account data on the
homeserver. A restored copy has a smaller number than the homeserver; its sessions and one-time keys are then renewed.
A copy that was made since the number was last raised has the same number as the homeserver. That one is detected when
the bot sees messages of its own that the store does not know (`Timeline.is_ahead`).
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


async def later_generation(
    client: ClientApi, user_id: UserId, device_id: DeviceId, generation: int
) -> int | None:
    """Return the homeserver's generation number of the device's store where it is larger than ``generation``."""
    told = await client.account_data(user_id, ACCOUNT_DATA) or {}
    later = told.get("generation")
    is_later = told.get("device_id") == device_id and type(later) is int and later > generation
    return later if is_later else None


async def raise_generation(
    client: ClientApi, worker: Worker, store: CryptoStore, user_id: UserId, device_id: DeviceId
) -> None:
    """Raise the generation number of the store on the disk, then write it to the account data on the homeserver.

    Raises:
        DeviceElsewhere: the homeserver has a larger number: a copy of the store is in use.
        CryptoStoreUnwritable: the disk is full.
        MatrixError: the homeserver does not answer or refuses.
    """
    generation = await worker.run(lambda: store.generation)
    if await later_generation(client, user_id, device_id, generation) is not None:
        raise DeviceElsewhere(device_id)
    generation = await worker.run(store.next_generation)
    await client.set_account_data(user_id, ACCOUNT_DATA, {"device_id": device_id, "generation": generation})
