"""One typo in a file stops nothing: what is good can be applied, the rest stays as it was applied last."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.core.errors import DescriptionError
from community.description.data_folder import DataFolder
from community.description.directory_model import Directory
from community.description.faults import CALENDAR, COMMUNITY, DIRECTORY, MEMBERS
from community.description.known_community import (
    KnownCommunity,
    OtherCommunity,
    note_community,
    require_known_community,
)
from community.description.load import load_community, load_description, load_usable
from community.description.model import Description, Status
from community.description.usable import UsableFiles, applied_alone, is_community_kept
from community.directory.entry import EntryChange
from community.storage import Store
from community.storage.in_force import community_in_force, usable_description
from tests.lib.descriptions import SETTINGS, SMALL, described, small
from tests.lib.entries import contact

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HEADER = "username,name,role,city,languages,status\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(SMALL, tmp_path / "config")
    return tmp_path / "config"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        yield opened


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def over(files: UsableFiles) -> Description:
    return files.over(small().community)


def test_files_without_mistakes_are_the_whole_description(config: Path) -> None:
    assert load_usable(config).alone() == load_description(config) == over(load_usable(config))


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (CALENDAR, "[lobby]", "[lobbby]"),
        (CALENDAR, "version: 1", "version: one"),
        (CALENDAR, "version: 1", "version: ["),
        (DIRECTORY, "themes: [waste]", "themes: [waist]"),
        (DIRECTORY, "contacts:", "contacts: ]"),
    ],
)
def test_a_mistake_in_the_calendar_or_the_directory_keeps_that_file_alone(
    config: Path, name: str, before: str, after: str
) -> None:
    edit(config / name, before, after)
    files = load_usable(config)
    usable = over(files)
    assert usable.community == load_community(config) == small().community
    assert set(usable.kept) == {name}
    assert usable.kept[name][0].place.file == str(config / name)
    other = DIRECTORY if name == CALENDAR else CALENDAR
    part = {DIRECTORY: usable.directory, CALENDAR: usable.calendar}[other]
    assert part in (small().directory, small().calendar)
    assert not is_community_kept(usable)
    with pytest.raises(DescriptionError) as caught:
        files.alone()
    assert caught.value.problems == usable.kept[name]


def test_a_file_that_is_not_there_is_kept(config: Path) -> None:
    (config / CALENDAR).unlink()
    assert set(over(load_usable(config)).kept) == {CALENDAR}


def test_a_room_that_is_gone_keeps_the_calendar_that_names_it(config: Path) -> None:
    edit(config / COMMUNITY, "{key: lobby,", "{key: hall,")
    usable = over(load_usable(config))
    assert set(usable.kept) == {CALENDAR}
    assert usable.community.rooms[0].key == "hall"


@pytest.mark.parametrize("mistake", ["role: nobody-has-it", "role: 7", "rolle: city-lead"])
def test_with_a_mistake_in_the_community_whoever_is_marked_as_left_has_left(
    config: Path, mistake: str
) -> None:
    edit(config / COMMUNITY, "name: Awa Diallo, role: city-lead", f"name: Awa Diallo, {mistake}")
    edit(config / COMMUNITY, "languages: [en, fr]}", "languages: [en, fr], status: left}")
    edit(config / COMMUNITY, "name: {fr: Petit réseau, en: Small network}", "name: Another")
    usable = over(load_usable(config))
    left = [m.username for m in usable.community.members if m.status is Status.LEFT]
    assert left == ["claudine.uwase"]
    assert usable.community.name == small().community.name
    assert is_community_kept(usable)
    assert (usable.kept[COMMUNITY] != (), usable.kept[DIRECTORY], usable.kept[CALENDAR]) == (True, (), ())
    with pytest.raises(DescriptionError):
        load_community(config)


def test_with_a_mistake_in_one_row_of_the_members_the_others_may_leave(config: Path) -> None:
    applied = small(members=[])
    people = [("ana", "city-lead"), ("bo", "city-lead")]
    rows = [{"username": n, "name": n, "role": r, "city": "kigali", "languages": ["fr"]} for n, r in people]
    applied = small(members=rows)
    edit(config / COMMUNITY, (config / COMMUNITY).read_text().split("members:")[1], " []\n")
    (config / MEMBERS).write_text(f"{HEADER}ana,Ana,city-lead,kigali,fr,left\nbo,Bo,no-role,kigali,fr,\n")
    usable = load_usable(config).over(applied.community)
    assert {m.username: m.status for m in usable.community.members} == {
        "ana": Status.LEFT,
        "bo": Status.ACTIVE,
    }


async def test_what_was_applied_stands_in_for_a_file_once_something_was_applied(
    config: Path, store: Store, tmp_path: Path
) -> None:
    data = DataFolder(tmp_path / "data")
    edit(config / CALENDAR, "[lobby]", "[lobbby]")
    with pytest.raises(DescriptionError):
        await usable_description(config, data, store, SETTINGS)
    with pytest.raises(DescriptionError):
        await community_in_force(config, data, store)
    await store.applied.replace(small().community, at=NOW)
    assert set((await usable_description(config, data, store, SETTINGS)).kept) == {CALENDAR}
    shutil.rmtree(config)
    assert await community_in_force(config, data, store) == small().community


async def test_what_is_kept_stays_in_the_store_and_follows_its_file_again_when_it_is_mended(
    store: Store,
) -> None:
    contacts = (contact("a", member="awa.diallo"), contact("b"))
    first = described(Directory(version=1, contacts=contacts), small().calendar)
    await store.entries.seed(first, at=NOW)
    (a, b) = (await store.entries.directory()).contacts
    changed = b.model_copy(update={"phone": "+250 700 000 001"})
    await store.entries.change([EntryChange("contact", "b", b, changed)], actor="@awa:x", at=NOW)
    await store.entries.seed(applied_alone(first.community), at=NOW)
    assert (await store.entries.directory()).contacts == (a, changed)
    assert await store.entries.calendar() == first.calendar
    gone = applied_alone(small(members=[]).community)
    await store.entries.seed(gone, at=NOW)
    (without, still) = (await store.entries.directory()).contacts
    assert (without.member, still.phone) == (None, "+250 700 000 001")
    mended = Description(
        gone.community,
        Directory(version=1, contacts=(contact("a", phone="+250 700 000 002"), b)),
        first.calendar,
    )
    seeding = await store.entries.seed(mended, at=NOW)
    assert seeding.notes == ()
    (following, kept) = (await store.entries.directory()).contacts
    assert (following.phone, kept.phone) == ("+250 700 000 002", "+250 700 000 001")


def test_a_community_that_was_applied_is_read_back_as_it_was() -> None:
    for community in (small().community, load_description(SMALL.parent / "network").community):
        written = community.model_dump_json(by_alias=True, exclude_defaults=True)
        assert type(community).model_validate_json(written, strict=True) == community


async def test_files_of_another_community_are_such_files(config: Path, store: Store, tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data")
    data.prepare()
    note_community(data, KnownCommunity("small", "palabre.localhost"))
    edit(config / COMMUNITY, "key: small", "key: other")
    with pytest.raises(OtherCommunity):
        await usable_description(config, data, store, SETTINGS)
    with pytest.raises(OtherCommunity):
        require_known_community(config, data)
    await store.applied.replace(small().community, at=NOW)
    usable = await usable_description(config, data, store, SETTINGS)
    assert usable.community == small().community
    assert is_community_kept(usable)
