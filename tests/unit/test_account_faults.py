"""Which faults follow from which facts, and how often coordinators are told of one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from community.accounts.faults import AccountFault, FaultKind, fault_of, said_of
from community.alarms.fault_telling import tell_faults
from community.jobs.notice_text import sentences_of
from community.jobs.notices import COORDINATORS, Notice
from community.storage import Store
from matrix.ids import DeviceId, RoomId, UserId
from provisioning.account_faults import AccountsSeen, Expected, account_faults, left_to_keepers
from provisioning.safe_rooms import Phase, SafeRoom
from provisioning.snapshot import Account, Membership, Room, Snapshot
from tests.lib.memory_homeserver import OWN

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
AWA, MALLORY = UserId("@awa:palabre.localhost"), UserId("@mallory:palabre.localhost")
TALK = RoomId("!talk")
KEYS: Mapping[UserId, str] = {OWN.provisioner: "p", OWN.break_glass: "b"}
SEEN = AccountsSeen(frozenset({OWN.provisioner}), master_keys=KEYS)
EXPECTED = Expected(KEYS, frozenset(), {TALK: None})
DESIRED = Snapshot({AWA: Account(AWA, "Awa")}, {}, OWN)
STATE = {("m.room.name", ""): {"name": "Speaking freely"}}


def safe_room(phase: Phase, *, inside: bool, bot: Membership = Membership.BANNED) -> SafeRoom:
    room = Room("talk", is_space=False, state=STATE, gate="gate")
    there = replace(room, room_id=TALK, inside=inside, members={OWN.bot: bot})
    return SafeRoom(room, there, phase)


HELD = safe_room(Phase.COMPLETE, inside=False)


def faults(
    seen: AccountsSeen = SEEN,
    expected: Expected = EXPECTED,
    actual: Snapshot = DESIRED,
    safe: SafeRoom = HELD,
    *,
    believed: bool = True,
) -> list[AccountFault]:
    return list(account_faults(seen, expected, DESIRED, actual, [safe], believed=believed))


def test_all_is_well() -> None:
    assert faults() == []


@pytest.mark.parametrize("account", OWN.sealed)
def test_a_device_another_identity_and_none_are_faults_of_each_sealed_account(account: UserId) -> None:
    devices = {account: (DeviceId("THIEF"),)}
    assert faults(replace(SEEN, devices=devices)) == [AccountFault(FaultKind.DEVICE_KEYS, account)]
    others = {**KEYS, account: "other"}
    assert faults(replace(SEEN, master_keys=others)) == [AccountFault(FaultKind.OTHER_IDENTITY, account)]
    gone = {user: key for user, key in KEYS.items() if user != account}
    assert faults(replace(SEEN, master_keys=gone)) == [AccountFault(FaultKind.NO_IDENTITY, account)]


def test_an_identity_that_nobody_noted_is_foreign_and_none_at_all_is_not_yet_sealed() -> None:
    unsealed = replace(EXPECTED, master_keys={})
    assert [fault.kind for fault in faults(expected=unsealed)] == [FaultKind.OTHER_IDENTITY] * 2
    assert faults(replace(SEEN, master_keys={}), unsealed) == []


def test_administrators_are_known_by_name() -> None:
    seen = replace(SEEN, administrators=frozenset({OWN.provisioner, MALLORY, OWN.break_glass}))
    both = [AccountFault(FaultKind.ADMINISTRATOR, user) for user in (MALLORY, OWN.break_glass)]
    assert faults(seen) == both
    assert faults(seen, replace(EXPECTED, administrators=frozenset({MALLORY}))) == both[1:]


@pytest.mark.parametrize("account", [OWN.provisioner, OWN.bot, OWN.break_glass])
def test_a_password_that_is_another_than_the_noted_one_was_reset(account: UserId) -> None:
    seen = replace(SEEN, passwords={OWN.provisioner: "1", OWN.bot: "2", OWN.break_glass: "3"})
    assert faults(seen) == []
    assert faults(seen, replace(EXPECTED, passwords=seen.passwords)) == []
    noted = {**seen.passwords, account: "another"}
    assert faults(seen, replace(EXPECTED, passwords=noted)) == [
        AccountFault(FaultKind.PASSWORD_RESET, account)
    ]
    assert faults(SEEN, replace(EXPECTED, passwords=noted)) == [], "the homeserver says nothing"


def test_break_glass_belongs_in_no_room() -> None:
    seen = replace(SEEN, break_glass_rooms=(RoomId("!a"), RoomId("!b")))
    assert faults(seen) == [AccountFault(FaultKind.BREAK_GLASS_INSIDE, OWN.break_glass)]


@pytest.mark.parametrize("phase", [Phase.FORMING, Phase.THIN, Phase.COMPLETE, Phase.LOCKED])
def test_the_provisioner_is_in_no_safe_room_that_it_had_left(phase: Phase) -> None:
    back = safe_room(phase, inside=True)
    assert faults(safe=back) == [
        AccountFault(FaultKind.PROVISIONER_INSIDE, OWN.provisioner, "Speaking freely")
    ]
    assert faults(expected=replace(EXPECTED, left={}), safe=back) == []
    assert left_to_keepers([HELD, back]) == {TALK: None}


def test_the_bot_is_in_no_safe_room_after_that() -> None:
    inside = safe_room(Phase.COMPLETE, inside=False, bot=Membership.JOINED)
    assert faults(safe=inside) == [AccountFault(FaultKind.BOT_INSIDE, OWN.bot, "Speaking freely")]
    assert faults(expected=replace(EXPECTED, left={}), safe=inside) == []


def test_a_stranger_is_a_fault_once_however_many_rooms_and_not_where_the_description_is_doubted() -> None:
    members = {AWA: Membership.JOINED, MALLORY: Membership.JOINED, OWN.bot: Membership.JOINED}
    rooms = {key: Room(key, is_space=False, state={}, members=members) for key in ("a", "b")}
    actual = Snapshot({}, rooms, OWN)
    assert faults(actual=actual) == [AccountFault(FaultKind.STRANGER, MALLORY)]
    assert faults(actual=actual, believed=False) == []


@pytest.mark.parametrize("kind", list(FaultKind))
def test_each_fault_is_said_with_what_to_do_and_read_back(kind: FaultKind) -> None:
    fault = AccountFault(kind, MALLORY, "Speaking freely")
    assert fault_of(fault.values) == fault
    sentence, remedy = said_of(fault)
    assert MALLORY in str(sentence)
    assert str(remedy).endswith(".")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


async def test_a_fault_is_told_once_and_again_after_it_had_gone(store: Store) -> None:
    fault = AccountFault(FaultKind.ADMINISTRATOR, MALLORY)
    told = []
    for index, found in enumerate([(), (fault,), (fault,), (), (fault,), (fault,)]):
        await tell_faults(store, found, actor="test", at=NOW + timedelta(minutes=index))
        told.append(len(await store.jobs.pending("notice")))
    assert told == [0, 1, 1, 1, 2, 2]
    notice = Notice.decoded((await store.jobs.pending("notice"))[0].payload)
    assert notice.audience == COORDINATORS
    assert sentences_of(notice) == said_of(fault)


async def test_no_fault_is_noted_that_is_not_told(store: Store) -> None:
    fault = AccountFault(FaultKind.DEVICE_KEYS, OWN.provisioner)

    def broken_off(_name: str, _since: datetime) -> Notice:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await store.standing_faults.begin([fault.key], NOW, broken_off)
    assert await store.standing_faults.all() == {}
    for minutes in (1, 2):
        await tell_faults(store, (fault,), actor="test", at=NOW + timedelta(minutes=minutes))
    assert len(await store.jobs.pending("notice")) == 1
    assert await store.standing_faults.all() == {fault.key: NOW + timedelta(minutes=1)}


def test_who_came_into_a_safe_room_past_its_space_is_a_fault_and_who_is_on_their_way_out_is_none() -> None:
    bo = UserId("@bo:palabre.localhost")
    assert HELD.there is not None
    there = replace(
        HELD.there, members={OWN.bot: Membership.BANNED, AWA: Membership.JOINED, bo: Membership.INVITED}
    )
    safe = replace(HELD, there=there, room=replace(HELD.room, members={bo: Membership.INVITED}))
    gate = Room("gate", is_space=True, state={}, room_id=RoomId("!gate"))
    actual = replace(DESIRED, rooms={"gate": gate})
    past = [AccountFault(FaultKind.PAST_GATE, AWA, "Speaking freely")]
    assert faults(actual=actual, safe=safe) == past
    assert faults(actual=actual, safe=safe, believed=False) == []
    still_in = replace(DESIRED, rooms={"gate": replace(gate, members={AWA: Membership.JOINED})})
    assert faults(actual=still_in, safe=safe) == []
    assert faults(actual=actual, safe=replace(safe, phase=Phase.FORMING)) == []
