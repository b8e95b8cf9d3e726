"""The skills follow the store: what is changed there is answered from, without a rebuild."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from bots.feature_set import FeatureSet
from bots.features.registry import FEATURES
from community.description.directory_model import Directory, Visible
from community.description.model import Description
from community.storage import Store
from tests.lib import descriptions
from tests.lib.asking import CATALOGUES, Asker, talk
from tests.lib.entries import added, contact, edited, removed

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DESK = contact("desk", name="Desk for ferries", words={"en": ["ferries"]}, phone="+250 000 000 001")
AWA = "@awa.diallo:x"


def described(*, visible: Visible | None = None) -> Description:
    example = descriptions.example()
    return replace(example, directory=Directory(version=1, visible=visible or {}))


@pytest.fixture
def skills() -> FeatureSet:
    return FeatureSet(described().community, "example.org", CATALOGUES, FEATURES)


def first(skills: FeatureSet, text: str, role: str = "member") -> str:
    (reply,) = talk(skills, Asker(role=role), [text])
    return reply.text


async def test_an_entry_is_found_once_it_is_there_and_not_once_it_is_gone(
    store: Store, skills: FeatureSet
) -> None:
    await skills.refresh(store)
    assert "Desk for ferries" not in first(skills, "Desk for ferries")
    await store.entries.change([added(DESK)], actor=AWA, at=NOW)
    await skills.refresh(store)
    assert first(skills, "Desk for ferries").startswith("Desk for ferries · ")
    renamed = DESK.model_copy(update={"name": contact("x", name="Ferry office").name})
    await store.entries.change([edited(DESK, renamed)], actor=AWA, at=NOW)
    await skills.refresh(store)
    assert first(skills, "Ferry office").startswith("Ferry office · ")
    await store.entries.change([removed(renamed)], actor=AWA, at=NOW)
    await skills.refresh(store)
    assert "Ferry office" not in first(skills, "Ferry office")


async def test_a_change_is_taken_in_without_building_the_index_anew(store: Store, skills: FeatureSet) -> None:
    await store.entries.change([added(DESK)], actor=AWA, at=NOW)
    await skills.refresh(store)
    index = skills._index
    await store.entries.change([added(contact("other", name="Other office"))], actor=AWA, at=NOW)
    await skills.refresh(store)
    assert first(skills, "Other office").startswith("Other office · ")
    assert skills._index is index


async def test_who_may_see_a_field_follows_the_files(store: Store, skills: FeatureSet) -> None:
    await store.entries.seed(described(), at=NOW)
    await store.entries.change([added(DESK)], actor=AWA, at=NOW)
    await skills.refresh(store)
    assert "+250" in first(skills, "Desk for ferries")
    await store.entries.seed(described(visible={"phone": ("coordinator",)}), at=NOW)
    await skills.refresh(store)
    assert "+250" not in first(skills, "Desk for ferries")
    assert "+250" in first(skills, "Desk for ferries", role="coordinator")


async def test_a_store_of_before_is_read_anew(store: Store, skills: FeatureSet) -> None:
    await store.entries.change([added(DESK)], actor=AWA, at=NOW)
    skills.use(Directory(version=1, contacts=(contact("gone", name="Gone office"),)))
    skills._revision = 1000
    await skills.refresh(store)
    assert first(skills, "Desk for ferries").startswith("Desk for ferries · ")
    assert not first(skills, "Gone office").startswith("Gone office\n")


class Late:
    """A store's entries whose first news come late, when others have been read already."""

    def __init__(self, store: Store) -> None:
        self.entries = self
        self._entries = store.entries
        self.read, self.gone_on = asyncio.Event(), asyncio.Event()

    async def changed_since(self, revision: int) -> object:
        is_first, news = not self.read.is_set(), await self._entries.changed_since(revision)
        self.read.set()
        if is_first:
            await self.gone_on.wait()
        return news

    async def visible(self) -> Visible:
        return await self._entries.visible()


async def test_what_was_read_earlier_is_not_taken_in_later(store: Store, skills: FeatureSet) -> None:
    await store.entries.change([added(contact("other", name="Other office"))], actor=AWA, at=NOW)
    await skills.refresh(store)
    await store.entries.change([added(DESK)], actor=AWA, at=NOW)
    late = Late(store)
    first_look = asyncio.create_task(skills.refresh(cast(Store, late)))
    await late.read.wait()
    await store.entries.change([removed(DESK)], actor=AWA, at=NOW)
    second_look = asyncio.create_task(skills.refresh(cast(Store, late)))
    await asyncio.wait([second_look], timeout=0.5)
    late.gone_on.set()
    await asyncio.gather(first_look, second_look)
    assert "Desk for ferries" not in first(skills, "Desk for ferries")
