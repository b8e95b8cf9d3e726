"""`palabre init`: what it writes into a folder, once and again, and what it refuses."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from community.description.data_folder import DataFolder, write_private_json
from community.description.known_community import KnownCommunity, note_community
from community.description.load import check
from palabre_cli.errors import CommandError
from palabre_cli.installation.network_folder import FileChange, last_run, write
from palabre_cli.installation.written import files_of
from palabre_cli.options import shipped
from palabre_cli.terminal import PACKAGES
from tests.lib.commands import on_a_terminal
from tests.lib.in_process import Ran, palabre
from tests.lib.init_answers import ANSWERS, DOMAIN

GIVEN = f"""
domain: {DOMAIN}
name: Réseau d'échange
languages: [fr, en]
run: containers
email: ops@example.org
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def init(given: str, *options: object, language: str = "en") -> Ran:
    Path("answers.yaml").write_text(given)
    return palabre("init", "--answers", "answers.yaml", *options, cwd=Path.cwd(), language=language)


def tree(folder: Path = Path("network")) -> Mapping[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_one_command_and_every_command_goes_by_the_network() -> None:
    done = init(GIVEN)
    assert done.code == 0, done.err
    assert f"New: {Path('network').absolute() / 'Caddyfile'}" in done.out
    assert "docker compose --env-file" in done.out
    assert f"https://mobile.element.io/element/?account_provider={DOMAIN}" in done.out
    assert check(Path("network/config")) == ()
    # What an editor looks for beside the files.
    for path in Path("network/config").glob("*.yaml"):
        schema = path.read_text().partition("$schema=")[2].partition("\n")[0]
        assert (path.parent / schema).is_file()
    # Without options: no longer the example's.
    asked = palabre("check", cwd=Path.cwd())
    assert asked.code == 1
    assert "network/config/community.yaml:" in asked.out


def test_a_description_is_not_taken_for_ones_own_that_is_the_examples() -> None:
    asked = palabre("check", cwd=Path.cwd())
    assert (asked.code, asked.err) == (0, "")
    assert f"the example in {shipped('config')}: no network of yours is here." in asked.out
    init(GIVEN)
    inside = palabre("check", cwd=Path("network/config"))
    assert "network/config/community.yaml:" in inside.out
    again = palabre("init", "--answers", "../answers.yaml", cwd=Path("network"))
    assert "Nothing has changed" in again.out


def test_the_same_again_changes_nothing() -> None:
    init(GIVEN)
    before = tree()
    done = init(GIVEN)
    assert (done.code, tree()) == (0, before)
    assert "Nothing has changed" in done.out


def test_a_second_run_changes_what_is_answered_anew_and_shows_each_line() -> None:
    init(GIVEN)
    community = Path("network/config/community.yaml")
    community.write_text(community.read_text().replace("country: SN", "country: ML") + "# ours\n")
    before = tree()
    done = init("email: new@example.org")
    assert done.code == 0, done.err
    after = tree()
    assert {path for path in after if after[path] != before.get(path)} == {"Caddyfile", ".init.json"}
    assert "- \temail ops@example.org\n" in done.out
    assert "+ \temail new@example.org\n" in done.out
    renamed = init("name: Autre nom")
    assert renamed.code == 0, renamed.err
    text = community.read_text()
    assert 'name: "Autre nom"' in text
    assert 'key: "reseau-d-echange"' in text
    assert "country: ML" in text
    assert text.endswith("# ours\n")


def test_lines_that_somebody_changed_are_never_overwritten() -> None:
    init(GIVEN)
    caddyfile = Path("network/Caddyfile")
    caddyfile.write_text(caddyfile.read_text().replace("ops@example.org", "somebody@example.org"))
    before = tree()
    done = init("{email: new@example.org, name: Autre}")
    assert done.code == 1
    assert "nothing was written" in done.err
    assert "email new@example.org" in done.err
    assert tree() == before
    # Done by hand, it goes on.
    caddyfile.write_text(caddyfile.read_text().replace("somebody@example.org", "new@example.org"))
    assert (init("{email: new@example.org, name: Autre}")).code == 0
    assert 'name: "Autre"' in Path("network/config/community.yaml").read_text()


def test_a_folder_of_somebody_elses_is_left_alone() -> None:
    Path("network/config").mkdir(parents=True)
    Path("network/config/community.yaml").write_text("mine\n")
    done = init(GIVEN)
    assert done.code == 1
    assert "is there already" in done.err
    assert tree() == {"config/community.yaml": b"mine\n"}


def test_a_run_that_was_broken_off_is_ended_by_the_next() -> None:
    folder = Path("network").absolute()
    wanted = files_of(ANSWERS, folder, shipped("deploy"), PACKAGES)
    folder.mkdir()
    # As a process leaves it that was killed after the second file; somebody has written another since.
    begun = [[path, None, text] for path, text in sorted(wanted.items())]
    for path in sorted(wanted)[:2]:
        (folder / path).write_text(wanted[path])
    (folder / "config").mkdir()
    (folder / "config" / "calendar.yaml").write_text("mine\n")
    write_private_json(
        folder / ".init.next.json", {"answers": ANSWERS.plain(), "files": wanted, "begun": begun}
    )
    found = last_run(folder)
    assert found.answers == ANSWERS
    assert {path for path, text in wanted.items() if (folder / path).read_text() != text} == {
        "config/calendar.yaml"
    }
    assert (folder / "config" / "calendar.yaml").read_text() == "mine\n"
    assert not (folder / ".init.next.json").exists()


def test_what_is_secret_is_made_once_and_the_folder_is_its_owners() -> None:
    init(GIVEN)
    password = Path("network/secrets/postgres_password").read_text()
    assert len(password.strip()) == 48
    init("email: new@example.org")
    assert Path("network/secrets/postgres_password").read_text() == password
    assert stat.S_IMODE(Path("network").stat().st_mode) == 0o700
    # Containers read these as users of their own.
    assert stat.S_IMODE(Path("network/config/community.yaml").stat().st_mode) == 0o644
    assert stat.S_IMODE(Path("network/config").stat().st_mode) == 0o755
    assert password.strip() not in Path("network/.init.json").read_text()


def test_the_proxy_of_a_service_comes_in_where_it_must_and_nowhere_else() -> None:
    init(GIVEN.replace("containers", "services"))
    names = ("", "config", "web", "element", "secrets")
    modes = {name: stat.S_IMODE(Path("network", name).stat().st_mode) for name in names}
    # The description is for the bots' user too, who is in the group.
    assert modes == {"": 0o711, "config": 0o750, "web": 0o755, "element": 0o755, "secrets": 0o700}


@pytest.mark.parametrize("applied", [True, False])
def test_the_name_of_a_homeserver_that_is_there_cannot_change(applied: bool) -> None:
    init(GIVEN.replace("containers", "computer"))
    data = DataFolder(Path("network/data").absolute())
    data.prepare()
    if applied:
        note_community(data, KnownCommunity("reseau-d-echange", DOMAIN))
    else:
        (data.synapse / "homeserver.yaml").write_text(f'server_name: "{DOMAIN}"\n')
    before = tree()
    done = init("domain: other.example.org")
    assert done.code == 1
    assert "can never change" in done.err
    assert DOMAIN in done.err
    assert tree() == before


def test_before_there_is_a_homeserver_here_the_domain_may_change() -> None:
    init(GIVEN.replace("containers", "computer"))
    assert (init("domain: other.example.org")).code == 0
    assert 'server_name: "other.example.org"' in Path("network/config/settings.yaml").read_text()


def test_where_the_homeserver_is_elsewhere_the_domain_cannot_change() -> None:
    init(GIVEN)
    done = init("domain: other.example.org")
    assert done.code == 1
    assert "can never change" in done.err


def test_from_this_computer_to_a_server_and_back() -> None:
    init(GIVEN.replace("containers", "computer"))
    assert not Path("network/Caddyfile").exists()
    done = init("run: containers")
    assert done.code == 0, done.err
    assert f'+ public_address: "https://{DOMAIN}"' in done.out
    assert (init("run: computer")).code == 0
    assert (init("run: containers")).code == 0
    assert check(Path("network/config")) == ()


def test_another_name_than_the_address_is_said_with_what_its_website_must_answer() -> None:
    done = init(GIVEN.replace(f"domain: {DOMAIN}", f"domain: example.org\naddress: {DOMAIN}"))
    assert done.code == 0, done.err
    assert "  https://example.org/.well-known/matrix/client\n" in done.out
    assert "  https://example.org/.well-known/matrix/server\n" in done.out
    # The address is remembered like every answer.
    assert "Nothing has changed" in (init("{}")).out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("domain: palabre.example.org", "An answer is missing: name."),
        (GIVEN.replace("ops@example.org", "ops"), "“ops” is not an e-mail address"),
        (GIVEN.replace("email: ops@example.org", ""), "An e-mail address is missing"),
        (
            GIVEN.replace(DOMAIN, "palabre.localhost").replace("containers", "services"),
            "on this computer only",
        ),
        (GIVEN.replace("run:", "runs:"), "no answers that are asked for: runs"),
        ("- a", "no answers that are asked for"),
        ("a: [", "answers.yaml:"),
    ],
)
def test_a_file_of_answers_that_will_not_do_writes_nothing(given: str, said: str) -> None:
    done = init(given)
    assert done.code == 1
    assert said in done.err
    assert not Path("network").exists()


def test_without_a_person_it_asks_for_a_file() -> None:
    done = palabre("init", cwd=Path.cwd())
    assert done.code == 1
    assert "--answers FILE" in done.err


async def test_a_homeserver_that_is_there_is_asked_for_by_its_address() -> None:
    typed = "\n".join((DOMAIN, "Our network", "fr", "existing", "not an address", "", ""))
    code, seen = await on_a_terminal("init", "--to", Path("network").absolute(), typed=typed)
    assert code == 0, seen
    assert "“not an address” is not the address of a homeserver" in seen
    assert "palabre connect" in seen
    settings = Path("network/config/settings.yaml").read_text()
    assert f'url: "https://matrix.{DOMAIN}"' in settings
    assert not Path("network/Caddyfile").exists()


async def test_a_person_is_asked_until_each_answer_can_be_meant() -> None:
    typed = "\n".join(("palabre", DOMAIN, "Our network", "fr en", "9", "2", "ops", "ops@example.org", ""))
    code, seen = await on_a_terminal("init", "--to", Path("network").absolute(), typed=typed)
    assert code == 0, seen
    assert "“palabre” is not a domain" in seen
    assert "can NEVER change" in seen
    assert "“9” is none of these" in seen
    assert "“ops” is not an e-mail address" in seen
    assert json.loads(Path("network/.init.json").read_text())["answers"] == {
        "domain": DOMAIN,
        "address": DOMAIN,
        "name": "Our network",
        "languages": ["fr", "en"],
        "run": "containers",
        "email": "ops@example.org",
        "key": "our-network",
    }
    # Again: Enter keeps each.
    code, seen = await on_a_terminal("init", "--to", Path("network").absolute(), typed="\n" * 5)
    assert code == 0, seen
    assert "Nothing has changed" in seen


def test_in_french() -> None:
    done = init(GIVEN.replace("containers", "docker"), language="fr")
    assert "n’est rien de tout cela" in done.err.replace("\xa0", " ")


def test_a_damaged_note_of_the_last_run_is_said() -> None:
    init(GIVEN)
    Path("network/.init.json").write_text('{"answers": 5}')
    done = init(GIVEN)
    assert done.code == 1
    assert ".init.json is damaged" in done.err


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "network"
    wanted = files_of(ANSWERS, folder, shipped("deploy"), PACKAGES)
    with pytest.raises(CommandError, match="cannot be written"):
        write(folder, ANSWERS, (), wanted)


def test_what_cannot_be_written_to_its_end_is_written_by_the_next_run() -> None:
    folder = Path("network").absolute()
    wanted = files_of(ANSWERS, folder, shipped("deploy"), PACKAGES)
    new = tuple(FileChange(path, None, text) for path, text in sorted(wanted.items()))
    folder.mkdir()
    (folder / "web").write_text("in the way\n")
    with pytest.raises(CommandError, match="cannot be written"):
        write(folder, ANSWERS, new, wanted)
    done = init(GIVEN)
    assert done.code == 1
    assert "cannot be written" in done.err
    # Half a folder is none: the commands go by the example.
    assert not Path("network/.init.json").exists()
    (folder / "web").unlink()
    done = init(GIVEN)
    assert done.code == 0, done.err
    assert Path("network/web/palabre/welcome.html").is_file()
    assert check(Path("network/config")) == ()
