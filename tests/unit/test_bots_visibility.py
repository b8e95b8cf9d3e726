"""Whether somebody could read what was said, by the room's state then: in doubt they could not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.encryption.visibility import could_read

AWA = "@awa:h"


def event(kind: str, key: str, **content: Any) -> dict[str, Any]:
    ids = {"type": kind, "state_key": key, "event_id": "$s", "sender": "@p:h", "origin_server_ts": 1}
    return {**ids, "content": content}


def state(visibility: str | None, membership: str | None) -> list[dict[str, Any]]:
    found = [event("m.room.member", "@eve:h", membership="join")]
    if visibility is not None:
        found.append(event("m.room.history_visibility", "", history_visibility=visibility))
    if membership is not None:
        found.append(event("m.room.member", AWA, membership=membership))
    return found


@pytest.mark.parametrize(
    ("visibility", "membership", "could"),
    [
        ("joined", "join", True),
        ("joined", "invite", False),
        ("joined", "leave", False),
        ("joined", None, False),
        ("invited", "join", True),
        ("invited", "invite", True),
        ("invited", "knock", False),
        ("invited", "ban", False),
        ("invited", None, False),
        ("shared", None, True),
        ("world_readable", None, True),
        ("of our own", "join", False),
        (None, "join", False),
    ],
)
def test_what_the_rooms_history_lets_somebody_read(
    visibility: str | None, membership: str | None, could: bool
) -> None:
    assert could_read(state(visibility, membership), AWA) is could


@given(st.recursive(st.none() | st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_a_state_of_no_form_lets_nobody_read(found: Any) -> None:
    assert could_read(found, AWA) is False
