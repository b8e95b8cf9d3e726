"""A process for the tests to kill: it changes the directory of a store, and seeds it, as fast as it can.

    python editing_store.py URL NUMBER

It adds two contacts in one change, changes one, undoes that, seeds; then it says on standard output how often it has.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from itertools import count

from community.description.directory_model import Directory
from community.storage import Store
from tests.lib.descriptions import described
from tests.lib.entries import added, contact, edited


async def edit(url: str, name: str) -> None:
    actor = f"@editor{name}:x"
    async with await Store.open(url) as store:
        for number in count():
            now = datetime.now(UTC)
            one, two = contact(f"e{name}-{number}"), contact(f"e{name}-{number}-deputy")
            await store.entries.change([added(one), added(two)], actor=actor, at=now)
            better = one.model_copy(update={"deputy": two.key})
            (row,) = await store.entries.change([edited(one, better)], actor=actor, at=now)
            await store.entries.undo(row.id, actor=actor, at=now)
            files = tuple(contact(f"f{name}-{n}") for n in range(number % 4))
            await store.entries.seed(described(Directory(version=1, contacts=files)), at=now)
            sys.stdout.write(f"{number + 1}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(edit(sys.argv[1], sys.argv[2]))
