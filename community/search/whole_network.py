"""Who is there for the whole network: for a theme, or as its coordination. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from community.core.words import fold, stem
from community.description.directory_model import Contact
from community.description.model import Community
from community.description.rooms import coordinating_roles
from community.search import word_tables
from community.search.entry_index import EntryIndex, Marks, Scores


def contacts_for_all(index: EntryIndex, themes: Iterable[str]) -> list[Contact]:
    """Return the contacts of no single city for any of ``themes``: people before desks, then who has fewest themes."""
    marks = _of_no_city(index) & index.marks(f"theme:{theme}" for theme in themes)
    found = _contacts(index, marks)
    return sorted(found, key=lambda contact: (contact.kind == "desk", len(contact.themes), contact.key))


def coordinators(index: EntryIndex, community: Community) -> list[Contact]:
    """Return the contacts of no single city who coordinate the network, by their role or by what they are called."""
    there = _of_no_city(index) & (index.column("themes", slice(None)) == 0)
    role = index.marks(f"role:{key}" for key in coordinating_roles(community))
    called = _weight(index, word_tables.groups("questions/roles")["coordinator"])
    scores = np.maximum(called, 1.0 * role)
    numbers = np.flatnonzero(there & (scores > 0))
    best = numbers[np.argsort(-scores[numbers], kind="stable")]
    return [entry for entry in index.entries_at(map(int, best)) if isinstance(entry, Contact)]


def _weight(index: EntryIndex, phrases: Iterable[str]) -> Scores:
    """Return the highest weight of a phrase of one word in each entry."""
    weights = (index.weight(stem(fold(phrase))) for phrase in phrases if " " not in phrase)
    found = [weight for weight in weights if weight is not None]
    highest: Scores = np.maximum.reduce([np.zeros(len(index), np.float32), *found])
    return highest


def _of_no_city(index: EntryIndex) -> Marks:
    found: Marks = index.marks(["everywhere"]) & index.of_kind(["contact"]) & ~index.marks(["vacant"])
    return found


def _contacts(index: EntryIndex, marks: Marks) -> list[Contact]:
    entries = index.entries_at(map(int, np.flatnonzero(marks)))
    return [entry for entry in entries if isinstance(entry, Contact)]
