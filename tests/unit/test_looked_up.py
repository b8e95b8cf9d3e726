"""What the search remembers of people's words is forgotten."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import date
from functools import _lru_cache_wrapper

import community.core
import community.search
from community.core.patterns import pattern_of
from community.description.load import load_description
from community.search.lexicon import lexicon_of
from community.search.looked_up import forget_looked_up
from community.search.question import parse
from tests.lib.descriptions import SMALL

BOUNDED = {
    f"{module.name}.{name}": found
    for package in (community.core, community.search)
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    for name, found in vars(importlib.import_module(module.name)).items()
    if isinstance(found, _lru_cache_wrapper) and found.cache_parameters()["maxsize"] is not None
    if found is not pattern_of
}
"""Caches that may grow with what people write: those with a bound. What depends on our own files alone has none.

Expressions (`pattern_of`) are made of words of the languages and of the description, of no message.
"""


def test_each_cache_that_grows_with_what_people_write_is_emptied() -> None:
    lexicon = lexicon_of(load_description(SMALL).community)
    parse("Does somebody struggle with zanzibarite in Kigali?", lexicon, "en", date(2026, 11, 24))
    # As for a title of the calendar that somebody has written, of which a word is a slip.
    BOUNDED["community.search.calendar_slips._spelling"](frozenset({"zanzibarite"}))
    filled = {name for name, cache in BOUNDED.items() if cache.cache_info().currsize}
    words, slips = "community.core.words.stem", "community.search.calendar_slips._spelling"
    assert {words, slips, "community.search.ordinary_words.is_ordinary"} <= filled
    forget_looked_up()
    assert {name for name, cache in BOUNDED.items() if cache.cache_info().currsize} == set()
