"""Who may do what with which event or deadline: the whole table, each cell a test; the coordinators' page prints it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from community.description.calendar_audience import EntryRooms
from community.description.calendar_model import Audience
from community.description.fields import Localized
from community.description.model import Community, Role, Status
from community.description.person import Person
from community.description.room_lookup import rooms_of_city
from community.directory.asking import no_contact
from community.directory.concerned import concerns_city
from community.directory.entry import CalendarEntry
from community.directory.erasure import Traces, blanked, names_person
from community.directory.permissions import Action, Verdict, may, owns
from community.directory.visibility import may_be_told_of
from tests.lib.descriptions import changed, example
from tests.lib.entries import contact, deadline, event

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "coordinator.md").read_text(encoding="utf-8")
EXAMPLE = example().community
TEAM = {"key": "team", "for": "city", "policy": "closed", "name": "{city}", "topic": "{city}"}


def with_teams() -> Community:
    """Return the example network with a room for each city's team."""
    rooms = [room.model_dump(mode="json", by_alias=True) for room in EXAMPLE.rooms]
    guest = Role(key="guest", name=Localized("Guest"))
    return changed(EXAMPLE, {"rooms": [*rooms, TEAM]}).model_copy(update={"roles": (*EXAMPLE.roles, guest)})


COMMUNITY = with_teams()
YES, PROPOSES, NO = Verdict.ALLOWED, Verdict.PROPOSE, Verdict.REFUSED
ACTIONS = (Action.ADD, Action.CHANGE, Action.REMOVE, Action.UNDO, Action.APPROVE, Action.HISTORY)


@dataclass(frozen=True)
class Case:
    """One entry as Awa of Bamako (user name ``awa.diallo``) sees it: before, after, who proposed it."""

    before: CalendarEntry
    after: CalendarEntry
    proposer: str = "@oumar.keita:example.org"


def cancelled(entry: CalendarEntry) -> Case:
    return Case(entry, entry.model_copy(update={"cancelled": True}))


def meeting(*rooms: str, by: str | None = None, **audience: Any) -> CalendarEntry:
    return event("meeting", rooms=rooms, audience=audience, added_by=by)


def report(by: str | None = None, **audience: Any) -> CalendarEntry:
    return deadline("report", audience=audience, added_by=by)


OWN_CITY = (
    meeting(cities=["bamako"]),
    meeting("team.bamako", cities=["bamako"], themes=["waste"]),
    meeting("team.bamako"),
    meeting(people=["awa.diallo", "oumar.keita"]),
    meeting("team.bamako", people=["oumar.keita"]),
    report(cities=["bamako"], roles=["member"]),
    report(cities=["bamako"], people=["oumar.keita"]),
)
MORE_THAN_THEIR_CITY = (
    meeting(everyone=True),
    meeting("lobby"),
    meeting(cities=["lagos"]),
    meeting(cities=["bamako", "lagos"]),
    meeting(themes=["waste"]),
    meeting(roles=["city-lead"], people=["awa.diallo"]),
    meeting(cohorts=["pioneers"]),
    # In a room of more than the city, and with somebody of another city.
    meeting("lobby", cities=["bamako"]),
    meeting("team.bamako", "team.lagos", cities=["bamako"]),
    meeting(cities=["bamako"], people=["folake.adeyemi"]),
    meeting(people=["mariam.coulibaly"]),
    report(everyone=True),
    report(cities=["lagos"]),
)
OWN = (meeting(everyone=True, by="awa.diallo"), report(themes=["waste"], by="awa.diallo"))
WHICH: dict[str, tuple[Case, ...]] = {
    "any": tuple(map(cancelled, (*OWN_CITY, *MORE_THAN_THEIR_CITY, *OWN))),
    "what they proposed": (replace(cancelled(OWN_CITY[0]), proposer="@awa.diallo:example.org"),),
    "for their city alone": tuple(map(cancelled, OWN_CITY)),
    "for others too": tuple(map(cancelled, MORE_THAN_THEIR_CITY)),
    "for others too, entered by themselves": tuple(map(cancelled, OWN)),
    "from their city's to others, or the other way round": (
        Case(meeting(cities=["bamako"]), meeting(everyone=True)),
        Case(meeting(everyone=True), meeting(cities=["bamako"])),
        Case(meeting("team.bamako"), meeting("lobby")),
    ),
    "entered by themselves, now for more": (
        Case(meeting(cities=["bamako"], by="awa.diallo"), meeting(everyone=True, by="awa.diallo")),
        Case(meeting("lobby", by="awa.diallo"), meeting("lobby", "announcements", by="awa.diallo")),
    ),
}
COORDINATOR, LEAD, OTHER, NOBODY = "coordinators", "city leads", "everybody else", "no active member"
TABLE: dict[tuple[str, str], tuple[Verdict, ...]] = {
    #                                    add, change, remove, undo, approve, see history
    (COORDINATOR, "any"): (YES, YES, YES, YES, YES, YES),
    (COORDINATOR, "what they proposed"): (YES, YES, YES, YES, NO, YES),
    (LEAD, "for their city alone"): (YES, YES, YES, YES, YES, YES),
    (LEAD, "what they proposed"): (YES, YES, YES, YES, NO, YES),
    (LEAD, "for others too"): (PROPOSES, PROPOSES, PROPOSES, PROPOSES, NO, YES),
    (LEAD, "for others too, entered by themselves"): (PROPOSES, YES, YES, YES, YES, YES),
    (OTHER, "any"): (PROPOSES, PROPOSES, PROPOSES, PROPOSES, NO, YES),
    (OTHER, "what they proposed"): (PROPOSES, PROPOSES, PROPOSES, PROPOSES, NO, YES),
    (NOBODY, "any"): (NO,) * 6,
}
"""What the page prints."""
CHANGES: dict[str, Verdict] = {
    "from their city's to others, or the other way round": PROPOSES,
    "entered by themselves, now for more": PROPOSES,
}
"""Of city leads: a change that makes something everybody's, or takes it from them, is not theirs alone."""
ROLES = {
    COORDINATOR: ("coordinator",),
    LEAD: ("city-lead",),
    OTHER: ("member", "expert", "partner", "guest"),
    NOBODY: (None,),
}


def cells() -> Iterator[tuple[str | None, str, Action, Verdict]]:
    for (who, which), verdicts in TABLE.items():
        for role in ROLES[who]:
            for action, verdict in zip(ACTIONS, verdicts, strict=True):
                yield role, which, action, verdict


def person(role: str | None, city: str | None = "bamako") -> Person | None:
    if role is None:
        return None
    return Person("@awa.diallo:example.org", "awa.diallo", "Awa", role, city, (), ("fr",))


def judged(role: str | None, case: Case, action: Action) -> Verdict:
    before, after = case.before, case.after
    match action:
        case Action.ADD:
            return may(person(role), action, None, COMMUNITY, after=after)
        case Action.REMOVE:
            return may(person(role), action, before, COMMUNITY)
        case _:
            return may(person(role), action, before, COMMUNITY, after=after, proposer=case.proposer)


@pytest.mark.parametrize(("role", "which", "action", "verdict"), list(cells()))
def test_cell(role: str | None, which: str, action: Action, verdict: Verdict) -> None:
    assert {judged(role, case, action) for case in WHICH[which]} == {verdict}


@pytest.mark.parametrize("which", CHANGES)
def test_a_lead_does_not_decide_alone_on_what_becomes_everybodys(which: str) -> None:
    assert {judged("city-lead", case, Action.CHANGE) for case in WHICH[which]} == {CHANGES[which]}
    assert {judged("city-lead", case, Action.APPROVE) for case in WHICH[which]} == {NO}


def test_what_a_lead_has_entered_may_become_their_citys_own() -> None:
    before = meeting(everyone=True, by="awa.diallo")
    after = before.model_copy(update={"audience": Audience(cities=("bamako",))})
    # Whoever it concerned until now is asked too: it is taken from them.
    assert judged("city-lead", Case(before, after), Action.CHANGE) is PROPOSES


@pytest.mark.parametrize(
    "entry",
    [
        # Without rooms of cities' teams, it is posted in that of the city's cohort, and of the theme.
        meeting(cities=["bamako"]),
        report(cities=["bamako"], people=["oumar.keita"]),
        meeting(cities=["bamako"], themes=["waste"]),
    ],
)
def test_what_is_posted_where_other_cities_read_it_is_not_one_leads_alone(entry: CalendarEntry) -> None:
    lead = person("city-lead")
    assert not rooms_of_city(EXAMPLE, "bamako")
    assert EntryRooms(EXAMPLE).rooms_of(entry) != ()
    assert may(lead, Action.ADD, None, EXAMPLE, after=entry) is PROPOSES
    assert may(lead, Action.CHANGE, entry, EXAMPLE, after=entry) is PROPOSES


def test_what_is_posted_nowhere_is_the_lead_of_its_citys() -> None:
    entry = meeting(people=["awa.diallo", "oumar.keita"])
    assert may(person("city-lead"), Action.CHANGE, entry, EXAMPLE, after=entry) is YES


def test_a_lead_without_a_city_keeps_nothing_but_what_they_have_entered() -> None:
    lead = person("city-lead", city=None)
    assert may(lead, Action.ADD, None, COMMUNITY, after=meeting(cities=["bamako"])) is PROPOSES
    assert may(lead, Action.REMOVE, OWN[0], COMMUNITY) is YES


def test_who_asks_for_something_or_has_entered_it_owns_it() -> None:
    lead = person("city-lead")
    assert lead is not None
    contacts: dict[str, Any] = {}
    assert owns(lead, OWN[0], contacts.get)
    assert owns(lead, deadline("report", asked_by="awa.diallo"), contacts.get)
    assert not owns(lead, deadline("report", asked_by="desk"), contacts.get)


@pytest.mark.parametrize(("member", "is_hers"), [("folake.adeyemi", False), (None, False), ("awa", True)])
def test_whose_user_name_is_the_key_of_a_contact_is_not_taken_for_it(
    member: str | None, is_hers: bool
) -> None:
    awa = Person("@awa:example.org", "awa", "Awa", "member", "bamako", (), ("fr",))
    asked = deadline("report", rooms=["coordination"], asked_by="awa")
    contacts = {"awa": contact("awa", member=member)}
    assert owns(awa, asked, contacts.get) is is_hers
    assert may_be_told_of(asked, COMMUNITY, {"member"}, awa, contacts.get) is is_hers
    person_traces = Traces("awa", namesake=contacts["awa"])
    assert names_person(asked, person_traces) is is_hers
    assert (blanked(asked, person_traces, "Gone") != asked) is is_hers


def test_whoevers_contact_asks_for_something_owns_it() -> None:
    lead, asked = person("city-lead"), deadline("report", rooms=["coordination"], asked_by="desk")
    contacts = {"desk": contact("desk", member="awa.diallo")}
    assert lead is not None
    assert owns(lead, asked, contacts.get)
    assert may_be_told_of(asked, COMMUNITY, {"city-lead"}, lead, contacts.get)


def test_the_coordinators_page_prints_the_same_table() -> None:
    section = PAGE.partition("### Who may change the calendar")[2].partition("\n### ")[0]
    printed = re.findall(r"^\| (?!who |---)(.+) \|$", section, re.MULTILINE)
    said = [tuple(cell.strip() for cell in row.split(" | ")) for row in printed]
    assert said == [(*who, *(str(verdict) for verdict in verdicts)) for who, verdicts in TABLE.items()]


# --- for which city, and who is told -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "cities"),
    [
        (meeting(everyone=True), {"bamako", "lagos", "kigali"}),
        (meeting("lobby"), {"bamako", "lagos", "kigali"}),
        (meeting("team.lagos"), {"lagos"}),
        (meeting(cities=["bamako", "lagos"]), {"bamako", "lagos"}),
        (meeting(themes=["waste"]), {"bamako", "lagos", "kigali"}),
        (meeting(themes=["waste"], cities=["lagos"]), {"lagos"}),
        (meeting(people=["folake.adeyemi"]), {"lagos"}),
        (meeting(cities=["bamako"], people=["folake.adeyemi"]), {"bamako", "lagos"}),
        (meeting(roles=["city-lead"]), {"bamako", "lagos", "kigali"}),
    ],
)
def test_which_cities_an_entry_concerns(entry: CalendarEntry, cities: set[str]) -> None:
    assert {city for city in ("bamako", "lagos", "kigali") if concerns_city(entry, city, COMMUNITY)} == cities


def test_a_cohort_is_its_cities() -> None:
    pioneers = COMMUNITY.cohort["pioneers"].cities
    for entry in (meeting(cohorts=["pioneers"]), meeting("cohort.pioneers")):
        there = {city.key for city in COMMUNITY.cities if concerns_city(entry, city.key, COMMUNITY)}
        assert there == set(pioneers)


ALL_ROLES = frozenset(COMMUNITY.role)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (meeting(everyone=True), ALL_ROLES),
        (meeting("exchange.waste"), ALL_ROLES),
        (meeting(cities=["lagos"]), ALL_ROLES),
        (meeting("leads"), {"coordinator", "city-lead"}),
        (meeting("coordination", everyone=True), {"coordinator"}),
        (meeting(roles=["expert"]), {"coordinator", "expert"}),
        (meeting(people=["folake.adeyemi"]), {"coordinator"}),
        (meeting("coordination", "leads"), {"coordinator", "city-lead"}),
    ],
)
def test_who_may_be_told_of_an_entry(entry: CalendarEntry, told: set[str]) -> None:
    found = {role for role in ALL_ROLES if may_be_told_of(entry, COMMUNITY, {role}, None, no_contact)}
    assert found == told
    assert not may_be_told_of(entry, COMMUNITY, frozenset(), None, no_contact)


def test_whom_it_names_is_told_where_nobody_else_reads() -> None:
    member = person("member")
    assert member is not None
    for entry in (
        meeting(people=["awa.diallo"]),
        meeting("coordination", by="awa.diallo"),
        deadline("report", rooms=["coordination"], asked_by="awa.diallo"),
    ):
        assert may_be_told_of(entry, COMMUNITY, {"member"}, member, no_contact)
        assert not may_be_told_of(entry, COMMUNITY, {"member"}, None, no_contact)


NAMED = ["oumar.keita", "folake.adeyemi"]


def with_room_of(*who: dict[str, Any], policy: str = "closed") -> Community:
    """Return the example network with a room for those whom ``who`` lets in."""
    rooms = [one.model_dump(mode="json", by_alias=True) for one in EXAMPLE.rooms]
    mine = {
        "key": "jury",
        "for": "single",
        "policy": policy,
        "name": "Jury",
        "topic": "Jury",
        "who": list(who),
    }
    return changed(EXAMPLE, {"rooms": [*rooms, mine]})


def as_reader(username: str) -> Person:
    member = EXAMPLE.member[username]
    return Person(f"@{username}:x", username, member.name, member.role, member.city, (), ("fr",))


def told_alone(entry: CalendarEntry, community: Community) -> set[str]:
    readers = [as_reader(member.username) for member in EXAMPLE.members]
    return {one.username for one in readers if may_be_told_of(entry, community, {one.role}, one, no_contact)}


def test_of_what_is_in_a_room_of_named_people_these_alone_are_told_and_coordinators() -> None:
    coordinators = {one.username for one in EXAMPLE.members if one.role == "coordinator"}
    entry, jury = meeting("jury"), with_room_of({"people": NAMED})
    assert told_alone(entry, jury) == {*NAMED, *coordinators}
    roles = {one.role for one in EXAMPLE.members if one.username in NAMED}
    assert not any(may_be_told_of(entry, jury, {role}, None, no_contact) for role in roles)
    # Whoever is named without the role that the rule asks for is not in the room.
    of_role = with_room_of({"people": ["oumar.keita", "folake.adeyemi"], "roles": ["coordinator"]})
    assert told_alone(entry, of_role) == coordinators


def test_whom_a_room_admits_besides_named_people_is_told_by_role() -> None:
    entry, jury = meeting("jury"), with_room_of({"people": NAMED}, {"roles": ["expert"]})
    experts = {one.username for one in EXAMPLE.members if one.role in ("expert", "coordinator")}
    assert told_alone(entry, jury) == {*NAMED, *experts}
    everybody = {one.username for one in EXAMPLE.members if one.status is Status.ACTIVE}
    assert told_alone(entry, with_room_of({"people": NAMED}, policy="open")) == everybody
