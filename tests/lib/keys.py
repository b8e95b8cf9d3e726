"""The keys of the example's description, which nobody wants to read in a sentence."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from community.description.rooms import expand_rooms
from tests.lib.asking import visible
from tests.lib.descriptions import example

_ADDRESS = re.compile(r"https?://\S+|mailto:\S+|[\w.+-]*@[\w.:-]+|#[\w.:-]+|<[^>]*>")
"""What is no sentence: links, addresses, Matrix IDs, marks of HTML."""
_WORD = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)+")


@cache
def _keys() -> frozenset[str]:
    description = example()
    community, directory = description.community, description.directory
    described: tuple[Any, ...] = (
        *community.cities,
        *community.themes,
        *community.roles,
        *community.cohorts,
        *community.rooms,
        *expand_rooms(community),
        *directory.contacts,
        *directory.resources,
        *directory.projects,
    )
    return frozenset(each.key for each in described if _WORD.fullmatch(each.key))


def keys_in(text: str) -> list[str]:
    """Return the keys that stand in a text as words: those that no word of a language looks like."""
    return [word for word in _WORD.findall(_ADDRESS.sub(" ", visible(text))) if word in _keys()]
