"""What follows from `public_address`: Synapse's own address, what `up` says, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from community.description.data_folder import DataFolder
from community.description.known_community import KnownCommunity, note_community
from community.description.load import load_settings
from community.description.settings import HomeserverSettings, Settings
from palabre_cli.next_steps import what_now
from tests.lib.descriptions import SMALL
from tests.lib.in_process import palabre

ADDRESS = "https://palabre.example.org"


def described(folder: Path, settings: str) -> Path:
    config = folder / "config"
    shutil.copytree(SMALL, config)
    (config / "settings.yaml").write_text(f"version: 1\n{settings}\n")
    return config


def synapse(config: Path, data: Path, *options: str) -> dict[str, object]:
    done = palabre("synapse-config", "--config", config, "--data", data, *options, cwd=Path.cwd())
    assert done.code == 0, done.err
    written: dict[str, object] = yaml.safe_load((data / "synapse" / "homeserver.yaml").read_text())
    return written


def test_synapse_has_the_public_address_of_the_settings(tmp_path: Path) -> None:
    settings = f"homeserver: {{server_name: example.org}}\npublic_address: {ADDRESS}"
    config = described(tmp_path, settings)
    data = tmp_path / "data"
    written = synapse(config, data, "--internal-url=http://synapse:8008")
    assert written["public_baseurl"] == ADDRESS
    assert DataFolder(data).embedded_url.read_text() == "http://synapse:8008\n"
    # The option is for settings that say nothing.
    assert (synapse(config, data, "--public-url=http://127.0.0.1:8008"))["public_baseurl"] == ADDRESS


def test_the_configuration_of_a_homeserver_keeps_its_name(tmp_path: Path) -> None:
    config, data = described(tmp_path, "homeserver: {server_name: example.org}"), tmp_path / "data"
    synapse(config, data, "--public-url=http://127.0.0.1:8008")
    note_community(DataFolder(data), KnownCommunity("small", "example.org"))
    (config / "settings.yaml").write_text("homeserver: {server_name: other.example}\n")
    done = palabre(
        *("synapse-config", "--config", config, "--data", data, "--public-url=http://127.0.0.1:8008"),
        cwd=Path.cwd(),
    )
    assert done.code == 1
    assert "the name of a homeserver cannot be changed" in done.err
    assert "example.org" in (data / "synapse" / "homeserver.yaml").read_text()


def test_without_the_setting_the_option_must_say_it(tmp_path: Path) -> None:
    config, data = described(tmp_path, ""), tmp_path / "data"
    assert (synapse(config, data, "--public-url=http://127.0.0.1:8008"))[
        "public_baseurl"
    ] == "http://127.0.0.1:8008"
    done = palabre("synapse-config", "--config", config, "--data", data, cwd=Path.cwd())
    assert done.code == 1
    assert "public_address" in done.err


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (f"public_address: {ADDRESS}", "“palabre.localhost” exists on this computer only"),
        (
            "homeserver: {server_name: example.org}\npublic_address: https://palabre.localhost",
            "“palabre.localhost” exists on this computer only",
        ),
        (
            "homeserver: {server_name: example.org}\npublic_address: https://127.0.0.1:8443",
            "“127.0.0.1:8443” exists on this computer only",
        ),
        (
            "homeserver: {server_name: example.org}\npublic_address: http://example.org",
            "“http://example.org” is not an address for people",
        ),
        (
            "homeserver: {server_name: example.org}\npublic_address: https://example.org/",
            "with nothing behind the name",
        ),
        (
            "homeserver: {server_name: example.org}\npublic_address: https://me:secret@example.org",
            "“https://…@example.org” is not an address",
        ),
        *(
            (
                f"homeserver: {{server_name: example.org}}\npublic_address: {address}",
                f"“{address}” is not an address",
            )
            for address in (
                "https://a..b",
                "https://a:0",
                "https://a.org:99999",
                "https://a-.org",
                "https://-a.org",
            )
        ),
        (
            "homeserver: {server_name: example.org}\npublic_address: https://127.1",
            "“127.1” exists on this computer only",
        ),
    ],
)
def test_an_address_that_nobody_reaches_is_refused(tmp_path: Path, settings: str, said: str) -> None:
    config = described(tmp_path, settings)
    done = palabre("check", "--config", config, cwd=Path.cwd())
    assert done.code == 1
    assert "public_address: " in done.out
    assert said in done.out
    assert "secret" not in done.out
    # Nor does anything start with it.
    started = palabre("up", "--config", config, "--data", tmp_path / "data", "--port", "0", cwd=Path.cwd())
    assert started.code == 1
    assert said in started.err


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1.nip.io",
        "https://palabre.example.org:65535",
        "https://127.example.org:8443",
        "https://a",
    ],
)
def test_an_address_that_people_can_reach_is_taken(tmp_path: Path, address: str) -> None:
    config = described(tmp_path, f"homeserver: {{server_name: example.org}}\npublic_address: {address}")
    assert load_settings(config).public_address == address


def test_up_says_where_people_go(tmp_path: Path) -> None:
    settings = Settings(homeserver=HomeserverSettings(server_name="example.org"), public_address=ADDRESS)
    said = [str(sentence) for sentence in what_now("http://127.0.0.1:8008", DataFolder(tmp_path), settings)]
    assert f"For people: {ADDRESS} (by the proxy that leads there to http://127.0.0.1:8008)" in said
    assert any("https://mobile.element.io/element/?account_provider=example.org" in line for line in said)
    assert not any("phone cannot reach" in line for line in said)
    here = [str(sentence) for sentence in what_now("http://127.0.0.1:8008", DataFolder(tmp_path), Settings())]
    assert "a phone cannot reach it" in here[0]
    by_links = what_now("http://127.0.0.1:8008", DataFolder(tmp_path), Settings(), has_passwords=False)
    assert [line for line in here if "!p" in line] != []
    assert [str(sentence) for sentence in by_links if "!p" in str(sentence)] == []
