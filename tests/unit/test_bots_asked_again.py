"""A mere “yes” to what asks for “yes 5” is shown the same again, under the same number: who has read that can say it.

What has changed since it was shown gets another number.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bots.context.message import MessageContext, Reply, Unnumbered
from bots.features.leaving import LeavingDialogue, LeavingRecords, LeavingWish
from community.core.messages import LANGUAGES, translator
from community.description.fields import Localized
from community.description.person import Person
from community.directory.handing_over import InTheirName
from tests.lib.asking import CATALOGUES, NOW, visible
from tests.lib.descriptions import small
from tests.lib.inviting_talk import InvitingTalk, inviting_talk
from tests.lib.space_talk import space_talk

_ASKED = re.compile(r"[“«] ?(?:yes|oui) (\d+) ?[”»]")
_WISH = LeavingWish("!dm", "en", number=3)
_MEMBER = {"username": "awa", "name": "Awa", "role": "city-lead", "languages": ["en"], "city": "kigali"}


def asked(said: str) -> str:
    """Return the number that is asked for."""
    (number,) = set(_ASKED.findall(visible(said)))
    return str(number)


async def _shown(talk: InvitingTalk, body: str) -> str:
    return asked(await talk.says(body))


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_link_can_be_made_by_the_number_that_was_shown_first(tmp_path: Path, language: str) -> None:
    begun, yes = {
        "en": ("invite Awa Traoré, member, waste", "yes"),
        "fr": ("inviter Awa Traoré, membre, déchets", "oui"),
    }[language]
    async with inviting_talk(tmp_path, (language,)) as talk:
        first = await _shown(talk, begun)
        assert await _shown(talk, yes) == first
        assert await _shown(talk, yes) == first
        await talk.letter(f"{yes} {first}")
        assert len(await talk.links()) == 1


async def test_what_has_changed_is_confirmed_by_another_number(tmp_path: Path) -> None:
    async with inviting_talk(tmp_path) as talk:
        first = await _shown(talk, "invite Awa Traoré, member, waste")
        assert await _shown(talk, "no") == first
        second = await _shown(talk, "7 days")
        assert second != first
        await talk.says(f"yes {first}")
        assert await talk.links() == ()


async def test_a_link_is_taken_back_by_the_number_that_was_shown_first(tmp_path: Path) -> None:
    async with inviting_talk(tmp_path) as talk:
        await talk.says("invite Awa Traoré, member, waste")
        await talk.letter("yes {yes}")
        first = await _shown(talk, "take back invitation 1")
        assert await _shown(talk, "yes") == first
        assert "is taken back" in await talk.says(f"yes {first}")


async def test_a_space_is_left_and_asked_for_by_the_number_that_was_shown_first(tmp_path: Path) -> None:
    async with space_talk(tmp_path, ("en",)) as talk:
        for wanted, done in (
            ("leave waste", "I tell you directly when you are out"),
            ("join health", "I bring the keepers your wish"),
        ):
            first = asked(await talk.says(wanted, "moses.okello", None))
            assert asked(await talk.says("yes", "moses.okello", None)) == first
            assert done in await talk.says(f"yes {first}", "moses.okello", None)


def _leaving(text: str, waiting: LeavingWish | None) -> Reply | Unnumbered | None:
    community = small(members=[_MEMBER]).community
    members = community.member
    rooms = (Localized({"en": "Friends"}),)
    records = LeavingRecords(community, members, InTheirName(), waiting, members["awa"], alumni_rooms=rooms)
    person = Person("@awa:x", "awa", "Awa", "city-lead", "kigali", (), ("en",))
    dialogue = LeavingDialogue({code: translator(code, CATALOGUES) for code in LANGUAGES})
    return dialogue.answer(MessageContext(text, person, True, NOW, conversation="!dm"), records)


@pytest.mark.parametrize("text", ["yes", "yes 99", "hand over to Nobody Here"])
def test_leaving_the_network_is_asked_again_under_its_number(text: str) -> None:
    again = _leaving(text, _WISH)
    assert isinstance(again, Reply)
    assert asked(again.text) == "3"
    assert again.effects == (_WISH,)


def test_leaving_otherwise_is_confirmed_by_another_number() -> None:
    assert isinstance(_leaving("delete what I wrote", _WISH), Unnumbered)
