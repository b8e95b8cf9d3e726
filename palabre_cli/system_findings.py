"""What `palabre doctor` finds of what Palabre stands on: its database, the homeserver's version, the public address."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from community.core.doctor import Finding, State
from community.core.errors import PalabreError
from community.core.messages import msg
from community.description.data_folder import DataFolder, homeserver_url
from community.description.load import load_usable
from community.description.settings import Settings
from community.storage import open_store
from matrix.admin import AdminApi
from matrix.http import HomeserverClient
from matrix.public_server import HTTPS, PublicServer
from palabre_cli.options import shipped
from palabre_cli.public_findings import PublicPlace, public_findings
from palabre_cli.version_findings import python_finding, synapse_finding

_POSTGRESQL = 5432


async def database_findings(settings: Settings, data: DataFolder) -> tuple[Finding, ...]:
    """Say whether the store's database answers and is whole; nothing where there is none yet."""
    if settings.store_url is None and not data.store.exists():
        return ()
    try:
        async with await open_store(settings, data) as store:
            damage = await store.damage()
    except PalabreError as error:
        return (Finding("database", State.FAULT, error.sentence, error.remedy),)
    if damage is not None:
        return (
            Finding(
                "database",
                State.FAULT,
                msg("Palabre's database is damaged: {reason}.", reason=damage),
                msg(
                    "Stop Palabre, put back the copy that you keep of it, and check the disk (docs/operator.md)."
                ),
            ),
        )
    return (
        Finding(
            "database",
            State.OK,
            msg("Palabre's database answers, and its tables are those of this version."),
        ),
    )


async def version_findings(settings: Settings, data: DataFolder) -> tuple[Finding, ...]:
    """Say how the versions suit; of a homeserver that is away others say so."""
    python = python_finding(sys.version_info[:2])
    try:
        async with HomeserverClient(homeserver_url(settings, data), attempts=1) as http:
            version = await AdminApi(http).server_version()
    except PalabreError:
        return (python,)
    return (synapse_finding(version, pinned_synapse()), python)


def pinned_synapse() -> str:
    """Return the version of Synapse that Palabre is tested with."""
    pinned = re.search(
        r"^matrix-synapse==(\S+)$", (shipped("synapse") / "constraints.txt").read_text(), re.MULTILINE
    )
    if pinned is None:
        raise AssertionError("synapse/constraints.txt pins no Synapse")
    return pinned[1]


def address_findings(config: Path, settings: Settings, now: datetime) -> Iterator[Finding]:
    """Look at the public address, where there is one."""
    if settings.public_address is None:
        return
    host, _, port = settings.public_address.removeprefix("https://").partition(":")
    name, _, name_port = settings.homeserver.server_name.partition(":")
    yield from public_findings(
        PublicPlace(
            settings.public_address,
            PublicServer(host, int(port or HTTPS)),
            PublicServer(name, int(name_port or HTTPS)),
            federates=_federates(config),
            own_ports=own_ports(settings),
        ),
        now,
    )


def own_ports(settings: Settings) -> tuple[int, ...]:
    """Return the ports that the settings open on this computer, and PostgreSQL's."""
    named = (settings.homeserver.metrics_port, settings.provisioning.http_port, settings.bots.metrics_port)
    return (_POSTGRESQL, *(port for port in named if port))


def _federates(config: Path) -> bool:
    """Whether the description names other homeservers; one with mistakes is looked at as if it did not."""
    community = load_usable(config).community
    return community is not None and bool(community.federation)
