"""Who has come, and how far: signed in, recovery set up, devices verified, invitations still open.

The homeserver is asked a handful of times for everybody, and once for each person who has an identity: whether they
have set up recovery is in a list of nobody's. What it says is believed, as everything here: this is an overview.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from community.description.data_folder import DataFolder
from community.description.person import Person
from community.jobs.invitations import RoomInvitation
from community.jobs.job import Job
from matrix.admin import AdminApi, ServerAccount
from matrix.client_api import ClientApi
from matrix.cross_signing import Json, at, public_key, shown_devices, shown_master_key
from matrix.errors import NotFound
from matrix.ids import UserId
from provisioning.accounts import provisioner_client
from provisioning.described_people import described_people
from provisioning.provisioner import open_provisioner
from provisioning.snapshot import Membership, Snapshot

AT_ONCE = 8
"""Requests under way at a time."""
RECOVERY = ("m.secret_storage.default_key", "m.cross_signing.master")
"""Account data of somebody who has set up recovery: a key of secret storage, and their identity kept in it."""


@dataclass(frozen=True, slots=True)
class PersonOverview:
    """One active person. ``languages``: the first is the one they are answered in.

    ``account``: whether there is an open one. ``seen``: the day on which they were last there, None where they have
    never signed in. ``identity``: whether they have cross-signing keys; ``recovery``: whether these are kept in secret
    storage. ``devices`` are those with encryption, ``unverified`` those of them that they have not signed.
    ``invitations``: rooms that they are invited to, or will be once they have a verified device.
    """

    username: str
    role: str
    city: str | None
    languages: tuple[str, ...]
    account: bool
    seen: date | None
    identity: bool
    recovery: bool
    devices: int
    unverified: int
    invitations: int

    @property
    def is_ready(self) -> bool:
        """Whether they have signed in, verified every device and set up recovery."""
        return self.seen is not None and self.recovery and self.devices > self.unverified == 0


async def people_overview(config: Path, data: DataFolder) -> tuple[PersonOverview, ...]:
    """Return everybody who is active by what was applied last, by user name. Nothing is written.

    Raises:
        PalabreError: the description, the store or the homeserver cannot be read.
    """
    async with open_provisioner(config, data, changing=False) as provisioner:
        applied = await provisioner.in_force()
        server = provisioner.settings.homeserver.server_name
        people, _ = described_people(applied.description.community, server, ())
        actual = await provisioner.homeserver.snapshot()
        asked = await provisioner.store.jobs.pending(RoomInvitation.KIND)
        own = actual.own.provisioner
        async with provisioner_client(provisioner.url, own, data, changing=False) as http:
            accounts = {account.user_id: account for account in await AdminApi(http).accounts()}
            there = [UserId(person.user_id) for person in people if person.user_id in accounts]
            keys = await ClientApi(http).query_keys(there) if there else {}
            with_identity = [user for user in there if shown_master_key(keys, user) is not None]
            recovering = await _recovering(AdminApi(http), with_identity)
    invitations = open_invitations(actual, asked)
    return tuple(
        person_overview(person, accounts, keys, recovering, invitations)
        for person in sorted(people, key=lambda person: person.username)
    )


async def _recovering(admin: AdminApi, users: Iterable[UserId]) -> frozenset[UserId]:
    """Return those of ``users`` who have set up recovery."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def has(user: UserId) -> bool:
        async with slots:
            try:
                kept = await admin.account_data(user)
            except NotFound:
                return False
            return all(kept.get(name) for name in RECOVERY)

    listed = tuple(users)
    found = await asyncio.gather(*(has(user) for user in listed))
    return frozenset(user for user, is_so in zip(listed, found, strict=True) if is_so)


def open_invitations(actual: Snapshot, asked: Iterable[Job]) -> Counter[str]:
    """Return how many rooms each person is invited to, or is to be invited to by the bot. Pure."""
    rooms: set[tuple[str, str]] = {
        (user, str(room.room_id))
        for room in actual.rooms.values()
        for user, stands in room.members.items()
        if stands is Membership.INVITED
    }
    rooms |= {(to.user_id, to.room_id) for _job, to in RoomInvitation.each(asked)}
    return Counter(user for user, _room in rooms)


def person_overview(
    person: Person,
    accounts: Mapping[UserId, ServerAccount],
    keys: Json,
    recovering: Collection[UserId],
    invitations: Mapping[str, int],
) -> PersonOverview:
    """Return what is known of a person. Pure."""
    user = UserId(person.user_id)
    account = accounts.get(user)
    devices = shown_devices(keys, user)
    signed = sum(_is_signed(keys, user, device) for device in devices)
    return PersonOverview(
        username=person.username,
        role=person.role,
        city=person.city,
        languages=tuple(person.languages),
        account=account is not None and not (account.deactivated or account.locked),
        seen=_day(None if account is None else account.last_seen),
        identity=shown_master_key(keys, user) is not None,
        recovery=user in recovering,
        devices=len(devices),
        unverified=len(devices) - signed,
        invitations=invitations.get(user, 0),
    )


def _day(milliseconds: int | None) -> date | None:
    """Return a day; a token that an administrator has made may give 0."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date() if milliseconds else None


def _is_signed(keys: Json, user: UserId, device: str) -> bool:
    """Whether a device bears a signature by the self-signing key that is shown for its owner."""
    signing = public_key(at(keys, "self_signing_keys", user), user_id=user, usage="self_signing")
    signatures = at(keys, "device_keys", user, device, "signatures", user)
    return signing is not None and f"ed25519:{signing}" in (signatures or {})
