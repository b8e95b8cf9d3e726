"""Shows invitations: those just made with their addresses, and all of them with how far people have come."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from community.core.messages import PLACE, Message, msg, nmsg
from community.core.zones import ZoneInfo
from community.description.data_folder import DataFolder
from community.description.settings import is_for_this_computer
from community.joining.arrival import coming_text, first_stage, stage_text
from community.joining.invitation import NOT_OFFERED, InvitationState, state_text
from community.joining.invitation_text import keepers_decide, names_in
from community.joining.permissions import is_still_offered
from community.storage import InvitationArrivals
from community.storage.in_force import community_in_force
from palabre_cli.invite.code import code_of
from palabre_cli.invite.making import Invited, member_of
from palabre_cli.plain_table import table_lines
from palabre_cli.stored import opened
from palabre_cli.terminal import Terminal


def say_made(terminal: Terminal, made: Sequence[Invited]) -> None:
    """Say which invitations were made: of one its code too, of each the text to send."""
    terminal.say(
        nmsg(
            "{count} invitation. Its address is shown this once; whoever has it can come by it.",
            "{count} invitations. Their addresses are shown this once; whoever has one can come by it.",
            count=len(made),
        )
    )
    if len(made) == 1:
        terminal.line("")
        for line in code_of(made[0].address).as_text():
            terminal.line(line)
    for one in made:
        terminal.line("")
        if one.link.terms.username is not None:
            terminal.say(
                msg("For “{user}”, who is described and has not come:", user=one.link.terms.username)
            )
        terminal.say(msg("Invitation {number}, to be sent:", number=one.link.id))
        terminal.line(one.letter)
        if one.asked:
            language = terminal.translate.language
            terminal.say(keepers_decide(names_in(language, one.asked), language))
        for closed in one.closed:
            terminal.say(
                msg(
                    "The link that they had before (invitation {number}, by {user}) leads nowhere any more: its text "
                    "is of no use.",
                    number=closed.id,
                    user=closed.inviter,
                )
            )
    if is_for_this_computer(made[0].address):
        terminal.warn(
            msg("This address leads nowhere from another device: set public_address in settings.yaml.")
        )


def as_dict(made: Sequence[Invited]) -> str:
    """Return the invitations that were made as JSON."""
    listed = [
        {
            "number": one.link.id,
            **one.link.terms.model_dump(mode="json"),
            "expires_at": one.link.expires_at.isoformat(),
            "address": one.address,
            "text": one.letter,
            "closed": [link.id for link in one.closed],
        }
        for one in made
    ]
    return json.dumps({"invitations": listed}, indent=2, ensure_ascii=False)


async def show(terminal: Terminal, config: Path, data: DataFolder, by: str | None, *, as_json: bool) -> None:
    """List the invitations, or those of one member. Raises CommandError, StoreError."""
    async with opened(config, data) as store:
        inviter = None if by is None else (await member_of(store, by)).user_id
        links = await store.invitations.listed(inviter)
        community, people = await community_in_force(config, data, store), await store.people.all()
    now = datetime.now(UTC)
    offered = {one.invitation.id for one in links if is_still_offered(one.invitation, people, community)}
    if as_json:
        listed = [{**_as_dict(one, now), "is_offered": one.invitation.id in offered} for one in links]
        terminal.line(json.dumps({"invitations": listed}, indent=2, ensure_ascii=False))
    elif not links:
        terminal.say(msg("There are no invitations."))
    else:
        head = (msg("number"), msg("for"), msg("role"), PLACE, msg("until"), msg("by"), msg("how it stands"))
        zone = ZoneInfo(community.timezone)
        rows = [[*map(terminal.translate, head)], *(_row(terminal, one, now, zone, offered) for one in links)]
        for line in table_lines(rows):
            terminal.line(line)


def _row(
    terminal: Terminal, one: InvitationArrivals, now: datetime, zone: ZoneInfo, offered: Collection[int]
) -> list[str]:
    link, terms = one.invitation, one.invitation.terms
    return [
        str(link.id),
        terms.name or terminal.translate(_count(one)),
        terms.role,
        terms.city or "—",
        f"{link.expires_at.astimezone(zone):%Y-%m-%d}",
        link.inviter,
        ", ".join(map(terminal.translate, _standing(one, now, is_offered=link.id in offered))),
    ]


def _count(one: InvitationArrivals) -> Message:
    return msg("{used} of {uses}", used=one.invitation.used, uses=one.invitation.terms.uses)


def _standing(one: InvitationArrivals, now: datetime, *, is_offered: bool) -> Iterator[Message]:
    """Yield the state of a link, and where those are stuck who came, or should."""
    link = one.invitation
    state = link.state(now)
    yield state_text(state) if is_offered or state is not InvitationState.OPEN else NOT_OFFERED
    if not one.arrivals and link.used == 0:
        yield stage_text(first_stage(link))
    for arrival in one.arrivals:
        said = coming_text(arrival)
        yield (
            said
            if link.terms.uses == 1
            else Message("{user} {said}", {"user": arrival.user_id, "said": said})
        )


def _as_dict(one: InvitationArrivals, now: datetime) -> dict[str, object]:
    link = one.invitation
    return {
        "number": link.id,
        **link.terms.model_dump(mode="json"),
        "by": link.inviter,
        "made_at": link.made_at.isoformat(),
        "expires_at": link.expires_at.isoformat(),
        "state": link.state(now).value,
        "used": link.used,
        "opened_at": None if link.opened_at is None else link.opened_at.isoformat(),
        "arrivals": [
            {"user": came.user_id, "stage": came.stage.value, "since": came.stage_at.isoformat()}
            for came in one.arrivals
        ],
    }
