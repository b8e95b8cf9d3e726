"""An expression that is made of the words of the languages is compiled once in a process, however many others it uses.

`re` keeps 512 compiled expressions; the tests make it forget all of them between two equal messages.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from bots.feature_set import FeatureSet
from community.core.language_folders import LANGUAGES
from community.core.patterns import MOST_KEPT, pattern_of
from community.description.telephone import telephone
from community.description.yaml_text import parse as parse_yaml
from community.search.dates import period_in
from community.search.question import parse
from community.search.when.reader import read_when
from tests.lib.asking import Asker, example_skills
from tests.lib.editing import NOW, Stage, example_lexicon
from tests.lib.when_phrases import setting

_compiler: Any = importlib.import_module("re._compiler")
"""Of Python's own: typeshed does not have it."""

ROOT = Path(__file__).parents[2]
DIALOGUES = ROOT / "tests" / "dialogues"
PACKAGES = ("bots", "community", "matrix", "palabre_cli", "provisioning", "web")
SEARCHES = {
    f"re.{name}"
    for name in ("compile", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")
}
SAMPLE = 12
"""One of so many sentences of the dialogues is said."""


@cache
def stage() -> Stage:
    return Stage()


@cache
def asker() -> Asker:
    return Asker()


@cache
def skills() -> FeatureSet:
    return example_skills()


def said(text: str) -> None:
    """Give a message to all that reads messages: the features' triggers, the editor, the search, the calendar."""
    asked = asker().asked(text)
    skills()._asked(asked, skills()._messages)
    stage().drafts.clear()
    stage().say("oumar.keita", text)
    words = parse(text, example_lexicon(), "en", NOW.date()).rest
    period_in(tuple(words), NOW.date())
    read_when(text, setting())
    telephone(text)


def compiled_by(text: str) -> list[str]:
    """Say it, once nothing is left in `re`'s own store; return the expressions of ours that were compiled."""
    found: list[str] = []
    real = _compiler.compile

    def compiling(pattern: Any, flags: int = 0) -> Any:
        if is_ours(sys._getframe(1)):
            found.append(pattern)
        return real(pattern, flags)

    re.purge()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_compiler, "compile", compiling)
        said(text)
    return found


def is_ours(frame: FrameType | None) -> bool:
    """Whether `re` was called by a module of ours, and not by a library that has a few of its own."""
    while frame is not None and frame.f_code.co_filename == re.__file__:
        frame = frame.f_back
    return frame is not None and any(
        Path(frame.f_code.co_filename).is_relative_to(ROOT / one) for one in PACKAGES
    )


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


@pytest.mark.parametrize("name", sorted(path.name for path in DIALOGUES.glob("*.yaml")))
def test_the_second_of_two_equal_messages_compiles_nothing(name: str) -> None:
    spoken = sorted(set(texts(parse_yaml((DIALOGUES / name).read_bytes(), name).value)))[::SAMPLE]
    assert spoken
    for text in spoken:
        said(text)
        assert compiled_by(text) == [], text


COMMANDS = {
    "en": (
        "change phone of Awa Diallo to +221 77 123 45 67",
        "move the call to Friday",
        "what is due in May?",
    ),
    "fr": (
        "supprime Awa Diallo",
        "décale la réunion à vendredi",
        "qui contacter pour les déchets à Kigali ?",
    ),
    "pt": ("muda o telefone de Awa Diallo para +221 77 123 45 67", "adia a reunião", "o que há em maio?"),
    "ar": ("احذف Awa Diallo", "غير رقم Awa Diallo", "ما المواعيد في مايو؟"),
    "es": ("cambia el teléfono de Awa Diallo a +221 77 123 45 67", "borra Awa Diallo", "¿qué hay en mayo?"),
    "sw": ("futa Awa Diallo", "badilisha simu ya Awa Diallo", "nani anajua kuhusu taka Kigali?"),
}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_commands_questions_and_dates_compile_nothing_anew_in_any_language(language: str) -> None:
    for text in COMMANDS[language]:
        said(text)
        assert compiled_by(text) == [], text


def test_more_is_kept_than_all_languages_make() -> None:
    pattern_of.cache_clear()
    for texts_of_one in COMMANDS.values():
        for text in texts_of_one:
            said(text)
    assert 100 < pattern_of.cache_info().currsize < MOST_KEPT / 4


def unkept(path: Path) -> Iterator[str]:
    """Give each place where `re` is handed an expression that is no literal, and what it makes is not kept."""

    def look(node: ast.AST, keeps: bool) -> Iterator[str]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            keeps = any("cache" in ast.unparse(one) for one in node.decorator_list)
        match node:
            case ast.Call(func=function, args=[expression, *_]) if ast.unparse(function) in SEARCHES:
                if not keeps and not isinstance(expression, ast.Constant):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}"
            case _:
                pass
        for child in ast.iter_child_nodes(node):
            yield from look(child, keeps)

    return look(ast.parse(path.read_text()), keeps=True)


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_no_literal_is_asked_for_where_it_is_kept(package: str) -> None:
    found = [place for path in sorted((ROOT / package).rglob("*.py")) for place in unkept(path)]
    assert found == []
