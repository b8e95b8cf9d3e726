"""`palabre init`: answers that look right and are not, what was there already, and the commands that it names."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from community.core.messages import Message
from community.description.data_folder import DataFolder
from community.description.known_community import KnownCommunity, note_community
from community.description.load import check, load_community
from palabre_cli.installation import answers as checks
from palabre_cli.installation.answers import Run
from palabre_cli.installation.written import files_of
from palabre_cli.options import shipped
from palabre_cli.terminal import PACKAGES
from tests.lib.commands import on_a_terminal
from tests.lib.forked import ROOT
from tests.lib.in_process import palabre
from tests.lib.init_answers import ANSWERS, DOMAIN
from tests.unit.test_init_command import GIVEN, init


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# --- bytes and paths ----------------------------------------------------------------------------------------


TYPED = "\n".join((DOMAIN, "N\udce9t", "Our network", "fr", "2", "ops@example.org", ""))


def test_a_name_that_cannot_be_decoded_is_asked_for_again() -> None:
    """Where Python reads what is typed strictly, as it does in most locales."""
    ours, theirs = pty.openpty()
    os.write(ours, TYPED.encode(errors="surrogateescape"))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "palabre_cli", "init", "--to", Path("network").absolute()],
        stdin=theirs,
        capture_output=True,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8:strict",
            "LANGUAGE": "en",
        },
        check=False,
    )
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 0, done.stderr
    assert b"That was not UTF-8" in done.stdout
    assert 'name: "Our network"' in Path("network/config/community.yaml").read_text()


async def test_a_name_from_a_terminal_that_is_not_utf_8_is_asked_for_again() -> None:
    code, seen = await on_a_terminal("init", "--to", Path("network").absolute(), typed=TYPED)
    assert code == 0, seen
    assert "UTF-8" in seen
    assert 'name: "Our network"' in Path("network/config/community.yaml").read_text()


@pytest.mark.parametrize("name", [os.fsdecode(b"b\xff"), "a\nb", "a{env.HOME}b", "a\\b"])
def test_a_folder_whose_path_cannot_be_written_into_files_is_refused(name: str) -> None:
    for option in ("--to", "--data"):
        done = init(GIVEN, option, name)
        assert done.code == 1
        assert "has a character that cannot stand in the files" in done.err
    assert not Path(name).exists()
    assert not Path("network").exists()


@pytest.mark.parametrize("folder", ["/srv/a\tb", '/srv/a "b"', "/srv/a#b", "/srv/palabre"])
def test_a_path_is_one_word_of_the_caddyfile(folder: str) -> None:
    text = files_of(replace(ANSWERS, run=Run.SERVICES), Path(folder), shipped("deploy"), PACKAGES)[
        "Caddyfile"
    ]
    escaped = folder.replace('"', '\\"')
    assert f'root * "{escaped}/web"\n' in text
    assert f'root * "{escaped}/element"\n' in text


# --- answers ------------------------------------------------------------------------------------------------


def test_a_language_that_is_none_is_refused_as_the_description_would_be() -> None:
    done = init(GIVEN.replace("[fr, en]", "[fr, ar, xx]"))
    assert done.code == 1
    assert "“xx” is no language's code (ISO 639)" in done.err
    assert not Path("network").exists()


@pytest.mark.parametrize("value", ["{fr: Réseau}", "[Réseau]", "true"])
def test_a_name_that_is_not_one_text_is_refused(value: str) -> None:
    done = init(GIVEN.replace("Réseau d'échange", value))
    assert done.code == 1
    assert "The answer “name” is not one text." in done.err
    assert not Path("network").exists()


def test_how_to_run_it_is_not_guessed_from_a_no() -> None:
    done = init(GIVEN.replace("run: containers", "run: false"))
    assert done.code == 1
    assert "The answer “run” is not one text." in done.err


def test_a_text_is_never_marked_as_a_language_that_it_is_not_in() -> None:
    assert init(GIVEN.replace("[fr, en]", "[fr, bm, ar]")).code == 0
    community = load_community(Path("network/config"))
    assert community.languages == ("fr", "bm", "ar")
    assert {code for city in community.cities for code, _ in city.name} == {"fr", "ar"}
    assert check(Path("network/config")) == ()


def test_the_first_language_has_a_text_whatever_it_is() -> None:
    assert init(GIVEN.replace("[fr, en]", "[bm, fr]")).code == 0
    cities = load_community(Path("network/config")).cities
    assert {code for city in cities for code, _ in city.name} == {"bm", "fr"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Me@Example.ORG", "Me@Example.ORG"),
        ("<ops@example.org>", "ops@example.org"),
        ("mailto:ops@example.org", "ops@example.org"),
    ],
)
def test_an_e_mail_address_is_read_as_everywhere(text: str, meant: str) -> None:
    assert checks.email(text) == meant


@pytest.mark.parametrize("text", ["a#b@example.org", "é@example.org", "a@münchen.de"])
def test_an_e_mail_address_that_no_certificate_has_is_refused(text: str) -> None:
    assert f"“{text}” cannot be used for certificates" in str(checks.email(text))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("https://Cité.example/", "xn--cit-dma.example"),
        ("شبكة.example", "xn--ngbc5azd.example"),
    ],
)
def test_a_domain_of_other_letters_is_answered_with_its_written_form(text: str, written: str) -> None:
    said = checks.domain(text)
    assert isinstance(said, Message)
    assert f": write {written}." in str(said)
    assert checks.domain(written) == written


@pytest.mark.parametrize("text", ["straße.de", "é", "a é.org", f"{'é' * 70}.org"])
def test_no_other_domain_is_offered(text: str) -> None:
    assert f"“{text}” is not a domain" in str(checks.domain(text))


# --- what is there already ----------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [False, True])
def test_the_key_of_the_data_that_are_there_stays(again: bool) -> None:
    data = DataFolder(Path("elsewhere").absolute())
    data.prepare()
    if again:
        assert init(GIVEN).code == 0
    note_community(data, KnownCommunity("other", DOMAIN))
    done = init(GIVEN, "--data", data.root)
    assert done.code == 0, done.err
    assert load_community(Path("network/config")).key == "other"


# --- the commands that it names -----------------------------------------------------------------------------


def test_where_the_data_are_elsewhere_the_command_names_them() -> None:
    done = init(GIVEN.replace("containers", "computer"), "--data", "/srv/data")
    config = Path("network/config").absolute()
    assert f"Start it: palabre up --config {config} --data /srv/data\n" in done.out
    Path("answers.yaml").write_text("{}")
    by_variable = palabre("init", "--answers", "answers.yaml", cwd=Path.cwd(), PALABRE_DATA="/srv/data")
    assert f"palabre up --config {config} --data /srv/data\n" in by_variable.out
    assert "Start it: palabre up\n" in init("{}").out


def test_where_a_variable_leads_elsewhere_the_command_names_the_network() -> None:
    Path("answers.yaml").write_text(GIVEN.replace("containers", "existing"))
    done = palabre("init", "--answers", "answers.yaml", cwd=Path.cwd(), PALABRE_CONFIG="/srv/config")
    assert f"palabre apply --config {Path('network/config').absolute()} --data" in done.out


def test_services_elsewhere_are_told_where_their_network_is() -> None:
    done = init(GIVEN.replace("containers", "services"), "--to", "our-network")
    folder = Path("our-network").absolute()
    assert f"PALABRE_CONFIG={folder}/config PALABRE_DATA={folder}/data\n" in done.out
    assert "PALABRE_CONFIG" not in init(GIVEN.replace("containers", "services")).out


def test_containers_that_run_are_made_anew_once_a_file_has_changed() -> None:
    first = init(GIVEN)
    env = Path("network/.env").absolute()
    assert f"docker compose --env-file {env} up --build --detach\n" in first.out
    assert f"docker compose --env-file {env} exec serve palabre doctor\n" in first.out
    again = init("email: new@example.org")
    assert f"docker compose --env-file {env} up --build --detach --force-recreate\n" in again.out
    assert "--force-recreate" not in init("{}").out


def test_up_starts_no_second_homeserver_beside_the_one_in_containers() -> None:
    init(GIVEN)
    done = palabre("up", "--port", "0", cwd=Path.cwd())
    assert done.code == 1
    assert "runs in containers" in done.err
    assert f"docker compose --env-file {Path('network/.env').absolute()} up" in done.err
    assert not Path("network/data/synapse").exists()


def test_up_starts_no_second_homeserver_beside_the_one_of_the_services() -> None:
    init(GIVEN.replace("run: containers", "run: services"))
    done = palabre("up", "--port", "0", cwd=Path.cwd())
    assert done.code == 1
    assert "runs as services of the system" in done.err
    assert "systemctl start palabre.target" in done.err
    assert not Path("network/data/synapse").exists()
