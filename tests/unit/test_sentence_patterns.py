"""Patterns of sentences, as translators write them, mean what docs/languages.md says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.sentence_patterns import (
    PatternCompiler,
    PatternError,
    any_of,
    expanded,
    fold_text,
    leading,
)

TABLES = {"the": ["le", "la", "l'"], "verbs": ["mets à jour", "change"], "to_it": ["لـ"], "none": []}
PARTS = {"entry": "(?P<entry>.+?)", "value": "(?P<value>.+)"}
COMPILER = PatternCompiler(TABLES, PARTS.__getitem__)


def parts(pattern: str, sentence: str) -> dict[str, Any] | None:
    match = re.fullmatch(COMPILER.compiled(pattern), fold_text(sentence))
    return None if match is None else match.groupdict()


@pytest.mark.parametrize(
    ("pattern", "sentence", "found"),
    [
        ("(oui|d'accord)", "D’ACCORD", {}),
        ("(oui|d'accord)", "non", None),
        ("[le ]nom", "nom", {}),
        ("[le ]nom", "le nom", {}),
        ("[le ]nom", "lenom", None),
        ("{verbs}<entry> en <value>", "Mets à jour Awa en 5", {"entry": "awa", "value": "5"}),
        ("{the*}<entry>", "l'la adresse", {"entry": "adresse"}),
        ("{the}<entry>", "adresse", None),
        ("<entry> [{to_it}]<value>", "رقم لآوا", {"entry": "رقم", "value": "اوا"}),
        ("<entry> [{to_it}]<value>", "رقم آوا", {"entry": "رقم", "value": "اوا"}),
        ("{none*}a.b", "a.b", {}),
        ("a.b", "axb", None),
        ("[[a ]b ]c", "a b c", {}),
        ("[[a ]b ]c", "a c", None),
    ],
)
def test_what_a_pattern_matches(pattern: str, sentence: str, found: dict[str, str] | None) -> None:
    assert parts(pattern, sentence) == found


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a|b", "("),
        ("a]", "]"),
        ("(a]", "]"),
        ("a|b", "|"),
        ("<nobody>", "<nobody>"),
        ("{nothing}", "{nothing}"),
        ("{nothing", "{"),
        ("a > b", ">"),
    ],
)
def test_what_cannot_be_read_is_named(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError) as caught:
        COMPILER.compiled(pattern)
    assert caught.value.reason == reason


def test_the_longest_phrase_is_tried_first() -> None:
    match = re.match(any_of(["numéro", "numéro de téléphone"]), "numero de telephone 5")
    assert match is not None
    assert match.group() == "numero de telephone"
    assert re.fullmatch(leading(["de", "de l'"]), "de l'") is not None
    assert re.fullmatch(leading(["de", "de l'"]), "de l' ") is None


@given(st.text(alphabet="ab ([<{|}>])*é'ـ", max_size=30))
def test_any_text_is_an_expression_or_is_refused(pattern: str) -> None:
    expression = expression_or_none(pattern)
    balanced = pattern.count("(") == pattern.count(")") and pattern.count("[") == pattern.count("]")
    assert expression is None or (balanced and re.compile(expression).groups == 0)


def expression_or_none(pattern: str) -> str | None:
    try:
        return COMPILER.compiled(pattern)
    except PatternError:
        return None


@pytest.mark.parametrize(
    ("pattern", "phrases"),
    [
        ("oui", ["oui"]),
        ("(a|b) my [last ]word", ["a my last word", "a my word", "b my last word", "b my word"]),
        ("[(a|b) ]c", ["a c", "b c", "c"]),
        ("من [[ال]غرفة ]", ["من الغرفة ", "من غرفة ", "من "]),
    ],
)
def test_the_phrases_that_a_pattern_stands_for(pattern: str, phrases: list[str]) -> None:
    assert list(expanded(pattern)) == phrases
    assert all(parts(pattern, phrase) == {} for phrase in phrases)


@pytest.mark.parametrize("pattern", ["a|b", "(a", "a]", "<entry>", "{the}a"])
def test_a_pattern_that_stands_for_no_phrases_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        expanded(pattern)
