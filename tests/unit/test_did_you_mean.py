"""Whoever writes a name in place of a key is told the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from community.core.messages import Message
from community.description.choice_words import choice_meant
from tests.lib.descriptions import read
from tests.lib.reading import ENGLISH, HEADER, SMALL, chat_values, check_lines, import_lines, rewritten

DESCRIPTION = read(SMALL)


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


USERNAME = "username: claudine.uwase"


@pytest.mark.parametrize(
    ("file", "old", "new", "likely"),
    [
        ("directory.yaml", "member: claudine.uwase", 'member: "@awa.diallo:palabre.localhost"', "awa.diallo"),
        ("directory.yaml", "member: claudine.uwase", 'member: "@awa.diallo"', "awa.diallo"),
        ("directory.yaml", "member: claudine.uwase", "member: Awa.Diallo", "awa.diallo"),
        ("directory.yaml", "member: claudine.uwase", "member: Awa Diallo", "awa.diallo"),
        ("directory.yaml", "languages: [fr]", "languages: [français]", "fr"),
        ("directory.yaml", "languages: [fr]", "languages: [French]", "fr"),
        ("directory.yaml", "languages: [fr]", "languages: [الفرنسية]", "fr"),
        ("directory.yaml", "languages: [fr]", "languages: [Kinyarwanda]", "rw"),
        ("directory.yaml", "languages: [fr]", "languages: [fr-FR]", "fr"),
        ("community.yaml", "country: RW", "country: Mali", "ML"),
        ("community.yaml", "country: RW", "country: ml", "ML"),
        ("community.yaml", "country: RW", "country: Côte d’Ivoire", "CI"),
        ("community.yaml", "country: RW", "country: Moçambique", "MZ"),
        ("community.yaml", "country: RW", "country: UK", "GB"),
        ("community.yaml", "timezone: Africa/Kigali", "timezone: Maputo", "Africa/Maputo"),
        ("community.yaml", "timezone: Africa/Kigali", "timezone: africa/maputo", "Africa/Maputo"),
        ("community.yaml", "timezone: Africa/Kigali", "timezone: Africa/Maputu", "Africa/Maputo"),
        ("community.yaml", "timezone: Africa/Kigali", "timezone: Dar es Salaam", "Africa/Dar_es_Salaam"),
        ("community.yaml", USERNAME, "username: Mariam.Coulibaly", "mariam.coulibaly"),
        ("community.yaml", USERNAME, "username: Inês Costa", "ines.costa"),
        ("community.yaml", USERNAME, 'username: "@ines.costa:example.org"', "ines.costa"),
    ],
)
def test_the_code_is_suggested_for_a_name(tmp_path: Path, file: str, old: str, new: str, likely: str) -> None:
    lines = check_lines(rewritten(tmp_path, file, old, new))
    assert len([line for line in lines if line.endswith(f"did you mean “{likely}”?")]) == 1, lines


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("community.yaml", "timezone: Africa/Kigali", "timezone: Matola"),
        ("community.yaml", "timezone: Africa/Kigali", "timezone: Africa/Matola"),
        ("community.yaml", "country: RW", "country: Atlantis"),
        ("directory.yaml", "languages: [fr]", "languages: [Klingonish]"),
        ("directory.yaml", "member: claudine.uwase", 'member: "@nobody.here:example.org"'),
    ],
)
def test_nothing_is_suggested_that_only_looks_a_little_alike(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    (line,) = check_lines(rewritten(tmp_path, file, old, new))
    assert "did you mean" not in line


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("community.yaml", "country: RW", "country: ZZ", "“ZZ” is no country's code (ISO 3166)"),
        ("directory.yaml", "languages: [fr]", "languages: [zz]", "“zz” is no language's code (ISO 639)"),
        (
            "community.yaml",
            "languages: [rw, en, fr]",
            "languages: [rw, xy, fr]",
            "cities[1].languages[1]: “xy” is no language's code (ISO 639)",
        ),
        (
            "directory.yaml",
            "{fr: Responsable des déchets, en:",
            "{fr: Responsable des déchets, em:",
            "contacts[0].function.em: “em” is no language's code (ISO 639)",
        ),
        (
            "community.yaml",
            "words: {fr: [ordures]}",
            "words: {ff: [a], zz: [b]}",
            "themes[0].words.zz: “zz” is no",
        ),
        (
            "community.yaml",
            "languages: [fr, en]",
            "languages: [fr, zz]",
            "languages[1]: “zz” is no language's code",
        ),
        (
            "calendar.yaml",
            "title: {fr: Rapport",
            "title: {zz: Rapport",
            "deadlines[0].title.zz: “zz” is no language",
        ),
    ],
)
def test_a_code_that_there_is_not_is_refused(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    (line,) = check_lines(rewritten(tmp_path, file, old, new))
    assert said in line


def test_a_language_of_three_letters_is_taken(tmp_path: Path) -> None:
    assert check_lines(rewritten(tmp_path, "directory.yaml", "languages: [fr]", "languages: [fr, bci]")) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "likely"),
    [
        (
            "community.yaml",
            "city-lead, city: kigali",
            "Membre d’une équipe de ville, city: kigali",
            "city-lead",
        ),
        ("directory.yaml", "cities: [kigali]", "cities: [Sèmè–Podji]", "kigali"),
        ("directory.yaml", "cities: [kigali]", "cities: [Se\u2011Po]", None),
        ("directory.yaml", "themes: [waste]", "themes: [w\u0430ste–x]", None),
    ],
)
def test_a_typographic_sign_does_not_take_the_suggestion_away(
    tmp_path: Path, file: str, old: str, new: str, likely: str | None
) -> None:
    rewritten(tmp_path, "community.yaml", "fr: Référent,", "fr: Membre d'une équipe de ville,")
    rewritten(tmp_path, "community.yaml", "name: Kigali", "name: Sèmè-Podji")
    (line,) = check_lines(rewritten(tmp_path, file, old, new))
    if likely is None:
        assert "has a character that cannot stand here" in line
    else:
        assert f"did you mean “{likely}”?" in line


@pytest.mark.parametrize(
    ("member", "languages", "said"),
    [
        ("@awa.diallo:palabre.localhost", "fr", "did you mean “awa.diallo”?"),
        ("Awa Diallo", "fr", "did you mean “awa.diallo”?"),
        ("awa.diallo", "fr,français", "did you mean “fr”?"),
        ("awa.diallo", "fr,zz", "“zz” is no language's code (ISO 639)"),
    ],
)
def test_a_table_gets_the_suggestions_of_a_file(member: str, languages: str, said: str) -> None:
    row = f"x;N;F;2026-11-01;{member};{languages}\n"
    files = [("contacts.csv", f"key;name;function;confirmed;member;languages\n{row}".encode())]
    (line,) = import_lines(DESCRIPTION, files)
    assert line.endswith(said)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("ines;Inès;city-lead;kigali;waste;français;;", "languages[0]: “français” is not a language code"),
        ("ines;Inès;city-lead;kigali;waste;fr,zz;;", "languages[1]: “zz” is no language's code (ISO 639)"),
        ("ines;Inès;city-lead;kigali;Mobilité,wast;fr;;", "themes[0]: there is no theme “Mobilité”"),
        ("Inès.Costa;Inès;city-lead;kigali;waste;fr;;", "; did you mean “ines.costa”?"),
        ("ines;Inès;Référent;kigali;waste;fr;left;Awa Diallo", "successor: there is no member “awa diallo”"),
    ],
)
def test_a_table_of_members_gets_them_too(tmp_path: Path, row: str, said: str) -> None:
    config = rewritten(tmp_path, "community.yaml", "version: 1", "version: 1")
    (config / "members.csv").write_text(f"username;name;role;city;themes;languages;status;successor\n{row}\n")
    lines = check_lines(config)
    assert len([line for line in lines if said in line]) == 1, lines
    assert len([line for line in lines if "did you mean" in line]) == len(lines) - ("zz" in row)


@pytest.mark.parametrize("text", ["@awa.diallo:palabre.localhost", "@awa.diallo", "awa.diallo"])
def test_an_account_is_named_in_the_chat_by_its_matrix_id_or_its_user_name(text: str) -> None:
    assert chat_values(DESCRIPTION).fields("contact", "member", text) == {"member": "awa.diallo"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("français, zz", "I know no language called “zz”."),
        ("French; Klingonish", "I know no language called “Klingonish”."),
        ("zz", "I know no language called “zz”."),
        ("français, anglais", ("fr", "en")),
        ("fr, ha", ("fr", "ha")),
        ("fr en", ("fr", "en")),
        ("in French, for Kigali, waste", ("fr",)),
    ],
)
def test_a_language_that_the_chat_does_not_know_is_not_left_out(
    text: str, said: str | tuple[str, ...]
) -> None:
    found = chat_values(DESCRIPTION).fields("contact", "languages", text)
    assert (ENGLISH(found) if isinstance(found, Message) else tuple(found["languages"])) == said  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cities", "themes", "said"),
    [
        ("Kigaly", "waste", "there is no city “kigaly”: did you mean “kigali”?"),
        ("Kïgali", "waste", "there is no city “Kïgali”: did you mean “kigali”?"),
        ("kigali", "Déchets", "there is no theme “Déchets”: did you mean “waste”?"),
        ("kigali", "Mobilité", "there is no theme “Mobilité”: did you mean “mobility”?"),
    ],
)
def test_a_table_of_the_directory_gets_the_same_suggestion(cities: str, themes: str, said: str) -> None:
    row = f"ines;N;F;{cities};{themes};2026-11-01\n"
    files = [("contacts.csv", f"{HEADER}{row}".encode())]
    (line,) = import_lines(DESCRIPTION, files)
    assert line.endswith(f"[0]: {said}")


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
