"""Broken descriptions: each problem is named by its place and in its reader's language."""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import community
from community.core.errors import DescriptionError
from community.core.messages import translator
from community.core.problems import problem_dict, problem_line
from community.description.load import check, load_description, load_settings
from community.description.settings import Settings
from community.description.yaml_text import parse
from tests.lib.asking import visible
from tests.lib.work import counted

SMALL = Path(__file__).parents[1] / "data" / "small"
EXAMPLE = Path(__file__).parents[2] / "config"
ENGLISH = translator("en", [])
FRENCH = translator("fr", [Path(community.__file__).parent])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A right description that a test may break."""
    folder = tmp_path / "config"
    shutil.copytree(SMALL, folder)
    return folder


def change(config: Path, file: str, old: str, new: str) -> None:
    text = (config / file).read_text()
    assert old in text
    (config / file).write_text(text.replace(old, new, 1))


def lines(config: Path, language: str = "en") -> list[str]:
    translate = FRENCH if language == "fr" else ENGLISH
    return [visible(problem_line(problem, translate)).removeprefix(f"{config}/") for problem in check(config)]


@dataclass(frozen=True)
class Broken:
    name: str
    file: str
    old: str
    new: str
    english: str
    french: str


BROKEN = (
    Broken(
        "wrong type",
        "community.yaml",
        "everywhere: true",
        "everywhere: yes",
        "community.yaml:20:80: roles[0].everywhere: “yes” is not what is expected here: true or false",
        "community.yaml:20:80: roles[0].everywhere: « yes » n'est pas ce qui est attendu ici : true ou false",
    ),
    Broken(
        "unknown key",
        "community.yaml",
        "    timezone: Africa/Kigali",
        "    timezone: Africa/Kigali\n    timezon: Africa/Kigali",
        "community.yaml:13:5: cities[1].timezon: “timezon” is not known here: did you mean “timezone”?",
        "community.yaml:13:5: cities[1].timezon: « timezon » n'est pas connu ici : "
        "vouliez-vous dire « timezone » ?",
    ),
    Broken(
        "duplicate key",
        "community.yaml",
        "    country: RW",
        "    country: RW\n    country: UG",
        "community.yaml:12:5: cities[1].country: “country” stands here twice: keep one",
        "community.yaml:12:5: cities[1].country: « country » est ici deux fois : n'en gardez qu'un",
    ),
    Broken(
        "unknown reference",
        "directory.yaml",
        "cities: [kigali]",
        "cities: [kigalli]",
        "directory.yaml:6:14: contacts[0].cities[0]: there is no city “kigalli”: did you mean “kigali”?",
        "directory.yaml:6:14: contacts[0].cities[0]: ville « kigalli » : inconnu ; "
        "vouliez-vous dire « kigali » ?",
    ),
    Broken(
        "bad date",
        "directory.yaml",
        "2026-09-02",
        "2026-02-30",
        "directory.yaml:12:16: contacts[0].confirmed: “2026-02-30” is not what is expected here: "
        "a day such as 2026-12-01",
        "directory.yaml:12:16: contacts[0].confirmed: « 2026-02-30 » n'est pas ce qui est attendu ici : "
        "un jour comme 2026-12-01",
    ),
    Broken(
        "bad moment",
        "calendar.yaml",
        "2026-12-03 10:00",
        "2026-12-03 25:00",
        "calendar.yaml:5:12: events[0].start: “2026-12-03 25:00” is not a date and time: "
        "expected such as “2026-12-02 18:00”, or “2026-12-02”",
        "calendar.yaml:5:12: events[0].start: « 2026-12-03 25:00 » n'est pas une date et heure : "
        "il faut par exemple « 2026-12-02 18:00 », ou « 2026-12-02 »",
    ),
    Broken(
        "bad time zone",
        "community.yaml",
        "Africa/Kigali",
        "Africa/Kigalli",
        "community.yaml:12:15: cities[1].timezone: “Africa/Kigalli” is not a time zone: "
        "expected a name such as “Africa/Bamako”; did you mean “Africa/Kigali”?",
        "community.yaml:12:15: cities[1].timezone: « Africa/Kigalli » n'est pas un fuseau horaire : "
        "il faut un nom comme « Africa/Bamako » ; vouliez-vous dire « Africa/Kigali » ?",
    ),
    Broken(
        "no as a country code",
        "community.yaml",
        "country: RW",
        "country: no",
        "community.yaml:11:14: cities[1].country: “no” is not a country code: "
        "expected two capital letters (ISO 3166), such as “ML”; did you mean “NO”?",
        "community.yaml:11:14: cities[1].country: « no » n'est pas un code de pays : "
        "il faut deux majuscules (ISO 3166), comme « ML » ; vouliez-vous dire « NO » ?",
    ),
    Broken(
        "tabs",
        "community.yaml",
        "    country: RW",
        "\tcountry: RW",
        "community.yaml:11:1: a tab is used as indentation: use spaces",
        "community.yaml:11:1: une tabulation sert de retrait : mettez des espaces",
    ),
    Broken(
        "an apostrophe in single quotation marks",
        "community.yaml",
        "{username: moussa.keita, name: Moussa Keïta,",
        "{username: moussa.keita, name: 'Moussa N'Keïta',",
        "community.yaml:29:46: this is not YAML: a “,” or the closing bracket is missing before this; a text that "
        'has an apostrophe of its own stands in double quotation marks ("…")',
        "community.yaml:29:46: ce n'est pas du YAML : il manque avant ceci une « , » ou le crochet fermant ; un texte "
        'qui a lui-même une apostrophe se met entre guillemets doubles ("…")',
    ),
    Broken(
        "mixed indentation",
        "calendar.yaml",
        "    due:",
        "   due:",
        "calendar.yaml:13:4: this is not YAML: look at the indentation, the dashes and the quotation marks "
        "of this line or the one above",
        "calendar.yaml:13:4: ce n'est pas du YAML : vérifiez le retrait, les tirets et les guillemets "
        "de cette ligne ou de celle d'avant",
    ),
    Broken(
        "missing key",
        "directory.yaml",
        "    stage: pilot\n",
        "",
        "directory.yaml:29:5: projects[0].stage: “stage” is missing",
        "directory.yaml:29:5: projects[0].stage: « stage » manque",
    ),
    Broken(
        "unknown choice",
        "directory.yaml",
        "stage: pilot",
        "stage: pilote",
        "directory.yaml:34:12: projects[0].stage: “pilote” is none of: idea, preparation, pilot, running, "
        "finished; did you mean “pilot”?",
        "directory.yaml:34:12: projects[0].stage: « pilote » n'est aucun de : idea, preparation, pilot, "
        "running, finished ; vouliez-vous dire « pilot » ?",
    ),
    Broken(
        "a key that is no language",
        "directory.yaml",
        "{fr: Guide du tri",
        "{FR: Guide du tri",
        "directory.yaml:22:13: resources[0].title.FR: “FR” is not a language code: "
        "expected two or three small letters, such as “fr”; did you mean “fr”?",
        "directory.yaml:22:13: resources[0].title.FR: « FR » n'est pas un code de langue : "
        "il faut deux ou trois minuscules, comme « fr » ; vouliez-vous dire « fr » ?",
    ),
    Broken(
        "a number in quotation marks",
        "calendar.yaml",
        "version: 1",
        'version: "1"',
        "calendar.yaml:1:10: version: “1” is not what is expected here: a whole number, without quotation marks",
        "calendar.yaml:1:10: version: « 1 » n'est pas ce qui est attendu ici : un nombre entier, sans guillemets",
    ),
    Broken(
        "a status that rules do not know",
        "community.yaml",
        "policy: open, name: Café",
        "policy: open, who: [{status: [alumnni]}], name: Café",
        "community.yaml:25:63: rooms[2].who[0].status[0]: “alumnni” is none of: active, alumni; "
        "did you mean “alumni”?",
        "community.yaml:25:63: rooms[2].who[0].status[0]: « alumnni » n'est aucun de : active, alumni ; "
        "vouliez-vous dire « alumni » ?",
    ),
    Broken(
        "a server's address in place of its name",
        "community.yaml",
        "timezone: Africa/Abidjan",
        "timezone: Africa/Abidjan\nfederation: [https://me:secret@example.org]",
        "community.yaml:7:14: federation[0]: “https://…@example.org” is not the name of a server: "
        "expected such as “example.org”, without https://",
        "community.yaml:7:14: federation[0]: « https://…@example.org » n'est pas un nom de serveur : "
        "il faut par exemple « example.org », sans https://",
    ),
    Broken(
        "a single room without rules",
        "community.yaml",
        "for: community, policy: open",
        "for: single, policy: open",
        "community.yaml:25:5: rooms[2].who: a single room needs “who”: add the rules of who belongs to it",
        "community.yaml:25:5: rooms[2].who: un salon « single » a besoin de « who » : "
        "ajoutez les règles qui disent qui en fait partie",
    ),
    Broken(
        "no value",
        "directory.yaml",
        "stage: pilot",
        "stage:",
        "directory.yaml:34:11: projects[0].stage: there is no value here; expected: idea, "
        "preparation, pilot, running, finished",
        "directory.yaml:34:11: projects[0].stage: il n'y a pas de valeur ici ; il faut : idea, preparation, pilot, "
        "running, "
        "finished",
    ),
)


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_a_broken_description_names_the_place(config: Path, case: Broken) -> None:
    change(config, case.file, case.old, case.new)
    assert lines(config) == [case.english]
    assert lines(config, "fr") == [case.french]
    with pytest.raises(DescriptionError) as raised:
        load_description(config)
    assert raised.value.problems == check(config)


def test_an_empty_file(config: Path) -> None:
    (config / "calendar.yaml").write_text("# nothing yet\n")
    assert lines(config) == ["calendar.yaml:1:1: the file is empty"]
    assert lines(config, "fr") == ["calendar.yaml:1:1: le fichier est vide"]


def test_a_missing_file(config: Path) -> None:
    (config / "directory.yaml").unlink()
    assert lines(config) == ["directory.yaml:1:1: there is no such file: make it, or copy the example's"]
    assert lines(config, "fr") == [
        "directory.yaml:1:1: ce fichier n'existe pas : créez-le, ou copiez celui de l'exemple"
    ]


def test_a_missing_folder_asks_for_the_three_files_only(tmp_path: Path) -> None:
    assert [Path(p.place.file).name for p in check(tmp_path / "none")] == [
        "calendar.yaml",
        "community.yaml",
        "directory.yaml",
    ]


def test_a_file_that_cannot_be_read(config: Path) -> None:
    (config / "calendar.yaml").unlink()
    (config / "calendar.yaml").mkdir()
    assert lines(config) == ["calendar.yaml:1:1: the file cannot be read: Is a directory"]


def test_a_pipe_or_a_device_in_place_of_a_file_is_not_waited_for(config: Path) -> None:
    (config / "directory.yaml").unlink()
    os.mkfifo(config / "directory.yaml")
    (config / "calendar.yaml").unlink()
    (config / "calendar.yaml").symlink_to("/dev/zero")
    assert lines(config)[:2] == [
        "calendar.yaml:1:1: the file cannot be read: Invalid argument",
        "directory.yaml:1:1: the file cannot be read: Invalid argument",
    ]


def test_a_file_without_end_is_not_read_to_its_end(config: Path) -> None:
    with (config / "directory.yaml").open("r+b") as file:
        file.truncate(1 << 40)
    assert "directory.yaml:1:1: the file is larger than 20 MB" in lines(config)


def test_a_list_where_names_are_expected(config: Path) -> None:
    (config / "calendar.yaml").write_text("- one\n- two\n")
    (line,) = lines(config)
    assert line == (
        'calendar.yaml:1:1: “["one", "two"]” is not what is expected here: '
        "names and values, such as “fr: Déchets”"
    )


def test_several_problems_of_several_files_are_reported_at_once(config: Path) -> None:
    change(config, "community.yaml", "Africa/Kigali", "Africa/Nowhere")
    change(config, "community.yaml", "key: bamako, ", "")
    change(config, "directory.yaml", "https://", "http://")
    change(config, "calendar.yaml", "lasts: 90min", "lasts: 90 minutes")
    (config / "settings.yaml").write_text("versoin: 1\nbots: {late_limit: 2}\n")
    assert [line.split(": ")[0:2] for line in lines(config)] == [
        ["calendar.yaml:6:12", "events[0].lasts"],
        ["community.yaml:8:5", "cities[0].key"],
        ["community.yaml:12:15", "cities[1].timezone"],
        ["directory.yaml:24:11", "resources[0].link"],
        ["settings.yaml:1:1", "versoin"],
        ["settings.yaml:2:20", "bots.late_limit"],
    ]


@pytest.mark.parametrize("zero", ["0", "0min", "0h", "000d"])
@pytest.mark.parametrize("setting", ["bots: {late_limit: ", "provisioning: {every: "])
def test_no_time_at_all_is_no_setting(config: Path, setting: str, zero: str) -> None:
    """Nothing would ever be posted, or the service would look without a pause."""
    (config / "settings.yaml").write_text(f"{setting}{zero}}}\n")
    (line,) = lines(config)
    assert line.endswith(": 0 is no length of time here: expected a number and min, h, d or w, such as “14d”")


@pytest.mark.parametrize(
    "name",
    ["x:99999", "x:0", "x:65536", "-..", "-x", "x-", "a..b", ".a", "a.", "x:", "a" * 64, "a." * 114 + "abc"],
)
def test_what_no_server_can_be_called(config: Path, name: str) -> None:
    (config / "settings.yaml").write_text(f"homeserver: {{server_name: '{name}'}}\n")
    (line,) = lines(config)
    assert "is not the name of a server: expected such as “example.org”" in line


@pytest.mark.parametrize("name", ["x", "x:1", "x:65535", "a-b.example.org:8448", "10.0.0.1", "a" * 63])
def test_what_a_server_can_be_called(config: Path, name: str) -> None:
    (config / "settings.yaml").write_text(f"homeserver: {{server_name: '{name}'}}\n")
    assert lines(config) == []


def test_a_file_of_wrong_shape_does_not_hide_references_in_another(config: Path) -> None:
    change(config, "calendar.yaml", "lasts: 90min", "lasts: long")
    change(config, "directory.yaml", "member: claudine.uwase", "member: claudine.uwasse")
    (config / "settings.yaml").write_text("version: 2\n")
    found = lines(config)
    assert [line.split(": ")[0] for line in found] == [
        "calendar.yaml:6:12",
        "directory.yaml:9:13",
        "settings.yaml:1:10",
    ]


def test_a_slip_does_not_hide_what_is_wrong_with_references_in_the_same_file(config: Path) -> None:
    change(config, "community.yaml", "country: RW", "country: no")
    change(config, "community.yaml", "role: city-lead, city: kigali", "role: city-laed, city: kigali")
    change(config, "directory.yaml", "confirmed: 2026-09-02", "confirmed: 2026-14-02")
    change(config, "directory.yaml", "cities: [kigali]", "cities: [kigalli]")
    found = lines(config)
    assert len(found) == 4
    assert any("country" in line and "“no” is not a country code" in line for line in found)
    assert any("there is no role “city-laed”: did you mean “city-lead”?" in line for line in found)
    assert any("“2026-14-02” is not what is expected here" in line for line in found)
    assert any("there is no city “kigalli”: did you mean “kigali”?" in line for line in found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("key: kigali\n", "key: Kigali City\n"),
        ("key: waste,", "key: Déchets,"),
        ("key: waste,", "key: Zone 7,"),
        ("key: bamako,", "key: BKO city,"),
        ("key: city-lead,", "key: Chef !,"),
        ("key: lobby,", "key: The lobby,"),
        ("username: claudine.uwase,", "username: Claudine U.,"),
        ("    timezone: Africa/Kigali\n", ""),
        ("policy: lobby", "policy: loby"),
        ("from: 2026-01-01", "from: 2028-01-01"),
        ("may: [announce, moderate]", "may: announce"),
        ("themes: [mobility, waste], languages", "themes: waste, languages"),
        ("role: city-lead, city: bamako, ", "city: bamako, "),
        ("for: theme-cohort", "for: themes-cohorts"),
        ("policy: open, name: Café", "policy: open, who: [nobody], name: Café"),
        ("for: community, policy: open", "for: single, who: [], policy: open"),
        (
            "languages: [fr]}\n  - {username: claudine",
            "languages: [fr], status: gone, successor: awa.diallo}\n  - {username: claudine",
        ),
    ],
)
def test_nothing_is_said_of_what_stands_in_for_a_slip(config: Path, old: str, new: str) -> None:
    change(config, "community.yaml", old, new)
    found = lines(config)
    assert found
    assert not [line for line in found if "“-”" in line or "stand-in" in line]
    assert not [line for line in found if "no room has the policy" in line]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("key: waste,", "key: Déchets,"),
        ("key: bamako,", "key: BKO city,"),
        ("key: city-lead,", "key: Chef !,"),
        ("username: claudine.uwase,", "username: Claudine Uwase !,"),
    ],
)
def test_a_wrong_key_is_one_problem_however_often_the_right_one_is_used(
    config: Path, old: str, new: str
) -> None:
    change(config, "community.yaml", old, new)
    assert len(lines(config)) == 1


def test_a_wrong_key_is_no_suggestion(config: Path) -> None:
    change(config, "community.yaml", "key: waste,", "key: Déchets,")
    change(config, "directory.yaml", "themes: [waste]", "themes: [Déchets]")
    found = [line.partition(": ")[2] for line in lines(config)]
    assert [line.partition(" is not a key")[0] for line in found] == [
        "themes[0].key: “Déchets”",
        "contacts[0].themes[0]: “Déchets”",
    ]
    assert all("expected at most 48 small letters" in line for line in found)


def test_a_password_in_an_address_is_not_repeated(config: Path) -> None:
    (config / "settings.yaml").write_text("store_url: mysql://palabre:hunter2@db/palabre\n")
    (line,) = lines(config)
    assert "hunter2" not in line
    assert "mysql://…@db/palabre" in line


def test_a_problem_as_data(config: Path) -> None:
    change(config, "community.yaml", "country: RW", "country: no")
    (problem,) = check(config)
    found = problem_dict(problem, FRENCH)
    assert {**found, "message": visible(str(found["message"]))} == {
        "file": str(config / "community.yaml"),
        "line": 11,
        "column": 14,
        "path": "cities[1].country",
        "message": "« no » n'est pas un code de pays : il faut deux majuscules (ISO 3166), comme « ML » ; "
        "vouliez-vous dire « NO » ?",
    }


def test_a_wrong_key_does_not_make_those_who_use_it_wrong(config: Path) -> None:
    change(config, "community.yaml", "key: waste,", "key: Waste,")
    change(config, "community.yaml", "username: claudine.uwase,", "username: Claudine,")
    change(config, "directory.yaml", "key: kigali-waste\n", "key: Kigali waste\n")
    change(config, "directory.yaml", "cities: [kigali]", "cities: [kigalli]")
    assert [line.split(": ")[1] for line in lines(config)] == [
        "themes[0].key",
        "members[1].username",
        "contacts[0].key",
        "contacts[0].cities[0]",
    ]


def test_a_slip_in_a_rule_does_not_hide_what_is_wrong_in_the_rest_of_it(config: Path) -> None:
    rule = "{roles: [city-leed], people: [awa.dialo], status: active, may: [anounce], citis: [kigali]}"
    change(config, "community.yaml", "policy: open, name: Café", f"policy: open, who: [{rule}], name: Café")
    assert [line.split(": ")[1].removeprefix("rooms[2].who[0].") for line in lines(config)] == [
        "roles[0]",
        "people[0]",
        "status",
        "may[0]",
        "citis",
    ]


def test_a_room_for_no_role_is_not_a_room_for_everybody(config: Path) -> None:
    change(config, "community.yaml", "key: exchange, for: theme,", "key: exchange, for: theme, roles: [],")
    (line,) = lines(config)
    assert line == "community.yaml:26:40: rooms[3].roles: the list needs 1 entry or more"


def test_federation_is_off_or_a_list_of_servers(config: Path) -> None:
    assert load_description(config).community.federation == ()
    change(config, "community.yaml", "languages:", "federation: off\nlanguages:")
    assert load_description(config).community.federation == ()
    change(config, "community.yaml", "federation: off", "federation: [example.org, example.net]")
    assert load_description(config).community.federation == ("example.org", "example.net")


def test_norway_is_a_country(config: Path) -> None:
    change(config, "community.yaml", "country: RW", "country: NO")
    assert load_description(config).community.city["kigali"].country == "NO"


def test_times_and_days_are_read_as_they_are_written(config: Path) -> None:
    calendar = load_description(config).calendar
    assert calendar.events[0].start.isoformat() == "2026-12-03T10:00:00"
    assert calendar.deadlines[0].due.isoformat() == "2026-12-15T23:59:00"


def test_settings_are_optional_and_checked(config: Path) -> None:
    assert load_settings(config).homeserver.server_name == "palabre.localhost"
    (config / "settings.yaml").write_text("homeserver: {url: https://matrix.example.org}\n")
    assert load_settings(config).homeserver.url == "https://matrix.example.org"
    (config / "settings.yaml").write_text("homeserver: {url: matrix.example.org}\n")
    with pytest.raises(DescriptionError):
        load_settings(config)


def test_palabres_accounts_are_three(config: Path) -> None:
    (config / "settings.yaml").write_text("accounts:\n  bot: palabre-provisioner\n")
    assert lines(config) == [
        "settings.yaml:2:8: accounts.bot: “palabre-provisioner” is used twice in accounts"
    ]


def test_the_example_is_right() -> None:
    assert check(EXAMPLE) == ()


def test_each_of_five_thousand_members_and_two_thousand_contacts_costs_little(config: Path) -> None:
    with (config / "community.yaml").open("a") as file:
        for i in range(5000):
            file.write(
                f"  - {{username: m{i}, name: Member {i}, role: city-lead, city: kigali, "
                "themes: [waste], languages: [en]}\n"
            )
    contacts = "".join(
        f"  - {{key: c{i}, name: C {i}, function: F, cities: [kigali], themes: [waste], confirmed: 2026-09-02}}\n"
        for i in range(2000)
    )
    change(config, "directory.yaml", "contacts:\n", f"contacts:\n{contacts}")
    description, calls = counted(lambda: load_description(config))
    assert calls / 7000 < 500
    assert len(description.community.members) == 5003
    assert len(description.directory.contacts) == 2002


FILES = ("community.yaml", "directory.yaml", "calendar.yaml", "settings.yaml")
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1.5,
        10**30,
        "",
        " ",
        "x" * 5000,
        "{",
        "{a!r:{b}}",
        "no",
        "2026-02-30",
        [],
        {},
        [None],
        {"": {}},
    ]
)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in parts:
        yield from paths(inner, (*path, key))


TREES: dict[str, Any] = {file: parse((SMALL / file).read_bytes(), file).value for file in FILES[:3]} | {
    "settings.yaml": Settings().model_dump(mode="json")
}
PLACES = [(file, path) for file, tree in TREES.items() for path in paths(tree)]


@example([(("settings.yaml", ("bots", "metrics_port")), -1, False)])
@example([(("settings.yaml", ("bots", "metrics_port")), 70_000, False)])
@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD, st.booleans()), min_size=1, max_size=4))
@hypothesis_settings(max_examples=150, deadline=None)
def test_whatever_is_written_gives_sentences_in_both_languages(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[tuple[str, tuple[str | int, ...]], object, bool]],
) -> None:
    trees = copy.deepcopy(TREES)
    for (file, path), value, as_key in changes:
        odd = copy.deepcopy(value)
        holder: Any = {"": trees[file]}
        try:
            for part in ("", *path)[:-1]:
                holder = holder[part]
            if as_key and isinstance(holder, dict) and path:
                holder[f"{path[-1]}s"] = odd
            else:
                holder[("", *path)[-1]] = odd
        except (LookupError, TypeError):
            continue  # an earlier change took this place away
        if not path:
            trees[file] = odd
    folder = tmp_path_factory.mktemp("config")
    for file, tree in trees.items():
        (folder / file).write_text(json.dumps(tree))
    for problem in check(folder):
        for translate in (ENGLISH, FRENCH):
            sentence = translate(problem.what)
            assert sentence
            assert "this value is not what" not in sentence, "a finding of pydantic's has no sentence of ours"
