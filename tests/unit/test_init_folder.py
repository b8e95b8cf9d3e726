"""`palabre init` and the folder on the disk: whose it is, who may read it, what stands in the way."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from community.description.data_folder import write_private_json
from community.description.load import check, load_community
from palabre_cli.installation.answers import Run
from palabre_cli.installation.written import files_of
from palabre_cli.options import shipped
from palabre_cli.terminal import PACKAGES
from tests.lib.in_process import Ran
from tests.lib.init_answers import ANSWERS, FILLED_IN, filled_in
from tests.unit.test_init_command import GIVEN, init, tree

NETWORK = Path("network")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def mode(name: str) -> int:
    return stat.S_IMODE((NETWORK / name).stat().st_mode)


def init_as(run: str) -> Ran:
    done = init(GIVEN.replace("containers", run))
    assert done.code == 0, done.err
    return done


def test_from_containers_to_services_the_databases_password_is_closed_to_others() -> None:
    init_as("containers")
    assert (mode(""), mode("secrets")) == (0o700, 0o755)
    init_as("services")
    assert (mode(""), mode("secrets"), mode("config")) == (0o711, 0o700, 0o750)
    # Back, the containers' users read it again.
    init_as("containers")
    assert (mode(""), mode("secrets"), mode("config")) == (0o700, 0o755, 0o755)


def test_a_folder_with_files_of_others_keeps_its_rights_and_gets_nothing() -> None:
    NETWORK.mkdir()
    NETWORK.chmod(0o755)
    (NETWORK / "letter.txt").write_text("mine\n")
    done = init(GIVEN)
    assert done.code == 1
    assert "is there already, and not from “palabre init”" in done.err
    assert (mode(""), tree()) == (0o755, {"letter.txt": b"mine\n"})


def test_a_folder_into_which_everybody_may_write_keeps_its_rights_and_gets_nothing() -> None:
    NETWORK.mkdir()
    NETWORK.chmod(0o1777)
    done = init(GIVEN)
    assert done.code == 1
    assert "Everybody may write into" in done.err
    assert (mode(""), tree()) == (0o1777, {})


@pytest.mark.parametrize("left", [None, "data/palabre.db", "..init.next.json.123"])
def test_an_empty_folder_of_ones_own_is_taken(left: str | None) -> None:
    NETWORK.mkdir()
    if left is not None:
        (NETWORK / left).parent.mkdir(exist_ok=True)
        (NETWORK / left).write_text("")
    init_as("containers")
    assert mode("") == 0o700


def test_a_file_in_place_of_the_folder_is_said() -> None:
    NETWORK.write_text("")
    done = init(GIVEN)
    assert done.code == 1
    assert f"{NETWORK.absolute()} cannot be written: Not a directory." in done.err


def test_what_still_stands_in_the_way_is_said_again() -> None:
    init_as("computer")
    (NETWORK / "web").write_text("in the way\n")
    for _ in range(2):
        done = init("run: containers")
        assert done.code == 1
        assert f"{NETWORK.absolute()} cannot be written: Not a directory." in done.err
    (NETWORK / "web").unlink()
    assert init("run: containers").code == 0
    assert (NETWORK / "web" / "palabre" / "welcome.html").is_file()


def test_once_it_was_elsewhere_the_domain_cannot_change_by_way_of_this_computer() -> None:
    init_as("containers")
    init_as("computer")
    done = init("{domain: other.example.org, run: containers}")
    assert done.code == 1
    assert "can never change" in done.err


def test_a_language_is_added_to_a_description_that_was_filled_in() -> None:
    init(GIVEN.replace("[fr, en]", "[fr]"))
    path = NETWORK / "config" / "community.yaml"
    path.write_text(filled_in(path.read_text()))
    assert check(path.parent) == ()
    done = init("{languages: [fr, ar], name: Autre}")
    assert done.code == 0, done.err
    assert check(path.parent) == ()
    assert FILLED_IN in path.read_text()
    community = load_community(path.parent)
    assert community.languages == ("fr", "ar")
    assert community.name.text("fr") == "Autre"
    assert [room.name.text("ar") for room in community.rooms if room.key == "lobby"] == ["الاستقبال"]
    assert [member.username for member in community.members] == ["awa"]
    assert "first-city" not in path.read_text()
    # Another time: the same, and back.
    for languages in ("[fr, ar, pt]", "[fr]"):
        done = init(f"languages: {languages}")
        assert done.code == 0, done.err
        assert FILLED_IN in path.read_text()


def said_to_be_new(done: Ran) -> set[str]:
    new = (line.removeprefix("New: ") for line in done.out.splitlines() if line.startswith("New: "))
    return {str(Path(path).relative_to(NETWORK.absolute())) for path in new}


@pytest.mark.parametrize("run", [run.value for run in Run])
def test_all_that_is_written_is_said_once(run: str) -> None:
    assert said_to_be_new(init_as(run)) == set(tree())
    assert said_to_be_new(init_as(run)) == set()


def test_what_a_further_run_makes_is_said() -> None:
    init_as("services")
    before = set(tree())
    assert said_to_be_new(init_as("containers")) == set(tree()) - before
    assert "secrets/postgres_password" in set(tree()) - before


def test_what_a_run_wrote_that_was_broken_off_is_said_by_the_next() -> None:
    folder = NETWORK.absolute()
    wanted = files_of(ANSWERS, folder, shipped("deploy"), PACKAGES)
    begun = [[path, None, text] for path, text in sorted(wanted.items())]
    (folder / "config").mkdir(parents=True)
    (folder / ".env").write_text(wanted[".env"])
    (folder / "config" / "calendar.yaml").write_text("mine\n")
    write_private_json(
        folder / ".init.next.json", {"answers": ANSWERS.plain(), "files": wanted, "begun": begun}
    )
    done = init_as("containers")
    # The note of what was answered is written by the same run, and says nothing that it was not asked.
    assert said_to_be_new(done) == set(tree()) - {"config/calendar.yaml", ".init.json"}
    assert "Nothing has changed" not in done.out
