"""A description and a data folder of their own on a Synapse that several tests share."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from community.description.data_folder import DataFolder, write_private
from tests.lib.synapse_server import SynapseServer


@dataclass(frozen=True)
class Place:
    """``community`` is the key that only this place has."""

    config: Path
    data: DataFolder
    community: str

    @property
    def options(self) -> tuple[str, ...]:
        return "--config", str(self.config), "--data", str(self.data.root)

    def rename(self, username: str) -> str:
        """Give a described person a user name that nobody has on the shared Synapse, and return it."""
        new = f"{username}.{uuid4().hex[:6]}"
        for name in ("community.yaml", "directory.yaml"):
            path = self.config / name
            path.write_text(path.read_text().replace(username, new))
        return new


def make_place(server: SynapseServer, folder: Path, source: Path) -> Place:
    """Copy the description in ``source``, give it a key of its own, and hand it our accounts' secrets."""
    community = f"l{uuid4().hex[:8]}"
    config, data = folder / "config", DataFolder(folder / "data")
    shutil.copytree(source, config)
    data.prepare()
    described = (config / "community.yaml").read_text().splitlines()
    keyed = [f"key: {community}" if line.startswith("key: ") else line for line in described]
    (config / "community.yaml").write_text("\n".join(keyed))
    shutil.copytree(server.data.secrets, data.secrets, dirs_exist_ok=True)
    write_private(data.embedded_url, f"{server.url}\n".encode())
    return Place(config, data, community)
