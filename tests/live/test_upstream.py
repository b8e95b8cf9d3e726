"""Each fault of matrix-nio that docs/upstream.md tells its authors of is there: its reproduction is run as it stands.

One that is not seen any more is good news: the pinned version has changed, and what we do about it may go.
"""

from __future__ import annotations

import asyncio
import re
import sys
import uuid
from pathlib import Path

import pytest

from matrix.admin import AdminApi
from tests.lib.forked import ROOT
from tests.lib.synapse_server import PASSWORD, SynapseServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

FOLDER = ROOT / "docs" / "upstream"
COMMON = FOLDER / "two_clients.py"
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if path != COMMON)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
async def test_the_fault_is_seen(synapse_server: SynapseServer, script: Path) -> None:
    users = [synapse_server.user(f"{who}-{uuid.uuid4().hex[:8]}") for who in ("a", "b")]
    async with synapse_server.provisioner() as http:
        for user in users:
            await AdminApi(http).create_account(user, PASSWORD, "reproduction")
            await AdminApi(http).lift_rate_limit(user)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        synapse_server.url,
        *users,
        PASSWORD,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, out.decode() + errors.decode()[-1000:]
    assert out.decode().splitlines()[-1] == "SEEN", out.decode() + errors.decode()[-1000:]


def test_the_document_has_each_reproduction_and_each_test_that_it_names_is_there() -> None:
    text = (FOLDER.parent / "upstream.md").read_text()
    assert set(re.findall(r"\(upstream/(\w+\.py)\)", text)) == {path.name for path in (*SCRIPTS, COMMON)}
    tests = "".join(path.read_text() for path in (ROOT / "tests").glob("*/test_*.py"))
    assert [name for name in re.findall(r"`(test_\w+)`", text) if f"def {name}(" not in tests] == []
