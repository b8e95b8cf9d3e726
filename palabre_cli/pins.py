"""``palabre pins``: the images of docker-compose.yml by their digests, so that nobody can put others in their place."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click

from community.core.messages import msg
from palabre_cli.errors import CommandError
from palabre_cli.terminal import Terminal

_COMPOSE = Path(__file__).parent.parent / "docker-compose.yml"
_SERVICE = re.compile(r"  ([a-z][a-z0-9-]*):")
_IMAGE = re.compile(r"    image: (\S+:\S+)")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SECONDS = 120
_HEAD = "# Written by palabre pins: docker compose --file docker-compose.yml --file THIS_FILE …\n"


@click.command("pins")
@click.option(
    "--to",
    "path",
    type=click.Path(path_type=Path),
    default=Path("docker-compose.pins.yml"),
    show_default=True,
    help="The file to write.",
)
@click.pass_context
def pins_command(context: click.Context, path: Path) -> None:
    """Ask the registry for the digest of each image of docker-compose.yml, and write a file that names them."""
    terminal: Terminal = context.obj
    docker = shutil.which("docker")
    if docker is None or not _COMPOSE.exists():
        raise CommandError(
            msg(
                "The digests of images are asked for with Docker, in a checkout of Palabre: one of the two is missing."
            ),
            msg("Run this on the server where the containers run, in Palabre's folder."),
        )
    found = {image: _digest(docker, image) for image in sorted(set(images(_COMPOSE.read_text()).values()))}
    path.write_text(pinned(_COMPOSE.read_text(), found))
    terminal.say(msg("Written: {path}", path=path.absolute()))


def images(compose: str) -> dict[str, str]:
    """Return the image with a version of each service. Pure."""
    found, service = {}, ""
    for line in compose.splitlines():
        if begun := _SERVICE.fullmatch(line):
            service = begun[1]
        if named := _IMAGE.fullmatch(line):
            found[service] = named[1]
    return found


def pinned(compose: str, digests: dict[str, str]) -> str:
    """Return the file that names each image with its digest. Pure."""
    lines = [
        f'  {service}: {{image: "{image}@{digests[image]}"}}\n' for service, image in images(compose).items()
    ]
    return f"{_HEAD}services:\n{''.join(lines)}"


def _digest(docker: str, image: str) -> str:
    """Return the digest that the registry has of an image. Raises CommandError."""
    asked = [docker, "buildx", "imagetools", "inspect", image, "--format", "{{.Manifest.Digest}}"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=_SECONDS)  # noqa: S603
        said = done.stdout.strip() if done.returncode == 0 else ""
    except (OSError, subprocess.TimeoutExpired):
        said = ""
    if _DIGEST.fullmatch(said) is None:
        raise CommandError(
            msg("The registry has given no digest of {image}: nothing was written.", image=image),
            msg(
                "Look whether the network is there and whether “docker buildx version” answers, then try again."
            ),
        )
    return said
