"""What others are still to be told names nobody any more who was forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import Store
from community.storage.forgotten_notices import unnamed

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
AWA = "@awa.diallo:x"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Awa Diallo (@awa.diallo:x)", "@awa.diallo:x"),
        ("Bo (@bo:x), Awa Diallo (@awa.diallo:x), Cy (@cy:x)", "Bo (@bo:x), @awa.diallo:x, Cy (@cy:x)"),
        ("Bo (@bo:x)، Awa Diallo (@awa.diallo:x)", "Bo (@bo:x)، @awa.diallo:x"),
        ("Awa Diallo Sy (@awa.diallo.sy:x)", "Awa Diallo Sy (@awa.diallo.sy:x)"),
        ("Awa Diallo", "Awa Diallo"),
    ],
)
def test_a_name_before_the_matrix_id_is_gone_and_no_other(before: str, after: str) -> None:
    assert unnamed({"value.people": before}, AWA) == {"value.people": after}


def test_of_several_names_that_are_values_of_their_own_the_right_one_is_gone() -> None:
    before = {
        "audience": "@inviter:x",
        "value.name": "Bo",
        "value.user": "@bo:x",
        "value.name2": "Awa Diallo",
        "value.user2": AWA,
    }
    assert unnamed(before, AWA) == {**before, "value.name2": AWA}
    # Whoever is told of others takes nobody's name with them.
    assert unnamed(before, "@inviter:x") == before


async def test_what_waits_is_rewritten_and_what_is_of_others_stays(tmp_path: Path) -> None:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as store:
        both = {"room": "Talk", "people": f"Awa Diallo ({AWA}), Bo (@bo:x)"}
        changed = {"name": "Awa Diallo", "username": "awa.diallo", "user": AWA}
        others = {"name": "Awa Diallo", "username": "other", "user": "@other:x"}
        closed = {"name": "Bo", "number": "1", "name_by": "Awa Diallo", "user_by": AWA}
        for kind, values in (
            (NoticeKind.INVITATION_CLOSED, closed),
            (NoticeKind.GATE_WATCHED, both),
            (NoticeKind.IDENTITY_CHANGED, changed),
            (NoticeKind.IDENTITY_CHANGED, others),
        ):
            await store.jobs.file(Notice(kind, COORDINATORS, str(values), values), at=NOW)
        await store.forget(AWA, "awa.diallo", "—")
        left = [notice.values for _, notice in Notice.each(await store.jobs.pending(Notice.KIND))]
    assert left == [
        {**closed, "name_by": AWA},
        {"room": "Talk", "people": f"{AWA}, Bo (@bo:x)"},
        {"name": AWA, "username": "awa.diallo", "user": AWA},
        others,
    ]
