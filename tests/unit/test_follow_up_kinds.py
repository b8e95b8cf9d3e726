"""Every kind of follow-up after an answer, in each language, as tests/data/follow_ups.yaml has them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
import yaml

from bots.context.message import Reply
from tests.lib.asking import ROOT, Asker
from tests.lib.sealed import HEDGES, features_of, says

ASKED: dict[str, dict[str, str | list[str]]] = yaml.safe_load(
    (ROOT / "tests" / "data" / "follow_ups.yaml").read_text()
)
WASTE = ("kigali-waste",)
RIGHT = {
    "phone": WASTE,
    "email": WASTE,
    "hours": WASTE,
    "as_of": WASTE,
    "someone_else": ("kigali-cleanliness-desk",),
    "city": ("kumasi-waste",),
    "link": ("minibus-stops-matola",),
    "language": ("minibus-stops-matola",),
}
OF_DOCUMENTS = frozenset({"link", "language"})


def cases() -> Iterator[tuple[str, str, str]]:
    for language, kinds in ASKED.items():
        for kind, said in kinds.items():
            yield from ((language, kind, text) for text in said if isinstance(said, list))


@cache
def numbered(language: str, kind: str, text: str) -> int:
    return list(cases()).index((language, kind, text))


def replies(language: str, kind: str, text: str) -> tuple[Reply, Reply]:
    """Return the replies to what is asked first and then, in a conversation of its own."""
    features = features_of(ROOT / "config")
    asker = Asker("member", (language,), conversation=f"follow-up-{numbered(language, kind, text)}")
    first = str(ASKED[language]["document" if kind in OF_DOCUMENTS else "person"])
    return features.answer(asker.asked(first)), features.answer(asker.asked(text))


def found(reply: Reply) -> list[str]:
    return [] if reply.found is None else [key for _kind, key in reply.found.keys]


@pytest.mark.parametrize(("language", "kind", "text"), list(cases()))
def test_a_follow_up_goes_on_from_the_answer(language: str, kind: str, text: str) -> None:
    first, then = replies(language, kind, text)
    expected = ("minibus-stops-matola",) if kind in OF_DOCUMENTS else WASTE
    assert found(first)[0] in expected, first.text
    assert not says(then.text, *HEDGES), then.text
    assert then.found is not None, then.text
    if kind == "other_city":
        assert found(then)
        assert not any(key.startswith("kigali") for key in found(then))
    else:
        assert found(then)[:1] == list(RIGHT[kind]), then.text
    if kind not in OF_DOCUMENTS:
        assert then.found.certain, then.text
