"""Takes somebody's name out of what others are still to be told.

A notice that waits (for a room, for a verified device) has its values until it is told, among them names of people. In
place of the name of whoever is forgotten stands their Matrix ID, so that the notice still says what has happened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from community.jobs.job import OPEN
from community.jobs.notices import NOTICE
from community.storage.job_rows import PAYLOAD, texts_of
from community.storage.tables import jobs

_NAMED = re.compile(r"(?P<before>^|[,،;·] ?)(?P<name>[^,،;·]*?) ?\((?P<user>[^()]*)\)")
"""Somebody as notices write them: name (Matrix ID)."""
_NAME, _USER = "value.name", "value.user"


async def forget_in_notices(connection: AsyncConnection, user_id: str) -> None:
    """Replace a person's name by their Matrix ID in the notices that wait."""
    waiting = select(jobs.c.id, PAYLOAD).where(
        jobs.c.kind == NOTICE, jobs.c.state.in_(OPEN), PAYLOAD.element.contains(user_id, autoescape=True)
    )
    for number, payload in (await connection.execute(waiting)).all():
        said = texts_of(payload)
        without = unnamed(said, user_id)
        if without != said:
            await connection.execute(update(jobs).where(jobs.c.id == number).values(payload=without))


def unnamed(said: Mapping[str, str], user_id: str) -> dict[str, str]:
    """Return the values of a notice with a Matrix ID alone where a name stood before it. Pure.

    People are written “name (Matrix ID)”, one after the other with a comma, or the name is a value of its own, as
    `NoticeKind` says: ``name`` beside ``user``, ``name2`` beside ``user2``, ``name_by`` beside ``user_by``.
    """
    told = {
        name: _NAMED.sub(
            lambda found: f"{found['before']}{user_id}" if found["user"] == user_id else found[0], value
        )
        for name, value in said.items()
    }
    theirs = [
        name.removeprefix(_USER)
        for name, value in told.items()
        if name.startswith(_USER) and value == user_id
    ]
    return told | {_NAME + which: user_id for which in theirs if _NAME + which in told}
