"""``palabre identity``: whose identity has changed, and accepting a new one at the terminal."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from community.accounts.identities import Pin, fingerprint, same_fingerprint
from community.core.messages import Translator, msg
from community.core.plain_text import one_line
from community.description.data_folder import DataFolder
from community.description.known_community import load_own_settings
from community.jobs.notices import Notice, NoticeKind
from matrix.ids import user_id
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option, data_option
from palabre_cli.stored import actor, json_option, opened
from palabre_cli.terminal import Terminal


@click.group("identity")
def identity_command() -> None:
    """Whose identity the bot has pinned, and whose has changed."""


@identity_command.command("list")
@config_option
@data_option
@json_option
@click.pass_context
def list_command(context: click.Context, *, config: Path, data: DataFolder, as_json: bool) -> None:
    """List the pinned identities; those that have changed come first."""
    terminal: Terminal = context.obj
    pins = sorted(asyncio.run(_pins(config, data)), key=lambda pin: (not pin.is_changed, pin.user_id))
    if as_json:
        listed = [{**asdict(pin), "state": "changed" if pin.is_changed else "pinned"} for pin in pins]
        terminal.line(json.dumps({"identities": listed}, indent=2, default=lambda moment: moment.isoformat()))
        return
    for pin in pins:
        for line in _lines(pin, terminal.translate):
            terminal.line(line)
    if not pins:
        terminal.say(msg("No identity has been pinned yet: the bot does it when it first sees somebody's."))


@identity_command.command("accept")
@click.argument("user", metavar="USER")
@config_option
@data_option
@click.option(
    "--yes", metavar="FINGERPRINT", help="The new fingerprint, as it was compared; nothing is asked."
)
@click.pass_context
def accept_command(
    context: click.Context, *, user: str, config: Path, data: DataFolder, yes: str | None
) -> None:
    """Accept the new identity of USER (a user name or Matrix ID), having reached them another way."""
    terminal: Terminal = context.obj
    server = load_own_settings(config, data).homeserver.server_name
    full = user if user.startswith("@") else str(user_id(user, server))
    pin = next((pin for pin in asyncio.run(_pins(config, data)) if pin.user_id == full), None)
    if pin is None or pin.changed_to is None:
        raise CommandError(
            msg("The identity of {user} has not changed: there is nothing to accept.", user=one_line(full)),
            msg("“palabre identity list” shows whose has."),
        )
    for line in _lines(pin, terminal.translate):
        terminal.line(line)
    _confirm(terminal, pin.changed_to, yes)
    asyncio.run(_accept(config, data, full, pin.changed_to))
    terminal.say(msg("Accepted: the bot believes the new identity of {user} from now on.", user=full))


def _confirm(terminal: Terminal, key: str, yes: str | None) -> None:
    """Make sure that it is this key that is meant.

    Raises:
        CommandError: it is not, or nobody has said so.
    """
    said = yes
    if said is None and sys.stdin.isatty() and terminal.shows_secrets:
        asked = msg(
            "Have you spoken to them, by telephone or in person? Then write the first four letters of the new key"
        )
        said = key if click.prompt(terminal.translate(asked)).strip() == key[:4] else ""
    if said is None or not same_fingerprint(said, key):
        raise CommandError(
            msg("Nothing was accepted: that is not the new fingerprint."),
            msg("In a script name it whole: --yes “{key}”.", key=fingerprint(key)),
        )


async def _pins(config: Path, data: DataFolder) -> tuple[Pin, ...]:
    async with opened(config, data) as store:
        return await store.identities.all()


async def _accept(config: Path, data: DataFolder, user: str, key: str) -> None:
    now = datetime.now(UTC)
    async with opened(config, data) as store:
        if not await store.identities.accept(user, key, by=actor(), at=now):
            raise CommandError(
                msg("It has changed again meanwhile: nothing was accepted."), msg("Look at it anew.")
            )
        await store.jobs.file(Notice(NoticeKind.IDENTITY_ACCEPTED, user, key, {}), at=now)


def _lines(pin: Pin, translate: Translator) -> Iterator[str]:
    yield pin.user_id
    since = f"{pin.seen_at:%Y-%m-%d %H:%M}"
    if pin.accepted_by is None:
        yield "  " + translate(
            msg("pinned {key}, first seen {since} (UTC)", key=fingerprint(pin.master_key), since=since)
        )
    else:
        accepted = msg(
            "pinned {key}, first seen {since} (UTC), accepted by {who}",
            key=fingerprint(pin.master_key),
            since=since,
            who=pin.accepted_by,
        )
        yield "  " + translate(accepted)
    if pin.changed_to is not None:
        changed = msg(
            "CHANGED to {key}, since {since} (UTC)",
            key=fingerprint(pin.changed_to),
            since=f"{pin.changed_at:%Y-%m-%d %H:%M}",
        )
        yield "  " + translate(changed)
