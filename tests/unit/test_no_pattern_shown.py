"""What is wrong with a value is told in words, with what is expected and an example: never by a regular expression."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from community.description.described import Described
from community.description.findings import sentence_of
from community.description.members_csv import MemberList
from community.description.schema import MODELS, schema_of
from tests.lib.reading import check_lines, rewritten

WRONG = ("!?", "", "a b/c", "x" * 3000, "ÀÉ", "12", "http:/x", "@", "a..b")
ROOTS: dict[str, type[Described]] = {**MODELS, "members": MemberList}
EXPRESSION = re.compile(r"[\\^$*]|\[[A-Za-z0-9]-|\(\?|\]\+|\)\?|\{\d")
"""What only a regular expression has."""


def inner(value: Any) -> Iterator[Any]:
    """Yield each mapping in a tree of plain values, and the value itself."""
    yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    for part in parts:
        yield from inner(part)


def models() -> list[type[Described]]:
    """Return every model that a file is made of."""

    def below(model: type[Described]) -> Iterator[type[Described]]:
        for one in model.__subclasses__():
            yield from (one, *below(one))

    found = {model for model in below(Described) if model.__module__.startswith("community.")}
    assert set(ROOTS.values()) < found
    return sorted(found, key=lambda model: model.__qualname__)


def sentences(model: type[Described], name: str) -> list[str]:
    """Return what is said of wrong values of a field: a text, in a list, under a language, as a name."""
    found = []
    for wrong in WRONG:
        for value in (wrong, [wrong], {"fr": wrong}, {"fr": [wrong]}, {wrong: "x"}, {"email": [wrong]}):
            try:
                model.model_validate_json(json.dumps({name: value}), strict=True)
            except ValidationError as error:
                details = [one for one in error.errors(include_url=False) if one["loc"][:1] == (name,)]
                found += [(str(sentence_of(one, model)), wrong) for one in details]
    return [said.replace(wrong, "…") if wrong else said for said, wrong in found]


FIELDS = [(model, field.alias or name) for model in models() for name, field in model.model_fields.items()]


@cache
def schema_for(model: type[Described]) -> dict[str, Any]:
    return schema_of(model, title="x")


def has_pattern(model: type[Described], name: str) -> bool:
    whole = schema_for(model)
    here = [whole["properties"][name]]
    for part in here:
        parts = [one for one in inner(part) if isinstance(one, dict)]
        here += [whole["$defs"][one["$ref"].rpartition("/")[2]] for one in parts if "$ref" in one][:1]
        if any("properties" not in part and "pattern" in one for one in parts):
            return True
    return False


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_no_model_leaves_a_pattern_to_pydantic_which_would_show_it(model: type[Described]) -> None:
    patterns = [
        one["pattern"]
        for one in inner(model.__pydantic_core_schema__)
        if isinstance(one, dict) and one.get("type") == "str" and one.get("pattern")
    ]
    assert patterns == []


@pytest.mark.parametrize(("model", "name"), FIELDS, ids=lambda one: getattr(one, "__name__", one))
def test_what_is_said_of_a_wrong_value_is_words(model: type[Described], name: str) -> None:
    said = sentences(model, name)
    assert said
    assert [one for one in said if EXPRESSION.search(one)] == []
    if has_pattern(model, name):
        assert [one for one in said if "such as" in one or "expected" in one] != []


@pytest.mark.parametrize("name", ROOTS)
def test_an_editor_says_in_words_what_a_pattern_wants(name: str) -> None:
    patterns = [
        one
        for one in inner(schema_of(ROOTS[name], title=name))
        if isinstance(one, dict) and isinstance(one.get("pattern"), str)
    ]
    assert patterns
    assert [one for one in patterns if not one.get("patternErrorMessage")] == []
    assert [one for one in patterns if EXPRESSION.search(one["patternErrorMessage"])] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "calendar.yaml",
            "rooms: [lobby]",
            "rooms: [Lobby!]",
            "events[0].rooms[0]: there is no room “Lobby!”: did you mean “lobby”?",
        ),
        (
            "calendar.yaml",
            "rooms: [lobby]",
            "rooms: ['#*']",
            (
                "events[0].rooms[0]: “#*” is not the key of a room: expected one that `palabre plan` shows, "
                "such as “exchange.waste”"
            ),
        ),
        (
            "calendar.yaml",
            "rooms: [lobby]",
            "rooms: ['lоbby.']",
            ("events[0].rooms[0]: “lоbby.” has a character that cannot stand here: number 2 is “о” (U+043E)"),
        ),
    ],
)
def test_a_wrong_room_in_a_calendar(tmp_path: Any, file: str, old: str, new: str, said: str) -> None:
    (line,) = check_lines(rewritten(tmp_path, file, old, new))
    assert line.endswith(f": {said}")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            "homeserver: {url: matrix.example.org}",
            (
                "homeserver.url: “matrix.example.org” is not the address of a server: "
                "expected such as “https://matrix.example.org”"
            ),
        ),
        (
            "homeserver: {url: 'ftp://me:se@cret@matrix.example.org'}",
            (
                "homeserver.url: “ftp://…@matrix.example.org” is not the address of a server: "
                "expected such as “https://matrix.example.org”"
            ),
        ),
        (
            "store_url: postgres://palabre:secret/1@localhost/palabre",
            (
                "store_url: “postgres://…@localhost/palabre” is not the address of a database: expected such as "
                "“postgresql://palabre@localhost/palabre” or “sqlite+aiosqlite:////srv/palabre/palabre.db”"
            ),
        ),
        (
            "store_url: postgresql://palabre:secret/1@localhost/palabre",
            (
                "store_url: a password does not stand here: write it into a file of its own and name that under "
                "store_password_file (or leave it to PGPASSFILE or PGPASSWORD)"
            ),
        ),
        (
            "store_url: sqlite:///palabre.db",
            (
                "store_url: “sqlite:///palabre.db” is not the address of a database: expected such as "
                "“postgresql://palabre@localhost/palabre” or “sqlite+aiosqlite:////srv/palabre/palabre.db”"
            ),
        ),
    ],
)
def test_a_wrong_address_in_the_settings_is_told_without_its_password(
    tmp_path: Any, settings: str, said: str
) -> None:
    config = rewritten(tmp_path, "community.yaml", "version: 1", "version: 1")
    (config / "settings.yaml").write_text(f"version: 1\n{settings}\n")
    (line,) = check_lines(config)
    assert line.endswith(f": {said}")
    assert "secret" not in line


FILE = (
    "  file: {name: F, url: 'mxc://example.org/AbC', type: application/pdf, size: 1, "
    f"secret: {'k' * 43}, iv: {'i' * 22}, sha256: {'s' * 43}}}\n"
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "mxc://example.org/AbC",
            "https://example.org/AbC",
            "is not where a file is kept: expected such as “mxc://",
        ),
        ("application/pdf", "pdf", "“pdf” is not the type of a file: expected such as “application/pdf”"),
        (
            "k" * 43,
            "k" * 42,
            "not the key of a file, as the bot writes it: expected 43 letters, digits, - and _, such as",
        ),
        (
            "i" * 22,
            "i" * 23,
            "not what the bot writes of a file: expected 22 letters, digits, + and /, such as “Tq+",
        ),
        (
            "s" * 43,
            "s" * 44,
            "not what the bot writes of a file: expected 43 letters, digits, + and /, such as “Tq+",
        ),
    ],
)
def test_what_is_damaged_of_a_kept_file_is_told_and_its_key_never_shown(
    tmp_path: Any, old: str, new: str, said: str
) -> None:
    before = "    date: 2026-03-01\n"
    assert check_lines(rewritten(tmp_path, "directory.yaml", before, f"{before}  {FILE}")) == []
    (line,) = check_lines(rewritten(tmp_path, "directory.yaml", old, new))
    assert said in line
    assert not re.search("kkk|iii|sss", line)
