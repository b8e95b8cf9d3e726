"""The floor: a table of SQLite with a row for the next post of each event in each room, indexed by when it is due."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from community.agenda.occurrences import Post

TABLE = "CREATE TABLE bare (due REAL NOT NULL, key TEXT NOT NULL, room TEXT NOT NULL)"
INDEX = "CREATE INDEX bare_due ON bare (due)"
INSERT = "INSERT INTO bare VALUES (?, ?, ?)"
FIRST = "SELECT due, key, room FROM bare WHERE due > ? ORDER BY due LIMIT 1"


def rows(posts: Iterable[Post]) -> Iterable[tuple[float, str, str]]:
    """Yield a row for each room of each post."""
    for post in posts:
        yield from ((post.due.timestamp(), post.key, room) for room in post.entry.rooms)


class BareTable:
    """The table, in memory."""

    def __init__(self, posts: Iterable[Post]) -> None:
        self._connection = sqlite3.connect(":memory:")
        self._connection.execute(TABLE)
        self._connection.executemany(INSERT, rows(posts))
        self._connection.execute(INDEX)

    def first(self, after: datetime) -> tuple[float, str, str]:
        """Return the first row after a moment."""
        found: tuple[float, str, str] = self._connection.execute(FIRST, (after.timestamp(),)).fetchone()
        return found

    def at(self, due: datetime) -> list[tuple[str, str]]:
        """Return the keys and rooms of the rows of a moment."""
        there = "SELECT key, room FROM bare WHERE due = ?"
        return self._connection.execute(there, (due.timestamp(),)).fetchall()
