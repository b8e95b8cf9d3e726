"""Options that several commands share."""

from __future__ import annotations

import getpass
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from community.core.listening import ListeningAddress
from community.core.private_files import close_to_others
from community.description.data_folder import DataFolder
from palabre_cli.terminal import Terminal

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
NETWORK = Path("network")
"""Where `palabre init` writes; from then on the commands that are run beside it go by it."""
_LAST_PORT = 65535
REMEMBERED = ".init.json"
"""In the folder of a network: what `palabre init` was answered. Where it is, the folder is whole."""
_ROOT = Path(__file__).parent.parent
_PACKAGED = Path(__file__).parent / "data"


def shipped(name: str) -> Path:
    """Return a folder of data: the checkout's, or the one packed into the wheel."""
    packed = _PACKAGED / name
    return packed if packed.is_dir() else _ROOT / name


def _is_network(folder: Path) -> bool:
    return (folder / REMEMBERED).is_file()


def network_here() -> Path:
    """Return the network that commands go by: ./network, else the reader's own in whose folder they are run.

    One that others may have put there is not taken, as they could into a folder that is everybody's, such as /tmp.
    """
    if not _is_network(NETWORK):
        here = Path(os.curdir).absolute()
        for folder in (here, *here.parents):
            if _is_network(folder) and _is_own(folder):
                return folder
    return NETWORK


def _is_own(network: Path) -> bool:
    """Whether the folder of a network and what it remembers are the reader's, and nobody else writes there."""
    folder, remembered = network.stat(), (network / REMEMBERED).lstat()
    return (
        {folder.st_uid, remembered.st_uid} == {os.geteuid()}
        and stat.S_ISREG(remembered.st_mode)
        and not folder.st_mode & stat.S_IWOTH
    )


def is_example_by_default(context: click.Context) -> bool:
    """Whether a command goes by the example because nobody has said otherwise, and no network is here."""
    is_said = context.get_parameter_source("config") is not ParameterSource.DEFAULT
    return not is_said and not _is_network(network_here())


def _config() -> Path:
    network = network_here()
    return network / "config" if _is_network(network) else shipped("config")


def _beside_config(context: click.Context, data: Path) -> Path:
    """Return the data folder: as it was given, else that of the network whose description is gone by."""
    config = context.params.get("config")
    if context.get_parameter_source("data") is not ParameterSource.DEFAULT or not isinstance(config, Path):
        return data
    network = config.absolute().parent
    return network / "data" if _is_network(network) else data


def user_name() -> str:
    """Return the name of who sits at the terminal, their number where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="PALABRE_CONFIG",
    default=_config,
    help="The folder of the description (default: that of ./network, or of the network around, else the example).",
)


def _examined(context: click.Context, _parameter: click.Parameter, value: Path) -> DataFolder:
    return DataFolder(_beside_config(context, value).absolute())


def _closed(context: click.Context, _parameter: click.Parameter, value: Path) -> DataFolder:
    """Close the folder to others before anything is read from it or written into it."""
    data = DataFolder(_beside_config(context, value).absolute())
    sentence = close_to_others(data.root).sentence
    if sentence is not None and isinstance(context.obj, Terminal):
        context.obj.warn(sentence)
    return data


def _data_option(callback: Callable[[click.Context, click.Parameter, Path], DataFolder]) -> Decorator:
    return click.option(
        "--data",
        type=click.Path(path_type=Path),
        envvar="PALABRE_DATA",
        default=Path("data"),
        callback=callback,
        help="The data folder (default: that beside the network's description, else ./data).",
    )


data_option = _data_option(_closed)


def _listening(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> ListeningAddress | None:
    """Return what is written as an address and a port."""
    if value is None:
        return None
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > _LAST_PORT:
        raise click.BadParameter(f"{value!r} is not an address and a port, such as 0.0.0.0:9101")
    return ListeningAddress(int(port), host)


def postgres_options(host: str, database: str, *, is_required: bool = False) -> Decorator:
    """Return what gives a command the options of Synapse's database; ``host`` and ``database`` are help."""
    options = (
        click.option("--postgres-host", required=is_required, help=host),
        click.option("--postgres-port", default=5432, show_default=True, help="Its port."),
        click.option("--postgres-user", default="synapse", show_default=True, help="The user there."),
        click.option("--postgres-database", default="synapse", show_default=True, help=database),
        click.option(
            "--postgres-password-file", type=click.Path(path_type=Path), help="A file with the password."
        ),
    )

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


metrics_option = click.option(
    "--metrics",
    metavar="ADDRESS:PORT",
    callback=_listening,
    help="Where /metrics is served, such as 0.0.0.0:9101 in a container (default: as settings.yaml says).",
)
examined_data_option = _data_option(_examined)
"""For a command that says how the folder is, and leaves it so."""
