"""What is applied while the bot runs is taken in at once: it answers as a bot that was started just now."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from community.description.directory_model import Directory
from community.description.fields import Localized
from community.description.model import Community, Description, Permission
from community.description.person import Person
from community.storage import Store
from matrix.ids import RoomId, UserId
from tests.lib.bot_runtime import AWA, COORDINATION, DIRECT, NOW, PETER
from tests.lib.descriptions import example
from tests.lib.room_talk import LUCIE, MOBILITY, RoomTalk

EXAMPLE = example()
SAID: tuple[tuple[UserId, RoomId, str], ...] = (
    (AWA, DIRECT, "help"),
    (AWA, DIRECT, "who is the contact for mobility in Bamako?"),
    (AWA, DIRECT, "who is the contact for zeppelins in Bamako?"),
    (AWA, DIRECT, "who is the contact for mobility in Gotham?"),
    (AWA, DIRECT, "who is the city lead in Bamako?"),
    (AWA, DIRECT, "who is the pilot in Bamako?"),
    (AWA, DIRECT, "resources on mobility"),
    (AWA, DIRECT, "what has nobody confirmed about mobility?"),
    (AWA, DIRECT, "what has nobody confirmed about zeppelins?"),
    (LUCIE, MOBILITY, "!p qui contacter pour la mobilité à Bamako ?"),
    (PETER, COORDINATION, "!p what has nobody confirmed?"),
    (PETER, COORDINATION, "!p change hours of Awa Diallo to 9-12"),
    (PETER, COORDINATION, "!p cancel"),
    (AWA, DIRECT, "change hours of Fatoumata Sangaré to 9-12"),
    (AWA, DIRECT, "cancel"),
)
Change = Callable[[Community], Community]


def changed(part: str, key: str, **values: Any) -> Change:
    """Change one entry of a part of the community."""

    def change(community: Community) -> Community:
        entries = [
            entry.model_copy(update=values) if entry.key == key else entry
            for entry in getattr(community, part)
        ]
        return community.model_copy(update={part: tuple(entries)})

    return change


def without(part: str, key: str) -> Change:
    """Take an entry of a part of the community away."""

    def change(community: Community) -> Community:
        kept = tuple(entry for entry in getattr(community, part) if entry.key != key)
        return community.model_copy(update={part: kept})

    return change


CHANGES: dict[str, Change] = {
    "a theme has another name": changed(
        "themes", "mobility", name=Localized("Zeppelins"), summary=Localized("In the air."), words={}
    ),
    "a city has another name": changed("cities", "bamako", name=Localized("Gotham")),
    "a role has another name": changed("roles", "city-lead", name=Localized("Pilot")),
    "a right is withdrawn": changed("roles", "city-lead", may=()),
    "coordinators may nothing more": changed("roles", "coordinator", may=(Permission.ANNOUNCE,)),
    "a theme is gone": without("themes", "mobility"),
    "a city is gone": without("cities", "bamako"),
    "a role is gone": without("roles", "coordinator"),
    "the coordinators' room is gone": without("rooms", "coordination"),
    "a theme's room is gone": without("rooms", "exchange"),
    "the languages are others": lambda community: community.model_copy(update={"languages": ("pt", "ar")}),
}
UNHEARD = {"a theme's room is gone", "the languages are others"}
"""What makes no difference to these messages."""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        yield opened


async def apply(store: Store, community: Community) -> None:
    """Write what applying writes, in its order."""
    await store.applied.replace(community, at=NOW)
    people = [
        Person(AWA, "awa.diallo", "Awa Diallo", "city-lead", "bamako", ("mobility",), ("en",)),
        Person(LUCIE, "lucie", "Lucie", "city-lead", "kigali", (), ("fr",)),
        Person(PETER, "peter.lindqvist", "Peter", "coordinator", None, (), ("en",)),
    ]
    await store.people.replace(people)
    await store.entries.seed(Description(community, EXAMPLE.directory, EXAMPLE.calendar), at=NOW)


async def answers(talk: RoomTalk) -> list[str]:
    """Return what the bot says to each of these messages; its numbers are never the same twice."""
    said = [await talk.told(text, sender=sender, room=room) for sender, room, text in SAID]
    return [re.sub("[0-9]+", "#", each) for each in said]


@pytest.mark.parametrize("name", CHANGES)
async def test_a_running_bot_answers_as_one_that_was_started_afterwards(
    store: Store, tmp_path: Path, name: str
) -> None:
    await apply(store, EXAMPLE.community)
    running, fresh = RoomTalk(store, tmp_path / "running"), RoomTalk(store, tmp_path / "fresh")
    await running.start()
    before = await answers(running)
    await apply(store, CHANGES[name](EXAMPLE.community))
    after = await answers(running)
    await fresh.start()
    assert after == await answers(fresh)
    assert (after == before) is (name in UNHEARD)


async def test_a_right_that_is_withdrawn_is_gone_with_the_next_message(store: Store, tmp_path: Path) -> None:
    await apply(store, EXAMPLE.community)
    talk = RoomTalk(store, tmp_path)
    await talk.start()
    entry = next(contact for contact in EXAMPLE.directory.contacts if contact.cities == ("kigali",))
    wish = f"!p change function of {entry.name.text('en')} to Pilot"
    allowed = await talk.told(wish, sender=LUCIE)
    assert "✅" in allowed
    await talk.told("!p annuler", sender=LUCIE)
    await apply(store, CHANGES["a right is withdrawn"](EXAMPLE.community))
    assert await talk.told(wish, sender=LUCIE) != allowed
    await talk.told("!p oui", sender=LUCIE)
    assert await store.entries.entry("contact", entry.key) == entry


async def test_a_renamed_theme_answers_and_what_nobody_has_confirmed_about_it_is_listed(
    store: Store, tmp_path: Path
) -> None:
    await apply(store, EXAMPLE.community)
    talk = RoomTalk(store, tmp_path)
    await talk.start()
    listed = await talk.told("what has nobody confirmed about mobility?", room=DIRECT)
    assert "Awa Diallo" not in await talk.told("who is the contact for zeppelins in Kigali?", room=DIRECT)
    await apply(store, CHANGES["a theme has another name"](EXAMPLE.community))
    found = await talk.told("who is the contact for zeppelins in Bamako?", room=DIRECT)
    assert found.startswith("Awa Diallo")
    assert await talk.told("what has nobody confirmed about zeppelins?", room=DIRECT) == listed


def changed_directory(change: str) -> Directory:
    """Return the example's directory without contacts, or with the first half of them confirmed."""
    directory = EXAMPLE.directory
    if change == "gone":
        projects = tuple(project.model_copy(update={"lead": None}) for project in directory.projects)
        return directory.model_copy(update={"contacts": (), "projects": projects})
    half = len(directory.contacts) // 2
    confirmed = [c.model_copy(update={"confirmed": date(2026, 11, 2)}) for c in directory.contacts[:half]]
    return directory.model_copy(update={"contacts": (*confirmed, *directory.contacts[half:])})


@pytest.mark.parametrize(("change", "is_asked"), [("gone", False), ("confirmed", True)])
async def test_help_gives_examples_of_the_entries_as_they_are_now(
    store: Store, tmp_path: Path, change: str, is_asked: bool
) -> None:
    await apply(store, EXAMPLE.community)
    running, fresh = RoomTalk(store, tmp_path / "running"), RoomTalk(store, tmp_path / "fresh")
    await running.start()
    before = await running.told("help", room=DIRECT)
    changed = Description(EXAMPLE.community, changed_directory(change), EXAMPLE.calendar)
    await store.entries.seed(changed, at=NOW)
    await running.answers.executor._context.answers.refresh(store)
    after = await running.told("help", room=DIRECT)
    assert "who is the contact for" in before
    assert ("who is the contact for" in after) is is_asked
    await fresh.start()
    assert after == await fresh.told("help", room=DIRECT)
