"""``palabre web``: the process that serves the network's own pages."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from community.core.listening import LOOPBACK
from community.core.messages import msg
from community.feeds.listening import note_listening, noted_port
from palabre_cli.errors import CommandError
from palabre_cli.options import config_option
from palabre_cli.running import until_stopped
from web.joining_client import DeskClient
from web.paths import DEFAULT_PORT
from web.server import Served, ServedInvitations, run


@click.command("web")
@config_option
@click.option(
    "--pages",
    type=click.Path(path_type=Path),
    help="The folder of the pages (default: web/palabre beside the description, where “palabre init” writes them).",
)
@click.option(
    "--feeds",
    type=click.Path(path_type=Path),
    help="The folder in which “palabre serve” publishes the calendar's feeds (without it there are none).",
)
@click.option(
    "--invitations",
    type=click.Path(path_type=Path),
    help="The folder in which “palabre serve” publishes open invitations (with --desk; without it nobody joins).",
)
@click.option(
    "--desk",
    type=click.Path(path_type=Path),
    help="The folder with the socket by which “palabre serve” makes accounts for who was invited.",
)
@click.option("--bind", default=LOOPBACK, show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on (default: 8010; 0: any).")
@click.option(
    "--note",
    type=click.Path(path_type=Path),
    help="A file that keeps the port: without --port it is the one of the last start, or any where that is taken.",
)
def web_command(
    config: Path, pages: Path | None, bind: str, port: int | None, note: Path | None, **folders: Path | None
) -> None:
    """Serve the network's own pages and its health, for the proxy in front."""
    folder = config.absolute().parent / "web" / "palabre" if pages is None else pages
    served = Served(folder, folders["feeds"], joining=_joining(folders["invitations"], folders["desk"]))
    if note is None:
        ports = [DEFAULT_PORT if port is None else port]
        until_stopped(lambda stop: run(served, bind, ports, stop=stop))
        return
    ports = [noted_port(note) or DEFAULT_PORT, 0] if port is None else [port]
    until_stopped(lambda stop: run(served, bind, ports, stop=stop, listening=partial(note_listening, note)))


def _joining(invitations: Path | None, desk: Path | None) -> ServedInvitations | None:
    """Return the pages of invitations: both folders are needed for them."""
    if (invitations is None) is not (desk is None):
        raise CommandError(
            msg("The pages of invitations need both folders, and one is named."),
            msg("Name both with --invitations and --desk, or neither."),
        )
    if invitations is None or desk is None:
        return None
    return ServedInvitations(invitations, DeskClient(desk))
