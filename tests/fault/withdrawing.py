"""Makes somebody leave a room from outside: for the tests to kill.

    python withdrawing.py URL DATA ROOM USER

Prints one sentence on standard error and ends with 1 where it fails.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from community.core.errors import PalabreError
from community.description.data_folder import DataFolder
from community.description.settings import Settings
from matrix.ids import RoomId, UserId
from provisioning.accounts import provisioner_client
from provisioning.synapse_homeserver import SynapseHomeserver
from provisioning.topology import own_accounts


async def withdraw(url: str, data: DataFolder, room_id: RoomId, user_id: UserId) -> None:
    settings = Settings()
    own = own_accounts(settings)
    async with provisioner_client(url, own.provisioner, data) as http:
        server_name = settings.homeserver.server_name
        homeserver = SynapseHomeserver(http, own, community="withdrawn", server_name=server_name)
        await homeserver.withdraw(room_id, user_id)


def main() -> int:
    url, data = sys.argv[1], DataFolder(Path(sys.argv[2]))
    try:
        asyncio.run(withdraw(url, data, RoomId(sys.argv[3]), UserId(sys.argv[4])))
    except PalabreError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
