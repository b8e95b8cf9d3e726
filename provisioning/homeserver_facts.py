"""Looks how a homeserver that was there already is set up, as far as it can be seen by its API.

Nothing is changed. What only an ordinary account sees is looked at as the bot, by a token that belongs to no device and
is ended at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from community.description.data_folder import DataFolder, read_private_json
from matrix.admin import AdminApi
from matrix.client_api import ClientApi
from matrix.configuration_api import ConfigurationApi
from matrix.cross_signing import at
from matrix.errors import Forbidden, MatrixError, UnknownToken
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, RoomId
from provisioning.sealed_accounts import acting_as
from provisioning.snapshot import OwnAccounts
from provisioning.token_renewal import PROVISIONER

ROOM_VERSION = "12"
_ROOMS_ASKED = 5
_POLLS = ".org.matrix.msc3930.rule.poll_start"


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """What anybody sees of a homeserver. ``version``: Synapse's, None where its admin API is not reached."""

    version: str | None
    passwords: bool
    delegated: bool
    registration: bool
    public_rooms: bool
    profiles: bool
    federation: bool
    least_password_length: int


@dataclass(frozen=True, slots=True)
class AdministratorFacts:
    """What the provisioner sees.

    ``room_version``: whether rooms of version 12 can be made. ``names``: whether people may change how they are called;
    ``addresses``: whether they may add e-mail addresses. ``guests`` and ``listed`` count accounts and public rooms.
    ``unlimited``: whether our two accounts are free of rate limits. ``polls``: whether polls notify.
    """

    room_version: bool
    names: bool
    addresses: bool
    previews: bool
    guests: int
    listed: int
    unlimited: bool
    polls: bool


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What an ordinary account sees; ``aliases``: whether it may make any, None where it is in no room yet."""

    directory: bool
    profiles: bool
    aliases: bool | None


@dataclass(frozen=True, slots=True)
class HomeserverFacts:
    """Each part is None where it could not be looked at."""

    public: PublicFacts
    administrator: AdministratorFacts | None = None
    member: MemberFacts | None = None
    refused: bool = False
    """The provisioner's token is there, and is not an administrator's or not known any more."""


async def look(url: str, own: OwnAccounts, data: DataFolder) -> HomeserverFacts:
    """Look at the homeserver.

    Raises:
        MatrixError: it does not answer.
        DataFolderError: the provisioner's file is damaged.
    """
    async with HomeserverClient(url) as http:
        public = await _public(http, own)
        token = (read_private_json(data.secret(PROVISIONER)) or {}).get("access_token")
        if not isinstance(token, str) or public.version is None:
            return HomeserverFacts(public)
        http.use_token(AccessToken(token))
        try:
            administrator = await _administrator(http, own)
        except (Forbidden, UnknownToken):
            return HomeserverFacts(public, refused=True)
        return HomeserverFacts(public, administrator, await _member(http, own))


async def _public(http: HomeserverClient, own: OwnAccounts) -> PublicFacts:
    await ClientApi(http).versions()
    api = ConfigurationApi(http)
    return PublicFacts(
        version=await api.synapse_version(),
        passwords="m.login.password" in await api.login_types(),
        delegated=await api.delegates_accounts(),
        registration=await api.lets_anybody_register(),
        public_rooms=await api.lists_rooms_to_anybody(),
        profiles=await api.shows_profile(own.bot),
        federation=await api.answers_other_servers(),
        least_password_length=await api.least_password_length(),
    )


async def _administrator(http: HomeserverClient, own: OwnAccounts) -> AdministratorFacts:
    api, admin = ConfigurationApi(http), AdminApi(http)
    able = await api.capabilities()
    free = [await admin.has_no_rate_limit(user) for user in (own.provisioner, own.bot)]
    return AdministratorFacts(
        room_version=ROOM_VERSION in (at(able, "m.room_versions", "available") or {}),
        names=_enabled(able, "m.set_displayname"),
        addresses=_enabled(able, "m.3pid_changes"),
        previews=await api.makes_previews(),
        guests=await admin.guests(),
        listed=await api.public_rooms(),
        unlimited=all(free),
        polls=_POLLS in await api.push_rules(),
    )


def _enabled(capabilities: Any, name: str) -> bool:
    """Whether a capability is there; one that is not said is (spec, "Capabilities negotiation")."""
    return at(capabilities, name, "enabled") is not False


async def _member(http: HomeserverClient, own: OwnAccounts) -> MemberFacts | None:
    """Look as the bot at break-glass, an account that shares no room with it."""
    try:
        async with acting_as(http, own.bot, own) as client:
            api = ConfigurationApi(client.http)
            name = own.break_glass[1:].partition(":")[0]
            rooms = await AdminApi(http).rooms_of(own.bot)
            return MemberFacts(
                directory=await api.finds_in_user_directory(own.break_glass, name),
                profiles=await api.shows_profile(own.break_glass),
                aliases=await _may_make_aliases(api, rooms[:_ROOMS_ASKED]),
            )
    except MatrixError:
        # No such account yet, or it is locked: what an ordinary account sees is not known.
        return None


async def _may_make_aliases(api: ConfigurationApi, rooms: tuple[RoomId, ...]) -> bool | None:
    for room_id in rooms:
        alias = await api.canonical_alias(room_id)
        if alias is not None:
            return await api.may_make_alias(alias, room_id)
    return None
