"""Changes entries within a transaction: compares them with the stored ones, writes them and their history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Row, delete, func, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from community.core.errors import EntryConflict
from community.core.messages import msg
from community.directory.entry import Entry, EntryChange, EntryKey, HistoryRow, from_json, kind_of, to_json
from community.storage.tables import entries, history
from community.storage.transactions import Subject

SUBJECT: Subject = "entries"
"""The subject of the entries' revisions."""
_AT_ONCE = 400
"""Databases limit the values of one statement."""


@dataclass(frozen=True, slots=True)
class ChangeAuthor:
    """Who changes entries, and when. ``revision``: the revision of the entries after these changes."""

    actor: str
    at: datetime
    revision: int
    undoes: int | None = None


async def make(
    connection: AsyncConnection, changes: Sequence[EntryChange], author: ChangeAuthor
) -> tuple[HistoryRow, ...]:
    """Make all changes, one after the other, and return their history.

    Raises:
        EntryConflict: an entry is not what its change begins with.
        ValueError: a change puts an entry under another kind or key, or changes nothing, or its entry is none.
    """
    there = await read(connection, {(change.kind, change.key) for change in changes})
    now: dict[EntryKey, Entry | None] = {}
    for change in changes:
        key = (change.kind, change.key)
        _check(change, now[key] if key in now else there.get(key))
        now[key] = change.after
    await _write(connection, now)
    return await _note(connection, changes, author)


async def read(connection: AsyncConnection, keys: Iterable[EntryKey]) -> dict[EntryKey, Entry]:
    """Return those of the entries ``keys`` that are there."""
    wanted, found = sorted(keys), dict[EntryKey, Entry]()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        rows = await connection.execute(
            select(entries.c.kind, entries.c.key, entries.c.content).where(
                tuple_(entries.c.kind, entries.c.key).in_(some)
            )
        )
        found |= {(kind, key): from_json(kind, content) for kind, key, content in rows}
    return found


def row_of(row: Row[tuple[object, ...]]) -> HistoryRow:
    """Return a row of the table as what it says."""
    values = dict(row._mapping)
    del values["revision"]
    for side in ("before", "after"):
        if values[side] is not None:
            values[side] = from_json(values["kind"], values[side])
    return HistoryRow(**values)


def _check(change: EntryChange, there: Entry | None) -> None:
    for entry in (change.before, change.after):
        if entry is not None and (kind_of(entry), entry.key) != (change.kind, change.key):
            raise ValueError("the entry of a change is one of another kind or key")
    if change.before == change.after:
        raise ValueError("a change that changes nothing")
    if change.after is not None:
        # What cannot be read again would keep the bots from reading anything.
        from_json(change.kind, to_json(change.after))
    if there == change.before:
        return
    if there is None:
        sentence = msg("The entry “{key}” is no longer there.", key=change.key)
    elif change.before is None:
        sentence = msg("The entry “{key}” is there already.", key=change.key)
    else:
        sentence = msg("The entry “{key}” has been changed meanwhile.", key=change.key)
    raise EntryConflict(sentence, msg("Look at it as it is now, and begin again."))


async def _write(connection: AsyncConnection, now: Mapping[EntryKey, Entry | None]) -> None:
    """Put entries in place of those of the same keys, at their positions; new ones come last."""
    positions = await _positions(connection, now)
    keys = sorted(now)
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        await connection.execute(delete(entries).where(tuple_(entries.c.kind, entries.c.key).in_(some)))
    rows = [
        {"kind": kind, "key": key, "position": positions[kind, key], "content": to_json(entry)}
        for (kind, key), entry in now.items()
        if entry is not None
    ]
    if rows:
        await connection.execute(insert(entries), rows)


async def _positions(connection: AsyncConnection, keys: Iterable[EntryKey]) -> dict[EntryKey, int]:
    """Return where each of ``keys`` stands, or is to stand, among the entries of its kind."""
    wanted, positions = list(keys), dict[EntryKey, int]()
    for start in range(0, len(wanted), _AT_ONCE):
        some = tuple_(entries.c.kind, entries.c.key).in_(wanted[start : start + _AT_ONCE])
        found = await connection.execute(
            select(entries.c.kind, entries.c.key, entries.c.position).where(some)
        )
        positions |= {(kind, key): position for kind, key, position in found}
    new = [each for each in wanted if each not in positions]
    last = {kind: await _last_position(connection, kind) for kind in sorted({kind for kind, _ in new})}
    for kind, key in new:
        last[kind] = positions[kind, key] = last[kind] + 1
    return positions


async def _last_position(connection: AsyncConnection, kind: str) -> int:
    """Return where the last entry of a kind stands, -1 where there is none."""
    # One kind at a time: PostgreSQL reads the whole table for the greatest of each group.
    last = select(func.max(entries.c.position)).where(entries.c.kind == kind)
    position: int | None = (await connection.execute(last)).scalar_one()
    return -1 if position is None else position


async def _note(
    connection: AsyncConnection, changes: Sequence[EntryChange], author: ChangeAuthor
) -> tuple[HistoryRow, ...]:
    if not changes:
        return ()
    rows = [
        {
            "revision": author.revision,
            "at": author.at,
            "actor": author.actor,
            "kind": change.kind,
            "key": change.key,
            "before": None if change.before is None else to_json(change.before),
            "after": None if change.after is None else to_json(change.after),
            "undoes": author.undoes,
        }
        for change in changes
    ]
    numbered = insert(history).returning(history.c.id, sort_by_parameter_order=True)
    ids = (await connection.execute(numbered, rows)).scalars().all()
    return tuple(
        HistoryRow(
            id=number,
            at=author.at.astimezone(UTC),
            actor=author.actor,
            kind=change.kind,
            key=change.key,
            before=change.before,
            after=change.after,
            undoes=author.undoes,
        )
        for number, change in zip(ids, changes, strict=True)
    )


async def reverse(connection: AsyncConnection, history_id: int) -> EntryChange:
    """Return the change that takes back a change.

    Raises:
        EntryConflict: there is no such change, or it was taken back, or later changes stand in the way.
    """
    found = (await connection.execute(select(history).where(history.c.id == history_id))).one_or_none()
    if found is None:
        raise EntryConflict(msg("There is no change number {number}.", number=history_id))
    row = row_of(found)
    if await _is_undone(connection, row):
        raise EntryConflict(msg("The change number {number} has been undone already.", number=history_id))
    there = (await read(connection, [(row.kind, row.key)])).get((row.kind, row.key))
    if there != row.after:
        latest = await _latest(connection, row)
        raise EntryConflict(
            msg(
                "The change number {number} cannot be undone: the entry “{key}” has been changed since.",
                number=history_id,
                key=row.key,
            ),
            msg("Undo the later change first: number {number}.", number=latest),
        )
    if row.before == row.after:
        raise EntryConflict(
            msg("The change number {number} was about somebody who has been forgotten.", number=history_id)
        )
    return EntryChange(row.kind, row.key, row.after, row.before)


async def _latest(connection: AsyncConnection, row: HistoryRow) -> int:
    same = (history.c.kind == row.kind, history.c.key == row.key)
    latest: int = (await connection.execute(select(func.max(history.c.id)).where(*same))).scalar_one()
    return latest


async def _is_undone(connection: AsyncConnection, row: HistoryRow) -> bool:
    """Whether a change was undone, and that not undone again."""
    found = await connection.execute(
        select(history.c.id, history.c.undoes)
        .where(history.c.kind == row.kind, history.c.key == row.key, history.c.undoes.is_not(None))
        .order_by(history.c.id)
    )
    undone_by = {undoes: number for number, undoes in found}
    number, undone = row.id, False
    while number in undone_by:
        number, undone = undone_by[number], not undone
    return undone
