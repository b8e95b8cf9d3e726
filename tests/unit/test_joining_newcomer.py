"""What somebody becomes who comes by a link, and what they may choose."""

from __future__ import annotations

from typing import Any

import pytest

from community.description.model import Joining, Member, Status
from community.joining.account_request import AccountRefusal
from community.joining.invitation import InvitationState, InvitationTerms
from community.joining.newcomer import (
    names_in,
    newcomer,
    offered_cities,
    offered_themes,
    open_themes,
    refusal_of,
)
from tests.lib.account_asking import COMMUNITY, asking
from tests.lib.invitations import terms

SECRET = "A" * 32
OPEN = InvitationTerms(role="member", language="fr")


def came(of: InvitationTerms, **chosen: Any) -> Member | AccountRefusal:
    return newcomer(asking(SECRET, **chosen), of, COMMUNITY)


def test_what_the_link_says_holds() -> None:
    whole = came(terms(), city="bamako", themes=("waste",))
    assert whole == came(terms())
    assert whole == Member(
        username="salif.new",
        name="Salif Traoré",
        role="member",
        city="bamako",
        themes=("waste",),
        languages=("fr",),
    )


def test_what_the_link_leaves_open_is_chosen() -> None:
    chosen = came(OPEN, city="kigali", themes=("waste", "waste"), language="pt", name="S.")
    assert isinstance(chosen, Member)
    assert (chosen.city, chosen.themes, chosen.languages, chosen.name) == (
        "kigali",
        ("waste",),
        ("pt",),
        "S.",
    )
    nothing = came(OPEN)
    assert isinstance(nothing, Member)
    assert (nothing.city, nothing.themes) == (None, ())


@pytest.mark.parametrize(
    ("of", "chosen"),
    [
        (terms(), {"city": "kigali"}),
        (terms(), {"themes": ("mobility",)}),
        (OPEN, {"city": "atlantis"}),
        (OPEN, {"themes": ("atlantis",)}),
        (OPEN, {"language": "tlh"}),
        (InvitationTerms(role="city-lead", language="fr"), {"city": "bamako"}),
        (InvitationTerms(role="coordinator", language="fr"), {"city": "bamako"}),
        (InvitationTerms(role="gone", language="fr"), {}),
    ],
)
def test_what_is_not_offered_nobody_becomes(of: InvitationTerms, chosen: dict[str, Any]) -> None:
    assert came(of, **chosen) is AccountRefusal.NOT_OFFERED


def test_whose_city_is_theirs_to_change_does_not_choose_it() -> None:
    may = {role.key: bool(role.may) or role.everywhere for role in COMMUNITY.roles}
    assert {True, False} <= set(may.values())
    for role, is_more in may.items():
        offered = offered_cities(InvitationTerms(role=role, language="fr"), COMMUNITY)
        assert offered == (() if is_more else tuple(COMMUNITY.city))
    assert offered_cities(terms(), COMMUNITY) == ()
    assert (offered_themes(terms(), COMMUNITY), offered_themes(OPEN, COMMUNITY)) == (
        (),
        open_themes(COMMUNITY),
    )


def test_what_is_asked_for_or_leads_into_a_safe_room_nobody_takes_up_as_they_come() -> None:
    asked, *_ = COMMUNITY.themes
    themes = (asked.model_copy(update={"joining": Joining.ASK}), *COMMUNITY.themes[1:])
    community = COMMUNITY.model_copy(update={"themes": themes})
    assert asked.key in open_themes(COMMUNITY)
    assert open_themes(community) == tuple(key for key in open_themes(COMMUNITY) if key != asked.key)
    wanted = asking(SECRET, themes=(asked.key,))
    assert newcomer(wanted, OPEN, community) is AccountRefusal.NOT_OFFERED
    # Whoever invites may give it.
    given = newcomer(wanted, OPEN.model_copy(update={"themes": (asked.key,)}), community)
    assert isinstance(given, Member)


def test_a_name_that_somebody_has_is_taken_and_a_described_one_is_theirs_alone() -> None:
    awa = COMMUNITY.members[0]
    assert came(OPEN, username=awa.username) is AccountRefusal.NAME_TAKEN
    hers = OPEN.model_copy(update={"username": awa.username})
    assert came(hers, username=awa.username, name="Somebody") == awa
    assert came(hers) is AccountRefusal.NAME_TAKEN
    left = (awa.model_copy(update={"status": Status.LEFT}), *COMMUNITY.members[1:])
    gone = COMMUNITY.model_copy(update={"members": left})
    asked = asking(SECRET, username=awa.username)
    assert newcomer(asked, hers, gone) is AccountRefusal.REVOKED
    assert came(OPEN.model_copy(update={"username": "salif.new"})) is AccountRefusal.NAME_TAKEN


def test_no_password_is_made_of_these() -> None:
    names = names_in(asking(SECRET, username="salif_t9", name="Salif Traoré-Sow"), COMMUNITY)
    assert {"salif", "traore", "sow", "salif traore-sow", "saliftraoresow", "bamako", "palabre"} <= set(names)
    assert "t9" not in names


def test_each_state_but_the_open_one_is_a_reason() -> None:
    assert {state: refusal_of(state) for state in InvitationState} == {
        InvitationState.OPEN: None,
        InvitationState.USED_UP: AccountRefusal.USED_UP,
        InvitationState.EXPIRED: AccountRefusal.EXPIRED,
        InvitationState.REVOKED: AccountRefusal.REVOKED,
    }
