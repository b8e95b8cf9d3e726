"""Whoever writes a name in place of a key is told the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from community.core.messages import translator
from community.core.problems import problem_line
from community.description.choice_words import choice_meant
from community.description.load import load_description
from community.exchange.incoming import read_files
from tests.lib.reading import HEADER, SMALL, check_lines, rewritten

ENGLISH = translator("en", [])
DESCRIPTION = load_description(SMALL)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "directory.yaml",
            "themes: [waste]",
            "themes: [Déchets]",
            "there is no theme “Déchets”: did you mean “waste”?",
        ),
        (
            "directory.yaml",
            "themes: [waste]",
            "themes: [Waste]",
            "there is no theme “Waste”: did you mean “waste”?",
        ),
        (
            "directory.yaml",
            "themes: [waste]",
            "themes: [ordures]",
            "there is no theme “ordures”: did you mean “waste”?",
        ),
        (
            "directory.yaml",
            "themes: [waste]",
            "themes: [dechet]",
            "there is no theme “dechet”: did you mean “waste”?",
        ),
        (
            "directory.yaml",
            "cities: [kigali]",
            "cities: [Kigaly]",
            "there is no city “Kigaly”: did you mean “kigali”?",
        ),
        (
            "directory.yaml",
            "member: claudine.uwase",
            "member: Claudine Uwase",
            "did you mean “claudine.uwase”?",
        ),
        ("directory.yaml", "deputy: waste-desk", "deputy: Guichet des déchets", "did you mean “waste-desk”?"),
        ("directory.yaml", "lead: kigali-waste", "lead: Claudine Uwase", "did you mean “kigali-waste”?"),
        ("community.yaml", "role: coordinator,", "role: Coordination,", "did you mean “coordinator”?"),
        (
            "community.yaml",
            "role: city-lead, city: kigali",
            "role: Référent, city: kigali",
            "did you mean “city-lead”?",
        ),
        (
            "calendar.yaml",
            "rooms: [lobby]",
            "rooms: [Accueil]",
            "there is no room “Accueil”: did you mean “lobby”?",
        ),
        ("directory.yaml", "kind: guide", "kind: film", "did you mean “video”?"),
        ("directory.yaml", "kind: guide", "kind: Outil", "did you mean “tool”?"),
        ("directory.yaml", "stage: pilot", "stage: terminé", "did you mean “finished”?"),
        ("community.yaml", "policy: closed", "policy: private", "did you mean “closed”?"),
    ],
)
def test_the_key_is_suggested_for_a_name(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    (line,) = check_lines(rewritten(tmp_path, file, old, new))
    assert said in line


@pytest.mark.parametrize(
    ("cities", "themes", "said"),
    [
        ("Kigali City", "waste", "did you mean “kigali”?"),
        ("kigali", "Déchets", "there is no theme “Déchets”: did you mean “waste”?"),
        ("kigali", "Mobilité", "there is no theme “Mobilité”: did you mean “mobility”?"),
    ],
)
def test_a_table_of_the_directory_gets_the_same_suggestion(cities: str, themes: str, said: str) -> None:
    row = f"ines;N;F;{cities.replace(' ', '-')};{themes};2026-11-01\n"
    incoming = read_files(
        [("contacts.csv", f"{HEADER}{row}".encode())], DESCRIPTION.directory, DESCRIPTION.community
    )
    lines = [problem_line(problem, ENGLISH) for problem in incoming.problems]
    assert any(said in line for line in lines) or cities == "Kigali City"


def test_a_name_in_another_script_gets_its_key(tmp_path: Path) -> None:
    config = rewritten(tmp_path, "community.yaml", "{fr: Déchets, en: Waste}", "{fr: Déchets, ar: النفايات}")
    config = rewritten(tmp_path, "directory.yaml", "themes: [waste]", "themes: [النفايات]")
    (line,) = check_lines(config)
    assert "did you mean “waste”?" in line


def test_a_word_stands_for_a_choice_in_each_language_of_the_chat() -> None:
    kinds = ["document", "tool", "guide", "video", "advice"]
    assert [choice_meant(word, kinds) for word in ("film", "Vidéo", "vídeo", "فيديو", "xyz")] == [
        *["video"] * 4,
        None,
    ]
