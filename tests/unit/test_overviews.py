"""What `palabre people` and `palabre rooms` make of what the homeserver says."""

from __future__ import annotations

from datetime import date

from community.description.model import Joining, Policy
from community.description.person import Person
from matrix.admin import ServerAccount
from matrix.cross_signing import Identity, Json, SigningKey
from matrix.ids import RoomId, UserId
from provisioning.bot_absences import BotAbsence
from provisioning.changes import JoinMember
from provisioning.people_overview import open_invitations, person_overview
from provisioning.plan import Plan
from provisioning.rooms_overview import RoomProblem, described_by_key, room_overview
from provisioning.safe_rooms import Phase, SafeRoom
from provisioning.snapshot import ENCRYPTION, Membership, OwnAccounts, Room, Snapshot
from tests.lib.space_talk import spaces_community

AWA, BO = UserId("@awa:example.org"), UserId("@bo:example.org")
OWN = OwnAccounts(*(UserId(f"@{name}:example.org") for name in ("provisioner", "palabre", "break-glass")))
PERSON = Person(AWA, "awa", "Awa", "city-lead", "bamako", (), ("fr", "bm"))
SEEN = 1_795_800_000_000


def account(*, seen: int | None = SEEN, locked: bool = False) -> dict[UserId, ServerAccount]:
    return {AWA: ServerAccount(AWA, "Awa", deactivated=False, locked=locked, last_seen=seen)}


def keys(*, signed: int, unsigned: int) -> Json:
    identity = Identity(AWA, *(SigningKey(bytes([number]) * 32) for number in range(3)))
    devices: Json = {f"U{number}": {"device_id": f"U{number}"} for number in range(unsigned)}
    devices |= {f"S{number}": identity.signed_device({"device_id": f"S{number}"}) for number in range(signed)}
    body = identity.upload_body()
    return {
        "device_keys": {AWA: devices},
        "master_keys": {AWA: body["master_key"]},
        "self_signing_keys": {AWA: body["self_signing_key"]},
    }


def test_of_somebody_who_has_never_come_there_is_an_account_alone() -> None:
    found = person_overview(PERSON, account(seen=None), {}, (), {AWA: 3})
    assert (found.account, found.seen, found.identity, found.recovery, found.devices) == (
        True,
        None,
        False,
        False,
        0,
    )
    assert (found.role, found.city, found.languages, found.invitations) == (
        "city-lead",
        "bamako",
        ("fr", "bm"),
        3,
    )
    assert not found.is_ready


def test_without_an_account_or_with_a_closed_one_there_is_none() -> None:
    assert not person_overview(PERSON, {}, {}, (), {}).account
    assert not person_overview(PERSON, account(locked=True), {}, (), {}).account


def test_who_has_verified_every_device_and_set_up_recovery_is_ready() -> None:
    found = person_overview(PERSON, account(), keys(signed=2, unsigned=0), {AWA}, {})
    assert (found.identity, found.devices, found.unverified, found.is_ready) == (True, 2, 0, True)
    assert found.seen == date(2026, 11, 27)
    without = person_overview(PERSON, account(), keys(signed=2, unsigned=0), (), {})
    assert not without.is_ready
    one_more = person_overview(PERSON, account(), keys(signed=1, unsigned=1), {AWA}, {})
    assert (one_more.devices, one_more.unverified, one_more.is_ready) == (2, 1, False)


def test_a_device_that_another_key_has_signed_is_not_verified() -> None:
    other = keys(signed=1, unsigned=0)
    other["self_signing_keys"] = {}
    assert person_overview(PERSON, account(), other, (), {}).unverified == 1


def room(key: str, *, members: dict[UserId, Membership], encrypted: bool = True) -> Room:
    state = {ENCRYPTION: {"algorithm": "m.megolm.v1.aes-sha2"}} if encrypted else {}
    return Room(key, is_space=False, state=state, members=members, room_id=RoomId(f"!{key}"))


def snapshot(*rooms: Room) -> Snapshot:
    return Snapshot({}, {each.key: each for each in rooms}, OWN)


def test_invitations_are_counted_by_person() -> None:
    first = room("cafe", members={AWA: Membership.INVITED, BO: Membership.JOINED})
    second = room("lobby", members={AWA: Membership.INVITED})
    assert open_invitations(snapshot(first, second), ()) == {AWA: 2}


def test_of_a_room_people_are_counted_and_our_own_accounts_are_not() -> None:
    members = {OWN.provisioner: Membership.JOINED, OWN.bot: Membership.INVITED, AWA: Membership.JOINED}
    members[BO] = Membership.INVITED
    cafe = room("cafe", members=members)
    found = room_overview(cafe, snapshot(cafe), Plan(()), {RoomId("!cafe"): date(2026, 11, 3)})
    assert (found.members, found.invited, found.is_encrypted) == (1, 1, True)
    assert (found.active, found.problems) == (date(2026, 11, 3), ())


def test_each_problem_of_a_room_is_named() -> None:
    cafe, lobby = room("cafe", members={}), room("lobby", members={}, encrypted=False)
    thin = SafeRoom(cafe, cafe, Phase.COMPLETE, holders=frozenset({AWA}))
    made = Plan(
        (JoinMember("cafe", AWA),), absent=(BotAbsence("cafe", OWN.bot, Membership.LEFT),), safe=(thin,)
    )
    found = room_overview(cafe, snapshot(cafe, lobby), made, {})
    assert found.problems == tuple(RoomProblem)
    other = room_overview(lobby, snapshot(cafe, lobby), made, {})
    assert (other.problems, other.active, other.is_encrypted) == ((), None, False)


def test_of_a_room_there_is_its_policy_and_how_its_theme_is_joined() -> None:
    found = described_by_key(spaces_community())
    assert found["lobby"] == {"policy": Policy.LOBBY}
    assert found["exchange.mobility"] == {"policy": Policy.CLOSED, "joining": Joining.OPEN}
    assert found["candid-health.health"] == {"policy": Policy.SAFE, "joining": Joining.ASK}
    assert found["exchange.local-taxes"] == {"policy": Policy.CLOSED, "joining": Joining.CLOSED}
