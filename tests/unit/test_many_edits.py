"""Edits of a description, drawn from a seed and applied one after another on a homeserver in memory."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from community.core.messages import translator
from community.storage import Store
from matrix.ids import user_id
from provisioning.passwords import PasswordBook
from provisioning.topology import topology
from tests.lib.campaign import beginning, description_of
from tests.lib.descriptions import SETTINGS
from tests.lib.edits import KINDS, edits
from tests.lib.memory_homeserver import SERVER, MemoryHomeserver
from tests.lib.memory_world import World, assert_is_described

ENGLISH = translator("en", [])


@pytest.mark.parametrize(
    ("people", "count", "seed"),
    [
        pytest.param(12, 40, 0, id="40 edits"),
        *(
            pytest.param(
                60, 200, seed, id=f"200 edits {seed}", marks=[pytest.mark.soak, pytest.mark.timeout(3_600)]
            )
            for seed in range(6)
        ),
    ],
)
async def test_after_each_edit_what_is_described_is_what_is_there(
    tmp_path: Path, people: int, count: int, seed: int
) -> None:
    book = PasswordBook(tmp_path / "sign-in.json", "http://127.0.0.1:1", lambda: "drawn")
    before = beginning(people)
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as store:
        world = World(MemoryHomeserver("campaign"), store, book)
        await world.reach(description_of(before))
        for number, edit in enumerate(edits(before, seed, count, people)):
            where = f"seed {seed}, edit {number}: {edit.what}"
            if number % 2:
                await world.arrive()
            again = [user_id(name, SERVER) for name in edit.again]
            description = description_of(edit.parts)
            _, outcome, after = await world.reach(description, again)
            assert (outcome.failed, outcome.left) == ([], []), where
            assert after.changes == (), (where, list(after.lines(ENGLISH)))
            try:
                assert_is_described(topology(description.community, SETTINGS), await world.look())
            except AssertionError as error:
                error.add_note(where)
                raise


def test_edits_are_the_same_for_the_same_seed_and_of_every_kind() -> None:
    first, second = (list(edits(beginning(20), 3, 150, 20)) for _ in range(2))
    assert first == second
    assert len({edit.what for edit in first}) > len(KINDS)
    parts = [beginning(20), *(edit.parts for edit in first)]
    assert all(before != after for before, after in pairwise(parts))
    active = [m for m in parts[-1]["community"]["members"] if m.get("status", "active") == "active"]
    assert 10 <= len(active) <= 30
