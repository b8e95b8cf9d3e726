"""A description and a data folder of their own on a Synapse that several tests share."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

from community.description.data_folder import DataFolder, write_private
from community.description.known_community import KnownCommunity, note_community
from provisioning.provisioner import ApplyOptions, open_provisioner
from provisioning.snapshot import Snapshot
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

    def set(self, part: str, **values: Any) -> None:
        """Change a part of settings.yaml."""
        path = self.config / "settings.yaml"
        settings: dict[str, Any] = yaml.safe_load(path.read_text()) if path.exists() else {"version": 1}
        settings[part] = {**settings.get(part, {}), **values}
        path.write_text(yaml.safe_dump(settings))

    def rename(self, username: str) -> str:
        """Give a described person a user name that nobody has on the shared Synapse, and return it."""
        new = f"{username}.{uuid4().hex[:6]}"
        for name in ("community.yaml", "directory.yaml"):
            path = self.config / name
            path.write_text(path.read_text().replace(username, new))
        return new


def make_place(server: SynapseServer, folder: Path, source: Path, *, existing: str = "adopt") -> Place:
    """Copy the description in ``source``, give it a key of its own, and hand it our accounts' secrets.

    Its people may have got their accounts on the shared server in another test, whose data folder knows that: so this
    place takes ``existing`` accounts for theirs, unless a test is about just that.
    """
    community = f"l{uuid4().hex[:8]}"
    config, data = folder / "config", DataFolder(folder / "data")
    shutil.copytree(source, config)
    data.prepare()
    described = (config / "community.yaml").read_text().splitlines()
    keyed = [f"key: {community}" if line.startswith("key: ") else line for line in described]
    (config / "community.yaml").write_text("\n".join(keyed))
    shutil.copytree(server.data.secrets, data.secrets, dirs_exist_ok=True)
    # Other places of this server give our accounts other passwords: each notes them itself.
    data.secret("own-passwords.json").unlink(missing_ok=True)
    write_private(data.embedded_url, f"{server.url}\n".encode())
    # As if it had been applied once: the rooms of other tests on this server are not taken for its own.
    note_community(data, KnownCommunity(community, server.own.server))
    place = Place(config, data, community)
    place.set("provisioning", existing_accounts=existing)
    return place


async def with_safe_room(place: Place) -> Snapshot:
    """Describe a safe room "safe" whose keepers are the first two members, apply it, and return what is there then."""
    path = place.config / "community.yaml"
    described = yaml.safe_load(path.read_text())
    people = [member["username"] for member in described["members"][:2]]
    who = [{"people": people, "may": ["moderate"]}]
    safe = {"key": "safe", "for": "single", "policy": "safe", "who": who, "name": "Freely", "topic": "-"}
    described["rooms"].append(safe)
    path.write_text(yaml.safe_dump(described, allow_unicode=True))
    async with open_provisioner(place.config, place.data) as provisioner:
        await provisioner.apply(ApplyOptions("test"))
        _, actual = await provisioner.plan()
    assert not actual.rooms["safe"].inside
    return actual
