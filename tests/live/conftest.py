"""A homeserver of one test alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lib.synapse_server import SynapseServer, running_synapse


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SynapseServer]:
    """Give a Synapse of the test's own: what is done to our accounts, devices and backup here would disturb others."""
    with running_synapse(tmp_path / "synapse") as running:
        yield running
