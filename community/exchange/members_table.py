"""The members as ``members.csv``: read again, it describes the same people. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from community.core.csv_text import written
from community.description.members_csv import COLUMNS
from community.description.model import Member, Status


def members_table(members: Iterable[Member], separator: str = ";") -> bytes:
    """Return the table, a line for each member in their order; of whoever is active it says nothing of that."""
    return written([COLUMNS, *map(_line, members)], separator)


def _line(member: Member) -> list[str]:
    cells = {
        "username": member.username,
        "name": member.name,
        "role": member.role,
        "city": member.city or "",
        "themes": " ".join(member.themes),
        "languages": " ".join(member.languages),
        "status": "" if member.status is Status.ACTIVE else member.status.value,
        "successor": member.successor or "",
    }
    return [cells[column] for column in COLUMNS]
