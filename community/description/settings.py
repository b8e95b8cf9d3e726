"""``settings.yaml``: how this installation runs. Never a secret: those come from files or the environment."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from community.core.disk import MEGABYTE
from community.core.messages import Message, msg
from community.description.addresses import PublicAddress, ServerName, Url
from community.description.described import Described
from community.description.field_forms import form, matching, refused, without_password
from community.description.fields import Username
from community.description.times import Duration
from community.description.week_time import WeekMoment

_STORE = r"^(sqlite\+aiosqlite|postgresql(\+asyncpg)?)://.*$"
_WITH_PASSWORD = re.compile(r"://[^/@?]*:[^?]*@|[?&]password=")
_PASSWORD_FILE = r"^/.+$"


def _no_store(value: str) -> Message:
    return msg(
        "“{value}” is not the address of a database: expected such as "
        "“postgresql://palabre@localhost/palabre” or “sqlite+aiosqlite:////srv/palabre/palabre.db”",
        value=without_password(value),
    )


def _no_password_in(value: str) -> str:
    if _WITH_PASSWORD.search(value):
        raise refused(
            "store_password",
            msg(
                "a password does not stand here: write it into a file of its own and name that under "
                "store_password_file (or leave it to PGPASSFILE or PGPASSWORD)"
            ),
        )
    return value


def _no_password_file(value: str) -> Message:
    return msg(
        "“{value}” is not the whole path of a file, such as “/srv/palabre/store-password”", value=value
    )


StoreUrl = Annotated[
    str,
    matching(_STORE, "store_url", _no_store),
    AfterValidator(_no_password_in),
    form(
        _STORE,
        "The address of a database, without a password.",
        "an address such as postgresql://palabre@localhost/palabre",
    ),
]
"""The address of the store's database: SQLAlchemy's for SQLite, libpq's for PostgreSQL, never with a password."""

PasswordFile = Annotated[
    str,
    matching(_PASSWORD_FILE, "password_file", _no_password_file),
    form(_PASSWORD_FILE, "The whole path of a file with a password.", "a path that begins with /"),
]


LOOPBACK_NAME = "localhost"
"""The name of every computer for itself, and of all names below it (RFC 6761)."""


def is_on_loopback(name: str) -> bool:
    """Whether a host means the computer on which it is used, such as ``palabre.localhost``."""
    host = name.partition(":")[0]
    return host == LOOPBACK_NAME or host.endswith(f".{LOOPBACK_NAME}") or _is_loopback_number(host)


def is_for_this_computer(address: str) -> bool:
    """Whether an address at which Palabre serves pages leads nowhere from another device."""
    return not address.startswith("https://")


def _is_loopback_number(host: str) -> bool:
    """Whether a host is one of 127.0.0.0/8, also in a shorter form; a domain never ends in a number."""
    return host.startswith("127.") and host.rpartition(".")[2].isdecimal()


class HomeserverSettings(Described):
    """Which homeserver. Without ``url``, `palabre up` runs one of its own (embedded).

    ``bots_url`` is where the bots reach it, where that is another address than the provisioning's (a worker,
    a reverse proxy).
    """

    server_name: ServerName = "palabre.localhost"
    """The part after the colon in ``@user:palabre.localhost``. Never change it once people have signed in."""
    url: Url | None = None
    """The address of a homeserver of your own; without it `palabre up` runs one on this computer."""
    bots_url: Url | None = None
    least_free_mb: int = Field(default=1000, ge=0)
    """Megabytes that must be free on the disk; with less, `palabre up` takes no files until there is room."""
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    """Where on 127.0.0.1 the homeserver that `palabre up` runs serves its metrics; null has none."""

    @property
    def least_free(self) -> int:
        """`least_free_mb` in bytes."""
        return self.least_free_mb * MEGABYTE


class AccountSettings(Described):
    """User names (localparts) of Palabre's own accounts."""

    provisioner: Username = "palabre-provisioner"
    """The account that makes the rooms: in every one of them, and able to read none."""
    bot: Username = "palabre"
    """The bot that answers and posts."""
    break_glass: Username = "palabre-break-glass"
    """The sealed account for the day the provisioner is lost."""
    administrators: tuple[Username, ...] = ()
    """Accounts of people who administrate the homeserver; any other that can is a fault that is told."""


class ProvisioningSettings(Described):
    """What the provisioning service does with a difference it finds: only report it, or apply the plan."""

    reconcile: Literal["report", "apply"] = "report"
    """``report`` writes a difference to the log; ``apply`` removes it."""
    existing_accounts: Literal["hold", "adopt"] = "hold"
    """``hold``: an account that was there before Palabre made one for its person gets nothing until somebody has said
    whose it is; ``adopt`` takes each for its person's."""
    every: Duration = Field(default="5min", validate_default=True)
    """How often it looks, besides each time the files change."""
    http_port: int | None = Field(default=None, ge=0, le=65535)
    """Where on 127.0.0.1 it answers /healthz, /readyz and /metrics; 0 takes a free one, null has none."""


class BotSettings(Described):
    """``late_limit``: a scheduled message that could not be sent for longer than this is dropped.

    ``signed_devices_only``: devices that their owner has not verified get no keys and are not listened to (MSC4153).
    ``metrics_port``: where on 127.0.0.1 Prometheus finds the bot's metrics; 0 takes a free one, null has none.
    """

    late_limit: Duration = Field(default="2d", validate_default=True)
    signed_devices_only: bool = True
    identity_change: Literal["go-on", "hold"] = "go-on"
    """``go-on`` gives the devices of a person whose identity has changed room keys as before; ``hold`` gives them none
    until a coordinator has accepted the new identity."""
    metrics_port: int | None = Field(default=None, ge=0, le=65535)

    @property
    def withholds_keys(self) -> bool:
        """Whether the devices of an identity that nobody has accepted get no keys."""
        return self.identity_change == "hold"


class WebSettings(Described):
    """Where `palabre up` serves the calendar's feeds."""

    port: int | None = Field(default=None, ge=0, le=65535)
    """A port on 127.0.0.1, 0 for any; null is 8010, or a free one where that is taken."""


class JoiningSettings(Described):
    """How people come into the network."""

    link_lifetime: Duration = Field(default="14d", validate_default=True)
    """How long somebody can come by the link of an invitation, where whoever makes it says nothing else."""


_RECIPIENT = r"^age1[02-9ac-hj-np-z]{58}$"


def _no_recipient(value: str) -> Message:
    if value.upper().startswith("AGE-SECRET-KEY"):
        # Never shown: it would be in a log.
        return msg(
            "that is the private part of a key for backups: take it out of this file, and write the public one, which "
            "begins with age1"
        )
    return msg(
        "“{value}” is no public key for backups: expected one that begins with age1, as “palabre backup key” shows it",
        value=value,
    )


BackupRecipient = Annotated[
    str,
    matching(_RECIPIENT, "backup_recipient", _no_recipient),
    form(_RECIPIENT, "The public part of a key for backups.", "a key that begins with age1"),
]
"""The public part of a key in the age format, to which backups are encrypted."""


class KeepSettings(Described):
    """How many backups stay: the newest of each of so many days, weeks and months that have one."""

    days: int = Field(default=7, ge=1)
    weeks: int = Field(default=4, ge=0)
    months: int = Field(default=12, ge=0)


class BackupSettings(Described):
    """To whose keys backups are encrypted, where they are written (without ``folder`` DATA/backups), what is kept."""

    recipients: tuple[BackupRecipient, ...] = ()
    folder: str | None = None
    keep: KeepSettings = KeepSettings()


class Settings(Described):
    """The whole of ``settings.yaml``; each part has defaults, so the file may be absent."""

    version: Literal[1] = 1
    homeserver: HomeserverSettings = HomeserverSettings()
    public_address: PublicAddress | None = None
    """Where people reach the community with a browser or an app, ``https://…``; without it, on this computer only."""
    accounts: AccountSettings = AccountSettings()
    provisioning: ProvisioningSettings = ProvisioningSettings()
    bots: BotSettings = BotSettings()
    web: WebSettings = WebSettings()
    joining: JoiningSettings = JoiningSettings()
    weekly_line: WeekMoment = Field(default="monday 09:00", validate_default=True)
    """When coordinators are told once a week that all is well, or what is not; ``off`` never."""
    backup: BackupSettings = BackupSettings()
    store_url: StoreUrl | None = None
    """The store's database, ``sqlite+aiosqlite:///…`` or ``postgresql://…``; without it DATA/palabre.db."""
    store_password_file: PasswordFile | None = None
    """The file with the password of the store's PostgreSQL; without it PGPASSFILE or PGPASSWORD hold."""
    store_connections: int = Field(default=10, ge=2, le=1000)
    """The most connections that one process has to PostgreSQL."""

    @field_validator("public_address")
    @classmethod
    def _reachable(cls, address: str | None, info: ValidationInfo) -> str | None:
        homeserver = info.data.get("homeserver")
        if address is None or homeserver is None:
            return address
        for name in (homeserver.server_name, address.removeprefix("https://")):
            if is_on_loopback(name):
                raise refused(
                    "address_of_loopback",
                    msg(
                        "“{name}” exists on this computer only and cannot have an address for people: give "
                        "homeserver.server_name a domain of yours, or remove public_address",
                        name=name,
                    ),
                )
        return address
