"""``palabre web``: the process that serves the network's own pages."""

from __future__ import annotations

from pathlib import Path

import click

from community.core.listening import LOOPBACK
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
@click.option("--port", default=DEFAULT_PORT, show_default=True, help="The port to listen on.")
def web_command(config: Path, pages: Path | None, feeds: Path | None, bind: str, port: int) -> None:
    """Serve the network's own pages and its health, for the proxy in front."""
    folder = config.absolute().parent / "web" / "palabre" if pages is None else pages
    until_stopped(lambda stop: run(Served(folder, feeds), bind, port, stop=stop))
