"""New stores begin as a copy of one that was migrated once in this process, as each Synapse begins as a copy of one.

The migrations of an empty file take longer than most tests that need a store. Tests of the migrations call `migrate`
themselves, on a connection of their own; a process that a test starts migrates its store as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from community.core.sealed_text import TextCipher
from community.storage import Store


@contextmanager
def stores_from_template(folder: Path) -> Iterator[None]:
    """Have `Store.open` copy the template in ``folder`` to where no SQLite file is yet, until the block ends."""
    template, opened = folder / "palabre.db", Store.open

    async def open_copy(url: str, cipher: TextCipher | None = None, **of_postgresql: Any) -> Store:
        path = _new_file(url)
        if path is not None:
            if not template.exists():
                await (await opened(f"sqlite+aiosqlite:///{template}")).close()
            # Where no file can be made, opening the store says why.
            with suppress(OSError), path.open("xb") as file:
                file.write(template.read_bytes())
        return await opened(url, cipher, **of_postgresql)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Store, "open", staticmethod(open_copy))
        yield


def _new_file(url: str) -> Path | None:
    """Return the SQLite file of an address where none is yet; None of another database, or one that is there."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database or address.database == ":memory:":
        return None
    path = Path(address.database)
    return None if path.exists() or path.is_symlink() else path
