"""``palabre calendar feed``: makes the addresses of feeds, lists which there are, and revokes them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from community.core.address_secret import SECRET_BYTES, digest_of_own, secret_of
from community.core.listening import LOOPBACK
from community.core.messages import Message, msg
from community.description.data_folder import DataFolder
from community.description.feed_subject import FeedKind, FeedSubject
from community.description.known_community import load_own_settings
from community.description.model import Community
from community.feeds.address import FeedAddress, feed_address, feed_server
from community.feeds.publishing import publish, withdraw
from community.feeds.subjects import languages_of, name_of
from community.storage import Feed, Store
from community.storage.in_force import community_in_force
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option
from palabre_cli.stored import actor, aligned, json_option, opened
from palabre_cli.terminal import Terminal
from web.paths import DEFAULT_PORT

_Command = TypeVar("_Command", bound=Callable[..., Any])
_KINDS: tuple[tuple[FeedKind, str], ...] = (
    ("theme", "Of a theme: its key."),
    ("cohort", "Of a cohort: its key."),
    ("city", "Of a city: its key."),
    ("role", "Of what is for a role: its key."),
    ("person", "Of what concerns one person: their user name."),
)


@click.group("feed")
def feed_group() -> None:
    """Make addresses at which the calendar is read by calendar programs and as a page, list and revoke them."""


@dataclass(frozen=True, slots=True)
class Made:
    """A feed that was made, and the two addresses of it, which nobody can show again."""

    feed: Feed
    address: FeedAddress


def _subject_options(command: _Command) -> Any:
    decorated: Any = command
    for kind, said in reversed(_KINDS):
        decorated = click.option(f"--{kind}", metavar="KEY", help=said)(decorated)
    return decorated


@feed_group.command("make")
@_subject_options
@click.option("--language", help="The language of the address (default: the first of its readers).")
@config_option
@data_option
@json_option
@click.pass_context
def make_command(
    context: click.Context,
    /,
    *,
    config: Path,
    data: DataFolder,
    language: str | None,
    as_json: bool,
    **kinds: str | None,
) -> None:
    """Make a feed, of the whole calendar unless one of its parts is named, and show its address this once."""
    terminal: Terminal = context.obj

    async def run() -> Made:
        async with opened(config, data) as store:
            community = await community_in_force(config, data, store)
            subject = _subject(kinds, community)
            spoken = _language(language, subject, community)
            secret = secret_of(os.urandom(SECRET_BYTES))
            feed = await _made(store, subject, secret)
            await publish(store, community, data.feeds, feed.made_at, only_new=True)
            return Made(feed, feed_address(_server(config, data), secret, spoken))

    made = asyncio.run(run())
    if as_json:
        terminal.line(json.dumps({**_as_dict(made.feed), **asdict(made.address)}, indent=2))
        return
    number = made.feed.id
    terminal.say(
        msg("Feed {number}. Its addresses are shown this once; whoever has one can read it.", number=number)
    )
    for said, address in (
        (msg("For calendar programs:"), made.address.ics),
        (msg("The month as a page:"), made.address.page),
    ):
        terminal.say(said)
        terminal.line(address)


def _subject(kinds: dict[str, str | None], community: Community) -> FeedSubject:
    named = [FeedSubject(kind, key) for kind, _ in _KINDS if (key := kinds[kind]) is not None]
    if len(named) > 1:
        raise CommandError(
            msg("A feed is of one thing."), msg("Name one of --theme, --cohort, --city, --role, --person.")
        )
    subject = named[0] if named else FeedSubject("community", community.key)
    if name_of(subject, community) is None:
        raise CommandError(
            msg("The community has nothing called “{key}” to make a feed of.", key=subject.key),
            msg("Look at the keys and user names in community.yaml; of people, active members have one."),
        )
    return subject


def _language(wanted: str | None, subject: FeedSubject, community: Community) -> str:
    spoken = languages_of(subject, community)
    if wanted is not None and wanted not in spoken:
        raise CommandError(
            msg("The feed cannot be read in “{language}”.", language=wanted),
            msg("Choose one of: {languages}.", languages=", ".join(spoken)),
        )
    return wanted or spoken[0]


async def _made(store: Store, subject: FeedSubject, secret: str) -> Feed:
    return await store.feeds.add(digest_of_own(secret), subject, by=actor(), at=datetime.now(UTC))


def _server(config: Path, data: DataFolder) -> str:
    return feed_server(load_own_settings(config, data), data) or f"http://{LOOPBACK}:{DEFAULT_PORT}"


@feed_group.command("list")
@config_option
@data_option
@json_option
@click.pass_context
def list_command(context: click.Context, *, config: Path, data: DataFolder, as_json: bool) -> None:
    """List the feeds: of what each is, since when, and who has made it; nobody can show their addresses."""
    terminal: Terminal = context.obj

    async def run() -> tuple[Feed, ...]:
        async with opened(config, data) as store:
            return await store.feeds.all()

    feeds = asyncio.run(run())
    if as_json:
        terminal.line(json.dumps({"feeds": [_as_dict(feed) for feed in feeds]}, indent=2))
    elif not feeds:
        terminal.say(msg("There are no feeds."))
    else:
        for line in aligned(_row(feed) for feed in feeds):
            terminal.line(line)


def _row(feed: Feed) -> tuple[str, ...]:
    subject = feed.subject
    return str(feed.id), subject.kind, subject.key, f"{feed.made_at:%Y-%m-%d}", feed.made_by


@feed_group.command("revoke")
@click.argument("number", type=click.IntRange(1))
@config_option
@data_option
@click.pass_context
def revoke_command(context: click.Context, *, number: int, config: Path, data: DataFolder) -> None:
    """Revoke the feed of that NUMBER: from now on nothing is at its address any more."""
    terminal: Terminal = context.obj

    async def run() -> Message:
        async with opened(config, data) as store:
            feed = await store.feeds.revoke(number, by=actor(), at=datetime.now(UTC))
            if feed is None:
                raise CommandError(
                    msg("There is no feed {number}.", number=number),
                    msg("“palabre calendar feed list” shows which there are."),
                )
            await withdraw(data.feeds, feed)
            return msg("Feed {number} is revoked: nothing is at its address any more.", number=number)

    terminal.say(asyncio.run(run()))


def _as_dict(feed: Feed) -> dict[str, object]:
    subject = feed.subject
    return {
        "number": feed.id,
        "kind": subject.kind,
        "key": subject.key,
        "made_at": feed.made_at.isoformat(),
        "made_by": feed.made_by,
    }
