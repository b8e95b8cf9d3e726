"""The JSON Schemas for editors: as generated, true to the loader, and of use."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import Field, ValidationError

from community.core.zones import zone_names
from community.description import addresses, times
from community.description.described import Described
from community.description.fields import Localized
from community.description.load import CONFIG_FILES, load_description, load_settings
from community.description.model import Policy
from community.description.schema import MODELS, editor_line, schema, schema_file, schema_of, schema_text
from community.description.settings import Settings
from community.description.yaml_text import parse
from palabre_cli.main import palabre

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "config"
SMALL = ROOT / "tests" / "data" / "small"


@cache
def validator(name: str) -> Draft202012Validator:
    """Return it; every process of the tests imports this module, and one of them needs it."""
    return Draft202012Validator(schema(name), format_checker=FormatChecker())


def tree(path: Path) -> Any:
    parsed = parse(path.read_bytes(), str(path))
    assert parsed.problems == ()
    return parsed.value


def errors(name: str, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(value)]


@pytest.mark.parametrize("name", MODELS)
def test_the_schema_shipped_is_the_one_generated(name: str) -> None:
    shipped = EXAMPLE / "schemas" / schema_file(name)
    assert shipped.read_text(encoding="utf-8") == schema_text(name), (
        "the models have changed since: run ./palabre schema --write config/schemas"
    )


def test_no_other_schema_is_shipped() -> None:
    shipped = {path.name for path in (EXAMPLE / "schemas").iterdir()}
    assert shipped == {schema_file(name) for name in MODELS}
    assert {f"{name}.yaml" for name in MODELS} == {name for name in CONFIG_FILES if name.endswith(".yaml")}


@pytest.mark.parametrize("name", MODELS)
def test_it_is_a_schema_of_the_draft_that_it_names(name: str) -> None:
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", MODELS)
def test_the_example_is_right_and_leads_the_editor_to_its_schema(name: str) -> None:
    path = EXAMPLE / f"{name}.yaml"
    assert path.read_text(encoding="utf-8").splitlines()[0] == editor_line(name)
    reference = re.search(r"\$schema=(\S+)", editor_line(name))
    assert reference is not None
    assert (path.parent / reference[1]).is_file()
    assert errors(name, tree(path)) == []


@pytest.mark.parametrize("path", sorted(SMALL.glob("*.yaml")), ids=lambda path: path.name)
def test_the_small_network_is_right(path: Path) -> None:
    assert errors(path.stem, tree(path)) == []


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema of an object with named properties."""
    if isinstance(value, dict):
        if "properties" in value and "type" in value:
            yield value
        for inner in value.values():
            yield from objects(inner)


@pytest.mark.parametrize("name", MODELS)
def test_no_name_is_allowed_that_is_not_known(name: str) -> None:
    found = list(objects(schema(name)))
    assert found
    assert all(inner["additionalProperties"] is False for inner in found)


def test_names_are_those_written_in_yaml() -> None:
    definitions = schema("community")["$defs"]
    assert {"from", "until"} <= set(definitions["Cohort"]["properties"])
    assert "for" in definitions["RoomSpec"]["properties"]
    assert not {"starts", "ends", "scope"} & {*definitions["Cohort"]["properties"], *definitions["RoomSpec"]}


class Weather(StrEnum):
    """How it is outside."""

    RAIN = "rain"
    """It rains: take ``umbrella``."""
    SUN = "sun"


class Basket(Described):
    """What is carried. ``eggs`` and ``shells``: how many of them.

    ``umbrella`` keeps off the rain.
    """

    eggs: int = 3
    shells: int
    umbrella: bool = False
    name: Localized
    """What it is
    called."""
    bought: date = Field(alias="on", description="When.")
    weather: Weather | None = None


class Shopping(Described):
    """``shopping.yaml``: for the test."""

    baskets: tuple[Basket, ...] = ()
    shops: tuple[addresses.Link, ...] = ()
    until: times.Offset = Field(default="2d", validate_default=True)


def test_an_editor_shows_what_the_docstrings_say() -> None:
    made = schema_of(Shopping, title="shopping.yaml")
    assert (made["title"], made["description"]) == ("shopping.yaml", "“shopping.yaml”: for the test.")
    basket = made["$defs"]["Basket"]
    assert {name: field.get("description") for name, field in basket["properties"].items()} == {
        "eggs": "How many of them.",
        "shells": "How many of them.",
        "umbrella": "“umbrella” keeps off the rain.",
        "name": "What it is called.",
        "on": "When.",
        "weather": "How it is outside.",
    }
    assert made["properties"]["baskets"]["description"] == basket["description"]
    assert made["properties"]["shops"]["description"] == "A link."
    assert made["$defs"]["Weather"]["enumDescriptions"] == ["It rains: take “umbrella”.", ""]


def test_an_editor_offers_a_default_where_it_is_a_value() -> None:
    made = schema_of(Shopping, title="shopping.yaml")
    basket = made["$defs"]["Basket"]["properties"]
    defaults = {name: field["default"] for name, field in basket.items() if "default" in field}
    assert defaults == {"eggs": 3, "umbrella": False}
    assert "default" not in made["properties"]["baskets"]
    assert made["properties"]["until"]["default"] == "2d"


def test_each_policy_says_what_it_means() -> None:
    policies = schema("community")["$defs"]["Policy"]
    assert policies["enum"] == [policy.value for policy in Policy]
    assert len(policies["enumDescriptions"]) == len(policies["enum"])
    assert all(policies["enumDescriptions"])
    assert "`" not in schema_text("community")


def test_no_secret_and_no_path_of_this_machine_is_in_it() -> None:
    for name in MODELS:
        assert str(ROOT) not in schema_text(name)


def test_every_time_zone_is_one_to_the_editor() -> None:
    city = tree(SMALL / "community.yaml")
    for zone in sorted(zone_names()):
        city["timezone"] = zone
        assert errors("community", city) == [], zone


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("community.yaml", "version: 1", 'version: "1"'),
        ("community.yaml", "version: 1", "version: 2"),
        ("community.yaml", "everywhere: true", "everywhere: yes"),
        ("community.yaml", "    timezone: Africa/Kigali", "    timezone: Africa/Kigali\n    timezon: x"),
        ("community.yaml", "    timezone: Africa/Kigali\n", ""),
        ("community.yaml", "timezone: Africa/Kigali", "timezone: GMT plus 2"),
        ("community.yaml", "country: RW", "country: no"),
        ("community.yaml", "country: RW", "country: rw"),
        ("community.yaml", "key: kigali\n", "key: Kigali City\n"),
        ("community.yaml", "from: 2026-01-01", "from: 01/01/2026"),
        ("community.yaml", "from: 2026-01-01", "begins: 2026-01-01"),
        ("community.yaml", "policy: lobby", "policy: loby"),
        ("community.yaml", "may: [announce, moderate]", "may: announce"),
        ("community.yaml", "may: [announce, moderate]", "may: [anounce]"),
        ("community.yaml", "username: claudine.uwase", "username: Claudine Uwase"),
        ("community.yaml", "username: claudine.uwase", "username: _claudine"),
        ("directory.yaml", "2026-09-02", "2026-02-30"),
        ("directory.yaml", "2026-09-02", "2026-9-2"),
        ("directory.yaml", "    stage: pilot\n", ""),
        ("directory.yaml", "stage: pilot", "stage: pilote"),
        ("directory.yaml", "stage: pilot", "stage:"),
        ("directory.yaml", "{fr: Guide du tri", "{FR: Guide du tri"),
        ("directory.yaml", "{fr: Guide du tri", "{fr: 12"),
        ("directory.yaml", "{fr: Guide du tri", '{fr: " "'),
        ("directory.yaml", "https://", "http://"),
        ("directory.yaml", "themes: [waste]", "themes: waste"),
        ("calendar.yaml", "2026-12-03 10:00", "2026-12-03 25:00"),
        ("calendar.yaml", "2026-12-03 10:00", "2026-13-03"),
        ("calendar.yaml", "lasts: 90min", "lasts: 90 minutes"),
        ("calendar.yaml", "lasts: 90min", "lasts: 90"),
        ("calendar.yaml", "FREQ=", "every "),
        ("settings.yaml", "every: 5min", "every: 5"),
        ("settings.yaml", "server_name: palabre.localhost", "server_name: https://palabre.localhost"),
        ("settings.yaml", "server_name:", "servername:"),
    ],
)
def test_a_broken_description_is_refused_by_the_schema_too(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    right = ((EXAMPLE if file == "settings.yaml" else SMALL) / file).read_text()
    assert old in right
    (tmp_path / file).write_text(right.replace(old, new, 1))
    found = errors(file.removesuffix(".yaml"), tree(tmp_path / file))
    assert found
    assert refused_by_the_loader(file, tree(tmp_path / file))


def refused_by_the_loader(file: str, value: Any) -> bool:
    """Say whether the model refuses ``value`` as the loader gives it to it."""
    try:
        MODELS[file.removesuffix(".yaml")].model_validate_json(json.dumps(value), strict=True)
    except ValidationError:
        return True
    return False


TREES = {path.name: tree(path) for path in sorted(SMALL.glob("*.yaml"))} | {
    "settings.yaml": Settings().model_dump(mode="json")
}


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in parts:
        yield from paths(inner, (*path, key))


def with_value(file: str, path: tuple[str | int, ...], value: Any) -> Any:
    holder: Any = {"": copy.deepcopy(TREES[file])}
    here = holder
    for part in ("", *path)[:-1]:
        here = here[part]
    here[("", *path)[-1]] = value
    return holder[""]


PLACES = [(file, path) for file, whole in TREES.items() for path in paths(whole)]
MOMENT = r"(19|20|21)[0-9]{2}-[01][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-5][0-9](:[0-5][0-9]Z?)?)?"
LIMITS = ["x" * 120, "x" * 121, " " + "x" * 120 + "\n", "x" * 2000 + "\n", "x" * 2001, "2026-12-01T00:00:00"]
RIGHT = ["+250 700 000 000", "https://example.org/é?a=b#c", "a@b.c", "ML", "fr", "FREQ=DAILY", "1800000000"]
TEXTS = st.one_of(
    st.text(max_size=5),
    st.from_regex(r"[ \n]?[a-z0-9.,:/@+ -]{0,130}[ \n]?", fullmatch=True),
    st.from_regex(r"[0-9]{1,4} ?(min|h|d|w)", fullmatch=True),
    st.from_regex(MOMENT, fullmatch=True),
    st.sampled_from([*LIMITS, *RIGHT]),
)
VALUES: st.SearchStrategy[Any] = st.one_of(
    TEXTS,
    st.sampled_from([None, True, False, 0, 1, -1, 0.0, 1.0, 1.5, 10**30, [], {}, [None]]),
    st.lists(TEXTS, min_size=1, max_size=3),
    st.dictionaries(st.one_of(st.sampled_from(["fr", "en", "und", "xx", "FR"]), st.text(max_size=3)), TEXTS),
)


@given(st.sampled_from(PLACES), VALUES)
def test_what_palabre_takes_the_editor_does_not_mark(
    place: tuple[str, tuple[str | int, ...]], value: Any
) -> None:
    changed = with_value(*place, value)
    marked = errors(place[0].removesuffix(".yaml"), changed)
    assert not marked or refused_by_the_loader(place[0], changed)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(palabre, ["--lang", "en", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_the_command_prints_one() -> None:
    assert run("schema", "directory") == schema_text("directory")


def test_the_command_writes_all_beside_a_description_of_ones_own(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "my network")
    assert load_description(tmp_path / "my network") == load_description(EXAMPLE)
    assert load_settings(tmp_path / "my network") == Settings()
    folder = tmp_path / "my network" / "schemas"
    shutil.rmtree(folder)
    written = run("schema", "--write", str(folder)).splitlines()
    assert written == [f"Written: {folder / schema_file(name)}" for name in MODELS]
    for name in MODELS:
        assert (folder / schema_file(name)).read_text(encoding="utf-8") == schema_text(name)
    assert run("schema", "settings", "--write", str(tmp_path)) == (
        f"Written: {tmp_path / 'settings.schema.json'}\n"
    )


def test_the_command_alone_names_what_there_is() -> None:
    assert run("schema").splitlines()[0] == (
        "There is a schema for each of: community, directory, calendar, settings."
    )


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    done = CliRunner().invoke(palabre, ["schema", "--write", str(tmp_path / "taken")])
    assert str(done.exception).startswith(f"{tmp_path}/taken/community.schema.json cannot be written: ")
