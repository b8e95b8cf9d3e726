"""The contract of the homeserver port, on the homeserver in memory and on a real Synapse."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from matrix.ids import UserId, user_id
from matrix.locator import LOCATOR_TYPE, Origin
from provisioning.creation import resolved
from provisioning.errors import (
    AccountClosed,
    AccountFound,
    AccountMissing,
    AliasTaken,
    NeedsRoom,
    PersonBanned,
    ProvisionerOutside,
)
from provisioning.snapshot import (
    CHILD,
    PARENT,
    Account,
    AccountClosure,
    Content,
    Membership,
    Room,
    StateKey,
)
from tests.lib.homeserver_bench import PASSWORD, Bench, in_a_room, localpart, new_person, stands
from tests.lib.memory_homeserver import OWN, SERVER

VISIBILITY = "m.room.history_visibility"


def without_children(room: Room) -> dict[tuple[str, str], object]:
    return {key: content for key, content in room.state.items() if key[0] != CHILD}


# --- rooms --------------------------------------------------------------------------------------------------------


async def test_an_untouched_homeserver_has_no_rooms_of_ours(bench: Bench) -> None:
    snapshot = await bench.homeserver.snapshot()
    assert snapshot.rooms == {}
    assert OWN.provisioner in snapshot.accounts
    assert snapshot.own == OWN


async def test_its_clock_is_known_once_it_has_answered(bench: Bench) -> None:
    await bench.homeserver.snapshot()
    shown = bench.homeserver.time()
    assert shown is not None
    # Both are clocks of this machine: they cannot be an hour apart.
    assert abs(shown - datetime.now(UTC)) < timedelta(hours=1)


async def test_rooms_read_back_as_they_are_described(bench: Bench) -> None:
    ids = await bench.made("space", "space.theme.waste", "lobby", "announcements", "cafe", "exchange.waste")
    there = (await bench.homeserver.snapshot()).rooms
    assert {key: room.room_id for key, room in there.items()} == ids
    for key, room in there.items():
        assert room.is_space is key.startswith("space")
        assert dict(room.state) == without_children(bench.desired.rooms[key])
        assert room.members == {OWN.provisioner: Membership.JOINED}
        assert room.creators == (OWN.provisioner, OWN.break_glass)
        assert (room.federated, room.replaced, room.is_archived) == (False, False, False)


async def test_rooms_under_another_key_and_foreign_rooms_in_a_list_are_seen(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    other = f"x{bench.community}"
    creation = {"type": "m.space", **Origin(other, "attic").creation_content()}
    attic = await bench.outside.make_room(localpart(OWN.provisioner), {"creation_content": creation})
    await bench.homeserver.set_state(
        ids["space"], CHILD, "!theirs:elsewhere.example", {"via": ["elsewhere.example"]}
    )
    await bench.homeserver.set_state(ids["space"], CHILD, "!gone:elsewhere.example", {})
    there = await bench.homeserver.snapshot()
    assert sorted(there.rooms) == ["lobby", "space"]
    assert there.others[f"{other}:attic"].room_id == attic
    assert there.rooms["space"].unknown_children == ("!theirs:elsewhere.example",)
    assert there.rooms["lobby"].unknown_children == ()


async def test_a_federated_room_keeps_its_list_of_servers_and_its_retention(bench: Bench) -> None:
    acl = {"allow": [SERVER, "partner.example"], "deny": [], "allow_ip_literals": False}
    lobby = bench.desired.rooms["lobby"]
    rules: dict[StateKey, Content] = {
        ("m.room.server_acl", ""): acl,
        ("m.room.retention", ""): {"max_lifetime": 86_400_000},
    }
    ids = await bench.made("space")
    room_id = await bench.homeserver.create_room(replace(lobby, federated=True), ids)
    for (event_type, state_key), content in rules.items():
        await bench.homeserver.set_state(room_id, event_type, state_key, content)
    room = await bench.room("lobby")
    assert room.federated is True
    assert dict(room.state) == {**lobby.state, **rules}
    for event_type, state_key in rules:
        await bench.homeserver.set_state(room_id, event_type, state_key, {})
    assert dict((await bench.room("lobby")).state) == dict(lobby.state)


async def test_a_room_made_twice_is_one_room(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    assert await bench.homeserver.create_room(bench.desired.rooms["lobby"], ids) == ids["lobby"]
    assert len((await bench.homeserver.snapshot()).rooms) == 2


async def test_a_room_whose_parent_is_not_there_is_not_made(bench: Bench) -> None:
    with pytest.raises(NeedsRoom, match=r"It needs the room space, which could not be made\."):
        await bench.homeserver.create_room(bench.desired.rooms["lobby"], {})
    assert (await bench.homeserver.snapshot()).rooms == {}


async def test_an_alias_that_a_room_of_others_has_is_named(bench: Bench) -> None:
    body = {"room_alias_name": f"{bench.community}.space", "preset": "private_chat"}
    foreign = await bench.outside.make_room("palabre-provisioner", body)
    with pytest.raises(AliasTaken, match=f"#{bench.community}.space:"):
        await bench.homeserver.create_room(bench.desired.rooms["space"], {})
    assert await bench.outside.aliases(foreign) == {f"#{bench.community}.space:{SERVER}"}


async def test_rooms_of_others_are_not_read(bench: Bench) -> None:
    origin = {"org.palabre.community": bench.community, "org.palabre.key": "lobby"}
    locator = {"type": "org.palabre.room", "state_key": "", "content": {"key": "lobby", "kind": "room"}}
    person = f"m{uuid4().hex[:8]}"
    await bench.outside.make_room(person, {"creation_content": origin, "initial_state": [locator]})
    await bench.outside.make_room("palabre-provisioner", {"initial_state": [locator]})
    assert (await bench.homeserver.snapshot()).rooms == {}


async def test_state_is_set_and_may_be_set_again(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    for _ in range(2):
        await bench.homeserver.set_state(ids["lobby"], "m.room.topic", "", {"topic": "Palabre"})
        assert (await bench.room("lobby")).state["m.room.topic", ""] == {"topic": "Palabre"}


async def test_a_link_is_made_and_taken_away(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    for content, linked in (({"via": [SERVER], "suggested": False}, True), ({}, False)):
        (_, state_key), filled = resolved((CHILD, "lobby"), content, ids)
        await bench.homeserver.set_state(ids["space"], CHILD, state_key, filled)
        assert ((CHILD, "lobby") in (await bench.room("space")).state) is linked


async def test_links_to_rooms_of_others_are_not_read(bench: Bench) -> None:
    ids = await bench.made("space")
    other = await bench.outside.make_room("palabre-provisioner", {})
    for event_type in (CHILD, PARENT):
        await bench.homeserver.set_state(ids["space"], event_type, other, {"via": [SERVER]})
    state = (await bench.room("space")).state
    assert [key for event_type, key in state if event_type in (CHILD, PARENT)] == []


async def test_a_room_has_the_picture_that_it_was_made_with_or_given(bench: Bench) -> None:
    ids = await bench.made("space")
    lobby = bench.desired.rooms["lobby"]
    room_id = await bench.homeserver.create_room(replace(lobby, drawing=None), ids)
    assert [(await bench.room(key)).has_picture for key in ("space", "lobby")] == [True, False]
    assert lobby.drawing is not None
    for _ in range(2):
        await bench.homeserver.set_picture(room_id, lobby.drawing)
        assert (await bench.room("lobby")).has_picture


async def test_since_when_newcomers_are_shown_nothing_from_before_is_seen(bench: Bench) -> None:
    ids = await bench.made("space", "lobby", "announcements")
    assert (await bench.room("announcements")).closed_at is None
    first = (await bench.room("lobby")).closed_at
    assert first is not None
    await bench.homeserver.set_state(ids["lobby"], VISIBILITY, "", {"history_visibility": "shared"})
    assert (await bench.room("lobby")).closed_at is None
    await bench.homeserver.set_state(ids["lobby"], VISIBILITY, "", {"history_visibility": "joined"})
    again = (await bench.room("lobby")).closed_at
    assert again is not None
    assert again > first


async def test_when_the_first_message_was_sent_is_known(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    assert await bench.homeserver.first_said(ids["lobby"]) is None
    await bench.outside.say(ids["lobby"], "m.reaction")
    assert await bench.homeserver.first_said(ids["lobby"]) is None
    at = await bench.outside.say(ids["lobby"], "m.room.encrypted")
    first = await bench.homeserver.first_said(ids["lobby"])
    assert first is not None
    # Both are clocks of this machine.
    assert abs(first - at) < 3_600_000
    await bench.outside.say(ids["lobby"], "m.room.encrypted")
    assert await bench.homeserver.first_said(ids["lobby"]) == first


# --- aliases and keys ---------------------------------------------------------------------------------------------


def renamed(bench: Bench, key: str, to: str) -> Room:
    room = bench.desired.rooms[key]
    alias = {"alias": f"#{bench.community}.{to}:{SERVER}"}
    locator = {**room.state[LOCATOR_TYPE, ""], "key": to}
    state = {**room.state, ("m.room.canonical_alias", ""): alias, (LOCATOR_TYPE, ""): locator}
    return replace(room, key=to, state=state)


async def test_a_renamed_room_has_its_new_key_and_alias(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    hall = renamed(bench, "lobby", "hall")
    for _ in range(2):
        await bench.homeserver.rename_room(ids["lobby"], hall, was="lobby")
        rooms = (await bench.homeserver.snapshot()).rooms
        assert rooms.keys() == {"space", "hall"}
        assert rooms["hall"].room_id == ids["lobby"]
        assert dict(rooms["hall"].state) == dict(hall.state)
        assert await bench.outside.aliases(ids["lobby"]) == {f"#{bench.community}.hall:{SERVER}"}


async def test_a_renaming_that_was_broken_off_is_ended(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    hall = renamed(bench, "lobby", "hall")
    canonical = hall.state["m.room.canonical_alias", ""]
    await bench.homeserver.set_state(ids["lobby"], "m.room.canonical_alias", "", canonical)
    assert (await bench.homeserver.snapshot()).rooms.keys() == {"space", "lobby"}
    await bench.homeserver.rename_room(ids["lobby"], hall, was="lobby")
    assert (await bench.homeserver.snapshot()).rooms.keys() == {"space", "hall"}
    assert await bench.outside.aliases(ids["lobby"]) == {f"#{bench.community}.hall:{SERVER}"}


async def test_a_room_is_not_renamed_over_a_room_of_others(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    await bench.outside.make_room("palabre-provisioner", {"room_alias_name": f"{bench.community}.hall"})
    with pytest.raises(AliasTaken, match=f"#{bench.community}.hall:"):
        await bench.homeserver.rename_room(ids["lobby"], renamed(bench, "lobby", "hall"), was="lobby")
    assert (await bench.homeserver.snapshot()).rooms.keys() == {"space", "lobby"}


async def test_the_former_key_of_a_renamed_room_can_be_given_to_a_new_one(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    hall = renamed(bench, "lobby", "hall")
    await bench.homeserver.rename_room(ids["lobby"], hall, was="lobby")
    # Its old alias too, as where the renaming was broken off before the very end.
    old = bench.desired.rooms["lobby"].state["m.room.canonical_alias", ""]
    await bench.homeserver.set_state(ids["lobby"], "m.room.canonical_alias", "", old)
    new = await bench.homeserver.create_room(bench.desired.rooms["lobby"], ids)
    rooms = (await bench.homeserver.snapshot()).rooms
    assert {key: room.room_id for key, room in rooms.items()} == {**ids, "lobby": new, "hall": ids["lobby"]}
    assert await bench.outside.aliases(new) == {f"#{bench.community}.lobby:{SERVER}"}


async def test_a_canonical_alias_leads_there_first_and_may_be_set_again(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    other = {"alias": f"#{bench.community}.other:{SERVER}"}
    for _ in range(2):
        await bench.homeserver.set_state(ids["lobby"], "m.room.canonical_alias", "", other)
        assert (await bench.room("lobby")).state["m.room.canonical_alias", ""] == other
    assert other["alias"] in await bench.outside.aliases(ids["lobby"])


async def test_a_canonical_alias_of_a_room_of_others_is_refused(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    await bench.outside.make_room("palabre-provisioner", {"room_alias_name": f"{bench.community}.other"})
    content = {"alias": f"#{bench.community}.other:{SERVER}"}
    with pytest.raises(AliasTaken):
        await bench.homeserver.set_state(ids["lobby"], "m.room.canonical_alias", "", content)


async def test_a_replaced_room_gives_its_key_to_a_new_one_and_is_not_lost(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    tombstone = {"body": "Gone", "replacement_room": "!elsewhere"}
    await bench.outside.set_state(ids["lobby"], "m.room.tombstone", tombstone)
    aside = f"lobby~{ids['lobby']}"
    rooms = (await bench.homeserver.snapshot()).rooms
    assert rooms.keys() == {"space", aside}
    assert rooms[aside].replaced is True
    new = await bench.homeserver.create_room(bench.desired.rooms["lobby"], ids)
    assert new != ids["lobby"]
    rooms = (await bench.homeserver.snapshot()).rooms
    assert rooms.keys() == {"space", "lobby", aside}
    assert rooms["lobby"].room_id == new
    assert rooms["lobby"].state["m.room.canonical_alias", ""] == {
        "alias": f"#{bench.community}.lobby:{SERVER}"
    }
    assert await bench.outside.aliases(ids["lobby"]) == set()


async def test_of_two_rooms_of_a_key_the_alias_names_one_and_none_is_lost(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    creation = Origin(bench.community, "lobby").creation_content()
    body = {"room_version": "12", "preset": "private_chat", "creation_content": creation}
    second = await bench.outside.make_room("palabre-provisioner", body)
    third = await bench.outside.make_room("palabre-provisioner", body)
    rooms = (await bench.homeserver.snapshot()).rooms
    assert {key: room.room_id for key, room in rooms.items()} == {
        **ids,
        f"lobby~{second}": second,
        f"lobby~{third}": third,
    }
    # Archived, under whichever key, it is neither the room of its key nor another one at each look.
    for key in ("lobby", f"lobby~{second}"):
        archived = {"key": key, "kind": "room", "archived": True}
        await bench.homeserver.set_state(second, LOCATOR_TYPE, "", archived)
        again = (await bench.homeserver.snapshot()).rooms
        assert again.keys() == rooms.keys()
        assert again[f"lobby~{second}"].is_archived


# --- people -------------------------------------------------------------------------------------------------------


async def test_joining_is_seen_and_may_be_repeated(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    person = await new_person(bench)
    for user in (person.user_id, OWN.bot, person.user_id):
        await bench.homeserver.join(ids["lobby"], user)
    assert (await bench.room("lobby")).members == {
        OWN.provisioner: Membership.JOINED,
        OWN.bot: Membership.JOINED,
        person.user_id: Membership.JOINED,
    }


async def test_an_invitation_is_seen_and_may_be_repeated(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    person = await new_person(bench)
    for _ in range(2):
        await bench.homeserver.invite(ids["lobby"], person.user_id)
        assert await stands(bench, person.user_id) is Membership.INVITED


async def test_who_is_in_a_room_is_not_invited_out_of_it(bench: Bench) -> None:
    room, person = await in_a_room(bench)
    await bench.homeserver.invite(room, person.user_id)
    assert await stands(bench, person.user_id) is Membership.JOINED


async def test_who_was_invited_can_be_joined(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    person = await new_person(bench)
    await bench.homeserver.invite(ids["lobby"], person.user_id)
    await bench.homeserver.join(ids["lobby"], person.user_id)
    assert await stands(bench, person.user_id) is Membership.JOINED


async def test_removing_is_seen_and_may_be_repeated(bench: Bench) -> None:
    room, person = await in_a_room(bench)
    for _ in range(2):
        await bench.homeserver.remove(room, person.user_id)
        assert await stands(bench, person.user_id) is Membership.REMOVED


async def test_an_invitation_is_taken_back(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    person = await new_person(bench)
    await bench.homeserver.invite(ids["lobby"], person.user_id)
    await bench.homeserver.remove(ids["lobby"], person.user_id)
    assert await stands(bench, person.user_id) is Membership.REMOVED


async def test_removing_somebody_who_was_never_there_changes_nothing(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    person = await new_person(bench)
    await bench.homeserver.remove(ids["lobby"], person.user_id)
    assert await stands(bench, person.user_id) is None


async def test_who_left_is_seen_to_have_left(bench: Bench) -> None:
    room, person = await in_a_room(bench)
    await bench.outside.member(room, localpart(person.user_id), person.user_id, "leave")
    assert await stands(bench, person.user_id) is Membership.LEFT
    await bench.homeserver.remove(room, person.user_id)
    assert await stands(bench, person.user_id) is Membership.LEFT


async def test_who_refused_an_invitation_is_seen_to_have_left(bench: Bench) -> None:
    ids = await bench.made("space", "lobby")
    person = await new_person(bench)
    await bench.homeserver.invite(ids["lobby"], person.user_id)
    await bench.outside.member(ids["lobby"], localpart(person.user_id), person.user_id, "leave")
    assert await stands(bench, person.user_id) is Membership.LEFT


@pytest.mark.parametrize(
    ("membership", "reading"), [("leave", Membership.EXPELLED), ("ban", Membership.BANNED)]
)
async def test_what_a_moderator_did_is_seen(bench: Bench, membership: str, reading: Membership) -> None:
    room, person = await in_a_room(bench)
    moderator = await new_person(bench)
    await bench.homeserver.join(room, moderator.user_id)
    powers = (await bench.room("lobby")).state["m.room.power_levels", ""]
    powers = {**powers, "users": {**powers["users"], moderator.user_id: 50}}
    await bench.homeserver.set_state(room, "m.room.power_levels", "", powers)
    await bench.outside.member(room, localpart(moderator.user_id), person.user_id, membership)
    assert await stands(bench, person.user_id) is reading


@pytest.mark.parametrize("way", ["join", "invite"])
async def test_who_was_removed_can_come_back(bench: Bench, way: str) -> None:
    room, person = await in_a_room(bench)
    await bench.homeserver.remove(room, person.user_id)
    await getattr(bench.homeserver, way)(room, person.user_id)
    expected = Membership.JOINED if way == "join" else Membership.INVITED
    assert await stands(bench, person.user_id) is expected


@pytest.mark.parametrize("way", ["join", "invite"])
async def test_a_ban_is_not_overridden(bench: Bench, way: str) -> None:
    room, person = await in_a_room(bench)
    await bench.outside.member(room, "palabre-provisioner", person.user_id, "ban")
    with pytest.raises(PersonBanned, match=f"{person.user_id} is banned"):
        await getattr(bench.homeserver, way)(room, person.user_id)
    await bench.homeserver.remove(room, person.user_id)
    assert await stands(bench, person.user_id) is Membership.BANNED


async def test_a_room_that_the_provisioner_has_left_is_seen_and_the_bot_brings_it_back(bench: Bench) -> None:
    space = (await bench.made("space"))["space"]
    await bench.homeserver.join(space, OWN.bot)
    await bench.outside.member(space, "palabre-provisioner", OWN.provisioner, "leave")
    seen = await bench.homeserver.snapshot()
    assert (list(seen.rooms), list(seen.abandoned)) == ([], ["space"])
    room = seen.abandoned["space"]
    assert (room.room_id, room.inside, room.made_for) == (space, False, "space")
    await bench.homeserver.come_back(space, "space")
    seen = await bench.homeserver.snapshot()
    assert (list(seen.rooms), list(seen.abandoned)) == (["space"], [])


async def test_without_the_bot_nobody_of_ours_brings_the_provisioner_back(bench: Bench) -> None:
    room, _person = await in_a_room(bench)
    await bench.outside.member(room, "palabre-provisioner", OWN.provisioner, "leave")
    with pytest.raises(ProvisionerOutside, match=r"no longer in the room lobby.*A moderator .* can invite"):
        await bench.homeserver.come_back(room, "lobby")


async def test_a_ban_is_lifted_and_may_be_lifted_again(bench: Bench) -> None:
    room, person = await in_a_room(bench)
    await bench.outside.member(room, "palabre-provisioner", person.user_id, "ban")
    for _ in range(2):
        await bench.homeserver.unban(room, person.user_id)
    assert await stands(bench, person.user_id) is Membership.REMOVED
    await bench.homeserver.join(room, person.user_id)
    await bench.homeserver.unban(room, person.user_id)
    assert await stands(bench, person.user_id) is Membership.JOINED


async def test_it_is_known_where_somebody_is(bench: Bench) -> None:
    room, person = await in_a_room(bench)
    other = (await bench.made("space", "lobby", "cafe"))["cafe"]
    await bench.homeserver.invite(other, person.user_id)
    assert await bench.homeserver.rooms_of(person.user_id) == {room}
    await bench.homeserver.remove(room, person.user_id)
    assert await bench.homeserver.rooms_of(person.user_id) == frozenset()


@pytest.mark.parametrize("way", ["join", "invite"])
async def test_nobody_and_a_closed_account_are_in_no_room(bench: Bench, way: str) -> None:
    ids = await bench.made("space", "lobby")
    person = await new_person(bench)
    await bench.outside.deactivate(person.user_id)
    await bench.homeserver.snapshot()
    nobody = user_id(f"n{uuid4().hex[:8]}", SERVER)
    with pytest.raises(AccountMissing, match=f"There is no account {nobody}"):
        await getattr(bench.homeserver, way)(ids["lobby"], nobody)
    with pytest.raises(AccountClosed, match=f"{person.user_id} is closed"):
        await getattr(bench.homeserver, way)(ids["lobby"], person.user_id)
    assert (await bench.room("lobby")).members.keys() == {OWN.provisioner}


# --- accounts -----------------------------------------------------------------------------------------------------


async def closed(bench: Bench, user: UserId) -> AccountClosure | None:
    return (await bench.homeserver.snapshot()).accounts[user].closed


async def test_an_account_is_made(bench: Bench) -> None:
    account = await new_person(bench)
    there = (await bench.homeserver.snapshot()).accounts[account.user_id]
    assert there == account
    assert await bench.outside.may_sign_in(account.user_id, PASSWORD)


async def test_an_account_that_an_administrator_closed_is_seen_to_be_closed(bench: Bench) -> None:
    account = await new_person(bench)
    await bench.outside.deactivate(account.user_id)
    there = (await bench.homeserver.snapshot()).accounts[account.user_id]
    assert there == replace(account, closed=AccountClosure.DEACTIVATE)


@pytest.mark.parametrize("closing", list(AccountClosure))
async def test_a_closed_account_has_no_session_and_no_device(bench: Bench, closing: AccountClosure) -> None:
    _, person = await in_a_room(bench)
    assert await bench.outside.may_sign_in(person.user_id, PASSWORD)
    for _ in range(2):
        await bench.homeserver.close_account(person.user_id, closing)
        assert await closed(bench, person.user_id) is closing
        assert await bench.outside.devices(person.user_id) == 0
        assert not await bench.outside.may_sign_in(person.user_id, PASSWORD)


async def test_a_deactivated_account_is_taken_out_of_its_rooms(bench: Bench) -> None:
    _, person = await in_a_room(bench)
    await bench.homeserver.close_account(person.user_id, AccountClosure.DEACTIVATE)
    # Synapse does it in the background.
    for _ in range(100):
        if await stands(bench, person.user_id) is not Membership.JOINED:
            break
        await asyncio.sleep(0.1)
    assert await stands(bench, person.user_id) is Membership.LEFT


async def test_a_locked_account_stays_where_it_was_until_it_is_removed(bench: Bench) -> None:
    room, person = await in_a_room(bench)
    await bench.homeserver.close_account(person.user_id, AccountClosure.LOCK)
    assert await stands(bench, person.user_id) is Membership.JOINED
    await bench.homeserver.remove(room, person.user_id)
    assert await stands(bench, person.user_id) is Membership.REMOVED


async def test_a_locked_account_can_be_deactivated_and_that_is_not_taken_back_by_locking(
    bench: Bench,
) -> None:
    person = await new_person(bench)
    for closing in (AccountClosure.LOCK, AccountClosure.DEACTIVATE):
        await bench.homeserver.close_account(person.user_id, closing)
        assert await closed(bench, person.user_id) is closing
    await bench.homeserver.close_account(person.user_id, AccountClosure.LOCK)
    assert await closed(bench, person.user_id) is AccountClosure.DEACTIVATE


@pytest.mark.parametrize(
    "closings",
    [(AccountClosure.LOCK,), (AccountClosure.DEACTIVATE,), (AccountClosure.LOCK, AccountClosure.DEACTIVATE)],
)
async def test_an_account_opened_again_has_a_new_password_and_the_old_one_opens_nothing(
    bench: Bench, closings: tuple[AccountClosure, ...]
) -> None:
    room, person = await in_a_room(bench)
    new = "another-long-password"
    for closing in closings:
        await bench.homeserver.close_account(person.user_id, closing)
    person = replace(person, name="Awa Keïta")
    for password in (new, "asked-for-twice-by-mistake"):
        await bench.homeserver.reopen_account(person, password)
        assert (await bench.homeserver.snapshot()).accounts[person.user_id] == person
        assert await bench.outside.may_sign_in(person.user_id, new)
    assert not await bench.outside.may_sign_in(person.user_id, PASSWORD)
    await bench.homeserver.remove(room, person.user_id)
    await bench.homeserver.join(room, person.user_id)
    assert await stands(bench, person.user_id) is Membership.JOINED


async def test_a_name_is_set_and_read_back(bench: Bench) -> None:
    _, person = await in_a_room(bench)
    for _ in range(2):
        await bench.homeserver.set_display_name(person.user_id, "Awa Keïta")
        there = (await bench.homeserver.snapshot()).accounts[person.user_id]
        assert there == replace(person, name="Awa Keïta")


@pytest.mark.parametrize("sign_out", [True, False])
async def test_a_password_is_set_and_the_old_one_opens_nothing(bench: Bench, sign_out: bool) -> None:
    person, new = await new_person(bench), "another-long-password"
    await bench.outside.sign_in(person.user_id, PASSWORD)
    await bench.homeserver.set_password(person.user_id, new, sign_out=sign_out)
    assert await bench.outside.devices(person.user_id) == (0 if sign_out else 1)
    assert await bench.outside.may_sign_in(person.user_id, new)
    assert not await bench.outside.may_sign_in(person.user_id, PASSWORD)


async def test_an_account_that_somebody_else_has_made_is_not_made_over(bench: Bench) -> None:
    person = await new_person(bench)
    await bench.outside.sign_in(person.user_id, PASSWORD)
    with pytest.raises(AccountFound):
        await bench.homeserver.create_account(replace(person, name="Ada"), "another-long-password")
    assert (await bench.homeserver.snapshot()).accounts[person.user_id] == person
    assert await bench.outside.may_sign_in(person.user_id, PASSWORD)
    # Asked for once more, because an answer was lost.
    await bench.homeserver.create_account(person, PASSWORD)
    assert await bench.outside.may_sign_in(person.user_id, PASSWORD)


async def test_an_account_is_found_whether_it_is_open_or_closed_for_good(bench: Bench) -> None:
    person = await new_person(bench)
    assert await bench.homeserver.account(person.user_id) == person
    await bench.homeserver.close_account(person.user_id, AccountClosure.DEACTIVATE)
    found = await bench.homeserver.account(person.user_id)
    assert found is not None
    assert found.closed is AccountClosure.DEACTIVATE
    nobody = user_id(f"p{uuid4().hex[:8]}", SERVER)
    assert await bench.homeserver.account(nobody) is None


async def test_an_account_is_taken_over_from_whoever_has_made_it(bench: Bench) -> None:
    room, person = await in_a_room(bench)
    await bench.outside.sign_in(person.user_id, PASSWORD)
    identity = await bench.outside.show_identity(person.user_id, PASSWORD)
    for password in ("another-long-password", "asked-for-twice-by-mistake"):
        assert await bench.homeserver.take_over(person, password) == identity
        assert await bench.outside.devices(person.user_id) == 0
        assert await bench.outside.may_sign_in(person.user_id, password)
        assert not await bench.outside.may_sign_in(person.user_id, PASSWORD)
        assert await stands(bench, person.user_id) is Membership.LEFT
        assert await closed(bench, person.user_id) is None
    await bench.homeserver.join(room, person.user_id)
    assert await stands(bench, person.user_id) is Membership.JOINED


@pytest.mark.parametrize("closing", list(AccountClosure))
async def test_a_closed_account_is_opened_by_being_taken_over(bench: Bench, closing: AccountClosure) -> None:
    """Whoever is killed meanwhile leaves one."""
    person = await new_person(bench)
    await bench.homeserver.close_account(person.user_id, closing)
    assert await bench.homeserver.take_over(person, "another-long-password") is None
    assert await bench.outside.may_sign_in(person.user_id, "another-long-password")


@pytest.mark.parametrize("closing", list(AccountClosure))
async def test_a_closed_account_gets_no_password(bench: Bench, closing: AccountClosure) -> None:
    person = await new_person(bench)
    await bench.homeserver.close_account(person.user_id, closing)
    with pytest.raises(AccountClosed):
        await bench.homeserver.set_password(person.user_id, "another-long-password", sign_out=True)
    assert await closed(bench, person.user_id) is closing


async def test_whether_a_password_opens_an_account_is_known_without_signing_in(bench: Bench) -> None:
    person, nobody = await new_person(bench), user_id(f"n{uuid4().hex[:8]}", SERVER)
    assert await bench.homeserver.opens(person.user_id, PASSWORD)
    assert not await bench.homeserver.opens(person.user_id, "another-long-password")
    assert not await bench.homeserver.opens(nobody, PASSWORD)
    assert await bench.outside.devices(person.user_id) == 0


@pytest.mark.parametrize("closing", list(AccountClosure))
async def test_a_password_opens_no_closed_account(bench: Bench, closing: AccountClosure) -> None:
    person = await new_person(bench)
    await bench.homeserver.close_account(person.user_id, closing)
    assert not await bench.homeserver.opens(person.user_id, PASSWORD)


async def test_an_account_that_is_not_there_is_neither_closed_nor_opened(bench: Bench) -> None:
    nobody = Account(user_id(f"n{uuid4().hex[:8]}", SERVER), "Nobody")
    for closing in AccountClosure:
        with pytest.raises(AccountMissing):
            await bench.homeserver.close_account(nobody.user_id, closing)
    for attempt in (
        bench.homeserver.reopen_account(nobody, PASSWORD),
        bench.homeserver.set_password(nobody.user_id, PASSWORD, sign_out=True),
        bench.homeserver.set_display_name(nobody.user_id, "Nobody"),
        bench.homeserver.take_over(nobody, PASSWORD),
    ):
        with pytest.raises(AccountMissing):
            await attempt
    assert nobody.user_id not in (await bench.homeserver.snapshot()).accounts


async def test_it_says_who_administrates_and_where_break_glass_is(bench: Bench) -> None:
    own = bench.desired.own
    seen = await bench.homeserver.accounts_seen()
    assert own.provisioner in seen.administrators
    assert own.bot not in seen.administrators
    assert seen.break_glass_rooms == ()
    assert not any(seen.devices.get(account) for account in own.sealed)
    space = (await bench.made("space"))["space"]
    await bench.homeserver.join(space, own.break_glass)
    assert (await bench.homeserver.accounts_seen()).break_glass_rooms == (space,)
    await bench.homeserver.withdraw(space, own.break_glass)
    seen = await bench.homeserver.accounts_seen()
    assert seen.break_glass_rooms == ()
    assert space in seen.break_glass_absent


async def test_how_who_is_not_in_a_room_came_to_be_so_stays_in_its_state(bench: Bench) -> None:
    own = bench.desired.own
    space = (await bench.made("space"))["space"]
    absent = {}
    for _ in range(2):
        await bench.homeserver.join(space, own.break_glass)
        assert own.break_glass not in (await bench.homeserver.snapshot()).rooms["space"].absent
        await bench.homeserver.withdraw(space, own.break_glass)
        event = (await bench.homeserver.snapshot()).rooms["space"].absent[own.break_glass]
        absent[event.event_id] = event.at
    assert len(absent) == 2, "each time by another event"
    assert list(absent.values()) == sorted(absent.values())


async def test_who_was_banned_without_having_been_there_is_not_absent(bench: Bench) -> None:
    eve = user_id("eve", bench.desired.own.server)
    space = (await bench.made("space"))["space"]
    await bench.homeserver.ban(space, eve)
    room = (await bench.homeserver.snapshot()).rooms["space"]
    assert room.members[eve] is Membership.BANNED
    assert eve not in room.absent


async def test_whether_somebody_has_a_recovery_key_is_known(bench: Bench) -> None:
    person = await new_person(bench)
    assert not await bench.homeserver.has_recovery_key(person.user_id)
    await bench.outside.set_up_recovery(person.user_id, PASSWORD)
    assert await bench.homeserver.has_recovery_key(person.user_id)
    assert not await bench.homeserver.has_recovery_key(user_id("nobody-here", SERVER))
