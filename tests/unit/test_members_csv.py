"""members.csv: whatever a spreadsheet writes is read, and each slip is named by its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import community
from community.core.messages import translator
from community.core.problems import problem_line
from community.description.load import check, load_description
from community.description.members_csv import COLUMNS, parse_members
from community.description.model import Member, Status
from tests.lib.asking import visible
from tests.lib.work import counted

SMALL = Path(__file__).parents[1] / "data" / "small"
TEMPLATE = Path(__file__).parents[2] / "docs" / "members-template.csv"
ENGLISH = translator("en", [])
FRENCH = translator("fr", [Path(community.__file__).parent])
HEADER = "username,name,role,city,themes,languages,status,successor"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    shutil.copytree(SMALL, folder)
    return folder


def write(config: Path, *rows: str, ends: str = "\n", encoding: str = "utf-8") -> None:
    (config / "members.csv").write_bytes("".join(row + ends for row in rows).encode(encoding))


def members(config: Path) -> dict[str, Member]:
    return load_description(config).community.member


def lines(config: Path, language: str = "en") -> list[str]:
    translate = FRENCH if language == "fr" else ENGLISH
    return [visible(problem_line(problem, translate)).replace(f"{config}/", "") for problem in check(config)]


def test_members_of_both_files_in_order(config: Path) -> None:
    write(
        config,
        HEADER,
        "ines,Inès Trabelsi,city-lead,kigali,waste mobility,fr ar,alumni,",
        "sami,Sami Gharbi,city-lead,,,fr,left,ines",
    )
    found = members(config)
    assert list(found) == ["moussa.keita", "claudine.uwase", "awa.diallo", "ines", "sami"]
    assert found["ines"] == Member(
        username="ines",
        name="Inès Trabelsi",
        role="city-lead",
        city="kigali",
        themes=("waste", "mobility"),
        languages=("fr", "ar"),
        status=Status.ALUMNI,
    )
    assert (found["sami"].city, found["sami"].themes) == (None, ())
    assert (found["sami"].status, found["sami"].successor) == (Status.LEFT, "ines")


def test_all_members_may_be_in_the_table(config: Path) -> None:
    text = (config / "community.yaml").read_text()
    (config / "community.yaml").write_text(text.partition("members:")[0])
    write(config, HEADER, "claudine.uwase,Claudine Uwase,city-lead,kigali,waste,en fr,,")
    assert list(members(config)) == ["claudine.uwase"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "rows",
    [
        [
            "username,name,role,city,themes,languages",
            "ines,Inès Trabelsi,city-lead,kigali,waste mobility,fr ar",
        ],
        [
            "username;name;role;city;themes;languages",
            "ines;Inès Trabelsi;city-lead;kigali;waste mobility;fr ar",
        ],
        [
            "username\tname\trole\tcity\tthemes\tlanguages",
            "ines\tInès Trabelsi\tcity-lead\tkigali\twaste mobility\tfr ar",
        ],
        [
            "languages;themes;city;role;name;username",
            "fr ar;waste mobility;kigali;city-lead;Inès Trabelsi;ines",
        ],
        [
            '"Username";"Name";"Role";"City";"Themes";"Languages"',
            '"ines";"Inès Trabelsi";"city-lead";"kigali";"waste; mobility";"fr;ar"',
        ],
        [
            "username,name,role,city,themes,languages",
            'ines,"Inès Trabelsi",city-lead,kigali,"waste, mobility","fr,ar"',
        ],
        [
            "username,name,role,city,themes,languages",
            "ines,Inès Trabelsi,city-lead,kigali,waste;mobility,fr;ar",
        ],
        [
            "sep=;",
            "username;name;role;city;themes;languages",
            "ines;Inès Trabelsi;city-lead;kigali;waste mobility;fr ar",
        ],
        [
            "",
            " username ; name;role;city;themes;languages;;",
            ";;;;;;;",
            "",
            " ines ; Inès Trabelsi ;city-lead;kigali; waste  mobility ;fr ar;;",
            "  ",
        ],
    ],
    ids=[
        "commas",
        "semicolons",
        "tabs",
        "other order",
        "quoted",
        "quoted lists",
        "short lists",
        "sep=",
        "empty",
    ],
)
def test_what_spreadsheets_write(config: Path, rows: list[str], ends: str, encoding: str) -> None:
    write(config, *rows, ends=ends, encoding=encoding)
    assert lines(config) == []
    found = members(config)["ines"]
    assert (found.name, found.role, found.city) == ("Inès Trabelsi", "city-lead", "kigali")
    assert (found.themes, found.languages) == (("waste", "mobility"), ("fr", "ar"))


def test_quotation_marks_in_a_name(config: Path) -> None:
    write(config, HEADER, '"jo","Jo ""la Rouge"", de Kigali",city-lead,,,fr,,')
    assert members(config)["jo"].name == 'Jo "la Rouge", de Kigali'


def test_the_columns_are_those_of_a_member() -> None:
    assert set(COLUMNS) == set(Member.model_fields)


@pytest.mark.parametrize(
    ("rows", "english", "french"),
    [
        (
            [HEADER, "ines,Inès,city-laed,kigali,waste,fr,,"],
            "members.csv:2:11: role: there is no role “city-laed”: did you mean “city-lead”?",
            "members.csv:2:11: role: rôle « city-laed » : inconnu ; vouliez-vous dire « city-lead » ?",
        ),
        (
            [HEADER, "ines,Inès,city-lead,kigali,waste mobilty,fr,,"],
            "members.csv:2:34: themes[1]: there is no theme “mobilty”: did you mean “mobility”?",
            "members.csv:2:34: themes[1]: thème « mobilty » : inconnu ; vouliez-vous dire « mobility » ?",
        ),
        (
            [HEADER, "ines,Inès,city-lead,kigali,waste,fr,alumnni,"],
            "members.csv:2:37: status: “alumnni” is none of: active, alumni, left; did you mean “alumni”?",
            (
                "members.csv:2:37: status: « alumnni » n'est aucun de : active, alumni, left ; "
                "vouliez-vous dire « alumni » ?"
            ),
        ),
        (
            [HEADER, "ines,,city-lead,kigali,waste,fr,,"],
            "members.csv:2:6: name: “name” is missing",
            "members.csv:2:6: name: « name » manque",
        ),
        (
            [HEADER, "ines,Inès,city-lead"],
            "members.csv:2:1: languages: “languages” is missing",
            "members.csv:2:1: languages: « languages » manque",
        ),
        (
            ["username,name,role,citi,languages", "ines,Inès,city-lead,kigali,fr"],
            "members.csv:1:20: “citi” is not known here: did you mean “city”?",
            "members.csv:1:20: « citi » n'est pas connu ici : vouliez-vous dire « city » ?",
        ),
        (
            ["username,name,role,languages,role", "ines,Inès,city-lead,fr,"],
            "members.csv:1:30: “role” stands here twice: keep one",
            "members.csv:1:30: « role » est ici deux fois : n'en gardez qu'un",
        ),
        (
            ["username,name,languages", "ines,Inès,fr"],
            f"members.csv:1:1: the column “role” is missing; expected: {', '.join(COLUMNS)}",
            f"members.csv:1:1: la colonne « role » manque ; il faut : {', '.join(COLUMNS)}",
        ),
        (
            [HEADER, "ines,Trabelsi, Inès,city-lead,kigali,waste,fr,,"],
            (
                "members.csv:2:16: role: “Inès” is not a key: expected at most 48 small letters without accents, "
                "digits and single hyphens, such as “local-taxes”"
            ),
            None,
        ),
        (
            ["username,name,role,languages", "ines,Inès,city-lead,fr,ar"],
            "members.csv:2:24: this row has more values than there are columns: put a text with “,” in quotation marks",
            (
                "members.csv:2:24: cette ligne a plus de valeurs qu'il n'y a de colonnes : mettez entre guillemets "
                "un texte qui contient « , »"
            ),
        ),
        (
            [HEADER, 'ines,"Inès,city-lead,kigali,waste,fr,,'],
            "members.csv:2:6: a quotation mark is not closed, or text follows the closing one",
            "members.csv:2:6: un guillemet n'est pas fermé, ou du texte suit le guillemet fermant",
        ),
        (
            [HEADER, "ines,In\x07ès,city-lead,kigali,waste,fr,,"],
            "members.csv:2:8: there is a control character (U+0007): remove it",
            "members.csv:2:8: il y a un caractère de contrôle (U+0007) : retirez-le",
        ),
        (
            [HEADER, "awa.diallo,Awa Diallo,city-lead,bamako,waste,fr,,"],
            "members.csv:2:1: username: “awa.diallo” stands already in community.yaml:31:16: keep one of the two",
            "members.csv:2:1: username: « awa.diallo » est déjà dans community.yaml:31:16 : n'en gardez qu'un",
        ),
        (
            [HEADER, *["ines,Inès,city-lead,kigali,waste,fr,,"] * 2],
            "members.csv:3:1: username: “ines” is used twice in members",
            None,
        ),
        (
            [HEADER, "palabre,Palabre,city-lead,,,fr,,"],
            "members.csv:2:1: username: “palabre” is an account of Palabre's own: choose another",
            None,
        ),
        (
            [HEADER, "ines,Inès,city-lead,,,fr,left,innes"],
            "members.csv:2:31: successor: there is no member “innes”: did you mean “ines”?",
            None,
        ),
        ([""], "members.csv:1:1: the file is empty", "members.csv:1:1: le fichier est vide"),
    ],
)
def test_a_slip_is_named_by_its_place(
    config: Path, rows: list[str], english: str, french: str | None
) -> None:
    write(config, *rows)
    assert english in lines(config)
    assert french is None or french in lines(config, "fr")


def test_a_table_that_is_not_utf_8(config: Path) -> None:
    write(config, "username;name;role;languages", "joao;João;city-lead;pt", encoding="cp1252")
    assert lines(config) == [
        "members.csv:2:8: this is not UTF-8 text: save it from the spreadsheet as “CSV UTF-8”"
    ]
    assert lines(config, "fr") == [
        "members.csv:2:8: ce texte n'est pas en UTF-8 : enregistrez-le depuis le tableur en « CSV UTF-8 »"
    ]


def test_several_slips_are_all_named(config: Path) -> None:
    write(config, HEADER, "Inès,Inès,,kigalli,waste,fra1,,", "sami,Sami,city-leed,,,fr,gone,")
    assert [line.rsplit(": “", 1)[0].split(": there")[0] for line in lines(config)] == [
        "members.csv:2:1: username",
        "members.csv:2:11: role",
        "members.csv:2:12: city",
        "members.csv:2:26: languages[0]",
        "members.csv:3:11: role",
        "members.csv:3:26: status",
    ]


def test_who_is_in_a_table_that_cannot_be_read_is_not_called_unknown(config: Path) -> None:
    text = (config / "directory.yaml").read_text().replace("member: claudine.uwase", "member: ines")
    (config / "directory.yaml").write_text(text)
    write(config, "username,name,languages", "ines,Inès,fr")
    assert [line.partition(" the column")[0] for line in lines(config)] == ["members.csv:1:1:"]
    write(config, HEADER, "sami,Sami,city-lead,,,fr,,")
    assert lines(config) == ["directory.yaml:9:13: contacts[0].member: there is no member “ines”"]


def test_a_table_that_cannot_be_opened(config: Path) -> None:
    (config / "members.csv").mkdir()
    assert lines(config) == ["members.csv:1:1: the file cannot be read: Is a directory"]


def test_the_template_is_right_for_the_example(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(TEMPLATE.parent.parent / "config", folder)
    before = len(load_description(folder).community.members)
    shutil.copy(TEMPLATE, folder / "members.csv")
    assert lines(folder) == []
    assert len(load_description(folder).community.members) > before


def test_each_of_five_thousand_rows_costs_little(config: Path) -> None:
    rows = (f"m{n};Member {n};city-lead;kigali;waste mobility;fr en;;" for n in range(5000))
    write(config, HEADER.replace(",", ";"), *rows, ends="\r\n", encoding="utf-8-sig")
    found, calls = counted(lambda: members(config))
    assert len(found) == 5003
    assert calls / len(found) < 500


@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(alphabet=' "\n\r\t;,éaux=sep', max_size=200).map(
            lambda rest: f"username,name,role,languages\n{rest}".encode()
        ),
    )
)
@hypothesis_settings(max_examples=300, deadline=None)
def test_whatever_the_bytes_are_there_is_an_answer(data: bytes) -> None:
    parsed = parse_members(data, "members.csv")
    assert parsed.value is None or set(parsed.value) == {"members"}
    assert all(place.line >= 1 and place.column >= 1 for place in parsed.places.values())


def test_a_quotation_mark_that_is_not_closed_spoils_its_own_row_only(config: Path) -> None:
    write(
        config,
        HEADER,
        'ines,"Inès,city-lead,kigali,waste,fr,,',
        "sami,Sami,city-lead,kigali,nowhere,fr,,",
        'lea,"Léa",city-lead,kigali,waste,fr,,',
    )
    assert [line.split(": ")[0] for line in lines(config)] == ["members.csv:2:6", "members.csv:3:28"]
