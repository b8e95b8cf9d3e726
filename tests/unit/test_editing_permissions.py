"""Who may do what with which entry: the whole table, each cell a test; the coordinators' page prints the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from community.description.directory_model import Contact, Project, Resource
from community.description.fields import Localized
from community.description.model import Permission, Role, Who
from community.description.person import Person
from community.directory.entry import Entry
from community.directory.permissions import Action, Verdict, may
from tests.lib.descriptions import example

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = example().community
GUEST = Role(key="guest", name=Localized("Guest"))
COMMUNITY = EXAMPLE.model_copy(update={"roles": (*EXAMPLE.roles, GUEST)})
PAGE = (ROOT / "docs" / "coordinator.md").read_text(encoding="utf-8")

YES, PROPOSES, NO = Verdict.ALLOWED, Verdict.PROPOSE, Verdict.REFUSED
OTHERS = ("member", "expert", "partner", "guest")


@dataclass(frozen=True)
class Case:
    """One entry, as somebody of ``bamako`` with the user name ``awa`` sees it: before, after, who proposed."""

    before: Entry
    after: Entry
    proposer: str = "@oumar:example.org"


def contact(*cities: str, **more: object) -> Contact:
    values = {"name": Localized("Desk"), "function": Localized("Desk"), "confirmed": date(2026, 1, 1)}
    return Contact(key="desk", cities=cities, **{**values, **more})


def moved(before: Contact, **changed: object) -> Case:
    return Case(before, before.model_copy(update=changed))


AWA = contact("bamako", member="awa")
COMPOST = Project(
    key="compost",
    name=Localized("Compost"),
    summary=Localized("Compost"),
    cities=("lagos",),
    themes=("waste",),
    stage="idea",
    lead="awa",
    updated=date(2026, 1, 1),
)
GUIDE = Resource(
    key="guide",
    kind="guide",
    title=Localized("Guide"),
    summary=Localized("Guide"),
    themes=("waste",),
    languages=("fr",),
    added_by="awa",
    date=date(2026, 1, 1),
)
OWN_PROPOSAL = Case(contact("bamako"), contact("bamako", phone="+223 000 000"), "@awa:example.org")
WHICH: dict[str, tuple[Case, ...]] = {
    "of any city": tuple(
        moved(contact(*cities), phone="+223 000 000")
        for cities in (("bamako",), ("lagos",), ("bamako", "lagos"), ())
    ),
    "of their city alone": (
        moved(contact("bamako"), phone="+223 000 000"),
        Case(
            GUIDE.model_copy(update={"cities": ("bamako",), "added_by": None}),
            GUIDE.model_copy(update={"cities": ("bamako",), "added_by": None, "kind": "tool"}),
        ),
    ),
    "of another city": (moved(contact("lagos"), phone="+223 000 000"),),
    "of several cities, or of all": (
        moved(contact("bamako", "lagos"), phone="+223 000 000"),
        moved(contact(), phone="+223 000 000"),
    ),
    "moved to another city": (moved(contact("bamako"), cities=("lagos",)),),
    "of any city, not their own": tuple(
        moved(contact(*cities), phone="+223 000 000") for cities in (("bamako",), ("lagos",), ())
    ),
    "what they proposed": (OWN_PROPOSAL,),
    "themselves: phone, hours, languages": (
        moved(AWA, phone="+223 000 000"),
        moved(AWA, hours=Localized("Mondays"), languages=("fr", "bm"), confirmed=date(2026, 2, 1)),
    ),
    "themselves: anything else": (moved(AWA, email="awa@example.org"), moved(AWA, themes=("waste",))),
    "a project that they lead, a resource that they added": (
        Case(COMPOST, COMPOST.model_copy(update={"stage": "pilot"})),
        Case(GUIDE, GUIDE.model_copy(update={"kind": "tool"})),
    ),
}
ACTIONS = tuple(Action)

COORDINATOR, LEAD, OTHER, NOBODY = "coordinators", "city leads", "everybody else", "no active member"
TABLE: dict[tuple[str, str], tuple[Verdict, ...]] = {
    #                             add, change, confirm, remove, undo, approve, see history, list stale
    (COORDINATOR, "of any city"): (YES, YES, YES, YES, YES, YES, YES, YES),
    (COORDINATOR, "what they proposed"): (YES, YES, YES, YES, YES, NO, YES, YES),
    (LEAD, "of their city alone"): (YES, YES, YES, YES, YES, YES, YES, YES),
    (LEAD, "what they proposed"): (YES, YES, YES, YES, YES, NO, YES, YES),
    (LEAD, "of another city"): (PROPOSES,) * 5 + (NO, YES, YES),
    (LEAD, "of several cities, or of all"): (PROPOSES,) * 5 + (NO, YES, YES),
    (LEAD, "moved to another city"): (PROPOSES, PROPOSES, PROPOSES, YES, PROPOSES, NO, YES, YES),
    (OTHER, "of any city, not their own"): (PROPOSES,) * 5 + (NO, YES, YES),
    (OTHER, "what they proposed"): (PROPOSES,) * 5 + (NO, YES, YES),
    (OTHER, "themselves: phone, hours, languages"): (PROPOSES, YES, YES, PROPOSES, YES, NO, YES, YES),
    (OTHER, "themselves: anything else"): (PROPOSES, PROPOSES, YES, PROPOSES, PROPOSES, NO, YES, YES),
    (OTHER, "a project that they lead, a resource that they added"): (
        PROPOSES,
        PROPOSES,
        YES,
        PROPOSES,
        PROPOSES,
        NO,
        YES,
        YES,
    ),
    (NOBODY, "of any city"): (NO,) * 8,
}
ROLES = {COORDINATOR: ("coordinator",), LEAD: ("city-lead",), OTHER: OTHERS, NOBODY: (None,)}


def cells() -> Iterator[tuple[str | None, str, Action, Verdict]]:
    for (who, which), verdicts in TABLE.items():
        for role in ROLES[who]:
            for action, verdict in zip(ACTIONS, verdicts, strict=True):
                yield role, which, action, verdict


def person(role: str | None) -> Person | None:
    city = None if role == "coordinator" else "bamako"
    return None if role is None else Person("@awa:example.org", "awa", "Awa", role, city, (), ("fr",))


def judged(role: str | None, case: Case, action: Action) -> Verdict:
    contacts = {"awa": AWA}
    before, after = case.before, case.after
    match action:
        case Action.ADD:
            return may(person(role), action, None, COMMUNITY, after=after, contact=contacts.get)
        case Action.REMOVE | Action.CONFIRM:
            return may(
                person(role), action, before, COMMUNITY, after=_after(action, case), contact=contacts.get
            )
        case _:
            return may(
                person(role),
                action,
                before,
                COMMUNITY,
                after=after,
                contact=contacts.get,
                proposer=case.proposer,
            )


def _after(action: Action, case: Case) -> Entry | None:
    return case.after if action is Action.CONFIRM else None


@pytest.mark.parametrize(("role", "which", "action", "verdict"), list(cells()))
def test_cell(role: str | None, which: str, action: Action, verdict: Verdict) -> None:
    assert {judged(role, case, action) for case in WHICH[which]} == {verdict}


def test_every_role_and_every_permission_is_in_the_table() -> None:
    assert {role.key for role in COMMUNITY.roles} == {r for roles in ROLES.values() for r in roles if r}


def test_a_lead_without_a_city_keeps_nothing() -> None:
    lead = Person("@a:example.org", "a", "A", "city-lead", None, (), ("fr",))
    assert may(lead, Action.ADD, None, COMMUNITY, after=contact()) is PROPOSES


def test_somebody_else_as_a_contact_cannot_be_made_oneself_without_being_asked() -> None:
    member = Person("@awa:example.org", "awa", "Awa", "member", "bamako", (), ("fr",))
    other = contact("bamako", member="oumar", phone="+223 000 000")
    assert (
        may(member, Action.CHANGE, other, COMMUNITY, after=other.model_copy(update={"member": "awa"}))
        is PROPOSES
    )
    assert (
        may(member, Action.CHANGE, other, COMMUNITY, after=other.model_copy(update={"phone": None}))
        is PROPOSES
    )


def test_edit_is_given_to_roles_and_not_in_rooms() -> None:
    assert Permission.EDIT in COMMUNITY.role["city-lead"].may
    with pytest.raises(ValidationError, match="no matter of a room"):
        Who(may=(Permission.EDIT,))


def table_on_the_page() -> list[tuple[str, ...]]:
    rows = re.findall(r"^\| (.*) \|$", PAGE.partition("### Who may change the directory")[2], re.MULTILINE)
    return [tuple(cell.strip() for cell in row.split("|")) for row in rows[: len(TABLE) + 2]]


def test_the_page_prints_the_table() -> None:
    head, _rule, *rows = table_on_the_page()
    assert head == ("who", "which entry", *ACTIONS)
    assert rows == [
        (who, which, *(str(verdict) for verdict in verdicts)) for (who, which), verdicts in TABLE.items()
    ]
