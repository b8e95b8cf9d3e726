"""What `palabre doctor` finds of what Palabre stands on: its database, the homeserver's version, the public address."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from community.core.doctor import Finding, State
from community.core.errors import PalabreError
from community.core.messages import msg
from community.description.data_folder import DataFolder, homeserver_url
from community.description.load import load_usable
from community.description.settings import Settings
from community.storage.examined import ExaminedStore, examine_store
from community.storage.schema_revision import known_revisions
from matrix.configuration_api import ConfigurationApi
from matrix.http import HomeserverClient
from matrix.public_server import HTTPS, PublicServer
from palabre_cli.installers import pinned_synapse
from palabre_cli.options import shipped
from palabre_cli.public_findings import PublicPlace, public_findings
from palabre_cli.version_findings import python_finding, synapse_finding

_POSTGRESQL = 5432


async def database_findings(settings: Settings, data: DataFolder) -> tuple[Finding, ...]:
    """Say whether the store's database answers, is whole and of this version; nothing where there is none yet."""
    try:
        found = await examine_store(settings, data)
    except PalabreError as error:
        return (Finding("database", State.FAULT, error.sentence, error.remedy),)
    return () if found is None else (store_finding(found, known_revisions()),)


def store_finding(found: ExaminedStore, known: Sequence[str]) -> Finding:
    """Return the finding of a store that can be read; ``known``: the revisions of the schema, the newest first."""
    if found.damage is not None:
        return Finding(
            "database",
            State.FAULT,
            msg("Palabre's database is damaged: {reason}.", reason=found.damage),
            msg(
                "Stop Palabre, put back the copy that you keep of it, and check the disk (docs/operator.md)."
            ),
        )
    if found.revision == known[0]:
        said = msg("Palabre's database answers, and its tables are those of this version.")
        return Finding("database", State.OK, said)
    if found.revision is None or found.revision in known:
        return Finding(
            "database",
            State.WARNING,
            msg("Palabre's database is of an older version."),
            msg("Stop Palabre and run “palabre upgrade”, which makes a backup first."),
        )
    return Finding(
        "database",
        State.FAULT,
        msg("A newer Palabre has written the database."),
        msg("Install the newer version again."),
    )


async def version_findings(settings: Settings, data: DataFolder) -> tuple[Finding, ...]:
    """Say how the versions suit; of a homeserver that is away others say so."""
    python = python_finding(sys.version_info[:2])
    try:
        async with HomeserverClient(homeserver_url(settings, data), attempts=1) as http:
            version = await ConfigurationApi(http).synapse_version()
    except PalabreError:
        version = None
    if version is None:
        return (python,)
    return (synapse_finding(version, pinned_synapse(shipped("synapse") / "constraints.txt")), python)


def address_findings(
    config: Path, settings: Settings, now: datetime, *, is_cut_off: bool = False
) -> Iterator[Finding]:
    """Look at the public address, where there is one; ``is_cut_off``: nothing outside is reached from here."""
    if settings.public_address is None:
        return
    if is_cut_off:
        yield Finding(
            "public",
            State.WARNING,
            msg("From here nothing outside is reached, so the public address was not looked at."),
            msg("Look from the machine itself: ./palabre doctor --public"),
        )
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
