"""A link for somebody who is described, from somebody who is a member: it gives them nobody else's place."""

from __future__ import annotations

from pathlib import Path

import pytest

from community.core.messages import Translator
from community.description.model import Community, Permission, Status, Who
from community.joining.account_request import AccountRefusal
from community.joining.permissions import is_still_offered, refusal
from community.joining.terms import member_terms
from community.storage import Store
from matrix.ids import user_id
from tests.lib.account_asking import INVITER, DeskBench
from tests.lib.descriptions import changed, example
from tests.lib.invitations import invitation, people_of, person
from tests.lib.memory_homeserver import SERVER
from tests.lib.space_talk import KEEPERS, SAFE, spaces_community

EXAMPLE = example().community
ENGLISH = Translator("en")
LEAD, COORDINATOR, GUEST = "awa.diallo", "mariam.coulibaly", "oumar.keita"
ABOVE = "nobody can invite to a role above their own: ask the coordinators"
KEPT = "a safe room is described for them: those who keep it can invite them, or whoever runs the server"
CLOSED = {"key": "board", "for": "single", "policy": "closed", "name": "B", "topic": "B"}


def refused(who: str, guest: str, community: Community) -> str | None:
    """Return why ``who`` may make no link for ``guest``."""
    member = community.member[guest]
    found = refusal(person(who), member_terms(member, community), community)
    return None if found is None else ENGLISH(found)


def with_board(*people: str, **more: object) -> Community:
    """Return the example with a room of some people by name."""
    rooms = EXAMPLE.model_dump(mode="json", by_alias=True)["rooms"]
    return changed(EXAMPLE, {"rooms": [*rooms, {**CLOSED, **more, "who": [{"people": list(people)}]}]})


def member_changed(community: Community, username: str, **values: object) -> Community:
    """Return a community in which somebody is described otherwise."""
    members = (
        one.model_copy(update=values) if one.username == username else one for one in community.members
    )
    return community.model_copy(update={"members": tuple(members)})


def test_a_lead_makes_no_link_for_whoever_is_by_their_name_where_leads_are_not() -> None:
    assert refused(LEAD, GUEST, EXAMPLE) is None
    assert refused(LEAD, GUEST, with_board(GUEST)) == ABOVE
    assert refused(LEAD, GUEST, with_board(GUEST, LEAD)) is None
    keeping = with_board(GUEST, policy="safe")
    assert refused(LEAD, GUEST, keeping) == ABOVE
    assert refused(COORDINATOR, GUEST, with_board(GUEST)) is None


def test_a_lead_is_not_told_to_leave_a_theme_out_that_is_described() -> None:
    community = member_changed(spaces_community(), GUEST, themes=("health",))
    assert refused(LEAD, GUEST, community) == ABOVE


def test_no_coordinator_comes_into_a_safe_room_as_somebody_who_is_described_for_it() -> None:
    community = member_changed(spaces_community(), GUEST, themes=("health", "waste"))
    assert refused(COORDINATOR, GUEST, community) == KEPT
    assert refused(COORDINATOR, KEEPERS[0], community) == KEPT
    assert refused(COORDINATOR, GUEST, with_board(GUEST, policy="safe")) == KEPT


def test_who_keeps_it_invites_whoever_is_described_for_it() -> None:
    community = member_changed(spaces_community(), GUEST, themes=("health",))
    (spec,) = (room for room in community.rooms if room.key == SAFE)
    assert spec.who is not None
    rule = Who(people=(COORDINATOR,), may=(Permission.MODERATE,))
    kept = spec.model_copy(update={"who": (spec.who[0], rule)})
    rooms = tuple(kept if room is spec else room for room in community.rooms)
    assert refused(COORDINATOR, GUEST, community.model_copy(update={"rooms": rooms})) is None


def test_where_everybody_of_a_role_is_in_a_safe_room_coordinators_invite_as_ever() -> None:
    rooms = EXAMPLE.model_dump(mode="json", by_alias=True)["rooms"]
    room = {**CLOSED, "policy": "safe", "who": [{"roles": ["member"]}]}
    assert refused(COORDINATOR, GUEST, changed(EXAMPLE, {"rooms": [*rooms, room]})) is None


@pytest.mark.parametrize(
    "values", [{"role": "coordinator"}, {"city": "lagos"}, {"city": None}, {"themes": ("health",)}]
)
def test_a_link_ends_where_somebody_is_described_as_more_since(values: dict[str, object]) -> None:
    community = spaces_community()
    member = community.member[GUEST]
    link = invitation(terms=member_terms(member, community), inviter=f"@{LEAD}:{SERVER}")
    people = people_of(SERVER, community)
    assert is_still_offered(link, people, community)
    assert not is_still_offered(link, people, member_changed(community, GUEST, **values))


async def test_nobody_comes_by_a_leads_link_as_a_coordinator(tmp_path: Path) -> None:
    member = EXAMPLE.member[GUEST]
    async with (
        await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as store,
        DeskBench(store).open(member_changed(EXAMPLE, GUEST, role="coordinator", city=None)) as bench,
    ):
        secret = await bench.link(member_terms(member, EXAMPLE), INVITER)
        assert await bench.why(secret, username=GUEST) is AccountRefusal.REVOKED
        assert user_id(GUEST, SERVER) not in bench.accounts()


@pytest.mark.parametrize("values", [{"status": Status.LEFT}, {"role": "member"}, {"city": "lagos"}])
async def test_a_link_ends_with_what_is_in_force_though_the_rooms_are_not_so_yet(
    tmp_path: Path, values: dict[str, object]
) -> None:
    """People follow the community once somebody's rooms are made so, which waits while another process applies."""
    async with (
        await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as store,
        DeskBench(store).open() as bench,
    ):
        secret = await bench.link()
        await store.applied.replace(member_changed(EXAMPLE, LEAD, **values), at=bench.now)
        assert await bench.why(secret) is AccountRefusal.REVOKED
        assert bench.accounts() == set()
