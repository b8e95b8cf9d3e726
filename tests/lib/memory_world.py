"""A homeserver in memory that plans are applied to, and what must hold on it of any description."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from community.description.model import Description
from community.storage import JobState, Store
from matrix.ids import RoomId, UserId
from provisioning.apply import Applier, ApplyResult
from provisioning.archive import PREFIX
from provisioning.passwords import PasswordBook
from provisioning.pending_invitations import awaiting
from provisioning.places import is_same_place
from provisioning.plan import Plan
from provisioning.planner import plan
from provisioning.renames import renamings, with_new_keys
from provisioning.safe_rooms import attainable, keepers_in, safe_rooms
from provisioning.snapshot import CHILD, ENCRYPTION, SERVER_ACL, Membership, Room, Snapshot
from provisioning.topology import topology
from tests.lib.descriptions import SETTINGS
from tests.lib.memory_homeserver import OWN, SERVER, MemoryHomeserver

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@dataclass
class World:
    """A homeserver in memory, and what Palabre keeps."""

    homeserver: MemoryHomeserver
    store: Store
    book: PasswordBook

    async def begin(self) -> World:
        """Forget what was asked in other examples, whose rooms may have the same ids."""
        await self.store.jobs.withdraw("invite", {}, at=NOW)
        return self

    async def reach(
        self, description: Description, again: Collection[UserId] = ()
    ) -> tuple[Plan, ApplyResult, Plan]:
        """Plan and apply; return the plan, its outcome, and the plan after it."""
        desired = topology(description.community, SETTINGS)
        actual = await self.look()
        made = plan(desired, actual, again=again)
        applier = Applier(
            self.homeserver,
            self.store,
            self.book,
            actor="test",
            now=lambda: NOW,
            progress=lambda _change, _error: None,
        )
        outcome = await applier.apply(made, actual)
        return made, outcome, plan(desired, await self.look())

    async def look(self) -> Snapshot:
        return awaiting(await self.store.jobs.pending("invite"), await self.homeserver.snapshot())

    async def arrive(self) -> None:
        """Have the bot invite whom it was asked to, and everybody accept."""
        for request in await self.store.jobs.pending("invite"):
            room_id, person = RoomId(request.payload["room_id"]), UserId(request.payload["user_id"])
            self.homeserver.put(room_id, person, "m.room.member", person, {"membership": "join"})
            await self.store.jobs.end(request.id, JobState.DONE, at=NOW)


def assert_is_described(desired: Snapshot, actual: Snapshot) -> None:
    """What is there is what is described, as far as it can be had, and nothing else of the people described."""
    # A safe room cannot be told its other key.
    actual = with_new_keys(actual, renamings(desired, actual))
    desired = attainable(desired, actual, safe_rooms(desired, actual, ()))
    for person, account in desired.accounts.items():
        there = actual.accounts.get(person)
        if account.closed is None:
            assert there is not None
        elif there is not None:
            assert there.closed is not None
    for key, room in desired.rooms.items():
        assert_room_is_described(room, actual.rooms[key], desired, actual)
    for key in actual.rooms.keys() - desired.rooms.keys():
        if actual.rooms[key].inside:
            assert_is_archived(actual.rooms[key], desired, actual)


def assert_room_is_described(room: Room, there: Room, desired: Snapshot, actual: Snapshot) -> None:
    # Encryption is never taken away, and a room that other servers may enter lets none of them in.
    kept = {ENCRYPTION, SERVER_ACL} - room.state.keys()
    assert there.state.keys() - kept == room.state.keys()
    for key, content in room.state.items():
        # A room that has another key by now keeps its place in the list.
        assert there.state[key] == content or (key[0] == CHILD and is_same_place(there.state[key], content))
    if there.federated and not room.federated:
        assert there.state[SERVER_ACL]["allow"] == [SERVER]
    for person, wanted in room.members.items():
        closed = person in actual.accounts and actual.accounts[person].closed is not None
        if closed and person in desired.accounts:
            continue  # described as active, but closed before: only a coordinator's word opens it
        stands, enough = there.members.get(person), {wanted, Membership.JOINED}
        if wanted is Membership.REQUESTED:
            enough.add(Membership.INVITED)  # by the provisioner, while the room had no bot yet
        assert stands in enough, (room.key, person, wanted, stands)
    for person, stands in there.members.items():
        if stands in (Membership.JOINED, Membership.INVITED, Membership.REQUESTED):
            known = person in room.members or person in room.may_enter
            assert (
                known
                or person == OWN.provisioner
                or person not in {*desired.accounts, OWN.bot}
                or (not there.inside and keepers_in(there) == {person})
            )


def assert_is_archived(room: Room, desired: Snapshot, actual: Snapshot) -> None:
    """A room that is no longer described: read only, renamed, out of every space, without those who are gone."""
    assert room.is_archived
    assert room.state["m.room.name", ""]["name"].startswith(PREFIX)
    assert room.state["m.room.power_levels", ""]["events_default"] == 100
    # A gate goes on showing its members a room that is theirs by now.
    assert not [
        other
        for event_type, other in room.state
        if event_type in (CHILD, "m.space.parent")
        if event_type != CHILD or actual.rooms[other].inside
    ]
    present = (Membership.JOINED, Membership.INVITED, Membership.REQUESTED)
    former = {person for person, account in desired.accounts.items() if account.former}
    assert not [p for p in former if room.members.get(p) in present]
    assert Membership.REQUESTED not in room.members.values()
