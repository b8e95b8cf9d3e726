"""What `palabre init` takes for an answer, and what it makes of answers."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.messages import Message
from community.description.load import check, load_community, load_settings
from palabre_cli.installation import answers as checks
from palabre_cli.installation.answers import NetworkAnswers, Run, key_of, remembered, together
from palabre_cli.installation.merging import ToWriteByHand, changed_lines, merged
from palabre_cli.installation.written import files_of
from palabre_cli.installers import caddy
from palabre_cli.options import shipped
from palabre_cli.terminal import PACKAGES
from palabre_cli.testing import CADDY
from tests.lib.init_answers import ANSWERS, DOMAIN

ROOT = Path(__file__).parent.parent.parent
NO_DOMAINS = (
    *("", "palabre", "palabre.example.org:8448", "10.0.0.1", "a..org", "-a.org", "a-.org", "cité.example"),
    *("http://a.org", "https://a.org/path", "a.org b.org", "a\n.org", "other.localhost", "localhost"),
    *("a_b.org", "a.org {", f"{'a' * 64}.org", f"{'a.' * 120}org"),
)
STORES = {"apps.apple.com", "play.google.com", "f-droid.org"}


def files(answers: NetworkAnswers, folder: Path = Path("/srv/our network")) -> dict[str, str]:
    return files_of(answers, folder, shipped("deploy"), PACKAGES)


def written(answers: NetworkAnswers, folder: Path) -> Path:
    """Write the files as they are; return the description's folder."""
    for path, text in files(answers, folder).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder / "config"


# --- each answer --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "text", "meant"),
    [
        (checks.domain, "palabre.example.org", "palabre.example.org"),
        (checks.domain, " https://Palabre.Example.org/ ", "palabre.example.org"),
        (checks.domain, "palabre.localhost", "palabre.localhost"),
        (checks.domain, "xn--cit-bma.example", "xn--cit-bma.example"),
        (checks.network_name, "  Villes en palabre ", "Villes en palabre"),
        (checks.network_name, "مدن", "مدن"),
        (checks.languages, "fr, en pt;fr", ("fr", "en", "pt")),
        (checks.email, "Ops+tls@example.org", "Ops+tls@example.org"),
        (checks.run, "2", Run.CONTAINERS),
        (checks.run, "Services", Run.SERVICES),
    ],
)
def test_what_is_meant(question: Callable[[str], object], text: str, meant: object) -> None:
    assert question(text) == meant


@pytest.mark.parametrize(
    ("question", "text"),
    [
        *((checks.domain, text) for text in NO_DOMAINS),
        *((checks.network_name, text) for text in ("", "   ", "a\nb", "a\x07b", "x" * 121)),
        *((checks.languages, text) for text in ("", "français", "fr, x", "fr-FR")),
        *(
            (checks.email, text)
            for text in ("", "ops", "ops@host", "a b@example.org", "{x}@example.org", "@example.org")
        ),
        *((checks.run, text) for text in ("", "0", "5", "docker")),
    ],
)
def test_what_cannot_be_meant_gets_one_sentence(question: Callable[[str], object], text: str) -> None:
    said = question(text)
    assert isinstance(said, Message)
    assert str(said).count("\n") == 0


@pytest.mark.parametrize(
    "answers",
    [
        replace(ANSWERS, domain="palabre.localhost", host="palabre.localhost", run=Run.SERVICES),
        replace(ANSWERS, domain="palabre.localhost", host="palabre.localhost", run=Run.EXISTING),
        replace(ANSWERS, domain="palabre.localhost", host="palabre.example.org", run=Run.CONTAINERS),
        replace(ANSWERS, host="palabre.localhost"),
        replace(ANSWERS, email=None),
    ],
)
def test_answers_that_do_not_fit_are_refused(answers: NetworkAnswers) -> None:
    assert together(answers) is not None


@pytest.mark.parametrize(
    "answers",
    [
        ANSWERS,
        replace(ANSWERS, domain="example.org"),
        replace(ANSWERS, run=Run.EXISTING, email=None),
        replace(ANSWERS, domain="palabre.localhost", host="palabre.localhost", run=Run.COMPUTER, email=None),
        replace(
            ANSWERS, domain="palabre.localhost", host="palabre.localhost", run=Run.CONTAINERS, email=None
        ),
    ],
)
def test_answers_that_fit_are_remembered_as_they_were(answers: NetworkAnswers) -> None:
    assert together(answers) is None
    assert remembered(json.loads(json.dumps(answers.plain()))) == answers


def test_a_key_is_made_of_the_name_or_the_domain() -> None:
    assert key_of("Réseau d'échange, « été »!", DOMAIN) == "reseau-d-echange-ete"
    assert key_of("مدن", DOMAIN) == "palabre"
    assert len(key_of("a" * 47 + " bcd", DOMAIN)) == 47


# --- what is written ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", list(Run))
@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("Réseau d'échange", ("fr", "en")),
        ('A "b" {c} #d: <e>\\', ("ar",)),
        ("مدن", ("ar", "pt", "es", "sw", "bm")),
    ],
)
def test_the_description_has_no_mistake_whatever_was_answered(
    run: Run, name: str, languages: tuple[str, ...], tmp_path: Path
) -> None:
    answers = replace(ANSWERS, name=name, languages=languages, run=run, key=key_of(name, DOMAIN))
    config = written(answers, tmp_path)
    assert check(config) == ()
    community = load_community(config)
    assert community.name.text("en") == name
    assert community.languages == languages
    assert not community.example
    assert [member.role for member in community.members] == ["coordinator"]


def test_settings_have_the_public_address_where_we_serve_it(tmp_path: Path) -> None:
    ours = load_settings(written(replace(ANSWERS, domain="example.org"), tmp_path / "ours"))
    assert (ours.homeserver.server_name, ours.public_address) == ("example.org", f"https://{DOMAIN}")
    here = load_settings(written(replace(ANSWERS, run=Run.COMPUTER), tmp_path / "here"))
    assert (here.homeserver.server_name, here.public_address) == (DOMAIN, None)
    theirs = load_settings(written(replace(ANSWERS, run=Run.EXISTING), tmp_path / "theirs"))
    assert (theirs.homeserver.url, theirs.public_address) == (f"https://{DOMAIN}", None)


def test_rooms_and_pages_speak_the_networks_languages() -> None:
    made = files(replace(ANSWERS, languages=("fr", "ar")))
    assert 'name: {fr: "Accueil", ar: "الاستقبال"}' in made["config/community.yaml"]
    page = made["web/palabre/welcome.html"]
    assert '<div lang="ar" dir="rtl"' in page
    assert "Se connecter" in page
    assert "Sign in" not in page


def test_the_welcome_page_shows_a_name_as_text() -> None:
    page = files(replace(ANSWERS, name="<script>x</script>"))["web/palabre/welcome.html"]
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def element(answers: NetworkAnswers) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(answers)["element/config.json"])
    return found


def test_elements_configuration_by_its_documented_keys() -> None:
    """Keys as element-web's docs/config.md names them."""
    found = element(replace(ANSWERS, domain="example.org"))
    assert found["default_server_config"] == {
        "m.homeserver": {"base_url": f"https://{DOMAIN}", "server_name": "example.org"}
    }
    assert found["brand"] == "Réseau d'échange"
    assert found["permalink_prefix"] == f"https://{DOMAIN}"
    assert found["embedded_pages"] == {"welcome_url": "/palabre/welcome.html"}
    assert found["disable_custom_urls"]
    assert found["disable_guests"]
    assert found["force_verification"]
    assert found["integrations_ui_url"] is found["integrations_rest_url"] is None
    assert found["mobile_guide_app_variant"] == "element"
    off = {name for name, value in found["setting_defaults"].items() if value is False}
    assert {
        "UIFeature.registration",
        "UIFeature.identityServer",
        "UIFeature.voip",
        "UIFeature.widgets",
    } <= off
    assert not {"posthog", "sentry", "bug_report_endpoint_url"} & {
        name for name, value in found.items() if value
    }


def test_element_calls_no_third_party() -> None:
    """Element Web's own defaults (SdkConfig.ts) are meet.element.io, call.element.io and scalar.vector.im."""
    text = files(ANSWERS)["element/config.json"]
    assert set(re.findall(r"https?://([^/\"]+)", text)) == {DOMAIN, *STORES}
    found = element(ANSWERS)
    assert found["jitsi"] == {"preferred_domain": DOMAIN}
    assert found["element_call"]["disable"] is True
    assert found["element_call"]["url"] is None
    assert not any(found["features"].values())


def test_well_known_answers() -> None:
    made = files(replace(ANSWERS, domain="example.org"))
    client = json.loads(made["web/.well-known/matrix/client"])
    assert client["m.homeserver"] == {"base_url": f"https://{DOMAIN}"}
    assert client["io.element.e2ee"]["default"] is True
    assert client["io.element.e2ee"]["secure_backup_required"] is True
    assert client["io.element.voip"] == {"disable_fallback_ice": True}
    assert json.loads(made["web/.well-known/matrix/server"]) == {"m.server": f"{DOMAIN}:443"}


@pytest.mark.parametrize("run", [Run.CONTAINERS, Run.SERVICES])
@pytest.mark.parametrize("domain", [DOMAIN, "example.org"])
def test_caddy_takes_the_file_as_it_is_written(run: Run, domain: str, tmp_path: Path) -> None:
    program = caddy(ROOT / CADDY)
    assert program is not None, "“./palabre test” installs Caddy"
    path = tmp_path / "Caddyfile"
    path.write_text(files(replace(ANSWERS, run=run, domain=domain))["Caddyfile"])
    done = subprocess.run(
        [program, "validate", "--adapter", "caddyfile", "--config", path],
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Valid configuration" in done.stdout + done.stderr


def test_a_path_with_a_quotation_mark_stays_one_value_for_compose() -> None:
    env = files(ANSWERS, Path("/srv/l'été $x"))[".env"]
    assert "PALABRE_NETWORK='/srv/l\\'été $x'\n" in env
    assert "COMPOSE_PROFILES=domain\n" in env
    here = files(replace(ANSWERS, domain="palabre.localhost", host="palabre.localhost"))
    assert "COMPOSE_PROFILES" not in here[".env"]
    assert "Caddyfile" not in here


def test_what_is_shipped_is_in_the_wheel_and_in_the_image() -> None:
    for name in ("config", "synapse", "deploy"):
        assert f'{name} = "palabre_cli/data/{name}"' in (ROOT / "pyproject.toml").read_text()
        assert f"COPY {name} {name}" in (ROOT / "Dockerfile").read_text()


# --- one file, three texts ----------------------------------------------------------------------------------

LAST = "a: 1\n# about b\nb: 2\nc: 3\nd: 4\n"


B_IS_5 = LAST.replace("b: 2", "b: 5")
WITH_MINE = f"# mine\n{LAST}e: 9\n"


@pytest.mark.parametrize(
    ("there", "wanted", "result"),
    [
        (None, LAST, LAST),
        (LAST, B_IS_5, B_IS_5),
        (WITH_MINE, B_IS_5, WITH_MINE.replace("b: 2", "b: 5")),
        (
            LAST.replace("d: 4", "d: 8"),
            B_IS_5.replace("c: 3", "x: 6\nc: 3"),
            "a: 1\n# about b\nb: 5\nx: 6\nc: 3\nd: 8\n",
        ),
        (LAST.replace("a: 1", "a: 7"), LAST.replace("b: 2\n", ""), "a: 7\n# about b\nc: 3\nd: 4\n"),
        (LAST.replace("a: 1", "a: 7"), LAST, LAST.replace("a: 1", "a: 7")),
        (B_IS_5, B_IS_5, B_IS_5),
        (B_IS_5.replace("a: 1", "a: 7"), B_IS_5, B_IS_5.replace("a: 1", "a: 7")),
        (LAST + "e: 9\n", "z: 0\n" + LAST, "z: 0\n" + LAST + "e: 9\n"),
    ],
)
def test_what_was_asked_again_changes_and_what_somebody_wrote_stays(
    there: str | None, wanted: str, result: str
) -> None:
    assert merged(LAST, there, wanted) == result


@pytest.mark.parametrize(
    "there",
    [
        LAST.replace("b: 2", "b: 9"),
        LAST.replace("b: 2\n", ""),
        "other\n",
        "",
        LAST.replace("# about b\nb: 2\nc: 3\n", ""),
    ],
)
def test_a_line_that_somebody_changed_is_theirs(there: str) -> None:
    assert merged(LAST, there, LAST.replace("b: 2", "b: 5")) == ToWriteByHand(("b: 5",))


def test_what_is_to_be_written_by_hand_is_known_once_it_is_written() -> None:
    wanted = LAST.replace("c: 3", "new: 1\nc: 3")
    there = LAST.replace("c: 3", "mine: 0\nc: 3")
    assert merged(LAST, there, wanted) == ToWriteByHand(("new: 1",))
    by_hand = there.replace("c: 3", "new: 1\nc: 3")
    assert merged(LAST, by_hand, wanted) == by_hand
    without = LAST.replace("b: 2\n", "")
    assert merged(LAST, LAST.replace("b: 2", "b: 9"), without) == ToWriteByHand(("(–) b: 2",))
    assert merged(LAST, without + "e: 9\n", without) == without + "e: 9\n"


@pytest.mark.parametrize("there", [LAST.replace("\n", "\r\n"), LAST.rstrip(), LAST + "e: \u2028\x85\x0c\n\n"])
def test_the_ends_of_lines_stay_as_somebody_has_them(there: str) -> None:
    assert merged(LAST, there, LAST) == there
    assert merged(LAST, there, B_IS_5) == there.replace("b: 2", "b: 5")


@given(
    st.lists(st.sampled_from("abcdef")),
    st.lists(st.sampled_from("abcdef")),
    st.lists(st.sampled_from("abcdef")),
)
def test_what_somebody_wrote_is_never_lost(last: list[str], there: list[str], wanted: list[str]) -> None:
    texts = ["\n".join(lines) for lines in (last, there, wanted)]
    result = merged(*texts)
    if not isinstance(result, ToWriteByHand):
        mine = Counter(there) - Counter(last)
        assert not mine - Counter(result.split("\n"))


def test_a_file_that_was_there_before_is_not_taken_over() -> None:
    assert merged(None, "mine\n", LAST) == ToWriteByHand(tuple(LAST.split("\n")))
    assert merged(None, LAST, LAST) == LAST


def test_the_lines_that_differ() -> None:
    assert changed_lines(LAST, LAST.replace("b: 2", "b: 5")) == ("- b: 2", "+ b: 5")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("https://matrix.example.org", "https://matrix.example.org"),
        (" Matrix.example.org/ ", "https://matrix.example.org"),
        ("http://127.0.0.1:8008", "http://127.0.0.1:8008"),
        ("http://ess-synapse.ess.svc:8008", "http://ess-synapse.ess.svc:8008"),
    ],
)
def test_the_address_of_a_homeserver_that_is_there(text: str, meant: str, tmp_path: Path) -> None:
    assert checks.homeserver(text) == meant
    answers = replace(ANSWERS, run=Run.EXISTING, homeserver=meant)
    assert remembered(answers.plain()) == answers
    assert load_settings(written(answers, tmp_path)).homeserver.url == meant


@pytest.mark.parametrize(
    "text", ["", "https://", "ftp://a.org", "https://a.org/path", "a b", "https://a.org:0"]
)
def test_what_is_no_address_of_a_homeserver(text: str) -> None:
    assert isinstance(checks.homeserver(text), Message)
