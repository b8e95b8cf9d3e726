"""`palabre init` and the folder on the disk: whose it is, who may read it, what stands in the way."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from community.description.load import check, load_community
from tests.lib.in_process import Ran
from tests.unit.test_init_command import GIVEN, init, tree

NETWORK = Path("network")
FILLED_IN = """\
cities:
  - {key: bamako, name: Bamako, country: ML, timezone: Africa/Bamako, languages: [fr]}
  - {key: dakar, name: Dakar, country: SN, timezone: Africa/Dakar, languages: [fr]}

themes:
  - {key: waste, name: Déchets, summary: Trier et composter.}

"""


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


def filled_in(text: str) -> str:
    """Return a new community.yaml as somebody fills it in who does what it says."""
    before, _, rest = text.partition("# FILL IN: your cities")
    after = rest[rest.index("roles:") : rest.index("# FILL IN: yourself")]
    members = "members:\n  - {username: awa, name: Awa Diop, role: coordinator, languages: [fr]}\n"
    return before.replace("timezone: Etc/UTC", "timezone: Africa/Dakar") + FILLED_IN + after + members


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
