"""Edits, keys, doubles, what has gone stale, and drafts as text."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bots.features.edit import EditDraft
from bots.features.edit.draft import Purpose
from community.core.messages import translator
from community.description.directory_model import Contact, Project, Resource
from community.description.fields import Localized
from community.directory.changes import (
    Edit,
    all_values,
    as_values,
    changes_from_json,
    changes_to_json,
    cities_of,
    edited,
    new_key,
)
from community.directory.differences import LOCALIZED, DifferenceReader, hidden_from, localized
from community.directory.duplicates import Sign, likely_doubles, plain_link
from community.directory.entry import (
    MODELS,
    DirectoryEntry,
    EntryChange,
    EntryKind,
    confirmed_on,
    entries_of,
    kind_of,
    name_of,
)
from community.directory.naming import KnownEntries
from community.directory.stale import stale
from tests.lib.descriptions import read

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = read(ROOT / "config")
KNOWN = KnownEntries.of(EXAMPLE.directory)
ENTRIES = tuple(entries_of(EXAMPLE.directory))
entries = st.sampled_from(ENTRIES)


def entry(kind: EntryKind, key: str) -> DirectoryEntry:
    found = KNOWN.entry(kind, key)
    assert isinstance(found, DirectoryEntry)
    return found


# --- edits --------------------------------------------------------------------------------------------------


def test_an_edit_changes_what_it_names_and_nothing_else() -> None:
    before = entry("contact", "bamako-mobility")
    after = edited(Edit("contact", "bamako-mobility", {"phone": "+223 11 11 11 11", "hours": None}), before)
    assert isinstance(after, Contact)
    assert as_values(after) == {k: v for k, v in as_values(before).items() if k != "hours"} | {
        "phone": "+223 11 11 11 11"
    }


def test_every_reason_why_an_edit_makes_no_entry_is_given() -> None:
    wrong = edited(
        Edit("contact", "bamako-mobility", {"phone": "12", "email": "x"}), entry("contact", "bamako-mobility")
    )
    assert isinstance(wrong, tuple)
    assert {refusal.field for refusal in wrong} == {"phone", "email"}
    assert all("“" in str(refusal.what) for refusal in wrong)


def test_an_edit_cannot_give_another_key() -> None:
    made = edited(Edit("project", "x", {"key": "y"}), entry("project", "kigali-compost"))
    assert isinstance(made, Project)
    assert made.key == "x"


@given(entries, entries)
def test_all_values_leave_nothing_of_what_was_before(one: DirectoryEntry, other: DirectoryEntry) -> None:
    if kind_of(one) == kind_of(other):
        back = edited(Edit(kind_of(one), one.key, all_values(one)), other)
        assert back == one


@given(st.lists(entries, max_size=4), st.booleans())
def test_changes_survive_as_text(some: list[DirectoryEntry], removes: bool) -> None:
    changes = tuple(EntryChange(kind_of(e), e.key, e, None if removes else e) for e in some)
    assert changes_from_json(changes_to_json(changes)) == changes


def test_the_cities_of_a_change_are_those_before_and_after() -> None:
    before = entry("contact", "bamako-mobility")
    after = before.model_copy(update={"cities": ("lagos",)})
    assert cities_of([EntryChange("contact", before.key, before, after)]) == ("bamako", "lagos")


# --- keys ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Guide du tri à l'école", "guide-du-tri-a-l-ecole"),
        ("  -- Œuvre & Co. --", "oeuvre-co"),
        ("x" * 100, "x" * 44),
    ],
)
def test_a_key_is_made_of_the_title(title: str, key: str) -> None:
    assert new_key("resource", title, ()) == key


def test_a_key_in_use_gets_a_number() -> None:
    assert new_key("resource", "Guide", {"guide", "guide-2"}) == "guide-3"


@given(st.text(max_size=300), st.sets(st.sampled_from(["guide", "guide-2", "a-b", "resource-e3b0c442"])))
def test_a_key_is_always_a_key_stable_and_new(title: str, taken: set[str]) -> None:
    key = new_key("resource", title, taken)
    assert key == new_key("resource", title, taken)
    assert key not in taken
    made = edited(Edit("resource", key, {}), entry("resource", "minibus-stops-matola"))
    assert isinstance(made, Resource)


def test_arabic_titles_have_different_keys() -> None:
    assert new_key("resource", "الفرز في البيت", ()) != new_key("resource", "الفرز في المدرسة", ())


# --- doubles ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "sign"),
    [
        ({"link": "https://www.EXAMPLE.org/library/minibus-stops-matola/?utm_source=x#top"}, Sign.LINK),
        ({"link": "https://example.org/other", "title": "Minibus stops in Matola, plan"}, None),
    ],
)
def test_doubles_of_a_resource(changed: dict[str, object], sign: Sign | None) -> None:
    made = edited(
        Edit("resource", "new", {"title": "Another", "file": None, **changed}),
        entry("resource", "minibus-stops-matola"),
    )
    assert isinstance(made, Resource)
    signs = {d.entry.key: d.sign for d in likely_doubles(made, ENTRIES)}
    assert signs.get("minibus-stops-matola") is sign


@pytest.mark.parametrize(
    ("changed", "sign"),
    [
        ({"phone": "+22300000001", "name": "Somebody"}, Sign.PHONE),
        ({"email": "AWA.DIALLO@bamako.example.org", "name": "Somebody"}, Sign.EMAIL),
        ({"member": "awa.diallo", "name": "Somebody"}, Sign.MEMBER),
        ({"name": "Diallo Awa", "cities": ["bamako"]}, Sign.NAME),
        ({"name": "Awa Dialo", "themes": ["mobility"], "cities": ["lagos"]}, Sign.NAME),
        ({"name": "Awa Diallo", "themes": ["health"], "cities": ["lagos"]}, None),
        ({"name": "Somebody", "cities": ["bamako"]}, None),
    ],
)
def test_doubles_of_a_contact(changed: dict[str, object], sign: Sign | None) -> None:
    fields = {"function": "x", "confirmed": "2026-01-01", **changed}
    made = edited(Edit("contact", "new", fields), None)
    assert isinstance(made, Contact)
    assert {d.entry.key: d.sign for d in likely_doubles(made, ENTRIES)}.get("bamako-mobility") is sign


def test_an_entry_is_no_double_of_itself() -> None:
    assert all(e not in [d.entry for d in likely_doubles(e, ENTRIES)] for e in ENTRIES)


@example("HTTP://0")
@given(st.text(max_size=200))
def test_links_are_compared_whatever_they_are(text: str) -> None:
    assert plain_link(plain_link(f"https://{text}")) == plain_link(f"https://{text}")


# --- stale --------------------------------------------------------------------------------------------------

TODAY = date(2026, 11, 23)


def test_what_is_stale_is_given_oldest_first() -> None:
    found = stale(ENTRIES, TODAY)
    assert found
    confirmed = [old.confirmed or date.min for old in found]
    assert confirmed == sorted(confirmed)
    assert all((old.days or 0) > 180 and old.confirmed == confirmed_on(old.entry) for old in found)


def test_stale_entries_of_a_city_and_a_theme() -> None:
    found = stale(ENTRIES, TODAY, longer_than=timedelta(0), cities=("kigali",), themes=("waste",))
    assert found
    assert all("kigali" in old.entry.cities and "waste" in old.entry.themes for old in found)


def test_stale_entries_of_a_kind() -> None:
    found = stale(ENTRIES, TODAY, kinds=("resource",))
    assert found
    assert {kind_of(old.entry) for old in found} == {"resource"}


def test_a_finished_project_is_never_stale() -> None:
    assert entry("project", "kumasi-market") not in [
        old.entry for old in stale(ENTRIES, date(2030, 1, 1), longer_than=timedelta(0))
    ]


def test_a_confirmed_resource_is_as_old_as_its_confirmation() -> None:
    guide = entry("resource", "minibus-stops-matola").model_copy(update={"confirmed": TODAY})
    assert stale([guide], TODAY) == ()


# --- names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("Awa Diallo", "bamako-mobility"),
        ("awa dialo", "bamako-mobility"),
        ("the contact Awa Diallo", "bamako-mobility"),
        ("bamako-mobility", "bamako-mobility"),
        ("يوسف العمراني", "benguerir-digital"),
        ("Market compost", "bamako-compost"),
        ("le projet compost des marchés", "bamako-compost"),
    ],
)
def test_a_name_means_one_entry(said: str, key: str) -> None:
    found = KNOWN.named(said, ("contact", "project", "resource"))
    assert found.entry is not None
    assert found.entry.key == key


@pytest.mark.parametrize("said", ["", "?", "compost", "the project", "zzzz"])
def test_a_name_that_several_have_or_nobody_means_none(said: str) -> None:
    assert KNOWN.named(said, ("contact", "project", "resource")).entry is None


@given(entries)
def test_what_is_taken_out_is_not_found(one: DirectoryEntry) -> None:
    known = KnownEntries.of(EXAMPLE.directory)
    known.take(kind_of(one), one.key, None)
    assert known.entry(kind_of(one), one.key) is None
    assert one.key not in known.keys(kind_of(one))
    assert one not in list(known)
    known.take(kind_of(one), one.key, one)
    assert known.named(name_of(one).text("en"), (kind_of(one),)) == KNOWN.named(
        name_of(one).text("en"), (kind_of(one),)
    )
    assert known.entry(kind_of(one), one.key) == one


# --- differences --------------------------------------------------------------------------------------------

READING = DifferenceReader(EXAMPLE.community, translator("en", ()), KNOWN.contact)


@given(entries)
def test_every_field_of_an_entry_can_be_shown(one: DirectoryEntry) -> None:
    shown = READING.fields(one)
    assert {d.label for d in shown} >= {"Themes"} or not one.themes
    assert len(shown) == len([name for name in as_values(one) if name != "key"])


def test_of_a_text_in_several_languages_the_readers_is_shown_and_of_a_change_those_that_differ() -> None:
    before = entry("contact", "bamako-mobility")
    (function,) = (d for d in READING.fields(before) if d.label == "What they do")
    assert function.new == "Lead for urban mobility"
    after = edited(
        Edit("contact", before.key, {"function": {"fr": "Chef", "en": "Lead for urban mobility"}}), before
    )
    assert isinstance(after, Contact)
    (changed,) = READING.differences(before, after)
    assert changed.old == "Référente mobilité urbaine"
    assert changed.new == "Chef"


def test_what_the_readers_may_not_see_is_not_shown() -> None:
    before = entry("contact", "bamako-mobility")
    after = before.model_copy(update={"phone": "+223 11 11 11 11"})
    hidden = hidden_from({"member", "coordinator"}, before, {"phone": ("coordinator",)})
    (line,) = (READING.line(d) for d in READING.differences(before, after, hidden=hidden))
    assert line == "Phone: (not shown here) → (not shown here)"
    assert hidden_from({"coordinator"}, before, {"phone": ("coordinator",)}) == frozenset()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, "Neu"),
        ({"und": "Old"}, "Neu"),
        ({"fr": "Ancien"}, {"fr": "Neu"}),
        ({"fr": "Ancien", "en": "Old"}, {"fr": "Neu", "en": "Old"}),
        ({"en": "Old"}, {"en": "Old", "fr": "Neu"}),
    ],
)
def test_only_the_speakers_language_of_a_text_is_replaced(old: object, new: object) -> None:
    assert localized(old, "Neu", "fr") == new


# --- drafts -------------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
drafts = st.builds(
    EditDraft,
    user_id=st.text(max_size=40),
    purpose=st.sampled_from(Purpose),
    kind=st.just("contact"),
    key=st.text(max_size=20),
    language=st.sampled_from(["en", "fr", "pt", "ar"]),
    heard_at=st.datetimes(timezones=st.just(UTC)),
    fields=st.dictionaries(st.text(max_size=10), json_values, max_size=4),
    before=st.none() | st.sampled_from(EXAMPLE.directory.contacts),
    asking=st.none() | st.text(max_size=10),
    done=st.lists(st.text(max_size=10), max_size=3).map(tuple),
    undoes=st.none() | st.integers(0),
)


@given(drafts)
def test_a_draft_survives_as_text(draft: EditDraft) -> None:
    assert EditDraft.from_json(draft.to_json()) == draft


def test_a_draft_is_plain_json() -> None:
    draft = EditDraft(
        "@a:b", Purpose.ADD, "resource", "", "en", datetime(2026, 1, 1, tzinfo=UTC), {"title": "\ud800\0"}
    )
    assert json.loads(draft.to_json())["fields"] == {"title": "\ud800\0"}


def test_localized_fields_are_those_of_the_models() -> None:
    found = {
        name
        for model in MODELS.values()
        for name, field in model.model_fields.items()
        if Localized in (field.annotation, *getattr(field.annotation, "__args__", ()))
    }
    assert found == LOCALIZED
