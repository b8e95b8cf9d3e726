"""What can go wrong in the middle of an apply, and the sentence that is shown: what is wrong, what to do."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml
from aiohttp import web

from community.description.data_folder import write_private_json
from matrix.http import Call, HomeserverClient
from matrix.ids import AccessToken
from tests.lib.commands import Ran, palabre
from tests.lib.cutting_proxy import CuttingProxy, cutting_proxy
from tests.lib.descriptions import SMALL
from tests.lib.places import Place, make_place
from tests.lib.synapse_server import SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.fault]


@pytest.fixture
def place(synapse_server: SynapseServer, tmp_path: Path) -> Place:
    return make_place(synapse_server, tmp_path, SMALL)


@asynccontextmanager
async def behind_proxy(place: Place, server: SynapseServer) -> AsyncIterator[CuttingProxy]:
    """Have the place's commands reach the homeserver through a proxy."""
    async with cutting_proxy(server.url) as proxy:
        place.data.embedded_url.write_text(f"{proxy.url}\n")
        yield proxy
        place.data.embedded_url.write_text(f"{server.url}\n")


async def apply(place: Place, *more: str) -> Ran:
    return await palabre("apply", "--yes", *more, *place.options)


def change(place: Place, **parts: object) -> None:
    path = place.config / "community.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **parts}, allow_unicode=True))


def one_sentence(ran: Ran) -> str:
    assert ran.code == 1
    (line,) = ran.err.splitlines()
    return line


async def test_the_brake(place: Place) -> None:
    assert (await apply(place)).code == 0
    rooms = yaml.safe_load((place.config / "community.yaml").read_text())["rooms"]
    (place.config / "calendar.yaml").write_text("version: 1\n")
    change(place, rooms=[room for room in rooms if room["key"] == "lobby"])
    refused = await apply(place)
    assert one_sentence(refused) == (
        "Nothing was changed: 5 of 10 rooms would be archived. "
        "Look at the description (was a file cut off, a key changed?). If it is meant: palabre apply --force."
    )
    assert "- room cafe: archived" in refused.out
    forced = await apply(place, "--force")
    assert forced.code == 0
    assert "0 to remove" in (await palabre("plan", *place.options)).out


async def test_a_plan_that_has_become_another_one(place: Place) -> None:
    digest = json.loads((await palabre("plan", "--json", *place.options)).out)["digest"]
    change(place, name="Another")
    assert one_sentence(await palabre("apply", digest, *place.options)) == (
        f"There is no plan {digest} any more: the description or the homeserver has changed. "
        "Run “palabre plan” again, read it, and apply its digest."
    )


async def test_a_wrong_token_and_a_wrong_password(place: Place) -> None:
    path = place.data.secret("provisioner.json")
    secret = json.loads(path.read_text())
    write_private_json(path, {**secret, "access_token": "syt_wrong"})
    assert (await palabre("plan", *place.options)).code == 0  # it gets another
    write_private_json(path, {**secret, "access_token": "syt_wrong", "password": "not-the-password"})
    place.data.secret("registration-shared-secret").unlink()
    sentence = one_sentence(await palabre("plan", *place.options))
    assert sentence.startswith(
        f"The homeserver no longer accepts the token of @palabre-provisioner:palabre.localhost in {path}. "
    )
    assert "syt_wrong" not in sentence
    write_private_json(path, {"user_id": secret["user_id"], "password": "not-the-password"})
    sentence = one_sentence(await palabre("plan", *place.options))
    assert sentence.startswith(f"{path} does not open the account @palabre-provisioner:palabre.localhost. ")
    assert "not-the-password" not in sentence


async def test_a_token_that_expires_in_the_middle(place: Place, synapse_server: SynapseServer) -> None:
    # A session of its own, so that other tests keep theirs.
    path = place.data.secret("provisioner.json")
    write_private_json(path, {**json.loads(path.read_text()), "access_token": "syt_wrong"})
    ended = False

    async def end(request: web.Request, _body: bytes) -> bool:
        nonlocal ended
        if request.path.endswith("/createRoom") and not ended:
            ended = True
            token = AccessToken(request.headers["Authorization"].removeprefix("Bearer "))
            async with HomeserverClient(synapse_server.url, token) as http:
                await http.send(Call("POST", "/_matrix/client/v3/logout", "logout"))
        return False

    async with behind_proxy(place, synapse_server) as proxy:
        proxy.after = end
        failed = await apply(place)
        sentence = one_sentence(failed)
        assert "M_UNKNOWN_TOKEN" in sentence or "session has ended" in sentence
        assert "were not tried" in sentence
        assert "apply again: what was made is not made twice." in sentence
        assert (await apply(place)).code == 0


async def test_a_homeserver_that_goes_away_in_the_middle(place: Place, synapse_server: SynapseServer) -> None:
    async with behind_proxy(place, synapse_server) as proxy:
        made = 0

        async def away(request: web.Request, _body: bytes) -> bool:
            nonlocal made
            made += request.path.endswith("/createRoom")
            return made > 3

        proxy.before = away
        failed = await apply(place)
        sentence = one_sentence(failed)
        assert f"The homeserver at {proxy.url} does not answer." in sentence
        assert "were not tried" in sentence
        assert "Look whether it runs and whether the address is right, then try again." in sentence
        made = -(10**6)
        assert (await apply(place)).code == 0


FULL = """
import os, subprocess, sys
folder, secrets, leave, *command = sys.argv[1:]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=True)
subprocess.run(["cp", "-a", f"{secrets}/.", folder], check=True)
with open(f"{folder}/ballast", "wb", buffering=0) as ballast:
    try:
        while True:
            ballast.write(bytes(4096))
    except OSError:
        pass
    ballast.truncate(max(0, ballast.tell() - int(leave)))
os.execv(command[0], command)
"""
"""Mounts a disk of two megabytes over the data folder, fills it but for ``leave`` bytes, and runs a command."""


@pytest.mark.parametrize("leave", [0, 40_000, 200_000])
async def test_a_full_disk(place: Place, tmp_path: Path, leave: int) -> None:
    """Nothing is promised that could not be written down: what was made is made, and the sentence says what to do."""
    kept = tmp_path / "kept"
    shutil.copytree(place.data.root, kept)
    ran = await palabre(
        "apply",
        "--yes",
        *place.options,
        before=[
            *("unshare", "--map-root-user", "--mount", sys.executable, "-c", FULL),
            *(str(place.data.root), str(kept), str(leave)),
        ],
    )
    sentence = one_sentence(ran)
    assert "disk is full" in sentence or "No space left on device" in sentence, sentence
    # With room again, everything is made, once.
    assert (await apply(place)).code == 0
    assert "Plan: 0 to add, 0 to change, 0 to remove" in (await palabre("plan", *place.options)).out
