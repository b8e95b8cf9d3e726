"""The link by which the first coordinator comes into a network whose people have no accounts yet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from community.core.messages import msg
from community.description.data_folder import DataFolder
from community.description.model import Community, Member, Status
from community.description.rooms import coordinating_roles
from community.description.settings import Settings, is_for_this_computer
from community.feeds.address import feed_server
from community.joining.described import open_links
from community.storage import open_store
from palabre_cli.invite.described import have_not_come, known_guests
from palabre_cli.invite.making import DescribedRequest, make
from palabre_cli.terminal import Terminal


async def say_first_link(terminal: Terminal, config: Path, data: DataFolder, settings: Settings) -> None:
    """Make the first coordinator's link and show it, as long as no coordinator has come.

    It is made once, and anew where it has run out. Where what is printed is kept by somebody else (a log), none is
    made: the command that shows one is named.

    Raises:
        CommandError, StoreError.
    """
    now = datetime.now(UTC)
    async with await open_store(settings, data) as store:
        applied = await store.applied.readable()
        known = await known_guests(store)
    if applied is None or applied.community.example or feed_server(settings, data) is None:
        return
    awaited = have_not_come(applied.community, known.come)
    first = first_coordinator(applied.community, awaited)
    if first is None:
        return
    if not terminal.shows_secrets or open_links(known.links, first.username, now):
        terminal.say(
            msg(
                "No coordinator has come yet; for {name}'s link: palabre invite --member {user}",
                name=first.name,
                user=first.username,
            )
        )
        return
    (made,) = await make(config, data, DescribedRequest(first.username), None, None, now)
    terminal.say(
        msg(
            "Your network has no accounts yet. By this link {name} comes in, who coordinates it, and then invites the "
            "others; it is shown this once:",
            name=first.name,
        )
    )
    terminal.line(made.address)
    if is_for_this_computer(made.address):
        terminal.say(msg("It can be opened on this computer alone."))


def first_coordinator(community: Community, awaited: tuple[Member, ...]) -> Member | None:
    """Return the first coordinator, of those ``awaited``; None where one has come, or nobody coordinates. Pure."""
    roles = coordinating_roles(community)
    coordinating = [
        member for member in community.members if member.role in roles and member.status is Status.ACTIVE
    ]
    if not coordinating or any(member not in awaited for member in coordinating):
        return None
    return coordinating[0]
