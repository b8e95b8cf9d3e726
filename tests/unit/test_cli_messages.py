"""Each sentence for people exists in French, those said in chat in each of its languages, with the same places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from community.core.messages import CHAT_LANGUAGES, LANGUAGES, msg, nmsg
from palabre_cli.terminal import PACKAGES, Terminal, reader_language

MsgId = str | tuple[str, ...]
SAID_IN_CHAT = (
    "bots/features",
    "bots/context",
    "bots/unreachable.py",
    "community/directory",
    "community/joining",
    "community/jobs/notice_text.py",
    "community/jobs/clock_text.py",
)
_PLACE = re.compile(r"\{([a-z_]+)[^}]*\}")


def sentences(package: Path) -> set[MsgId]:
    """Return what `msg` and `nmsg` mark in a package, or in one module."""
    keywords = {"msg": None, "nmsg": (1, 2)}
    folder, pattern = (package.parent, package.name) if package.suffix else (package, "**.py")
    found = extract_from_dir(folder, [(pattern, "python")], keywords=keywords)
    return {
        tuple(message) if isinstance(message, (list, tuple)) else message for _, _, message, _, _ in found
    }


def catalogue_folders() -> Iterator[Path]:
    """Yield every folder with a catalogue of its own."""
    for package in PACKAGES:
        yield from (path.parent for path in package.rglob("locale"))


def translations(package: Path, language: str) -> tuple[int, dict[str, tuple[str, ...]]]:
    """Return the number of plural forms, and the translations in and below a package by the sentence (its singular)."""
    found: dict[str, tuple[str, ...]] = {}
    plurals = 0
    for path in sorted(package.rglob(f"locale/{language}.po")):
        with path.open("rb") as source:
            catalog = read_po(source)
        plurals = catalog.num_plurals
        for entry in catalog:
            if entry.id and not entry.fuzzy:
                key = entry.id[0] if isinstance(entry.id, (list, tuple)) else entry.id
                text = entry.string
                found[key] = tuple(text) if isinstance(text, (list, tuple)) else (text or "",)
    return plurals, found


def missing(said: set[MsgId], package: Path, language: str) -> list[str]:
    """Return which sentences lack a translation, or one of its plural forms."""
    plurals, known = translations(package, language)

    def is_whole(msgid: MsgId) -> bool:
        singular, wanted = (msgid[0], plurals) if isinstance(msgid, tuple) else (msgid, 1)
        forms = known.get(singular, ())
        return len(forms) == wanted and all(forms)

    return sorted(msgid[0] if isinstance(msgid, tuple) else msgid for msgid in said if not is_whole(msgid))


@pytest.mark.parametrize("package", sorted(PACKAGES), ids=lambda path: path.name)
def test_each_sentence_exists_in_french(package: Path) -> None:
    assert missing(sentences(package), package, "fr") == []


@pytest.mark.parametrize("language", CHAT_LANGUAGES[1:])
@pytest.mark.parametrize("folder", SAID_IN_CHAT)
def test_each_sentence_of_the_chat_exists_in_its_languages(folder: str, language: str) -> None:
    package = next(package for package in PACKAGES if package.name == folder.split("/", 1)[0])
    said = sentences(package.parent / folder)
    assert said or not (package.parent / folder).exists()
    assert missing(said, package, language) == []


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - set(CHAT_LANGUAGES)))
@pytest.mark.parametrize("folder", SAID_IN_CHAT)
def test_a_language_that_need_not_be_complete_has_all_sentences_of_a_folder_or_none(
    folder: str, language: str
) -> None:
    package = next(package for package in PACKAGES if package.name == folder.split("/", 1)[0])
    said = sentences(package.parent / folder)
    _, known = translations(package, language)
    if any((each[0] if isinstance(each, tuple) else each) in known for each in said):
        assert missing(said, package, language) == []


@pytest.mark.parametrize("language", LANGUAGES[1:])
@pytest.mark.parametrize("package", sorted(PACKAGES), ids=lambda path: path.name)
def test_a_translation_has_the_places_of_its_sentence(package: Path, language: str) -> None:
    for singular, forms in translations(package, language)[1].items():
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
