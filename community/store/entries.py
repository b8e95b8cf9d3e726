"""Directory and calendar entries."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, insert, select

from community.model import (
    Calendar,
    Contact,
    Deadline,
    Described,
    Directory,
    Event,
    Project,
    Resource,
)
from community.store.tables import entries
from community.store.transactions import Transactions, bump, revision

_SUBJECT = "entries"


class Entries:
    """Contacts, resources, projects, events and deadlines, each in the order of the description."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def revision(self) -> int:
        """Return a number that moves with each change of any entry."""
        async with self._transaction() as connection:
            return await revision(connection, _SUBJECT)

    async def seed(self, directory: Directory, calendar: Calendar) -> bool:
        """Make the entries those of the files; return whether anything changed."""
        wanted = list(_rows(directory, calendar))
        async with self._transaction() as connection:
            found = await connection.execute(select(entries).order_by(entries.c.kind, entries.c.position))
            if [dict(row) for row in found.mappings()] == sorted(wanted, key=_order):
                return False
            await connection.execute(delete(entries))
            if wanted:
                await connection.execute(insert(entries), wanted)
            await bump(connection, _SUBJECT)
        return True

    async def directory(self) -> Directory:
        """Return the contacts, resources and projects."""
        rows = await self._read("contact", "resource", "project")
        return Directory(
            version=1,
            contacts=tuple(Contact.model_validate_json(c, strict=True) for c in rows["contact"]),
            resources=tuple(Resource.model_validate_json(c, strict=True) for c in rows["resource"]),
            projects=tuple(Project.model_validate_json(c, strict=True) for c in rows["project"]),
        )

    async def calendar(self) -> Calendar:
        """Return the events and deadlines."""
        rows = await self._read("event", "deadline")
        return Calendar(
            version=1,
            events=tuple(Event.model_validate_json(c, strict=True) for c in rows["event"]),
            deadlines=tuple(Deadline.model_validate_json(c, strict=True) for c in rows["deadline"]),
        )

    async def _read(self, *kinds: str) -> dict[str, list[str]]:
        async with self._transaction() as connection:
            found = await connection.execute(
                select(entries.c.kind, entries.c.content)
                .where(entries.c.kind.in_(kinds))
                .order_by(entries.c.kind, entries.c.position)
            )
            contents: dict[str, list[str]] = {kind: [] for kind in kinds}
            for kind, content in found:
                contents[kind].append(content)
        return contents


def _rows(directory: Directory, calendar: Calendar) -> Iterable[dict[str, object]]:
    kinds: dict[str, tuple[Described, ...]] = {
        "contact": directory.contacts,
        "resource": directory.resources,
        "project": directory.projects,
        "event": calendar.events,
        "deadline": calendar.deadlines,
    }
    for kind, described in kinds.items():
        for position, entry in enumerate(described):
            yield {
                "kind": kind,
                "key": entry.key,  # type: ignore[attr-defined]
                "position": position,
                "content": entry.model_dump_json(by_alias=True, exclude_defaults=True),
            }


def _order(row: dict[str, object]) -> tuple[str, int]:
    kind, position = row["kind"], row["position"]
    assert isinstance(kind, str)  # noqa: S101 - _rows() has just written them
    assert isinstance(position, int)  # noqa: S101
    return kind, position
