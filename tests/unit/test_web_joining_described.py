"""What Schemathesis draws from a description of the pages of invitations, asked of a real `palabre web`.

What it asks is allowed there or not: wrong types, missing fields, other methods, other kinds of bodies. Whether a form
that has the right types is taken is no matter of types, so nothing is expected of that.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.lib.forked import ROOT
from tests.lib.joining_openapi import DESCRIBED, palabre_web
from tests.lib.schemathesis_hooks import ADDRESS

NOT_OF_TYPES = "positive_data_acceptance,negative_data_rejection"


@pytest.mark.parametrize("each", [15, pytest.param(1_000, marks=pytest.mark.soak)])
async def test_whatever_is_asked_is_answered_as_described(tmp_path: Path, each: int) -> None:
    async with palabre_web(tmp_path) as pages:
        asking = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("schemathesis"), "run", DESCRIBED, "--url", pages.address,
            "--phases", "coverage,fuzzing", "--max-examples", str(each), "--generation-deterministic",
            "--exclude-checks", NOT_OF_TYPES, "--warnings", "off", "--no-color",
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "SCHEMATHESIS_HOOKS": "tests.lib.schemathesis_hooks",
                ADDRESS: pages.address,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await asking.communicate()
        assert asking.returncode == 0, said.decode()
    assert pages.desk.asked
