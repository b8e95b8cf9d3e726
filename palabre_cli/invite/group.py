"""Makes a table for `palabre invite --csv` of those in a messenger's group: names alone; somebody completes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from community.core.csv_text import written
from community.core.errors import Problem
from community.core.messages import Message, msg, nmsg
from community.core.words import words
from community.description.data_folder import DataFolder
from community.description.model import Community, Member, Status
from community.joining.described import WhoHasCome
from community.joining.invitation_list import COLUMNS
from community.joining.terms import member_terms
from community.storage.in_force import community_in_force
from palabre_cli.errors import NobodyInvited
from palabre_cli.files import read_named, write_named
from palabre_cli.invite.described import have_not_come, known_guests
from palabre_cli.invite.group_file import GroupNames, read_group
from palabre_cli.stored import opened
from palabre_cli.terminal import Terminal


async def write_table(
    terminal: Terminal, config: Path, data: DataFolder, group: Path, table: Path, usual: Mapping[str, str]
) -> None:
    """Write the table, and say who is in it and who was left out.

    ``usual``: what is said of each of them, by its column. Nothing goes into the store.

    Raises:
        CommandError: the file cannot be read or written, or nobody is in it.
        StoreError.
    """
    ((name, content),) = read_named([group])
    found = read_group(content, name)
    if isinstance(found, Problem):
        raise NobodyInvited((found,))
    async with opened(config, data) as store:
        community = await community_in_force(config, data, store)
        come = (await known_guests(store)).come
    known = {words(member.name) for member in community.members}
    awaited = {words(member.name) for member in have_not_come(community, come)}
    new = [name for name in found.names if words(name) not in known or words(name) in awaited]
    certain = certainly_meant(community, come)
    rows = [_row(name, certain.get(words(name)), community, usual) for name in new]
    write_named({table: written([COLUMNS, *rows], ";")}, force=False)
    described = sum(words(name) in certain for name in new)
    for sentence in _said(found, new, described, table):
        terminal.say(sentence)


def certainly_meant(community: Community, come: WhoHasCome) -> dict[tuple[str, ...], Member]:
    """Return who has not come, by the words of their name; nobody whose name another member has too. Pure.

    Of these the table says no role: whoever reads it is told who may be meant, and decides.
    """
    called = Counter(words(member.name) for member in community.members if member.status is Status.ACTIVE)
    awaited = have_not_come(community, come)
    return {words(member.name): member for member in awaited if called[words(member.name)] == 1}


def _row(name: str, member: Member | None, community: Community, usual: Mapping[str, str]) -> list[str]:
    """Return somebody's line; of who is described, and has not come, with what is described of them."""
    if member is None:
        return [name if column == "name" else usual.get(column, "") for column in COLUMNS]
    terms = member_terms(member, community)
    said = {
        "name": member.name,
        "role": terms.role,
        "city": terms.city or "",
        "themes": " ".join(terms.themes),
        "language": terms.language,
        "greeter": usual.get("greeter", ""),
    }
    return [said[column] for column in COLUMNS]


def _said(found: GroupNames, new: list[str], described: int, table: Path) -> Iterator[Message]:
    yield nmsg(
        "{path} has {count} name. Nobody is invited yet.",
        "{path} has {count} names. Nobody is invited yet.",
        count=len(new),
        path=table,
    )
    if described:
        yield nmsg(
            "{count} of them is described and has not come: the line is as described, and stays so.",
            "{count} of them are described and have not come: their lines are as described, and stay so.",
            count=described,
        )
    there = len(found.names) - len(new)
    if there:
        yield nmsg(
            "{count} person was left out: somebody of that name is a member.",
            "{count} people were left out: members are called so.",
            count=there,
        )
    if found.numbers:
        yield nmsg(
            "{count} person was left out, who has a telephone number and no name there: ask, and write the name in.",
            "{count} people were left out, who have a telephone number and no name there: ask, and write the names in.",
            count=found.numbers,
        )
    if found.is_chat:
        yield msg("Whoever has never written in that chat is not in the file: add them.")
    yield msg("No telephone number was taken over, and nothing that was said.")
    yield msg(
        "Look through the table: names as people want them, who is no longer there, role, language and city of each. "
        "Then: palabre invite --csv {path}",
        path=table,
    )
