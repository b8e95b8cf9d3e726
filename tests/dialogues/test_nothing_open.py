"""“Cancel” with nothing open, after something was changed: how that is taken back is said, as long as it can be."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.lib.inviting_talk import inviting_talk

NOTHING = "Nothing is open here that could be cancelled."


async def test_what_was_just_changed_can_be_taken_back(tmp_path: Path) -> None:
    async with inviting_talk(tmp_path) as talk:
        await talk.says("confirm Claudine Uwase", "peter")
        await talk.says("yes", "peter")
        assert await talk.says("cancel", "peter") == (
            f"{NOTHING}\n\nYou have just changed Claudine Uwase: “undo” takes that back."
        )
        assert "just changed" not in await talk.says("cancel", "awa"), "it is not hers"
        await talk.says("undo", "peter")
        await talk.says("yes", "peter")
        assert await talk.says("cancel", "peter") == NOTHING


async def test_what_was_changed_long_ago_is_not_spoken_of(tmp_path: Path) -> None:
    async with inviting_talk(tmp_path) as talk:
        await talk.says("confirm Claudine Uwase", "peter")
        await talk.says("yes", "peter")
        talk.now += timedelta(hours=2)
        assert await talk.says("cancel", "peter") == NOTHING


@pytest.mark.parametrize(
    ("language", "confirm", "yes", "cancel", "word"),
    [
        ("fr", "confirme Claudine Uwase", "oui", "annuler", "« défaire »"),
        ("pt", "confirmar Claudine Uwase", "sim", "cancelar", "“desfazer”"),
        ("ar", "أكد Claudine Uwase", "نعم", "إلغاء", "«تراجع»"),
    ],
)
async def test_in_each_language(
    language: str, confirm: str, yes: str, cancel: str, word: str, tmp_path: Path
) -> None:
    async with inviting_talk(tmp_path, (language,)) as talk:
        await talk.says(confirm.replace("Claudine Uwase", "Awa Diallo"), "awa")
        await talk.says(yes, "awa")
        said = await talk.says(cancel, "awa")
        assert "Awa Diallo" in said
        assert word in said
