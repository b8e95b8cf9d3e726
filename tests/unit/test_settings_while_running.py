"""What is saved in settings.yaml holds for a bot that runs; what it cannot take in is said once."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from bots.encryption import EncryptedClient
from bots.incoming_reader import IncomingReader
from bots.posting import PostOnce
from bots.settings_reloader import SettingsReloader, only_at_start
from community.core.errors import DataFolderError
from community.core.messages import msg
from community.description.current_settings import CurrentSettings
from community.description.data_folder import DataFolder
from community.description.settings import BotSettings, Settings


class Bot:
    """The parts of a bot that go by settings, and settings that are saved while it runs."""

    def __init__(self, folder: Path) -> None:
        self.path, self.given = folder / "settings.yaml", (True, False)
        self.incoming, self.poster = SimpleNamespace(keys_withheld=False), SimpleNamespace(late_limit=None)
        self.data = DataFolder(folder / "data")
        self.data.prepare()
        current = CurrentSettings(folder, self.data)
        self.reloader = SettingsReloader(
            folder,
            current,
            current.read(),
            client=cast(EncryptedClient, self),
            incoming=cast(IncomingReader, self.incoming),
            poster=cast(PostOnce, self.poster),
        )
        self.saved = 0

    async def give_keys(self, *, signed_only: bool, pinned_only: bool) -> None:
        self.given = (signed_only, pinned_only)

    async def save(self, text: str) -> list[dict[str, Any]]:
        """Save settings; return what is logged at the next two looks."""
        self.saved += 1
        self.path.write_text(f"version: 1\n{text}\n")
        os.utime(self.path, ns=(self.saved, self.saved))
        with capture_logs() as logs:
            for _ in range(2):
                await self.reloader.refresh()
        return [dict(line) for line in logs]


@pytest.fixture
def bot(tmp_path: Path) -> Bot:
    return Bot(tmp_path)


async def test_what_is_saved_is_taken_in(bot: Bot) -> None:
    logs = await bot.save("bots: {late_limit: 3h, identity_change: hold, signed_devices_only: false}")
    assert [line["event"] for line in logs] == ["settings_taken_in"]
    assert bot.given == (False, True)
    assert bot.incoming.keys_withheld
    assert bot.poster.late_limit == timedelta(hours=3)
    assert '"late_limit": "3h"' in bot.data.settings.read_text()
    await bot.save("")
    assert (bot.given, bot.incoming.keys_withheld) == ((True, False), False)
    assert bot.poster.late_limit == BotSettings().late_limit
    assert bot.reloader.waiting == ()


async def test_what_could_not_be_taken_in_is_tried_again(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(**_given: bool) -> None:
        raise DataFolderError(msg("The disk is full."))

    with monkeypatch.context() as failed:
        failed.setattr(bot, "give_keys", failing)
        with pytest.raises(DataFolderError):
            await bot.save("bots: {identity_change: hold}")
    assert bot.given == (True, False)
    await bot.reloader.refresh()
    assert bot.given == (True, True)


async def test_a_mistake_changes_nothing_and_is_said_once(bot: Bot) -> None:
    await bot.save("bots: {identity_change: hold}")
    (line,) = await bot.save("bots: {identity_change: holt}")
    assert (line["event"], line["place"].rpartition("/")[2]) == ("settings_kept", "settings.yaml:2:25")
    assert bot.given == (True, True)
    assert [line["event"] for line in await bot.save("bots: {identity_change: go-on}")] == [
        "settings_taken_in"
    ]


async def test_what_cannot_be_taken_in_is_said_once_until_it_is_taken_back(bot: Bot) -> None:
    url = "homeserver: {bots_url: 'http://127.0.0.1:1'}"
    logs = await bot.save(url)
    assert [line["event"] for line in logs] == ["settings_wait_for_restart", "settings_taken_in"]
    assert logs[0]["settings"] == ["homeserver.bots_url"]
    logs = await bot.save(f"{url}\nbots: {{late_limit: 3h}}")
    assert [line["event"] for line in logs] == ["settings_taken_in"]
    assert bot.reloader.waiting == ("homeserver.bots_url",)
    await bot.save("bots: {late_limit: 3h}")
    assert not bot.reloader.waiting


TAKEN_IN = {"bots.late_limit", "bots.signed_devices_only", "bots.identity_change"}
OF_OTHERS = {
    "public_address",
    "version",
    "homeserver.server_name",  # another one is a mistake
    "homeserver.least_free_mb",
    "homeserver.metrics_port",
    "web.port",
    "joining.link_lifetime",
    "weekly_line",
    "backup.recipients",
    "backup.folder",
    "backup.keep",
    "accounts.administrators",
    "provisioning.reconcile",
    "provisioning.existing_accounts",
    "provisioning.every",
    "provisioning.http_port",
}
OTHER: dict[str, object] = {
    "homeserver.url": "https://x.example.org",
    "homeserver.bots_url": "https://x.example.org",
    "accounts.provisioner": "x",
    "accounts.bot": "x",
    "accounts.break_glass": "x",
    "bots.metrics_port": 1,
    "store_url": "sqlite+aiosqlite:///x",
    "store_password_file": "/x",
    "store_connections": 2,
}


def names(tree: dict[str, Any]) -> set[str]:
    found = set[str]()
    for name, value in tree.items():
        found |= {f"{name}.{inner}" for inner in value} if isinstance(value, dict) else {name}
    return found


def test_each_setting_is_taken_in_or_named_or_none_of_the_bots() -> None:
    assert names(Settings().model_dump(mode="json")) == TAKEN_IN | OF_OTHERS | OTHER.keys()


@pytest.mark.parametrize("name", OTHER)
def test_a_setting_that_waits_for_a_new_start_is_named(name: str) -> None:
    tree: dict[str, Any] = Settings().model_dump(mode="json")
    *part, last = name.split(".")
    (tree[part[0]] if part else tree)[last] = OTHER[name]
    assert only_at_start(Settings(), Settings.model_validate_json(json.dumps(tree))) == (name,)
    assert only_at_start(Settings(), Settings()) == ()
