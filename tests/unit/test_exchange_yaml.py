"""A directory is written as a file that people can read, and that is the same directory when it is read again."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from community.description.directory_model import Contact, Directory
from community.description.fields import Localized
from community.description.load import load_description
from community.description.yaml_text import parse
from community.exchange.canonical import canonical
from community.exchange.yaml_file import LONGEST_LINE, directory_yaml
from tests.lib.directories import HOSTILE, directories
from tests.lib.examples import some_of

CONFIG = Path(__file__).parents[2] / "config"


def read(data: bytes) -> Directory:
    """Read a file as the loader does."""
    parsed = parse(data, "directory.yaml")
    assert parsed.problems == ()
    return Directory.model_validate_json(json.dumps(parsed.value), strict=True)


@given(directories)
@hypothesis_settings(max_examples=some_of(300))
def test_what_is_written_is_read_again(directory: Directory) -> None:
    written = directory_yaml(directory)
    assert read(written) == canonical(directory)
    assert directory_yaml(read(written)) == written


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_what_it_is(text: str) -> None:
    contact = Contact.model_validate(
        {"key": "x", "name": "x", "function": {"no": text}, "confirmed": "2026-11-01"}
    )
    directory = Directory(version=1, contacts=(contact,))
    assert read(directory_yaml(directory)) == canonical(directory)


def test_the_example_is_written_as_it_stands_in_its_file() -> None:
    directory = load_description(CONFIG).directory
    written = directory_yaml(directory).decode()
    assert written.startswith("# yaml-language-server: $schema=schemas/directory.schema.json\n")
    for line in (
        "    name: Awa Diallo",
        "    function: {en: Lead for urban mobility, fr: Référente mobilité urbaine}",
        '    phone: "+223 00 00 00 01"',
        "    cities: [bamako]",
        "    email: awa.diallo@bamako.example.org",
        "    confirmed: 2026-10-14",
        "    link: https://example.org/library/bus-priority",
    ):
        assert f"\n{line}\n" in written
    assert read(written.encode()) == canonical(directory)
    keys = [contact.key for contact in read(written.encode()).contacts]
    assert keys == sorted(contact.key for contact in directory.contacts)


def test_yaml_1_1_reads_the_same_texts() -> None:
    directory = load_description(CONFIG).directory
    read_by_others = yaml.load(directory_yaml(directory), Loader=yaml.BaseLoader)  # noqa: S506 - texts alone
    guessed = yaml.safe_load(directory_yaml(directory))
    names = [entry["name"] for entry in guessed["contacts"]]
    assert names == [entry["name"] for entry in read_by_others["contacts"]]


def test_the_order_in_which_it_was_written_does_not_matter() -> None:
    directory = load_description(CONFIG).directory
    shuffle = random.Random(5).sample  # noqa: S311 - an order, no secret
    shuffled = directory.model_copy(
        update={name: tuple(shuffle(getattr(directory, name), len(getattr(directory, name)))) for name in
                ("contacts", "resources", "projects")}
    )  # fmt: skip
    turned = tuple(
        c.model_copy(update={"name": Localized(dict(reversed(list(c.name))))}) for c in shuffled.contacts
    )
    other = shuffled.model_copy(update={"contacts": turned})
    assert directory_yaml(other) == directory_yaml(directory)


def test_what_does_not_fit_on_a_line_is_broken_into_lines() -> None:
    contact = Contact.model_validate(
        {
            "key": "x",
            "name": "x",
            "function": {"fr": "a" * 80, "en": "b" * 80},
            "words": {"fr": ["d" * 60, "e" * 60], "en": ["short"]},
            "confirmed": "2026-11-01",
        }
    )
    written = directory_yaml(Directory(version=1, contacts=(contact,))).decode()
    assert f"    function:\n      en: {'b' * 80}\n      fr: {'a' * 80}\n" in written
    assert (
        f"    words:\n      en: [short]\n      fr:\n        - {'d' * 60}\n        - {'e' * 60}\n" in written
    )
    assert max(map(len, written.splitlines())) <= LONGEST_LINE


def test_an_empty_directory() -> None:
    assert directory_yaml(Directory(version=1)).decode().splitlines()[2:] == ["", "version: 1"]
    assert read(directory_yaml(Directory(version=1))) == Directory(version=1)
