"""The files' entries and those of the store become one directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.description.directory_model import Contact, Directory, Project, Resource
from community.description.model import Description
from community.description.succession import hand_over
from community.directory.entry import DirectoryEntry, EntryKey, digest, entries_of, key_of
from community.directory.merge import Base, Choice, Merged, choose, merge
from tests.lib.descriptions import described, small
from tests.lib.entries import contact, project, resource

OLD, NEW, CHAT = (contact("desk", name=name) for name in ("Old", "New", "Chat"))
VERSIONS: dict[str, DirectoryEntry | None] = {"old": OLD, "new": NEW, "chat": CHAT, "-": None}

# What the store has, what the files said at the last seeding ("joined": it became part of another), what they say now;
# what holds, whose it is ("!": chat's, against the files).
TABLE = """
    -     -       -      -     file
    -     -       new    new   file
    old   old     old    old   file
    old   old     new    new   file
    old   old     -      -     file
    -     old     -      -     file
    chat  -       -      chat  chat
    chat  old     old    chat  chat
    -     old     old    -     chat
    chat  old     new    chat  !
    chat  old     -      chat  !
    chat  -       new    chat  !
    -     old     new    new   file
    new   old     new    new   file
    new   -       new    new   file
    -     joined  old    old   file
    -     joined  new    new   file
    chat  joined  old    chat  chat
    chat  joined  new    chat  !
"""


@pytest.mark.parametrize("line", TABLE.strip().splitlines())
def test_which_version_of_an_entry_holds(line: str) -> None:
    stored, seen, file, holds, whose = line.split()
    if seen == "joined":
        base: Base | None = Base(digest(OLD), None)
    else:
        base = None if seen == "-" else Base(digest(VERSIONS[seen]), digest(VERSIONS[seen]))
    assert choose(VERSIONS[stored], base, VERSIONS[file]) == Choice(
        VERSIONS[holds], is_of_file=whose == "file", conflict=whose == "!"
    )


def of(*entries: DirectoryEntry, **parts: Any) -> Description:
    """Return the small network with a directory of ``entries``."""
    return described(directory(*entries), **parts)


def directory(*entries: DirectoryEntry) -> Directory:
    return Directory(
        version=1,
        contacts=tuple(entry for entry in entries if isinstance(entry, Contact)),
        resources=tuple(entry for entry in entries if isinstance(entry, Resource)),
        projects=tuple(entry for entry in entries if isinstance(entry, Project)),
    )


def news(merged: Merged) -> list[str]:
    return [str(note.what) for note in merged.notes if note.is_new]


def notes(merged: Merged) -> list[str]:
    return [str(note.what) for note in merged.notes]


def test_the_first_seeding_is_what_the_files_say_in_their_order() -> None:
    files = of(contact("b"), contact("a"), resource("guide"), project("compost", lead="a"))
    merged = merge(directory(), {}, files)
    assert (merged.directory, merged.notes) == (files.directory, ())
    again = merge(merged.directory, merged.bases, files)
    assert (again.directory, again.bases) == (merged.directory, merged.bases)
    assert again.changes(merged.directory) == ()


def test_what_chat_added_comes_after_what_the_files_have() -> None:
    first = merge(directory(), {}, of(OLD))
    stored = directory(contact("from-chat"), OLD)
    merged = merge(stored, first.bases, of(contact("new"), OLD))
    assert [entry.key for entry in merged.directory.contacts] == ["new", "desk", "from-chat"]


def test_who_may_see_what_is_the_files() -> None:
    files = of()
    visible = files.directory.model_copy(update={"visible": {"phone": ("coordinator",)}})
    merged = merge(directory(), {}, Description(files.community, visible, files.calendar))
    assert merged.directory.visible == {"phone": ("coordinator",)}


def test_a_conflict_is_news_once_and_a_note_until_it_is_settled() -> None:
    first = merge(directory(), {}, of(OLD))
    stored = directory(CHAT)
    second = merge(stored, first.bases, of(NEW))
    assert second.directory == stored
    assert news(second) == notes(second)
    assert "“desk” was changed in chat, and otherwise in directory.yaml" in news(second)[0]
    third = merge(stored, second.bases, of(NEW))
    assert (notes(third), news(third)) == (notes(second), [])
    other = merge(stored, third.bases, of(contact("desk", name="Newer")))
    assert len(news(other)) == 1
    gone = merge(stored, third.bases, of())
    assert (gone.directory, len(news(gone))) == (stored, 1)
    settled = merge(stored, third.bases, of(CHAT))
    assert notes(settled) == []
    assert merge(stored, settled.bases, of(OLD)).directory == directory(OLD)


def test_a_conflict_ends_where_the_files_say_again_what_they_said() -> None:
    first = merge(directory(), {}, of(OLD))
    second = merge(directory(CHAT), first.bases, of(NEW))
    back = merge(directory(CHAT), second.bases, of(OLD))
    assert (back.directory, back.notes, back.bases) == (directory(CHAT), (), first.bases)


def test_an_entry_that_chat_brought_back_to_what_was_seeded_follows_the_files_again() -> None:
    first = merge(directory(), {}, of(OLD))
    merged = merge(directory(OLD), first.bases, of(NEW))
    assert merged.directory == directory(NEW)


# --- what the community no longer has ---------------------------------------------------------------------------------

AWA_ENTRY = contact("awa", name="Awa", member="awa.diallo", themes=["waste", "mobility"])
LEFT = {
    "username": "awa.diallo",
    "name": "Awa Diallo",
    "role": "city-lead",
    "languages": ["fr"],
    "status": "left",
}
MOUSSA = {"username": "moussa.keita", "name": "Moussa Keïta", "role": "coordinator", "languages": ["fr"]}


def test_chats_references_to_what_is_gone_are_taken_out_with_a_note() -> None:
    written = contact(
        "from-chat",
        cities=["kigali", "lagos"],
        themes=["waste", "floods"],
        role="mayor",
        member="nobody",
        deputy="gone",
        visible={"phone": ["coordinator", "mayor"], "email": ["mayor"]},
    )
    told = (
        resource("guide", cities=["lagos", "kigali"], added_by="nobody"),
        project("compost", themes=["floods", "waste"], lead="gone"),
    )
    merged = merge(directory(written, *told), {}, of())
    assert merged.directory == directory(
        contact("from-chat", visible={"phone": ["coordinator"], "email": []}),
        resource("guide", cities=["kigali"]),
        project("compost"),
    )
    assert news(merged)[0] == (
        "The entry “from-chat” named lagos, floods, mayor, nobody, gone, which is no longer there: that was taken out."
    )
    assert len(news(merged)) == 3
    assert merge(merged.directory, merged.bases, of()).notes == ()


def test_what_has_no_city_or_theme_left_is_not_for_everybody_but_gone() -> None:
    written = (
        contact("lagos-waste", cities=["lagos"]),
        contact("floods", themes=["floods"]),
        resource("lagos-map", cities=["lagos"]),
        resource("dams", themes=["floods"]),
        project("lagos-compost", cities=["lagos"]),
        contact("by", deputy="lagos-waste"),
        project("compost", lead="lagos-waste"),
    )
    merged = merge(directory(*written), {}, of())
    # A contact without a theme is found by its function.
    assert merged.directory == directory(contact("floods", themes=[]), contact("by"), project("compost"))
    gone = [note for note in news(merged) if "was taken out of the directory: " in note]
    assert [note.split("”")[0] for note in gone] == [
        "The entry “lagos-waste",
        "The entry “lagos-map",
        "The entry “dams",
        "The entry “lagos-compost",
    ]


def test_a_city_with_another_key_is_followed() -> None:
    cities = [
        {"key": "bko", "was": "bamako", "name": "Bamako", "country": "ML", "timezone": "Africa/Bamako"},
        {"key": "kigali", "name": "Kigali", "country": "RW", "timezone": "Africa/Kigali"},
    ]
    renamed = [city | {"languages": ["fr"]} for city in cities]
    stored = directory(contact("from-chat", cities=["bamako", "kigali"]))
    merged = merge(stored, {}, of(cities=renamed, members=[MOUSSA]))
    assert merged.directory == directory(contact("from-chat", cities=["bko", "kigali"]))
    assert merged.notes == ()


def test_a_deputy_that_chat_removed_is_taken_out_and_comes_back_with_the_deputy() -> None:
    files = of(OLD, contact("front", deputy="desk"))
    first = merge(directory(), {}, files)
    stored = directory(contact("front", deputy="desk"))
    second = merge(stored, first.bases, files)
    assert second.directory == directory(contact("front"))
    assert len(news(second)) == 1
    third = merge(second.directory, second.bases, files)
    assert (third.directory, len(notes(third)), news(third)) == (second.directory, 1, [])
    back = merge(directory(contact("front"), OLD), third.bases, files)
    assert back.directory == files.directory


# --- who has left -----------------------------------------------------------------------------------------------------


def test_what_chat_made_in_the_name_of_a_leaver_is_handed_over_too() -> None:
    stored = directory(AWA_ENTRY.model_copy(update={"deputy": "desk"}), OLD)
    merged = merge(stored, {}, of(members=[MOUSSA, LEFT]))
    by_key = {entry.key: entry for entry in merged.directory.contacts}
    assert "awa" not in by_key or by_key["awa"].member is None
    alone = merge(directory(AWA_ENTRY), {}, of(members=[MOUSSA, LEFT]))
    assert [entry.vacant for entry in alone.directory.contacts] == [True]
    assert "name a successor" in notes(alone)[0]
    assert merge(alone.directory, alone.bases, of(members=[MOUSSA, LEFT])).changes(alone.directory) == ()


def test_what_a_leaver_had_from_chat_stays_with_the_heir_at_the_next_seeding() -> None:
    heir = contact("moussa", member="moussa.keita")
    files = of(
        heir, contact("front", deputy="moussa"), members=[MOUSSA, LEFT | {"successor": "moussa.keita"}]
    )
    first = merge(directory(), {}, files)
    said = contact("awa", member="awa.diallo", cities=["bamako"])
    lead = project("compost", lead="awa")
    second = merge(directory(*entries_of(first.directory), said, lead), first.bases, files)
    both = heir.model_copy(update={"cities": ("kigali", "bamako")})
    wanted = directory(both, contact("front", deputy="moussa"), project("compost", lead="moussa"))
    assert second.directory == wanted
    third = merge(second.directory, second.bases, files)
    assert (third.directory, third.bases, third.notes) == (wanted, second.bases, ())
    written = contact("moussa", member="moussa.keita", name="Moussa Keïta")
    changed = of(written, contact("front", deputy="moussa", name="Front"), members=[MOUSSA])
    fourth = merge(third.directory, third.bases, changed)
    assert fourth.directory.contacts == (both, contact("front", deputy="moussa", name="Front"))
    assert len(notes(fourth)) == 1


def test_a_successor_who_is_named_later_takes_over_what_was_vacant() -> None:
    alone = merge(directory(AWA_ENTRY), {}, of(members=[MOUSSA, LEFT]))
    taken = merge(alone.directory, {}, of(members=[MOUSSA, LEFT | {"successor": "moussa.keita"}]))
    (entry,) = taken.directory.contacts
    assert (entry.member, entry.vacant) == ("moussa.keita", False)


def test_what_the_files_have_comes_back_with_who_comes_back() -> None:
    here = of(AWA_ENTRY, OLD)
    first = merge(directory(), {}, here)
    gone = of(AWA_ENTRY, OLD, members=[MOUSSA, LEFT])
    second = merge(first.directory, first.bases, gone)
    assert second.directory.contacts[0].vacant
    assert all("changed in chat" not in note for note in notes(second))
    assert merge(second.directory, second.bases, here).directory == here.directory


# --- anything ---------------------------------------------------------------------------------------------------------

KEYS = ("a", "b", "c")
MEMBERS = ("awa.diallo", "moussa.keita", None)


@st.composite
def some_entries(draw: st.DrawFn, *, fits: bool) -> Directory:
    """Draw a directory; where it ``fits``, without references to what there is not."""
    cities = st.lists(
        st.sampled_from(["kigali", "bamako", *([] if fits else ["lagos"])]), min_size=1, unique=True
    )
    themes = st.lists(
        st.sampled_from(["waste", "mobility", *([] if fits else ["floods"])]), min_size=1, unique=True
    )
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True))
    deputies = st.sampled_from([*keys, None] if fits else [*KEYS, None])
    entries: list[DirectoryEntry] = []
    for key in keys:
        deputy = draw(deputies)
        entries.append(
            contact(
                key,
                name=draw(st.sampled_from(["Awa", "Ben"])),
                cities=draw(cities),
                themes=draw(themes),
                member=draw(st.sampled_from(MEMBERS)),
                deputy=None if fits and deputy == key else deputy,
            )
        )
    projects = draw(st.lists(st.sampled_from(KEYS), unique=True))
    entries += [
        project(key, cities=draw(cities), themes=draw(themes), lead=draw(deputies)) for key in projects
    ]
    return directory(*entries)


communities = st.sampled_from(
    [
        small().community,
        small(members=[MOUSSA, LEFT]).community,
        small(members=[MOUSSA, LEFT | {"successor": "moussa.keita"}]).community,
    ]
)


def by_key(one: Directory) -> Mapping[EntryKey, DirectoryEntry]:
    return {key_of(entry): entry for entry in entries_of(one)}


@given(some_entries(fits=True), communities)
def test_with_nothing_from_chat_the_store_is_what_the_files_hand_over(
    files: Directory, community: Any
) -> None:
    description = Description(community, files, described(files).calendar)
    first = merge(directory(), {}, description)
    handed, _ = hand_over(description)
    assert by_key(first.directory) == by_key(handed)
    again = merge(first.directory, first.bases, description)
    assert again.changes(first.directory) == ()
    assert again.bases == first.bases


@given(some_entries(fits=True), some_entries(fits=False), some_entries(fits=True), communities)
def test_whatever_chat_did_the_result_fits_the_community_and_comes_to_rest(
    before: Directory, chat: Directory, after: Directory, community: Any
) -> None:
    files = Description(community, after, described(after).calendar)
    merged = merge(chat, merge(directory(), {}, described(before)).bases, files)
    contacts = {entry.key for entry in merged.directory.contacts}
    for entry in entries_of(merged.directory):
        assert entry.cities
        assert entry.themes or isinstance(entry, Contact)
        assert set(entry.cities) <= set(community.city)
        assert set(entry.themes) <= set(community.theme)
        named = entry.deputy if isinstance(entry, Contact) else getattr(entry, "lead", None)
        assert named is None or named in contacts
    # Without what is gone, an entry of chat may be what the files said, and follow them from then on.
    for _ in range(2):
        merged = merge(merged.directory, merged.bases, files)
    again = merge(merged.directory, merged.bases, files)
    assert (again.changes(merged.directory), again.bases, news(again)) == ((), merged.bases, [])


@given(some_entries(fits=True), some_entries(fits=True))
def test_two_seedings_without_chat_are_the_second(before: Directory, after: Directory) -> None:
    first = merge(directory(), {}, described(before))
    second = merge(first.directory, first.bases, described(after))
    assert second.directory == hand_over(described(after))[0]
    assert second.notes == ()
