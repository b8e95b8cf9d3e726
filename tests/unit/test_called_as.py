"""What is printed is what can be typed as it is: the command is named as its reader has called it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from community.core.messages import COMMAND, Message, Translator, msg, nmsg
from palabre_cli.main import CALLED_AS, taken_call
from palabre_cli.main import palabre as group
from palabre_cli.terminal import PACKAGES, Terminal
from tests.lib.in_process import palabre
from tests.lib.running import palabre as own_process
from tests.unit.test_cli_messages import sentences

ANSWERS = "{domain: %s, name: Oases, languages: [fr, ar], run: %s, homeserver: 'https://matrix.example.org'}"
NAMED = re.compile(rf"(?<![\w./-]){COMMAND} ([a-z][a-z-]*)")


def named_in(text: str) -> list[str]:
    return NAMED.findall(text)


def every_sentence() -> set[str]:
    """Return each template of the whole house, singular and plural."""
    found = [each for package in PACKAGES for each in sentences(package)]
    return {form for each in found for form in ((each,) if isinstance(each, str) else each)}


def test_every_command_that_a_sentence_names_is_there() -> None:
    said = {(name, form) for form in every_sentence() for name in named_in(form)}
    assert len(said) > 100
    assert {(name, form) for name, form in said if name not in group.commands} == set()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_sentence_names_the_command_as_it_was_called(language: str) -> None:
    translate = Terminal.open(language, "./palabre").translate
    for form in every_sentence():
        places = re.findall(r"\{([a-z_]+)[^}]*\}", form)
        text = translate(Message(form, dict.fromkeys(places, 1.5)))
        assert named_in(text) == [], text


def test_what_somebody_else_has_written_stays_as_it_is() -> None:
    translate = Translator("en", command="./palabre")
    assert translate(msg("{actor}: see “palabre audit”", actor="palabre apply (root)")) == (
        "palabre apply (root): see “./palabre audit”"
    )
    assert translate(msg("in the folder palabre, or ./palabre up, or docs/palabre up")) == (
        "in the folder palabre, or ./palabre up, or docs/palabre up"
    )
    assert translate(nmsg("palabre up", "{count} × palabre up", count=2)) == "2 × ./palabre up"


def test_a_path_with_signs_of_templates_and_of_french() -> None:
    called_as = "'/srv/{palabre up} : a/palabre'"
    translate = Translator("fr", command=called_as)
    assert translate(msg("Start it: {command}", command=Message("palabre up"))) == f"Start it: {called_as} up"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("domain", "run"), [("palabre.localhost", "computer"), ("example.org", "existing")])
def test_init_says_what_to_type_next(tmp_path: Path, language: str, domain: str, run: str) -> None:
    (tmp_path / "answers.yaml").write_text(ANSWERS % (domain, run))
    done = palabre(
        "init", "--answers", "answers.yaml", cwd=tmp_path, language=language, called_as="./palabre"
    )
    assert done.code == 0, done.err
    assert ("./palabre up" if run == "computer" else "./palabre connect, ./palabre doctor") in done.out
    assert named_in(done.out) == []


def test_in_containers_it_is_called_by_its_name(tmp_path: Path) -> None:
    given = (
        "{domain: palabre.example.org, name: Oases, languages: [fr], run: containers, email: a@example.org}"
    )
    (tmp_path / "answers.yaml").write_text(given)
    done = palabre("init", "--answers", "answers.yaml", cwd=tmp_path, called_as="./palabre")
    assert "exec serve palabre doctor" in done.out


def test_slips_are_answered_with_the_command_as_it_was_called(tmp_path: Path) -> None:
    asked = palabre("invite", "--list", cwd=tmp_path, called_as="../palabre")
    assert (asked.code, named_in(asked.err)) == (1, [])
    assert "../palabre up" in asked.err
    unknown = palabre("invit", cwd=tmp_path, called_as="../palabre")
    assert (unknown.code, named_in(unknown.err)) == (2, [])
    assert "../palabre --help" in unknown.err


async def test_the_launcher_says_how_it_was_called() -> None:
    _, out, _ = await own_process("--help", PALABRE_COMMAND="/srv/our folder/palabre")
    assert out.startswith("Usage: '/srv/our folder/palabre' ")


@pytest.mark.parametrize("called_as", ["", "/a\x1b[31m/palabre", "/a\nb/palabre", "/\udce9t\udce9/palabre"])
def test_what_cannot_be_printed_is_called_by_its_name(
    called_as: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CALLED_AS, called_as)
    assert taken_call() == COMMAND
    assert CALLED_AS not in os.environ
