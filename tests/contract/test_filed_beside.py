"""The contract of a job that is filed only beside what waits: of several filed at once each sees the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from community.jobs.job import Job
from community.jobs.leavings import Leaving
from community.storage import Store

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)


def leaving(name: str) -> Leaving:
    return Leaving(f"@{name}:x", name, f"@{name}:x", "left")


def only_one(waiting: Sequence[Job]) -> str | None:
    return "somebody is going" if waiting else None


async def filed(store: Store) -> list[str]:
    return [to.username for _, to in Leaving.each(await store.jobs.pending(Leaving.KIND))]


async def test_of_many_at_once_one_is_filed_and_the_others_are_told_why(store: Store) -> None:
    names = ["awa", "bo", "kim", "kaya", "mo"]
    ends = await asyncio.gather(
        *(store.jobs.file_beside(leaving(name), at=NOW, refusal=only_one) for name in names)
    )
    assert sorted(end or "filed" for end in ends) == ["filed", *["somebody is going"] * 4]
    assert len(await filed(store)) == 1


async def test_what_was_filed_before_is_not_refused_when_it_is_filed_again(store: Store) -> None:
    for _ in range(2):
        assert await store.jobs.file_beside(leaving("awa"), at=NOW, refusal=only_one) is None
    assert await filed(store) == ["awa"]
    assert await store.jobs.file_beside(leaving("bo"), at=NOW, refusal=only_one) is not None
