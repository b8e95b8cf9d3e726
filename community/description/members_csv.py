"""``members.csv``: the members as a table, as any spreadsheet saves it (`community.description.people_table`). Pure."""

from __future__ import annotations

from community.description.described import Described
from community.description.model import Member
from community.description.people_table import PeopleTable
from community.description.yaml_text import Parsed

COLUMNS = ("username", "name", "role", "city", "themes", "languages", "status", "successor")
REQUIRED = ("username", "name", "role", "languages")
_TABLE = PeopleTable("members", COLUMNS, REQUIRED, ("themes", "languages"))


class MemberList(Described):
    """The members of one file."""

    members: tuple[Member, ...] = ()


def parse_members(data: bytes, file: str) -> Parsed:
    """Read the table; whatever the bytes are, the answer is a `MemberList` as plain values, or problems."""
    return _TABLE.parse(data, file)
