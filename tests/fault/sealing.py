"""Makes our own accounts, and opens the provisioner's session once: for the tests to kill.

    python sealing.py URL DATA [anew]

With ``anew`` the accounts are then sealed anew.

Prints one sentence on standard error and ends with 1 where it fails.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from community.core.errors import PalabreError
from community.description.data_folder import DataFolder
from community.description.settings import Settings
from provisioning.accounts import bootstrap_accounts
from provisioning.passwords import random_password
from provisioning.resealing import reseal_accounts
from provisioning.topology import own_accounts


def main() -> int:
    url, data = sys.argv[1], DataFolder(Path(sys.argv[2]))
    secret = data.secret("registration-shared-secret").read_text()
    own = own_accounts(Settings())
    try:
        asyncio.run(bootstrap_accounts(url, own, data, shared_secret=secret, draw=random_password))
        if sys.argv[3:] == ["anew"]:
            asyncio.run(reseal_accounts(url, own, data, actor="fault test"))
    except PalabreError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
