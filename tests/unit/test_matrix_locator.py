"""When a room may be believed: only where our provisioner made it, with our community in its origin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.ids import UserId
from matrix.locator import Locator, Origin, origin_if_ours, read_locator

US = UserId("@palabre-provisioner:palabre.localhost")
OURS = {"org.palabre.community": "small", "org.palabre.key": "lobby"}
KEYS = st.from_regex(r"[a-z0-9]+(\.[a-z0-9-]+)*", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def test_a_room_of_ours() -> None:
    assert origin_if_ours(US, OURS, provisioner=US, community="small") == Origin("small", "lobby")


@pytest.mark.parametrize(
    ("sender", "content"),
    [
        ("@eve:palabre.localhost", OURS),
        ("@palabre-provisioner:elsewhere.example", OURS),
        (US, {}),
        (US, {**OURS, "org.palabre.community": "other"}),
        (US, {"org.palabre.community": "small"}),
        (US, {**OURS, "org.palabre.key": ""}),
        (US, {**OURS, "org.palabre.key": ["lobby"]}),
    ],
)
def test_a_room_of_others(sender: str, content: dict[str, object]) -> None:
    assert origin_if_ours(sender, content, provisioner=US, community="small") is None


@given(community=KEYS, key=KEYS)
def test_an_origin_is_read_as_it_was_written(community: str, key: str) -> None:
    origin = Origin(community, key)
    content = {"room_version": "12", **origin.creation_content()}
    assert origin_if_ours(US, content, provisioner=US, community=community) == origin


@given(
    key=KEYS,
    kind=st.sampled_from(("space", "room")),
    theme=st.none() | KEYS,
    cohort=st.none() | KEYS,
)
def test_a_locator_is_read_as_it_was_written(
    key: str, kind: str, theme: str | None, cohort: str | None
) -> None:
    locator = Locator(key, kind, theme, cohort)
    assert read_locator(locator.content()) == locator


@given(st.dictionaries(st.sampled_from(("key", "kind", "theme", "cohort")), JSON))
def test_whatever_is_there_a_locator_is_texts_or_nothing(content: dict[str, object]) -> None:
    locator = read_locator(content)
    if locator is not None:
        assert locator.kind in ("space", "room")
        assert all(isinstance(part, str | None) for part in (locator.key, locator.theme, locator.cohort))
