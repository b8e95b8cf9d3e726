"""What `palabre init` leaves to be filled in: `check` says where and what, nothing begins with the examples' names."""

from __future__ import annotations

from pathlib import Path

import pytest

from community.description.data_folder import DataFolder
from community.description.known_community import KnownCommunity, note_community
from community.description.load import check, load_settings
from palabre_cli.errors import NotFilledIn
from palabre_cli.installation.answers import LOOPBACK_DOMAIN
from palabre_cli.installation.unfilled import require_filled_in, to_fill_in, unfilled
from palabre_cli.terminal import Terminal
from tests.lib.in_process import palabre
from tests.lib.init_answers import DOMAIN, filled_in
from tests.unit.test_init_command import GIVEN, init

CONFIG = Path("network/config")
COMMUNITY = CONFIG / "community.yaml"
EXAMPLES = ["timezone", "cities[0]", "themes[0]", "members[0]"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def begun(given: str = GIVEN) -> str:
    done = init(given)
    assert done.code == 0, done.err
    return COMMUNITY.read_text()


def places() -> list[str]:
    return [problem.path for problem in to_fill_in(CONFIG)]


def line_of(words: str) -> int:
    return next(n for n, line in enumerate(COMMUNITY.read_text().splitlines(), 1) if words in line)


@pytest.mark.parametrize("languages", ["[fr, en]", "[ar]", "[sw, wo]"])
def test_check_says_each_place_and_what_to_write_there(languages: str) -> None:
    begun(GIVEN.replace("[fr, en]", languages))
    assert check(CONFIG) == ()
    done = palabre("check", cwd=Path.cwd())
    assert done.code == 1
    assert "The description is right" not in done.out
    for words, path, what in (
        ("timezone: Etc/UTC   #", "timezone", "write your time zone, such as Africa/Abidjan"),
        ("first-city", "cities[0]", "write a city of yours in its place"),
        ("first-theme", "themes[0]", "write a theme of yours in its place"),
        ("username: coordinator", "members[0]", "write yourself in its place"),
    ):
        (line,) = (line for line in done.out.splitlines() if f": {path}: this is an example" in line)
        assert line.startswith(f"{COMMUNITY}:{line_of(words)}:"), line
        assert what in line
    french = palabre("check", cwd=Path.cwd(), language="fr").out
    assert french.count("c'est un exemple") == len(EXAMPLES)


def test_what_somebody_has_filled_in_is_right_though_the_words_stay() -> None:
    text = begun()
    COMMUNITY.write_text(filled_in(text))
    assert places() == []
    # The comments are left as they were, the values are others, entries are added.
    text = text.replace("timezone: Etc/UTC   #", "timezone: Africa/Dakar   #")
    text = text.replace("    timezone: Etc/UTC", "    timezone: Africa/Dakar")
    text = text.replace("key: first-city", "key: dakar").replace("key: first-theme", "key: waste")
    for name, value in (("Première ville", "Dakar"), ("First city", "Dakar"), ("Premier thème", "Déchets")):
        text = text.replace(name, value)
    text = text.replace("First theme", "Waste")
    COMMUNITY.write_text(text)
    assert places() == ["themes[0]", "members[0]"]


def test_half_of_an_entry_is_still_an_example() -> None:
    text = begun().replace("key: first-city", "key: dakar")
    COMMUNITY.write_text(text)
    assert places() == EXAMPLES
    COMMUNITY.write_text(filled_in(text).replace("timezone: Africa/Bamako", "timezone: Etc/UTC", 1))
    assert places() == []
    COMMUNITY.write_text(COMMUNITY.read_text().replace("cities:", "# FILL IN: your cities\ncities:", 1))
    assert places() == ["cities[0].timezone"]


def test_who_means_an_example_deletes_the_words_above_it() -> None:
    text = begun()
    COMMUNITY.write_text(text.replace("# FILL IN: yours", "# yours").replace("# FILL IN: yourself", "# You"))
    assert places() == ["cities[0]", "themes[0]"]
    COMMUNITY.write_text(text.replace("# FILL IN", "#"))
    assert places() == []
    assert palabre("check", cwd=Path.cwd()).code == 0


@pytest.mark.parametrize(
    "text", ["# FILL IN", "# FILL IN\n- a", "# FILL IN\ncities: 5", "# FILL IN\ncities: [5]", "a: ["]
)
def test_what_is_no_description_is_left_to_whoever_reads_it(text: str) -> None:
    assert unfilled(text.encode(), "community.yaml") == ()


@pytest.mark.parametrize("command", ["apply", "up"])
def test_nothing_begins_on_a_domain_before_it_is_filled_in(command: str) -> None:
    begun(GIVEN.replace("containers", "computer"))
    words = ("--yes", "--first") if command == "apply" else ("--port", "0")
    done = palabre(command, *words, cwd=Path.cwd())
    assert done.code == 1
    lines = ", ".join(str(problem.place.line) for problem in to_fill_in(CONFIG))
    assert f"{COMMUNITY} is not filled in yet" in done.err
    assert f"(lines: {lines}), and user names and keys can never change." in done.err
    assert "“palabre check”" in done.err
    assert not (Path("network/data/secrets") / "provisioner.json").exists()


@pytest.mark.parametrize("case", ["on this computer alone", "applied before"])
def test_what_is_tried_here_and_what_runs_already_goes_on_and_says_so(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    here = case == "on this computer alone"
    given = GIVEN.replace("containers", "computer")
    begun(given.replace(DOMAIN, LOOPBACK_DOMAIN) if here else given)
    data = DataFolder(Path("network/data").absolute())
    data.prepare()
    settings = load_settings(CONFIG)
    if not here:
        with pytest.raises(NotFilledIn):
            require_filled_in(Terminal.open("en"), CONFIG, data, settings)
        note_community(data, KnownCommunity("reseau-d-echange", DOMAIN))
    require_filled_in(Terminal.open("en"), CONFIG, data, settings)
    assert "is not filled in yet: examples of “palabre init” stand in it" in capsys.readouterr().err
    COMMUNITY.write_text(filled_in(COMMUNITY.read_text()))
    require_filled_in(Terminal.open("en"), CONFIG, data, settings)
    assert capsys.readouterr().err == ""
