"""`palabre pins`: each image by the digest that the registry has of it; a program stands in for Docker here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from palabre_cli.pins import images
from tests.lib.in_process import Ran, palabre

ROOT = Path(__file__).parent.parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text()
DIGEST = f"sha256:{'0a' * 32}"


def pins(folder: Path, docker: str | None) -> Ran:
    """Run the command where the program ``docker`` does what the text says; None: there is none."""
    programs = folder / "programs"
    programs.mkdir()
    if docker is not None:
        (programs / "docker").write_text(f"#!/bin/sh\n{docker}\n")
        (programs / "docker").chmod(0o755)
    path = str(programs) if docker is None else f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin"
    return palabre("pins", cwd=folder, PATH=path)


def test_every_image_of_others_is_named() -> None:
    services = yaml.safe_load(COMPOSE)["services"]
    assert images(COMPOSE) == {
        name: service["image"] for name, service in services.items() if "palabre" not in service["image"]
    }


def test_the_file_names_each_image_with_its_digest(tmp_path: Path) -> None:
    asked = f'[ "$*" = "buildx imagetools inspect $4 --format {{{{.Manifest.Digest}}}}" ] && echo {DIGEST}'
    done = pins(tmp_path, asked)
    assert done.code == 0, done.err
    written = yaml.safe_load((tmp_path / "docker-compose.pins.yml").read_text())
    assert written == {
        "services": {name: {"image": f"{image}@{DIGEST}"} for name, image in images(COMPOSE).items()}
    }


@pytest.mark.parametrize("docker", ["exit 1", "echo unknown", f"echo {DIGEST}; exit 1"])
def test_without_a_digest_nothing_is_written(tmp_path: Path, docker: str) -> None:
    done = pins(tmp_path, docker)
    assert done.code == 1
    assert "The registry has given no digest of" in done.err
    assert not (tmp_path / "docker-compose.pins.yml").exists()


def test_without_docker_one_sentence_says_so(tmp_path: Path) -> None:
    done = pins(tmp_path, None)
    assert done.code == 1
    assert "with Docker, in a checkout of Palabre" in done.err
    assert "Traceback" not in done.err
