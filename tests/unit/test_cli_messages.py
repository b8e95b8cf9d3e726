"""Each sentence for people exists in French, with the same places in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from community.messages import msg, nmsg
from palabre_cli.terminal import PACKAGES, Terminal, reader_language

MsgId = str | tuple[str, ...]
_PLACE = re.compile(r"\{([a-z_]+)[^}]*\}")


def sentences(package: Path) -> set[MsgId]:
    """Return what `msg` and `nmsg` mark in a package."""
    keywords = {"msg": None, "nmsg": (1, 2)}
    found = extract_from_dir(package, [("**.py", "python")], keywords=keywords)
    return {
        tuple(message) if isinstance(message, (list, tuple)) else message for _, _, message, _, _ in found
    }


def catalogue_folders() -> Iterator[Path]:
    """Yield every folder with a catalogue of its own."""
    for package in PACKAGES:
        yield from (path.parent for path in package.rglob("locale"))


def french(package: Path) -> dict[str, tuple[str, ...]]:
    """Return the translations in and below a package by the sentence (its singular)."""
    translations: dict[str, tuple[str, ...]] = {}
    for path in sorted(package.rglob("locale/fr.po")):
        with path.open("rb") as source:
            for entry in read_po(source):
                if entry.id and not entry.fuzzy:
                    key = entry.id[0] if isinstance(entry.id, (list, tuple)) else entry.id
                    text = entry.string
                    translations[key] = tuple(text) if isinstance(text, (list, tuple)) else (text or "",)
    return translations


@pytest.mark.parametrize("package", sorted(PACKAGES), ids=lambda path: path.name)
def test_each_sentence_exists_in_french(package: Path) -> None:
    known = french(package)
    missing = []
    for msgid in sentences(package):
        singular = msgid[0] if isinstance(msgid, tuple) else msgid
        forms = known.get(singular, ())
        if len(forms) != (len(msgid) if isinstance(msgid, tuple) else 1) or not all(forms):
            missing.append(singular)
    assert sorted(missing) == []


@pytest.mark.parametrize("package", sorted(PACKAGES), ids=lambda path: path.name)
def test_a_translation_has_the_places_of_its_sentence(package: Path) -> None:
    for singular, forms in french(package).items():
        wanted = set(_PLACE.findall(singular))
        assert all(set(_PLACE.findall(form)) | {"count"} == wanted | {"count"} for form in forms), singular


def test_every_catalogue_is_read_by_the_terminal() -> None:
    assert {folder.resolve() for folder in catalogue_folders()} <= {root.resolve() for root in PACKAGES}


def test_the_terminal_speaks_french() -> None:
    translate = Terminal.open("fr").translate
    assert translate(msg("The description is right.")) == "La description est juste."
    assert translate(nmsg("{count} problem.", "{count} problems.", count=0)) == "0 problème."
    assert translate(nmsg("{count} problem.", "{count} problems.", count=2)) == "2 problèmes."


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANGUAGE": "pt:fr", "LANG": "en_GB.UTF-8"}, "fr"),
        ({"LANG": "ar_MR.UTF-8"}, "en"),
    ],
)
def test_the_readers_language(environment: dict[str, str], language: str) -> None:
    assert reader_language(environment) == language
