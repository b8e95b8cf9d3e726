"""The plan of an import: what it adds, changes and removes, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

import community
from community.core.messages import translator
from community.description.directory_model import Contact, Directory
from community.directory.entry import Entry, EntryChange, EntryKey
from community.exchange.canonical import SECTIONS, canonical, entries_by_key
from community.exchange.columns import FIELDS
from community.exchange.plan import ImportPlan, plan_import
from tests.lib.descriptions import read
from tests.lib.directories import directories

CONFIG = Path(__file__).parents[2] / "config"
ENGLISH = translator("en", [])
FRENCH = translator("fr", [Path(community.__file__).parent])


def contact(key: str, **more: object) -> Contact:
    return Contact.model_validate(
        {"key": key, "name": key.title(), "function": {"en": "x"}, "confirmed": "2026-11-01", **more}
    )


def directory(*contacts: Contact) -> Directory:
    return Directory(version=1, contacts=contacts)


def applied(current: Directory, plan: ImportPlan) -> Directory:
    entries: dict[EntryKey, Entry] = {**entries_by_key(current)}
    for change in plan.changes:
        assert entries.get((change.kind, change.key)) == change.before
        entries.pop((change.kind, change.key), None)
        if change.after is not None:
            entries[change.kind, change.key] = change.after
    lists = {s.name: tuple(e for (kind, _), e in entries.items() if kind == s.kind) for s in SECTIONS}
    return canonical(current.model_copy(update=lists))


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_each_field_of_the_model_has_its_place_among_the_columns(section) -> None:  # type: ignore[no-untyped-def]
    assert list(FIELDS[section.kind]) == list(section.model.model_fields)


@given(directories, directories)
def test_what_the_plan_says_leads_there(current: Directory, incoming: Directory) -> None:
    plan = plan_import(canonical(current), incoming, remove_missing=True)
    wanted = canonical(incoming).model_copy(update={"visible": current.visible})
    assert applied(canonical(current), plan) == wanted
    assert plan_import(wanted, incoming, remove_missing=True).changes == ()


@given(directories, directories)
def test_without_leave_nothing_is_removed(current: Directory, incoming: Directory) -> None:
    plan = plan_import(canonical(current), incoming, remove_missing=False)
    assert plan.count("-") == 0
    assert (
        entries_by_key(canonical(current)).keys() <= entries_by_key(applied(canonical(current), plan)).keys()
    )


def test_lines_for_people() -> None:
    current = directory(contact("awa", phone="+223 00 00 00 01", languages=["fr"]), contact("old"))
    incoming = directory(
        contact("awa", phone="+223 00 00 00 02", hours={"fr": "le\nmatin"}),
        contact("new", name="N\u202ew\x1b[2J"),
    )
    plan = plan_import(current, incoming, remove_missing=True)
    assert list(plan.lines(ENGLISH)) == [
        "~ contact awa: Awa",
        "    phone: +223 00 00 00 01 → +223 00 00 00 02",
        "    hours:fr: ∅ → le matin",
        "    languages: fr → ∅",
        "+ contact new: Nw\ufffd[2J",
        "- contact old: Old",
        "Plan: 1 to add, 1 to change, 1 to remove",
        f"Digest: {plan.digest}",
    ]


def test_a_table_that_was_cut_off_trips_the_brake_though_the_directory_is_large() -> None:
    example = read(CONFIG).directory
    brought = Directory(version=1, projects=example.projects[:2])
    plan = plan_import(example, brought, remove_missing=True, kinds={"project"})
    all_entries = len(entries_by_key(example))
    assert plan.count("-") == len(example.projects) - 2 < 0.3 * all_entries
    assert plan.excess is not None


def test_nothing_to_do_has_no_digest() -> None:
    example = read(CONFIG).directory
    plan = plan_import(example, example, remove_missing=True)
    assert list(plan.lines(ENGLISH)) == ["Plan: 0 to add, 0 to change, 0 to remove"]


def test_only_kinds_that_were_brought_are_removed() -> None:
    example = read(CONFIG).directory
    brought = Directory(version=1, contacts=example.contacts[1:])
    plan = plan_import(example, brought, remove_missing=True, kinds={"contact"})
    assert plan.changes == (EntryChange("contact", example.contacts[0].key, example.contacts[0], None),)


@pytest.mark.parametrize(
    ("there", "left", "too_much"),
    [(9, 0, False), (10, 7, False), (10, 6, True), (100, 70, False), (100, 69, True)],
)
def test_the_brake(there: int, left: int, too_much: bool) -> None:
    current = directory(*(contact(f"c{i}") for i in range(there)))
    plan = plan_import(current, directory(*current.contacts[:left]), remove_missing=True)
    assert (plan.excess is not None) is too_much
    if too_much:
        assert f"! {there - left} of {there} entries would be removed" in list(plan.lines(ENGLISH))
        assert f"! {there - left} fiches sur {there} seraient retirées" in list(plan.lines(FRENCH))


def test_the_digest_names_exactly_these_changes() -> None:
    one, two = directory(contact("awa")), directory(contact("awa", email="a@b.org"))
    there = plan_import(one, two, remove_missing=False)
    assert there.digest == plan_import(one, two, remove_missing=True).digest
    others = (
        plan_import(two, one, remove_missing=False),
        plan_import(directory(), two, remove_missing=False),
    )
    assert len({there.digest, *(plan.digest for plan in others)}) == 3
