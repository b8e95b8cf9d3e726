"""The user names that were ever given, and what the files said last of whoever has one.

Of a name there is the SHA-256 alone: that it was used has to be known for ever, whose it was has not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from community.joining.members import MemberBase
from community.storage.joining_tables import usernames


def name_digest(username: str) -> str:
    """Return the digest under which a user name is kept."""
    return hashlib.sha256(username.encode()).hexdigest()


async def is_used(connection: AsyncConnection, username: str) -> bool:
    """Whether somebody has, or had, a user name."""
    found = await connection.execute(
        select(usernames.c.digest).where(usernames.c.digest == name_digest(username))
    )
    return found.first() is not None


async def read_bases(connection: AsyncConnection, names: Collection[str]) -> dict[str, MemberBase]:
    """Return what the files said last of those of ``names`` whom they described, as digests."""
    noted = await _noted(connection)
    found = {name: noted.get(name_digest(name)) for name in names}
    return {name: json.loads(base) for name, base in found.items() if base is not None}


async def keep_names(
    connection: AsyncConnection, names: Collection[str], bases: Mapping[str, MemberBase]
) -> None:
    """Keep user names for ever, and ``bases`` in place of all that was kept of the files."""
    noted = await _noted(connection)
    written = {name_digest(name): json.dumps(dict(base), sort_keys=True) for name, base in bases.items()}
    wanted: dict[str, str | None] = dict.fromkeys(noted)
    wanted |= dict.fromkeys(name_digest(name) for name in names)
    wanted |= written
    new = [{"digest": key, "base": base} for key, base in wanted.items() if key not in noted]
    other = [
        {"of": key, "new_base": base} for key, base in wanted.items() if key in noted and noted[key] != base
    ]
    if new:
        await connection.execute(insert(usernames), new)
    if other:
        which = update(usernames).where(usernames.c.digest == bindparam("of"))
        await connection.execute(which.values(base=bindparam("new_base")), other)


async def _noted(connection: AsyncConnection) -> dict[str, str | None]:
    found = await connection.execute(select(usernames.c.digest, usernames.c.base))
    return {row.digest: row.base for row in found}
