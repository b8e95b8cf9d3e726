"""A store whose applied community cannot be read: as another version of Palabre would have written it."""

from __future__ import annotations

from sqlalchemy import update

from community.storage import Store
from community.storage.tables import applied


async def make_unreadable(store: Store, content: str = '{"version": 2, "key": "small"}') -> None:
    """Put ``content`` in place of the community that was applied last."""
    async with store.transaction() as connection:
        await connection.execute(update(applied).values(content=content))
