"""``palabre web``: the process that serves the network's own pages."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from community.core.listening import LOOPBACK
from community.feeds.listening import note_listening, noted_port
from palabre_cli.options import config_option
from palabre_cli.running import until_stopped
from web.paths import DEFAULT_PORT
from web.server import Served, run


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
@click.option("--bind", default=LOOPBACK, show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on (default: 8010; 0: any).")
@click.option(
    "--note",
    type=click.Path(path_type=Path),
    help="A file that keeps the port: without --port it is the one of the last start, or any where that is taken.",
)
def web_command(
    config: Path, pages: Path | None, feeds: Path | None, bind: str, port: int | None, note: Path | None
) -> None:
    """Serve the network's own pages and its health, for the proxy in front."""
    folder = config.absolute().parent / "web" / "palabre" if pages is None else pages
    served = Served(folder, feeds)
    if note is None:
        ports = [DEFAULT_PORT if port is None else port]
        until_stopped(lambda stop: run(served, bind, ports, stop=stop))
        return
    ports = [noted_port(note) or DEFAULT_PORT, 0] if port is None else [port]
    until_stopped(lambda stop: run(served, bind, ports, stop=stop, listening=partial(note_listening, note)))
