"""Which entries are left out because of what somebody does not want. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from community.search.asked import Question
from community.search.entry_index import EntryIndex, Marks


def excluded_entries(index: EntryIndex, question: Question) -> Marks:
    """Return the entries that are left out.

    One of several cities or themes stays if it belongs to another that was named.
    """
    found = np.zeros(len(index), np.bool_)
    for marks in (*_of_places(index, question), *_of_subjects(index, question), *_of_kinds(index, question)):
        found |= marks
    return found


def _of_places(index: EntryIndex, question: Question) -> Iterator[Marks]:
    left_out = index.cities_left_out(question)
    if left_out:
        meant = index.cities_of(question) - left_out
        yield _cities(index, left_out) & ~_cities(index, meant)


def _cities(index: EntryIndex, cities: set[str]) -> Marks:
    return index.marks(f"city:{city}" for city in cities)


def _of_subjects(index: EntryIndex, question: Question) -> Iterator[Marks]:
    themes = question.excluded.themes - question.themes
    if themes:
        meant = index.marks(f"theme:{theme}" for theme in question.themes)
        yield index.marks(f"theme:{theme}" for theme in themes) & ~meant
    else:
        # A part of the theme asked for: "mobility, but not buses".
        yield from (
            index.topic(topic) > 0 for topic in sorted(question.excluded.topics) if not topic.endswith("/0")
        )


def _of_kinds(index: EntryIndex, question: Question) -> Iterator[Marks]:
    excluded = question.excluded
    kinds = excluded.kinds - question.kinds
    if excluded.resource_kinds:
        yield index.marks(f"is:{kind}" for kind in excluded.resource_kinds) & index.of_kind(["resource"])
    elif kinds:
        yield index.of_kind(kinds)
    if excluded.stages:
        yield index.marks(f"stage:{stage}" for stage in excluded.stages)
    if excluded.roles:
        yield index.marks(f"role:{role}" for role in excluded.roles)
    if excluded.languages:
        meant = index.marks(f"speaks:{code}" for code in question.languages)
        yield index.marks(f"speaks:{code}" for code in excluded.languages) & ~meant
    yield from (index.named(name) for name in excluded.names)
